//! A simulated service and a client for it. Each test program uses a part of this.
#![allow(dead_code, reason = "which part differs")]

use b2_proto::model::BucketType;
use b2_proto::op::CreateBucket;
use b2_proto::policy::retry::RetryPolicy;
use b2_sim::Config;
use b2_sim::fault::{FaultPlan, Rule};
use b2_sim::server::{Handle, Server, ServerConfig};
use b2_tokio::{Bucket, Client, ClientBuilder};

/// A service with parts of 100 bytes or more, 200 recommended.
pub(crate) fn service() -> Handle {
    service_with(Vec::new())
}

/// The same, with things that go wrong.
pub(crate) fn service_with(rules: Vec<Rule>) -> Handle {
    start(Config::default().with_small_limits(), rules)
}

/// A service with the real limits.
pub(crate) fn real_service(rules: Vec<Rule>) -> Handle {
    start(Config::default(), rules)
}

fn start(service: Config, rules: Vec<Rule>) -> Handle {
    let faults = FaultPlan::new(1, rules).expect("a plan");
    Server::start(ServerConfig { service, faults, ..ServerConfig::default() }).expect("started")
}

/// Settings for a client of `server` that waits for nothing.
pub(crate) fn settings(server: &Handle) -> ClientBuilder {
    let policy =
        RetryPolicy { first_wait_ms: 1, wait_ms_max: 1, doubt_wait_ms: 1, ..RetryPolicy::EXACT };
    Client::builder()
        .credentials(server.key_id(), server.key())
        .realm(server.url())
        .retry_policy(policy)
}

pub(crate) fn client(server: &Handle) -> Client {
    settings(server).build().expect("built")
}

pub(crate) async fn bucket(client: &Client) -> Bucket {
    let new = CreateBucket::new("photos", BucketType::AllPrivate);
    client.create_bucket(new).await.expect("created")
}

/// Bytes in which every place looks different.
pub(crate) fn bytes(len: usize) -> Vec<u8> {
    (0..len).map(|at| u8::try_from((at * 31 + at / 251) % 256).unwrap_or(0)).collect()
}

/// Names of the operations that were answered, in order, with their statuses.
pub(crate) fn calls(server: &Handle, name: &str) -> Vec<u16> {
    let is_named = |entry: &&b2_sim::host::Entry| entry.op.is_some_and(|op| op.name() == name);
    server.transcript().iter().filter(is_named).map(|entry| entry.status).collect()
}
