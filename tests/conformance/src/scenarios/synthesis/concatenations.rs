//! Files that are told as a list of bytes.

use super::{LEN, build, builds, mixed, of, stored};
use crate::build::{Build, Bytes};
use crate::face::{Bucket, Face};
use crate::scenario::{Scenario, list};
use crate::tools::bytes;
use crate::world::World;

pub(super) fn all<F: Face>() -> Vec<Scenario<F>> {
    list![a_concatenation, a_concatenation_as_a_stream]
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
