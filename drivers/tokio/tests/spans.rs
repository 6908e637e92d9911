//! What traces are told. Alone in its program, because who subscribes to traces is decided for all
//! threads of a process.

mod common;

use common::service;
use std::sync::{Arc, Mutex};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<String>>>);

impl Notes {
    fn add(&self, note: String) {
        self.0.lock().expect("no panic").push(note);
    }
}

/// A subscriber that notes the fields of all spans.
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
    fn record_debug(&mut self, field: &Field, value: &dyn core::fmt::Debug) {
        self.0.add(format!("{field}={value:?}"));
    }
}

#[tokio::test]
async fn each_request_is_a_span() {
    let server = service();
    let notes = Notes::default();
    let _guard = tracing::subscriber::set_default(notes.clone());
    let client = common::client(&server);
    client.buckets().await.expect("listed");
    let told = notes.0.lock().expect("no panic").clone();
    for field in ["operation=\"b2_list_buckets\"", "method=\"POST\"", "status=200"] {
        assert!(told.iter().any(|note| note == field), "{field}: {told:?}");
    }
    assert!(told.iter().all(|note| !note.contains(&server.key())));
}
