//! What the settings of a client do together, and at their ends.

mod common;

use core::time::Duration;

use b2_local::account::Login;
use b2_proto::error::ErrorKind;
use b2_proto::op::Grant;
use b2_sim::Config;
use b2_sim::server::{Handle, Server, ServerConfig};
use b2_smol::{Client, ClientBuilder};
use common::{bucket, calls, client, on_each_executor, service, settings};

on_each_executor!(a_login_of_before_is_of_its_key_and_realm, times_without_an_end_are_taken);

/// A service with an account of its own.
fn service_of(seed: u64) -> Handle {
    let service = Config { seed, ..Config::default() };
    Server::start(ServerConfig { service, ..ServerConfig::default() }).expect("started")
}

/// A login of before is used with its own key in its own realm, in whatever order they are set.
async fn a_login_of_before_is_of_its_key_and_realm() {
    let (kept, other) = (service_of(1), service_of(2));
    let known = client(&kept).authorize().await.expect("logged in");
    let grant = Grant::try_from(&*known).expect("whole");
    let mut login = Login::new(kept.key_id(), kept.key().as_str().into(), kept.url());
    login.authorization = Some((*known).clone());

    type Set<'a> = &'a (dyn Fn(ClientBuilder) -> ClientBuilder + Sync);
    let login: Set<'_> = &|builder| builder.login(login.clone());
    let grant: Set<'_> = &|builder| builder.resume(grant.clone());
    let key: Set<'_> = &|builder| builder.credentials(other.key_id(), other.key());
    let realm: Set<'_> = &|builder| builder.realm(other.url());
    let (of_kept, of_other, refused) = (Some(true), Some(false), None);
    for (at, (order, expected)) in [
        ([login, key, realm], of_other),
        ([login, realm, key], of_other),
        // The key of one account in the realm of the other.
        ([key, login, realm], refused),
        ([realm, login, key], refused),
        ([key, realm, login], of_kept),
        ([realm, key, login], of_kept),
        ([grant, key, realm], of_other),
        ([grant, realm, key], of_other),
        ([key, grant, realm], of_other),
        ([realm, grant, key], of_other),
    ]
    .into_iter()
    .enumerate()
    {
        let set = |builder, set: Set<'_>| set(builder);
        let client = order.into_iter().fold(Client::builder(), set).build().expect("built");
        let before = calls(&kept, "b2_list_buckets").len();
        let listed = client.buckets().await;
        let is_kept = calls(&kept, "b2_list_buckets").len() > before;
        match expected {
            Some(expected) => {
                listed.unwrap_or_else(|error| panic!("order {at}: {error}"));
                assert_eq!(is_kept, expected, "order {at}");
            }
            None => {
                let error = listed.expect_err("a key of another account");
                assert_eq!((error.kind, is_kept), (ErrorKind::BadKey, false), "order {at}");
            }
        }
    }
}

/// No time is too long: who wants no bound says so.
async fn times_without_an_end_are_taken() {
    let server = service();
    let settings = settings(&server).connect_timeout(Duration::MAX);
    let settings = settings.idle_timeout(Duration::MAX).silence_timeout(Duration::MAX);
    let photos = bucket(&settings.build().expect("built")).await;
    photos.upload("a", b"some bytes").await.expect("uploaded");
    let (_, got) = photos.download("a").to_bytes(100).await.expect("downloaded");
    assert_eq!(got, b"some bytes");
}
