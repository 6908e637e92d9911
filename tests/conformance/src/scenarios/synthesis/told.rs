//! Files whose SHA-1 is told: where the bytes are known it is compared before anything is there.

use b2_proto::error::ErrorKind;
use b2_proto::machine::copy::CopySource;
use b2_proto::machine::synthesis::Synthesized;
use b2_proto::wire::text::Sha1;

use super::{LEN, build, builds, mixed, of, stored};
use crate::build::{Build, Bytes};
use crate::face::{Bucket, Face};
use crate::scenario::{Scenario, list};
use crate::tools::bytes;
use crate::transfer::Fetch;
use crate::world::{Service, World};

pub(super) fn all<F: Face>() -> Vec<Scenario<F>> {
    list![
        a_told_sha1_of_parts,
        a_told_sha1_of_several_sources,
        a_told_sha1_of_one_part,
        a_told_sha1_of_one_copy,
        a_told_sha1_of_compared_copies,
        a_told_sha1_that_nothing_tells,
    ]
}

/// Calls that make something.
const MAKING: [&str; 6] = [
    "b2_start_large_file",
    "b2_upload_part",
    "b2_copy_part",
    "b2_finish_large_file",
    "b2_upload_file",
    "b2_copy_file",
];

fn made<F: Face>(service: &Service<'_, F>) -> usize {
    MAKING.iter().map(|operation| service.of(operation).len()).sum()
}

/// The right one is kept with the file; of a wrong one comes nothing but an error.
fn compares<F: Face>(
    service: &Service<'_, F>,
    bucket: &impl Bucket,
    data: &[u8],
    build: impl Fn() -> Build,
) -> Synthesized {
    service.step("another");
    let before = made(service);
    let wrong = Build { sha1: Some(Sha1::of(b"other bytes")), ..build() };
    let refused = bucket.create_file("new", wrong);
    service.said(&refused);
    let error = refused.expect_err("it has another SHA-1");
    assert_eq!(error.kind, ErrorKind::InvalidInput);
    assert!(error.message.contains("another SHA-1 than was told"), "{error}");
    assert_eq!(made(service), before, "nothing is begun");
    assert!(bucket.unfinished().expect("listed").is_empty());
    service.skip();
    service.step("its own");
    let sha1 = Sha1::of(data);
    let built = builds(service, bucket, data, Build { sha1: Some(sha1), ..build() });
    assert_eq!(built.file.whole_sha1(), Some(sha1));
    built
}

/// All of it is sent, in parts of one local file.
fn a_told_sha1_of_parts<F: Face>(world: &World<'_, F>) {
    let data = bytes(LEN);
    let service = world.service();
    let (_, bucket) = service.bucket();
    let path = world.file("data", &data);
    let pieces = || vec![Bytes::Ranges(path.clone(), vec![(0, 0..LEN as u64)])];
    let built = compares(&service, &bucket, &data, || build(pieces()));
    assert_eq!((built.totals.uploads, built.totals.copies), (5, 0));
}

/// What no single read tells is read once more as one.
fn a_told_sha1_of_several_sources<F: Face>(world: &World<'_, F>) {
    let data = bytes(LEN);
    let service = world.service();
    let (_, bucket) = service.bucket();
    let pieces = || {
        let (first, second) = data.split_at(430);
        vec![Bytes::Append(first.to_vec()), Bytes::Append(second.to_vec())]
    };
    compares(&service, &bucket, &data, || build(pieces()));
}

/// One request tells it to the service, which keeps nothing that has another.
fn a_told_sha1_of_one_part<F: Face>(world: &World<'_, F>) {
    let data = bytes(150);
    let service = world.service();
    let (_, bucket) = service.bucket();
    let told = |sha1| Build { sha1: Some(sha1), ..build(vec![Bytes::Append(data.clone())]) };
    service.step("another");
    let refused = bucket.create_file("new", told(Sha1::of(b"other bytes")));
    service.said(&refused);
    assert_eq!(refused.expect_err("it has another SHA-1").kind, ErrorKind::BadRequest);
    let statuses = service.statuses("b2_upload_file");
    assert!(statuses.iter().all(|status| *status == 400), "{statuses:?}");
    let there = bucket.download("new", Fetch::default());
    assert_eq!(there.expect_err("nothing is there").kind, ErrorKind::NotFound);
    service.skip();
    service.step("its own");
    let sha1 = Sha1::of(&data);
    let built = builds(&service, &bucket, &data, told(sha1));
    assert_eq!((built.file.whole_sha1(), built.sha1), (Some(sha1), Some(sha1)));
}

/// The service has told the SHA-1 of what is copied.
fn a_told_sha1_of_one_copy<F: Face>(world: &World<'_, F>) {
    let data = bytes(150);
    let service = world.service();
    let (_, bucket) = service.bucket();
    let old = stored(&bucket, &data[..]);
    service.skip();
    let pieces = || vec![Bytes::AppendCopy(CopySource::of_version(&old))];
    compares(&service, &bucket, &data, || build(pieces()));
}

/// What is copied is here as well, and read for its own comparison.
fn a_told_sha1_of_compared_copies<F: Face>(world: &World<'_, F>) {
    let data = bytes(LEN);
    let service = world.service();
    let (_, bucket) = service.bucket();
    let old = stored(&bucket, &data[..600]);
    service.skip();
    let pieces = || vec![Bytes::Write(0, data.clone()), Bytes::Copy(0, of(&old, 0, 600))];
    let compared = || Build { least_transfer: true, verify_overlap: true, ..build(pieces()) };
    let built = compares(&service, &bucket, &data, compared);
    assert_eq!((built.totals.copied, built.totals.sent), (600, 400));
}

/// Nobody here has all bytes of the file: what was told is noted with it.
fn a_told_sha1_that_nothing_tells<F: Face>(world: &World<'_, F>) {
    let data = bytes(LEN);
    let service = world.service();
    let (_, bucket) = service.bucket();
    let old = stored(&bucket, &data[..]);
    service.skip();
    let sha1 = Sha1::of(&data[..590]);
    let told = Build { sha1: Some(sha1), ..build(mixed(&old, &data)) };
    let built = builds(&service, &bucket, &data[..590], told);
    assert_eq!(built.file.whole_sha1(), Some(sha1));
}
