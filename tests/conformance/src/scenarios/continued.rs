//! Downloads that go on from what a failed one has left, and parts that are fetched again.

use b2_proto::error::ErrorKind;
use b2_proto::machine::download::Verified;
use b2_proto::part_digests::PartDigests;
use b2_proto::wire::text::Sha1;
use b2_sim::fault::Rule;
use std::fs;
use std::path::{Path, PathBuf};

use crate::face::{Bucket as _, Face};
use crate::scenario::{Scenario, list};
use crate::tools::{bytes, on};
use crate::transfer::{Fetch, Target, Upload};
use crate::world::{Bucket, Service, Setup, World};

pub(super) fn all<F: Face>() -> Vec<Scenario<F>> {
    list![
        what_failed_is_continued,
        another_version_begins_anew,
        a_shorter_version_begins_anew,
        one_that_is_not_to_continue,
        a_journal_that_is_damaged_begins_anew,
        a_damaged_part_is_fetched_again,
        a_range_of_whole_parts_is_verified,
    ]
}

const BY_NAME: &str = "b2_download_file_by_name";
const BY_ID: &str = "b2_download_file_by_id";

/// Long enough to be kept.
const LEN: usize = 20 << 20;
/// So many bytes were sent before the failure.
const CAME: u64 = 18 << 20;

fn with_file<F: Face>(service: &Service<'_, F>) -> Bucket<F> {
    let (_, bucket) = service.bucket();
    bucket.upload("a", bytes(LEN).into()).expect("uploaded");
    service.skip();
    bucket
}

fn to(path: &Path) -> Fetch {
    Fetch { to: Target::Path(path.to_owned()), ..Fetch::default() }
}

/// A download that breaks off and may not go on. How many bytes arrive before the connection is
/// cut differs a little, and with it what is asked for next, so requests are counted.
fn fail<F: Face>(world: &World<'_, F>, service: &Service<'_, F>, bucket: &Bucket<F>) -> PathBuf {
    service.faults([
        Rule { nth: Some(1), cut_after_bytes: Some(CAME), ..on(BY_NAME) },
        Rule { status: Some(403), ..on(BY_ID) },
    ]);
    let path = world.path("target");
    bucket.download("a", to(&path)).expect_err("refused");
    service.no_faults();
    assert!(!path.exists());
    service.count();
    path
}

/// The ranges asked for by name, one for each request.
fn asked<F: Face>(service: &Service<'_, F>) -> Vec<Option<String>> {
    service.of(BY_NAME).into_iter().map(|record| record.range).collect()
}

/// Only what is missing is fetched; what is complete leaves nothing beside it (S9).
fn what_failed_is_continued<F: Face>(world: &World<'_, F>) {
    let service = world.service_with(Setup::real());
    let bucket = with_file(&service);
    let path = fail(world, &service, &bucket);
    world.wait_for_files(2);
    let fetched = bucket.download("a", to(&path)).expect("downloaded");
    let kept = fetched.downloaded.kept_len;
    assert!((CAME / 2..=CAME).contains(&kept), "{kept}");
    assert_eq!(asked(&service), [None, Some(format!("bytes={kept}-{}", LEN - 1))]);
    assert_eq!(fetched.downloaded.verified, Verified::ServiceSha1(Sha1::of(&bytes(LEN))));
    assert!(fs::read(path).expect("read") == bytes(LEN));
    world.wait_for_files(1);
    service.count();
}

/// Bytes of two versions are never mixed (S7).
fn another_version_begins_anew<F: Face>(world: &World<'_, F>) {
    let service = world.service_with(Setup::real());
    let bucket = with_file(&service);
    let path = fail(world, &service, &bucket);
    let other = vec![7; LEN];
    bucket.upload("a", other.clone().into()).expect("replaced");
    let fetched = bucket.download("a", to(&path)).expect("downloaded");
    assert_eq!(fetched.downloaded.kept_len, 0);
    assert!(fs::read(path).expect("read") == other);
    let asked = asked(&service);
    assert!(asked[1].is_some() && asked[2].is_none(), "{asked:?}");
    world.wait_for_files(1);
    service.count();
}

