//! Each request of each driver is a span that has no secrets.
//!
//! Alone in its program: who subscribes to traces is decided once for all threads of a process.
#![cfg(test)]

use b2_proto::model::BucketType;
use b2_proto::op::CreateBucket;
use b2_sim::server::{Handle, Server, ServerConfig};
use core::fmt;
use std::sync::{Arc, Mutex};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// A subscriber that notes the fields of all spans.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<String>>>);

impl Notes {
    fn take(&self) -> Vec<String> {
        core::mem::take(&mut *self.0.lock().expect("no panic"))
    }
}

impl Subscriber for Notes {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        span.record(&mut Fields(self));
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut Fields(self));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Fields<'a>(&'a Notes);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.0.lock().expect("no panic").push(format!("{field}={value:?}"));
    }
}

/// A client of a driver for this service.
macro_rules! client {
    ($driver:ident, $server:expr) => {
        $driver::Client::builder()
            .credentials($server.key_id(), $server.key())
            .realm($server.url())
            .build()
            .expect("built")
    };
}

/// Uploads a file, and counts the buckets of a service.
type Work = fn(&Handle) -> usize;

/// Uploads a file to a new bucket, and then lists the buckets. `wait` is a macro that waits for a
/// call.
macro_rules! work {
    ($driver:ident, $server:expr, $wait:ident) => {{
        let client = client!($driver, $server);
        let new = CreateBucket::new("photos", BucketType::AllPrivate);
        let bucket = $wait!(client.create_bucket(new)).expect("created");
        $wait!(bucket.upload("a", b"abc").send()).expect("uploaded");
        $wait!(client.buckets()).expect("listed").len()
    }};
}

macro_rules! at_once {
    ($result:expr) => {
        $result
    };
}

macro_rules! by_smol {
    ($future:expr) => {
        smol::block_on($future)
    };
}

#[test]
fn each_request_is_a_span() {
    let notes = Notes::default();
    tracing::subscriber::set_global_default(notes.clone()).expect("nobody else subscribes");
    let work: [(&str, Work); 3] = [
        ("b2-blocking", |server| work!(b2_blocking, server, at_once)),
        ("b2-smol", |server| work!(b2_smol, server, by_smol)),
        ("b2-tokio", |server| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = runtime.expect("a runtime");
            macro_rules! by_tokio {
                ($future:expr) => {
                    runtime.block_on($future)
                };
            }
            work!(b2_tokio, server, by_tokio)
        }),
    ];
    for (driver, work) in work {
        let server = Server::start(ServerConfig::default()).expect("started");
        notes.take();
        assert_eq!(work(&server), 1);
        let told = notes.take();
        for field in [
            "operation=\"b2_list_buckets\"",
            "operation=\"b2_upload_file\"",
            "method=\"POST\"",
            "status=200",
        ] {
            assert!(told.iter().any(|note| note == field), "{driver}, {field}: {told:?}");
        }
        assert!(told.iter().all(|note| !note.contains(&server.key())), "{driver}");
        // Whoever has an upload's URL may upload.
        let urls: Vec<_> = told.iter().filter(|note| note.starts_with("url=")).collect();
        assert!(urls.iter().any(|url| url.contains("b2_list_buckets")), "{driver}: {urls:?}");
        assert!(urls.iter().any(|url| url.ends_with("/…\"")), "{driver}: {urls:?}");
        let is_secret = |url: &&&String| url.contains("upload_file") || url.contains("token");
        assert!(!urls.iter().any(|url| is_secret(&url)), "{driver}: {urls:?}");
    }
}
