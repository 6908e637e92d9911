//! Files that are told as a list of bytes, and whose SHA-1 may be told as well.

use b2_proto::error::ErrorKind;
use b2_proto::wire::text::Sha1;

use super::{LEN, build, builds, mixed, of, stored};
use crate::build::{Build, Bytes};
use crate::face::{Bucket, Face};
use crate::scenario::{Scenario, list};
use crate::tools::bytes;
use crate::world::World;

pub(super) fn all<F: Face>() -> Vec<Scenario<F>> {
    list![a_concatenation, a_concatenation_as_a_stream, a_sha1_that_was_told]
}

fn concatenation(pieces: Vec<Bytes>) -> Build {
    Build { is_concatenation: true, ..build(pieces) }
}

/// Copied, sent and fetched bytes, one behind the other, and some at their place.
fn a_concatenation<F: Face>(world: &World<'_, F>) {
    let data = bytes(LEN);
    let service = world.service();
    let (_, bucket) = service.bucket();
    let old = stored(&bucket, &data[..]);
    service.skip();
    let mut pieces = mixed(&old, &data);
    pieces.push(Bytes::Write(590, data[590..600].to_vec()));
    pieces.push(Bytes::Copy(600, of(&old, 600, 400)));
    let plan = || concatenation(mixed(&old, &data));
    let plan = bucket.plan("new", plan()).expect("a plan").totals();
    assert_eq!((plan.copied, plan.sent, plan.fetched), (400, 190, 90));
    let built = builds(&service, &bucket, &data, concatenation(pieces));
    assert_eq!((built.totals.copied, built.totals.sent), (800, 200));
}

/// The same while it is told.
fn a_concatenation_as_a_stream<F: Face>(world: &World<'_, F>) {
    let data = bytes(LEN);
    let service = world.service();
    let (_, bucket) = service.bucket();
    let old = stored(&bucket, &data[..]);
    service.skip();
    let build = Build { is_stream: true, ..concatenation(mixed(&old, &data)) };
    let built = builds(&service, &bucket, &data[..590], build);
    assert_eq!((built.totals.copied, built.totals.sent, built.totals.fetched), (400, 190, 90));
}

/// Another one is found while the sources are read, in one of them or in several.
fn a_sha1_that_was_told<F: Face>(world: &World<'_, F>) {
    let data = bytes(LEN);
    let service = world.service();
    let (_, bucket) = service.bucket();
    service.skip();
    for cuts in [vec![LEN], vec![450, 550]] {
        let pieces = || {
            let mut rest = &data[..];
            let piece = |len: &usize| {
                let (piece, behind) = rest.split_at(*len);
                rest = behind;
                Bytes::Append(piece.to_vec())
            };
            cuts.iter().map(piece).collect()
        };
        let wrong = Build { sha1: Some(Sha1::of(b"other")), ..concatenation(pieces()) };
        let error = bucket.create_file("new", wrong).expect_err("another SHA-1");
        assert_eq!(error.kind, ErrorKind::InvalidInput);
        assert!(service.of("b2_start_large_file").is_empty());
        let right = Build { sha1: Some(Sha1::of(&data)), ..concatenation(pieces()) };
        let built = builds(&service, &bucket, &data, right);
        assert_eq!(built.file.whole_sha1(), Some(Sha1::of(&data)));
        service.skip();
    }
}
