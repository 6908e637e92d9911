//! Each request of each driver is a span that has no secrets.
//!
//! Alone in its program: who subscribes to traces is decided once for all threads of a process.
#![cfg(test)]

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

/// Counts the buckets of a service.
type List = fn(&Handle) -> usize;

#[test]
fn each_request_is_a_span() {
    let notes = Notes::default();
    tracing::subscriber::set_global_default(notes.clone()).expect("nobody else subscribes");
    let list: [(&str, List); 3] = [
        ("b2-blocking", |server| client!(b2_blocking, server).buckets().expect("listed").len()),
        ("b2-smol", |server| {
            smol::block_on(client!(b2_smol, server).buckets()).expect("listed").len()
        }),
        ("b2-tokio", |server| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let list = async { client!(b2_tokio, server).buckets().await };
            runtime.expect("a runtime").block_on(list).expect("listed").len()
        }),
    ];
    for (driver, list) in list {
        let server = Server::start(ServerConfig::default()).expect("started");
        notes.take();
        assert_eq!(list(&server), 0);
        let told = notes.take();
        for field in ["operation=\"b2_list_buckets\"", "method=\"POST\"", "status=200"] {
            assert!(told.iter().any(|note| note == field), "{driver}, {field}: {told:?}");
        }
        assert!(told.iter().all(|note| !note.contains(&server.key())), "{driver}");
    }
}
