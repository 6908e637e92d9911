//! A file in one request: upload URLs, buffers, digests, cancel.

use b2_proto::error::{Cause, ErrorKind};
use b2_proto::id::SourceId;
use b2_proto::machine::Input;
use b2_proto::machine::upload::{Payload, Upload};
use b2_proto::op::file_spec::FileSpec;
use b2_proto::op::receipt::FileRef;

use crate::scenario::*;

const GET_URL: &str = "b2_get_upload_url";
const UPLOAD: &str = "b2_upload_file";
const DELETE: &str = "b2_delete_file_version";

type Job = Upload<FileSpec<'static>, FileRef>;

fn upload(payload: Payload) -> Job {
    Upload::new(FileSpec::new("b", "n"), payload)
}

fn seekable_payload() -> Payload {
    Payload::seekable(SourceId(0), 50)
}

fn seekable() -> Job {
    upload(seekable_payload())
}

fn stored() -> String {
    file_answer("upload", &quoted(SHA1), 50)
}

fn one(machine: Job) -> Scenario<One<Job>> {
    Scenario::of(machine)
}

#[test]
fn each_request_says_which_attempt_it_is() {
    let mut job = one(seekable());
    for attempt in 1..=5 {
        assert_eq!(job.flights[0].attempt, 1, "asking for a URL is work of its own");
        job.serve(GET_URL, 200, &url_answer(1));
        assert_eq!(job.flights[0].attempt, attempt);
        job.serve(UPLOAD, 503, BUSY);
    }
    assert_eq!(job.error().attempts, 5);
}

#[test]
fn the_next_upload_uses_the_url_again() {
    let mut job = one(seekable());
    job.serve(GET_URL, 200, &url_answer(1));
    job.serve(UPLOAD, 200, &stored());
    let uploaded = job.outcome().expect("uploaded");
    assert_eq!((uploaded.sha1, uploaded.may_be_duplicate), (Some(SHA1), false));
    let next = Scenario::of_with(job.driven.session, seekable());
    assert_eq!(next.names(), [UPLOAD]);
    assert!(next.flights[0].url.contains("pod-1"));
}

#[test]
fn a_url_that_failed_is_never_used_again() {
    for (status, body) in [(503, BUSY), (400, REFUSED), (401, BAD_TOKEN), (408, "")] {
        let mut job = one(seekable());
        job.serve(GET_URL, 200, &url_answer(1));
        job.serve(UPLOAD, status, body);
        job.cancel();
        assert!(job.outcome().is_err());
        let next = Scenario::of_with(job.driven.session, seekable());
        assert!(!next.names().contains(&UPLOAD), "{status}");
    }
}

#[test]
fn a_url_that_was_not_tried_is_kept_for_others_when_the_job_is_cancelled() {
    let mut job = one(seekable());
    job.serve(GET_URL, 200, &url_answer(1));
    job.serve(UPLOAD, 429, "");
    assert_eq!(job.wait(), 1_000);
    job.serve(GET_URL, 200, &url_answer(2));
    let sending = job.take(UPLOAD);
    job.answer(&sending, 200, &stored());
    assert!(job.outcome().is_ok());
}

#[test]
fn a_lost_answer_is_told() {
    let mut job = one(seekable());
    job.serve(GET_URL, 200, &url_answer(1));
    let flight = job.take(UPLOAD);
    job.break_off(&flight, Cause::Reset, 0);
    job.serve(GET_URL, 200, &url_answer(2));
    job.serve(UPLOAD, 200, &stored());
    assert!(job.outcome().expect("uploaded").may_be_duplicate);
}

#[test]
fn what_was_not_handed_over_whole_is_not_there() {
    let mut job = one(seekable());
    job.serve(GET_URL, 200, &url_answer(1));
    let flight = job.take(UPLOAD);
    job.break_off_sent(&flight, Cause::Reset, 0, None);
    job.serve(GET_URL, 200, &url_answer(2));
    job.serve(UPLOAD, 200, &stored());
    assert!(!job.outcome().expect("uploaded").may_be_duplicate);
}

#[test]
fn a_connection_that_was_refused_brought_nothing() {
    let mut job = one(seekable());
    job.serve(GET_URL, 200, &url_answer(1));
    let flight = job.take(UPLOAD);
    job.break_off(&flight, Cause::Refused, 0);
    job.cancel();
    assert!(!job.error().may_have_taken_effect);
}

