//! One request or parts, as length, account and buffers say.

use b2_proto::error::ErrorKind;
use b2_proto::id::SourceId;
use b2_proto::machine::Input;
use b2_proto::machine::put::{Put, PutOptions};
use b2_proto::machine::upload::Payload;
use b2_proto::op::new_file::NewFile;
use b2_proto::op::receipt::FileRef;

use crate::scenario::*;

fn put(payload: Payload, options: PutOptions) -> Put<FileRef> {
    Put::new(NewFile::new("b", "n"), payload, options)
}

fn seekable(len: u64) -> Payload {
    Payload::seekable(SourceId(0), len)
}

fn buffers(buffer_len_max: u64, lanes: u16) -> PutOptions {
    PutOptions { buffer_len_max, lanes, ..PutOptions::default() }
}

#[test]
fn a_short_file_goes_up_in_one_request() {
    let job = Scenario::of(put(seekable(109), PutOptions::default()));
    assert_eq!(job.names(), ["b2_get_upload_url"]);
}

#[test]
fn a_long_file_goes_up_in_parts_with_its_digest_noted() {
    let mut payload = seekable(1_000);
    payload.sha1 = Some(SHA1);
    let mut job = Scenario::of(put(payload, PutOptions::default()));
    let start = job.take("b2_start_large_file");
    let noted = format!(r#""large_file_sha1":"{SHA1}""#);
    assert!(start.body.contains(&noted), "{}", start.body);
    job.answer(&start, 200, &file_answer("start", "null", 0));
    assert_eq!(job.names(), ["b2_get_upload_part_url"; 8]);
}

#[test]
fn any_number_of_lanes_may_be_asked_for() {
    let options = PutOptions { lanes: u16::MAX, ..PutOptions::default() };
    let mut job = Scenario::of(put(seekable(100_000), options));
    job.serve("b2_start_large_file", 200, &file_answer("start", "null", 0));
    assert_eq!(job.names(), ["b2_get_upload_part_url"; 64]);
}

#[test]
fn a_stream_uses_no_more_buffers_than_allowed() {
    let mut job = Scenario::of(put(Payload::stream(SourceId(0), 1_000), buffers(60, 4)));
    job.serve("b2_start_large_file", 200, &file_answer("start", "null", 0));
    let mut buffered = 0;
    for _ in 0..10 {
        if !job.names().contains(&FILL) {
            break;
        }
        let fill = job.take(FILL);
        let len = fill.body.split(' ').next().and_then(|len| len.parse().ok()).expect("a length");
        job.input(&fill, Input::Filled { id: fill.id, len, digest: SHA1 });
        buffered += len;
    }
    assert_eq!(buffered, 60);
}

#[test]
fn a_stream_that_needs_a_longer_buffer_is_refused() {
    let mut job = Scenario::of(put(Payload::stream(SourceId(0), 1_000), buffers(9, 4)));
    assert_eq!(job.error().kind, ErrorKind::Limit);
}

#[test]
fn cancel_before_the_login_ends_at_once() {
    let mut job = Scenario::of_with(session(), put(seekable(10), PutOptions::default()));
    assert_eq!(job.names(), [LOGIN]);
    job.cancel();
    assert_eq!(job.aborted, [LOGIN]);
    assert_eq!(job.error().kind, ErrorKind::Cancelled);
}

#[test]
fn a_wrong_name_sends_nothing_not_even_a_login() {
    let file = NewFile::new("b", "a\u{1}b");
    let put = Put::<FileRef>::new(file, seekable(10), PutOptions::default());
    let mut job = Scenario::of_with(session(), put);
    assert_eq!(job.error().kind, ErrorKind::InvalidInput);
    assert!(job.begun.is_empty());
}
