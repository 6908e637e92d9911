//! Test modes of the service: it is asked for one with each request of each kind.

use b2_local::account::{AccountStore, MemoryStore};
use b2_proto::error::Error;
use b2_proto::machine::copy::CopySource;
use b2_proto::model::FileVersion;
use std::sync::Arc;

use crate::build::{Build, Bytes};
use crate::face::{Bucket as _, Client as _, Face};
use crate::scenario::{Scenario, list};
use crate::settings::Settings;
use crate::tools::bytes;
use crate::transfer::{Copy, Fetch, Source, Upload};
use crate::world::{Bucket, Service, World};

pub(super) fn all<F: Face>() -> Vec<Scenario<F>> {
    let scenario = |(name, ask, is_refused): Kind<F>| {
        let run = move |world: &World<'_, F>| asks(world, ask, is_refused);
        Scenario::new(name, run)
    };
    let mut all: Vec<Scenario<F>> = kinds::<F>().into_iter().map(scenario).collect();
    all.extend::<Vec<Scenario<F>>>(list![nobody_asks_for_one_unless_told]);
    all
}

/// What a request needs that was there before.
struct Before<F: Face> {
    client: F::Client,
    bucket: Bucket<F>,
    /// A stored file of five parts' length.
    file: FileVersion,
    /// Requests of another client, which asked for no mode.
    told: usize,
}

type Ask<F> = fn(&Before<F>) -> Result<(), Error>;

/// A name, what it does, and whether a cap is in its way.
type Kind<F> = (&'static str, Ask<F>, bool);

/// The parts are so short that some of what is copied has to be fetched.
fn build(file: &FileVersion) -> Build {
    let copied = CopySource::new(file.file_id.clone()).range(0, 30);
    let pieces = vec![Bytes::Append(bytes(500)), Bytes::AppendCopy(copied)];
    Build { lanes: Some(1), part_len_min: Some(100), ..pieces.into() }
}

/// Requests through every machine that makes any.
fn kinds<F: Face>() -> Vec<Kind<F>> {
    vec![
        ("login", |it| it.client.authorize().map(drop), false),
        ("call", |it| it.client.buckets().map(drop), true),
        ("free_call", |it| it.bucket.hide("there").map(drop), false),
        ("listing", |it| it.bucket.versions_of("there").map(drop), true),
        ("upload", |it| it.bucket.upload("a", bytes(50).into()).map(drop), true),
        (
            "large_upload",
            |it| {
                let upload = Upload { lanes: Some(1), ..bytes(500).into() };
                it.bucket.upload("large", upload).map(drop)
            },
            true,
        ),
        (
            "stream",
            |it| {
                let source = Source::Stream(Box::new(std::io::Cursor::new(bytes(500))));
                it.bucket.upload("stream", Upload { lanes: Some(1), ..source.into() }).map(drop)
            },
            true,
        ),
        ("copy", |it| it.bucket.copy("copy", Copy::of(&it.file.file_id)).map(drop), true),
        (
            "large_copy",
            |it| {
                let of = Copy::of(&it.file.file_id);
                let range = Some(0..1_000);
                let copy = Copy { range, part_len_max: Some(400), lanes: Some(1), ..of };
                it.bucket.copy("large", copy).map(drop)
            },
            true,
        ),
        ("build", |it| it.bucket.create_file("new", build(&it.file)).map(drop), true),
        ("download", |it| it.bucket.download("there", Fetch::default()).map(drop), true),
        (
            "download_by_id",
            |it| it.client.download_by_id(it.file.file_id.as_str(), Fetch::default()).map(drop),
            true,
        ),
        (
            "ranges",
            |it| {
                let fetch = Fetch { lanes: Some(3), lane_len_min: Some(300), ..Fetch::default() };
                it.bucket.download("there", fetch).map(drop)
            },
            true,
        ),
        ("head", |it| it.bucket.head("there").map(drop), true),
    ]
}

/// Every request asks for the mode: one the service does not know changes nothing, and where a cap
/// may be in the way one that says that it is ends the job.
fn asks<F: Face>(world: &World<'_, F>, ask: Ask<F>, is_refused: bool) {
    for mode in ["none_the_service_knows", "force_cap_exceeded"] {
        let service = world.service();
        let before = before(&service, mode);
        let asked = service.together(|| ask(&before));
        service.said(&asked);
        match asked {
            Ok(()) => assert!(!is_refused || mode != "force_cap_exceeded", "{mode}"),
            Err(error) => {
                assert_eq!(error.status, 403, "{error}");
                assert!(is_refused && mode == "force_cap_exceeded", "{mode}: {error}");
            }
        }
        let records = service.records();
        let of_the_mode: Vec<_> = records.iter().skip(before.told).collect();
        let is_asked = |name: &String| name == "x-bz-test-mode";
        assert!(!of_the_mode.is_empty());
        for record in of_the_mode {
            assert!(record.headers.iter().any(is_asked), "{record:?}");
        }
    }
}

/// A client that has logged in and asks for the mode, and a file that another one has stored.
fn before<F: Face>(service: &Service<'_, F>, mode: &'static str) -> Before<F> {
    // It knows the bucket's name, as it must not ask for it.
    let store = Some(Arc::new(MemoryStore::new()) as Arc<dyn AccountStore>);
    let settings = Settings { store, ..service.settings() };
    let (_, bucket) = service.bucket_with(settings.clone());
    let upload = Upload { part_len: Some(2_000), ..bytes(1_000).into() };
    let file = bucket.upload("there", upload).expect("uploaded").file;
    service.skip();
    let told = service.records().len();
    let client = service.client_with(Settings { test_mode: Some(mode), ..settings });
    let bucket = client.bucket("photos-1").expect("known");
    Before { client, bucket, file, told }
}

/// A client without a mode says nothing of one.
fn nobody_asks_for_one_unless_told<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    bucket.upload("a", bytes(50).into()).expect("uploaded");
    for record in service.records() {
        assert!(!record.headers.iter().any(|name| name == "x-bz-test-mode"), "{record:?}");
    }
}