#[test]
fn progress_goes_back_when_the_bytes_are_sent_again() {
    let mut job = one(seekable());
    job.serve(GET_URL, 200, &url_answer(1));
    let flight = job.take(UPLOAD);
    job.input(&flight, Input::Moved { id: flight.id, bytes: 90 });
    assert_eq!(job.progress.bytes_done, 50, "the digest behind the bytes does not count");
    job.break_off(&flight, Cause::Reset, 0);
    assert_eq!((job.progress.bytes_done, job.progress.retries), (0, 1));
    job.input(&flight, Input::Moved { id: flight.id, bytes: 20 });
    assert_eq!(job.progress.bytes_done, 0, "the request has ended");
}

/// An upload whose bytes were stored as others.
fn damaged() -> Scenario<One<Job>> {
    let mut job = one(seekable());
    job.serve(GET_URL, 200, &url_answer(1));
    job.serve(UPLOAD, 200, &file_answer("upload", &quoted(OTHER_SHA1), 50));
    job
}

#[test]
fn another_digest_than_the_one_sent_is_corruption_and_the_version_is_deleted() {
    let mut job = damaged();
    let delete = job.take(DELETE);
    assert_eq!(delete.body, r#"{"fileId":"4_z1","fileName":"n"}"#);
    job.answer(&delete, 200, r#"{"fileId":"4_z1","fileName":"n"}"#);
    let error = job.error();
    assert_eq!((error.kind, error.operation), (ErrorKind::Corrupted, UPLOAD));
    assert!(!error.may_have_taken_effect && error.message.ends_with("deleted again"), "{error}");
}

#[test]
fn a_damaged_version_that_cannot_be_deleted_is_named() {
    let mut job = damaged();
    for _ in 0..4 {
        job.serve(DELETE, 503, BUSY);
        job.wait();
    }
    job.serve(DELETE, 503, BUSY);
    let error = job.error();
    assert_eq!(error.kind, ErrorKind::Corrupted);
    assert!(error.may_have_taken_effect && error.message.contains("version 4_z1 "), "{error}");
}

#[test]
fn a_key_that_may_not_delete_leaves_the_error_as_it_is() {
    let mut job = damaged();
    job.serve(DELETE, 401, r#"{"status":401,"code":"unauthorized","message":"no"}"#);
    let error = job.error();
    assert_eq!((error.kind, error.may_have_taken_effect), (ErrorKind::Corrupted, true));
}

#[test]
fn a_damaged_version_that_is_gone_already_counts_as_deleted() {
    let mut job = damaged();
    let delete = job.take(DELETE);
    job.break_off(&delete, Cause::Reset, 0);
    job.wait();
    job.serve(DELETE, 400, r#"{"status":400,"code":"file_not_present","message":"gone"}"#);
    assert!(!job.error().may_have_taken_effect);
}

#[test]
fn cancel_while_deleting_tells_the_damage() {
    let mut job = damaged();
    assert_eq!(job.names(), [DELETE]);
    job.cancel();
    assert_eq!(job.aborted, [DELETE]);
    let error = job.error();
    assert_eq!((error.kind, error.may_have_taken_effect), (ErrorKind::Corrupted, true));
}

#[test]
fn an_answer_about_another_name_deletes_nothing() {
    let mut job = one(seekable());
    job.serve(GET_URL, 200, &url_answer(1));
    let answer = file_answer("upload", &quoted(OTHER_SHA1), 50);
    job.serve(UPLOAD, 200, &answer.replace("\"fileName\":\"n\"", "\"fileName\":\"m\""));
    let error = job.error();
    assert_eq!((error.kind, error.may_have_taken_effect), (ErrorKind::Corrupted, true));
    assert!(!job.begun.contains(&DELETE));
}

#[test]
fn an_empty_file_is_uploaded() {
    let mut job = one(upload(Payload::seekable(SourceId(0), 0)));
    job.serve(GET_URL, 200, &url_answer(1));
    job.serve(UPLOAD, 200, &file_answer("upload", &quoted(SHA1), 0));
    assert!(job.outcome().is_ok());
}

#[test]
fn a_stream_is_buffered_first_and_sent_again_from_the_buffer() {
    let mut job = one(upload(Payload::stream(SourceId(0), 50)));
    let fill = job.take(FILL);
    job.input(&fill, Input::Filled { id: fill.id, len: 50, digest: SHA1 });
    for number in 1..3 {
        job.serve(GET_URL, 200, &url_answer(number));
        assert_eq!(job.flights[0].body, "50 of 0");
        let answer = if number == 1 { (503, BUSY.to_owned()) } else { (200, stored()) };
        job.serve(UPLOAD, answer.0, &answer.1);
    }
    assert!(job.outcome().is_ok());
    assert_eq!(job.begun.iter().filter(|name| **name == FILL).count(), 1);
}

#[test]
fn the_service_checks_the_digest_that_the_caller_knows() {
    for source in [seekable_payload(), Payload::stream(SourceId(0), 50)] {
        let mut job = one(upload(Payload { sha1: Some(OTHER_SHA1), ..source }));
        if job.names() == [FILL] {
            let fill = job.take(FILL);
            job.input(&fill, Input::Filled { id: fill.id, len: 50, digest: SHA1 });
        }
        job.serve(GET_URL, 200, &url_answer(1));
        let sent = job.flights[0].header("X-Bz-Content-Sha1").map(str::to_owned);
        assert_eq!(sent, Some(OTHER_SHA1.to_string()));
    }
}

#[test]
fn a_stream_of_another_length_is_an_error() {
    let mut job = one(upload(Payload::stream(SourceId(0), 50)));
    let fill = job.take(FILL);
    job.input(&fill, Input::Filled { id: fill.id, len: 49, digest: SHA1 });
    assert_eq!(job.error().kind, ErrorKind::Source);
}

#[test]
fn a_buffer_answered_with_the_wrong_kind_of_input_does_not_hang() {
    let mut job = one(upload(Payload::stream(SourceId(0), 50)));
    let fill = job.take(FILL);
    job.input(&fill, Input::Stored { id: fill.id });
    assert_eq!(job.error().kind, ErrorKind::Protocol);
}

#[test]
fn cancel_aborts_whatever_is_in_flight() {
    for stage in [FILL, GET_URL, UPLOAD] {
        let mut job =
            one(if stage == FILL { upload(Payload::stream(SourceId(0), 50)) } else { seekable() });
        if stage == UPLOAD {
            job.serve(GET_URL, 200, &url_answer(1));
        }
        assert_eq!(job.names(), [stage]);
        job.cancel();
        assert_eq!(job.aborted, [stage]);
        assert_eq!(job.error().kind, ErrorKind::Cancelled);
    }
}

#[test]
fn an_upload_url_outside_of_the_realm_is_refused() {
    let mut job = one(seekable());
    let answer = url_answer(1).replace("backblaze.com", "evil.example");
    job.serve(GET_URL, 200, &answer);
    let error = job.error();
    assert_eq!(error.kind, ErrorKind::Protocol);
    assert!(!format!("{error:?}").contains("evil"), "{error:?}");
}

#[test]
fn an_upload_token_that_would_break_a_header_is_refused() {
    let mut job = one(seekable());
    job.serve(GET_URL, 200, &url_answer(1).replace("\"t1\"", "\"t1 \""));
    assert_eq!(job.error().kind, ErrorKind::Protocol);
}

#[test]
fn a_cancelled_upload_says_whether_the_file_may_be_there() {
    let mut job = one(seekable());
    job.serve(GET_URL, 200, &url_answer(1));
    job.cancel();
    assert!(job.error().may_have_taken_effect);
    let mut job = one(seekable());
    job.cancel();
    assert!(!job.error().may_have_taken_effect);
}

#[test]
fn a_source_beyond_64_bits_is_refused() {
    let mut payload = Payload::seekable(SourceId(0), 50);
    payload.offset = u64::MAX - 10;
    let mut job = one(upload(payload));
    assert_eq!(job.error().kind, ErrorKind::InvalidInput);
}

#[test]
fn a_description_that_would_break_a_header_is_refused() {
    let mut file = FileSpec::new("b", "n");
    file.retention = Some(("compliance\r\nX-Evil: 1", 5));
    let mut job = Scenario::of(Upload::<_, FileRef>::new(file, Payload::seekable(SourceId(0), 1)));
    assert_eq!(job.error().kind, ErrorKind::InvalidInput);
    assert!(job.begun.is_empty());
}

#[test]
fn nothing_tells_the_url_or_its_token() {
    let mut job = one(seekable());
    job.serve(GET_URL, 200, &url_answer(77));
    let told = format!("{:?} {:?}", job.driven.solo, job.driven.session);
    assert!(
        !told.contains("pod-77") && !told.contains("t77") && !told.contains("token-1"),
        "{told}"
    );
}