/// So does one that has no such bytes.
fn a_shorter_version_begins_anew<F: Face>(world: &World<'_, F>) {
    let service = world.service_with(Setup::real());
    let bucket = with_file(&service);
    let path = fail(world, &service, &bucket);
    bucket.upload("a", b"short".into()).expect("replaced");
    bucket.download("a", to(&path)).expect("downloaded");
    assert_eq!(fs::read(path).expect("read"), b"short");
    assert_eq!(service.statuses(BY_NAME), [200, 416, 200]);
    world.wait_for_files(1);
    service.count();
}

/// Nothing is taken for granted and nothing left when the caller wants it so.
fn one_that_is_not_to_continue<F: Face>(world: &World<'_, F>) {
    let service = world.service_with(Setup::real());
    let bucket = with_file(&service);
    let path = fail(world, &service, &bucket);
    let fetch = Fetch { no_continue: true, ..to(&path) };
    let fetched = bucket.download("a", fetch).expect("downloaded");
    assert_eq!(fetched.downloaded.kept_len, 0);
    world.wait_for_files(1);
    service.faults([
        Rule { nth: Some(1), cut_after_bytes: Some(CAME), ..on(BY_NAME) },
        Rule { status: Some(403), ..on(BY_ID) },
    ]);
    let fetch = Fetch { no_continue: true, ..to(&path) };
    bucket.download("a", fetch).expect_err("refused");
    world.wait_for_files(1);
    service.count();
}

/// A journal that was torn or changed counts as far as it is whole.
fn a_journal_that_is_damaged_begins_anew<F: Face>(world: &World<'_, F>) {
    let service = world.service_with(Setup::real());
    let bucket = with_file(&service);
    let path = fail(world, &service, &bucket);
    let journal = world.path(".target.0.b2done");
    let whole = fs::read_to_string(&journal).expect("a journal");
    fs::write(&journal, whole.replacen("4_z", "4_y", 1)).expect("damaged");
    let fetched = bucket.download("a", to(&path)).expect("downloaded");
    assert_eq!(fetched.downloaded.kept_len, 0);
    assert!(fs::read(path).expect("read") == bytes(LEN));
    world.wait_for_files(1);
    service.count();
}

/// A file in ten parts whose digests are kept with it.
fn with_parts<F: Face>(service: &Service<'_, F>) -> Bucket<F> {
    let (_, bucket) = service.bucket();
    let data = bytes(1_000_000);
    let digests = data.chunks(100_000).map(Sha1::of).collect();
    let kept = PartDigests::new(1_000_000, 100_000, digests).expect("they cover the file");
    let info = vec![("part_sha1s".to_owned(), kept.to_string())];
    let upload = Upload { part_len: Some(100_000), info, ..data.into() };
    bucket.upload("a", upload).expect("uploaded");
    service.skip();
    bucket
}

/// A part that was damaged on the way is fetched again by itself (S11).
fn a_damaged_part_is_fetched_again<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let bucket = with_parts(&service);
    service.faults([Rule { nth: Some(1), corrupt: true, ..on(BY_NAME) }]);
    let fetched = bucket.download("a", Fetch::default()).expect("downloaded");
    assert_eq!(fetched.downloaded.verified, Verified::PartSha1s);
    assert!(fetched.bytes == bytes(1_000_000));
    service.faults([Rule { corrupt: true, ..on("*") }]);
    let fetched = bucket.download("a", Fetch::default());
    service.said(&fetched);
    assert_eq!(fetched.expect_err("always damaged").kind, ErrorKind::Corrupted);
}

/// A range that consists of parts is as good as the whole; another one is not.
fn a_range_of_whole_parts_is_verified<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let bucket = with_parts(&service);
    for (range, verified) in [
        (300_000..600_000, Verified::PartSha1s),
        (900_000..1_000_000, Verified::PartSha1s),
        (300_000..600_001, Verified::Unverified),
    ] {
        let fetch = Fetch { range: Some(range), ..Fetch::default() };
        assert_eq!(bucket.download("a", fetch).expect("downloaded").downloaded.verified, verified);
    }
}
