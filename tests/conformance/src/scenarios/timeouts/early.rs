//! Answers that stop: before all of the request was sent, where the peer is silent whatever held
//! the body up meanwhile; and behind all of them that counts.

use super::{SOON, Unready, less_hasty};
use crate::build::{Build, Bytes};
use crate::face::{Bucket as _, Face};
use crate::scenario::{Scenario, list};
use crate::settings::Settings;
use crate::tools::{bytes, on};
use crate::transfer::{Fetch, Source, Upload};
use crate::world::{Bucket, Service, World};
use b2_proto::error::{Cause, ErrorKind};
use b2_proto::machine::copy::CopySource;
use b2_proto::op::SMALL_REPLY_LEN_MAX;
use b2_sim::fault::Rule;
use std::io::{self, Read};
use std::time::Instant;

pub(super) fn all<F: Face>() -> Vec<Scenario<F>> {
    list![
        an_early_answer_that_stops_while_bytes_wait_to_pass,
        an_early_answer_that_stops_while_a_source_is_read,
        an_early_answer_that_stops_while_a_body_is_fed,
        a_refusal_that_stops_behind_what_is_taken_of_it,
    ]
}

/// A body of one request, longer than what is handed out at once.
const LEN: usize = 600_000;
/// A part that is longer, so that there is none.
const PART_LEN: u64 = 2 << 20;

/// Refuses before the body has come, and says no more than the head.
fn refusal() -> Rule {
    Rule { status: Some(503), stall_after_bytes: Some(0), ..on("b2_upload_file") }
}

/// It is refused twice, and then given up because the answer does not go on.
fn ends<F: Face>(service: &Service<'_, F>, bucket: &Bucket<F>, upload: Upload) {
    service.faults([refusal()]);
    let began = Instant::now();
    let uploaded = bucket.upload("a", upload);
    service.said(&uploaded);
    let error = uploaded.expect_err("no answer");
    assert!(began.elapsed() < SOON);
    let expected = (ErrorKind::Network, Some(Cause::ReadTimeout), 2);
    assert_eq!((error.kind, error.cause, error.attempts), expected, "{error}");
}

/// With a bound on what is sent in a second, a body waits nearly all of the time.
fn an_early_answer_that_stops_while_bytes_wait_to_pass<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let settings = Settings { bandwidth_up: Some(20_000), ..less_hasty(&service) };
    let (_, bucket) = service.bucket_with(settings);
    for source in [Source::from(bytes(LEN)), world.file("a", &bytes(LEN)).into()] {
        ends(&service, &bucket, Upload { part_len: Some(LEN as u64), ..source.into() });
    }
}

/// A source that gives nothing for a while when the answer comes.
fn an_early_answer_that_stops_while_a_source_is_read<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let open = |offset| -> io::Result<Box<dyn Read + Send>> {
        let mut reader = Unready::new(bytes(LEN), 300_000);
        reader.inner.set_position(offset);
        Ok(Box::new(reader))
    };
    let source = Source::Replay(LEN as u64, Box::new(open));
    let (_, bucket) = service.bucket_with(less_hasty(&service));
    ends(&service, &bucket, Upload { part_len: Some(LEN as u64), ..source.into() });
}

/// Another request brings the bytes, and has got few of them when the answer comes.
fn an_early_answer_that_stops_while_a_body_is_fed<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket_with(less_hasty(&service));
    let upload = Upload { part_len: Some(PART_LEN), ..bytes(3 * LEN).into() };
    let old = bucket.upload("old", upload).expect("uploaded").file;
    service.skip();
    // It takes longer than the silence, and is not silent itself.
    let slow = Rule { bytes_per_second: Some(300_000), ..on("b2_download_file_by_id") };
    service.faults([refusal(), slow]);
    let fetched = CopySource::new(old.file_id).range(0, 3 * LEN as u64);
    let pieces = vec![Bytes::AppendCopy(fetched), Bytes::Append(bytes(100))];
    let (part_len, part_len_min) = (Some(PART_LEN), Some(PART_LEN));
    let build = Build { lanes: Some(1), part_len, part_len_min, ..pieces.into() };
    let began = Instant::now();
    let built = service.together(|| bucket.create_file("new", build));
    service.said(&built);
    let error = built.expect_err("no answer");
    assert!(began.elapsed() < SOON);
    assert_eq!((error.kind, error.cause), (ErrorKind::Network, Some(Cause::ReadTimeout)));
}

/// The beginning of what a refusal says is enough, so nobody waits for the rest.
fn a_refusal_that_stops_behind_what_is_taken_of_it<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket_with(less_hasty(&service));
    bucket.upload("a", bytes(100).into()).expect("uploaded");
    service.skip();
    let len = usize::try_from(SMALL_REPLY_LEN_MAX).expect("small");
    let long = Rule {
        status: Some(403),
        body: Some("No. ".repeat(len)),
        stall_after_bytes: Some(len as u64),
        ..on("b2_download_file_by_name")
    };
    service.faults([long]);
    let fetched = bucket.download("a", Fetch::default());
    service.said(&fetched);
    let error = fetched.expect_err("refused");
    assert_eq!((error.status, error.attempts), (403, 1), "{error}");
}
