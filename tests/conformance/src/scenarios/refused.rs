//! Each kind of request, made when nobody listens any more: it is told for what it is, nothing was
//! sent, and nothing can have changed.

use b2_local::exchange::Resolver;
use b2_proto::error::{Cause, Error, ErrorKind};
use b2_proto::model::{FileId, FileVersion};
use b2_proto::op::new_file::NewFile;
use b2_proto::op::start_large_file::StartLargeFile;
use b2_sim::fault::Rule;
use std::io;
use std::path::PathBuf;

use crate::face::{Bucket as _, Client as _, Face};
use crate::notes::Notes;
use crate::scenario::{Scenario, list};
use crate::settings::{Setting, Settings};
use crate::tools::{bytes, on};
use crate::transfer::{Copy, Fetch};
use crate::world::{Bucket, World};

pub(super) fn all<F: Face>() -> Vec<Scenario<F>> {
    let scenario =
        |(name, send)| Scenario::new(name, move |world: &World<'_, F>| nobody(world, send));
    let mut all: Vec<Scenario<F>> = calls::<F>().into_iter().map(scenario).collect();
    let names: Vec<Scenario<F>> = list![a_name_nobody_has, a_name_that_cannot_be_looked_up];
    all.extend(names.into_iter().map(|scenario| scenario.needing(Setting::Resolver)));
    all
}

/// What a request needs that was there before.
struct Before<F: Face> {
    client: F::Client,
    /// With an upload URL that was not used since.
    bucket: Bucket<F>,
    file: FileId,
    /// A client that has logged in, and nothing else.
    newcomer: Bucket<F>,
    /// One that has not.
    stranger: F::Client,
    /// A short file.
    path: PathBuf,
}

/// Makes one request that is tried.
type Send<F> = fn(&Before<F>) -> Result<(), Error>;

fn calls<F: Face>() -> Vec<(&'static str, Send<F>)> {
    vec![
        ("login", |it| it.stranger.authorize().map(|_| ())),
        ("safe_call", |it| it.client.buckets().map(|_| ())),
        ("unsafe_call", |it| {
            let start = StartLargeFile::new(NewFile::new(it.bucket.id(), "large"));
            it.client.run::<_>(start).map(|_: FileVersion| ())
        }),
        ("settling_call", |it| it.bucket.delete_version("there", it.file.as_str()).map(|_| ())),
        ("copy", |it| it.bucket.copy("copy", Copy::of(&it.file)).map(|_| ())),
        ("upload_url", |it| it.newcomer.upload("a", bytes(50).into()).map(|_| ())),
        ("upload", |it| it.bucket.upload("a", bytes(50).into()).map(|_| ())),
        ("upload_of_a_file", |it| it.bucket.upload("a", it.path.clone().into()).map(|_| ())),
        ("large_upload", |it| it.bucket.upload("large", bytes(500).into()).map(|_| ())),
        ("download", |it| it.bucket.download("there", Fetch::default()).map(|_| ())),
        ("head", |it| it.bucket.head("there").map(|_| ())),
        ("file_info", |it| it.client.file_info(it.file.as_str()).map(|_| ())),
    ]
}

fn nobody<F: Face>(world: &World<'_, F>, send: Send<F>) {
    let service = world.service();
    // So that no connection is left that could be used.
    service.faults([Rule { close: true, ..on("*") }]);
    let notes = Notes::default();
    let settings = Settings { observer: Some(notes.clone()), ..service.settings() };
    let (client, bucket) = service.bucket_with(settings.clone());
    let file = bucket.upload("there", bytes(50).into()).expect("uploaded").file.file_id;
    let newcomer = service.client_with(settings.clone()).bucket("photos-1").expect("there");
    let (stranger, path) = (service.client_with(settings), world.file("there", &bytes(50)));
    let before = Before { client, bucket, file, newcomer, stranger, path };
    service.skip();
    drop(service);
    notes.take();
    let sent = send(&before);
    world.said(&sent);
    let error = sent.expect_err("nobody is there");
    assert_eq!((error.kind, error.status), (ErrorKind::Network, 0), "{error}");
    assert_eq!(error.cause, Some(Cause::Refused), "{error}");
    assert!(error.attempts > 1, "it is tried again: {error}");
    assert!(!error.may_have_taken_effect, "{error}");
    let told = notes.take();
    let (_, ends): (Vec<&String>, Vec<_>) = told.iter().partition(|it| it.contains(", attempt "));
    assert_eq!(ends.len(), usize::from(error.attempts), "{told:?}");
    assert!(ends.iter().all(|end| end.contains(" None Some(Refused) 0 ")), "{told:?}");
}

/// A host without an address is told as such.
fn a_name_nobody_has<F: Face>(world: &World<'_, F>) {
    unknown(world, Resolver::new(|_| Ok(Vec::new())));
}

/// And so is one of which the resolver does not know whether it has any.
fn a_name_that_cannot_be_looked_up<F: Face>(world: &World<'_, F>) {
    unknown(world, Resolver::new(|_| Err(io::Error::other("the server failed"))));
}

fn unknown<F: Face>(world: &World<'_, F>, resolver: Resolver) {
    let settings = world.settings(&world.url_of("host.test"), "id", "key");
    let settings = Settings { resolver: Some(resolver), ..settings };
    let account = world.client(settings).expect("a client").authorize();
    world.said(&account);
    let error = account.expect_err("no such host");
    assert_eq!((error.kind, error.cause), (ErrorKind::Network, Some(Cause::Dns)), "{error}");
}
