//! Lost answers (S10): the rows of the table "Unknown outcomes" of DESIGN.md.

use b2_proto::error::{Cause, Error, ErrorKind};
use b2_proto::id::SourceId;
use b2_proto::machine::session::Session;
use b2_proto::machine::single::Single;
use b2_proto::machine::upload::{Payload, Upload, Uploaded};
use b2_proto::machine::{Input, Machine};
use b2_proto::model::{FileAction, FileVersion};
use b2_proto::op::HideFile;
use b2_proto::op::file_spec::{Encryption, FileSpec};

use crate::scenario::*;

mod account;
mod fed;
mod gone;
mod start;

pub(crate) const GET_URL: &str = "b2_get_upload_url";
pub(crate) const UPLOAD: &str = "b2_upload_file";
pub(crate) const VERSIONS: &str = "b2_list_file_versions";
const HIDE: &str = "b2_hide_file";

/// The service's clock when the driver's shows nought.
const SERVICE_ZERO_MS: u64 = 86_400_000;

/// What `now_ms` of the driver is by the service's clock.
pub(crate) const fn service_ms(now_ms: u64) -> u64 {
    SERVICE_ZERO_MS + now_ms
}

/// Answers the oldest flight of this name, with the date.
#[track_caller]
pub(crate) fn serve<D: Driven>(job: &mut Scenario<D>, name: &str, status: u16, body: &str) {
    let flight = job.take(name);
    answer(job, &flight, status, body);
}

fn answer<D: Driven>(job: &mut Scenario<D>, flight: &Flight, status: u16, body: &str) {
    let second = job.now.as_ms() / 1_000;
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    let date = format!("Fri, 02 Jan 1970 {hour:02}:{minute:02}:{second:02} GMT");
    job.answer_with(flight, status, &[("Date", &date)], body);
}

/// A row of a listing of versions of `n`.
pub(crate) fn row(id: &str, action: &str, at_ms: u64) -> String {
    let (sha1, len) = if action == "upload" { (quoted(SHA1), 50) } else { ("null".into(), 0) };
    file_answer(action, &sha1, len)
        .replace("\"4_z1\"", &format!("\"{id}\""))
        .replace("\"uploadTimestamp\":5", &format!("\"uploadTimestamp\":{at_ms}"))
}

pub(crate) fn versions(rows: &[String]) -> String {
    format!(r#"{{"files":[{}],"nextFileName":null,"nextFileId":null}}"#, rows.join(","))
}

fn lister() -> Session {
    permitted(&["listFiles", "writeFiles"])
}

type Job = Scenario<One<Upload<FileSpec<'static>, FileVersion>>>;

/// An upload that is on its way since second 1.
fn upload_of(session: Session, file: FileSpec<'static>) -> Job {
    let machine = Upload::new(file, Payload::seekable(SourceId(0), 50));
    let mut job = Scenario::of_with(session, machine);
    serve(&mut job, GET_URL, 200, &url_answer(1));
    job
}

fn upload() -> Job {
    upload_of(lister(), FileSpec::new("b", "n"))
}

/// The connection breaks after the whole body; then the service is asked.
fn lose(job: &mut Job, cause: Cause) {
    let flight = job.take(UPLOAD);
    job.break_off(&flight, cause, 0);
    assert!(job.flights.is_empty(), "it is given a moment: {:?}", job.names());
    assert_eq!(job.wait(), 1_000);
    assert_eq!(job.names(), [VERSIONS]);
}

fn stored_as(job: &mut Job, id: &str) -> Uploaded<FileVersion> {
    let uploaded = job.outcome().expect("uploaded");
    assert_eq!((uploaded.file.file_id.as_str(), uploaded.sha1), (id, Some(SHA1)));
    uploaded
}

/// Uploads once more.
fn repeat(job: &mut Job) {
    serve(job, GET_URL, 200, &url_answer(2));
    serve(job, UPLOAD, 200, &row("4_z2", "upload", service_ms(2_000)));
}

#[test]
fn an_upload_is_found_after_the_machine_has_slept() {
    let mut job = upload();
    lose(&mut job, Cause::Reset);
    // The service's clock has gone on, and the one of the driver has not.
    let flight = job.take(VERSIONS);
    let date = [("Date", "Fri, 02 Jan 1970 02:00:03 GMT")];
    let found = versions(&[row("4_z9", "upload", service_ms(1_000))]);
    job.answer_with(&flight, 200, &date, &found);
    stored_as(&mut job, "4_z9");
    assert_eq!(job.begun, [GET_URL, UPLOAD, VERSIONS]);
}

#[test]
fn an_upload_that_is_found_is_the_result_with_the_whole_receipt() {
    let mut job = upload();
    lose(&mut job, Cause::Reset);
    let asked = r#"{"bucketId":"b","startFileName":"n","maxFileCount":20,"prefix":"n"}"#;
    assert_eq!(job.flights[0].body, asked);
    serve(&mut job, VERSIONS, 200, &versions(&[row("4_z9", "upload", service_ms(1_000))]));
    let uploaded = stored_as(&mut job, "4_z9");
    assert!(!uploaded.may_be_duplicate);
    assert_eq!(uploaded.file.action, FileAction::Upload);
    assert_eq!(job.begun, [GET_URL, UPLOAD, VERSIONS]);
}

#[test]
fn an_upload_that_is_not_there_is_sent_again() {
    let mut job = upload();
    serve(&mut job, UPLOAD, 503, BUSY);
    serve(&mut job, VERSIONS, 200, &versions(&[row("4_z0", "upload", service_ms(0) - 5_001)]));
    repeat(&mut job);
    assert!(!stored_as(&mut job, "4_z2").may_be_duplicate);
}

#[test]
fn an_error_in_words_that_are_not_the_services_does_not_say_that_it_is_done_with_the_upload() {
    const GATEWAY: &str = "<html><h1>upstream request timeout</h1></html>";
    let worded = r#"{"status":504,"code":"internal_error","message":"m"}"#;
    for (status, body) in
        [(504, GATEWAY), (504, worded), (502, ""), (408, ""), (503, GATEWAY), (500, "{}")]
    {
        let mut job = upload();
        serve(&mut job, UPLOAD, status, body);
        assert!(job.names().is_empty(), "{status}: it is given a moment: {:?}", job.names());
        assert_eq!(job.wait(), 1_000);
        serve(&mut job, VERSIONS, 200, &versions(&[]));
        repeat(&mut job);
        assert!(stored_as(&mut job, "4_z2").may_be_duplicate, "{status}: it can be there by now");
    }
}

#[test]
fn the_more_attempts_are_lost_the_longer_is_waited_before_it_is_asked() {
    let mut job = upload();
    for (number, pause_ms) in (2..).zip([1_000, 2_000, 4_000, 8_000]) {
        serve(&mut job, UPLOAD, 504, "");
        assert_eq!(job.wait(), pause_ms);
        serve(&mut job, VERSIONS, 200, &versions(&[]));
        serve(&mut job, GET_URL, 200, &url_answer(number));
    }
    serve(&mut job, UPLOAD, 504, "");
    assert_eq!(job.wait(), 16_000);
    serve(&mut job, VERSIONS, 200, &versions(&[]));
    let error = job.error();
    assert_eq!((error.kind, error.may_have_taken_effect), (ErrorKind::Unavailable, true));
}

#[test]
fn versions_that_differ_in_anything_are_not_the_upload() {
    let right = row("4_z9", "upload", service_ms(1_000));
    let wrong = [
        right.replace("\"contentLength\":50", "\"contentLength\":51"),
        right.replace(&SHA1.to_string(), &OTHER_SHA1.to_string()),
        right.replace("\"fileInfo\":{}", "\"fileInfo\":{\"a\":\"b\"}"),
        right.replace("\"fileName\":\"n\"", "\"fileName\":\"nn\""),
        row("4_z9", "hide", service_ms(1_000)),
        row("4_z9", "start", service_ms(1_000)),
    ];
    for wrong in wrong {
        let mut job = upload();
        lose(&mut job, Cause::Closed);
        serve(&mut job, VERSIONS, 200, &versions(&[wrong]));
        assert_eq!(job.names(), [GET_URL]);
    }
}

/// An older twin without a lock, or one of another caller's, would leave the file unprotected.
#[test]
fn a_version_that_is_guarded_otherwise_is_not_the_upload() {
    let shown = |settings: &str| {
        let row = row("4_z9", "upload", service_ms(1_000));
        row.replace(r#""fileInfo":{}"#, &format!(r#""fileInfo":{{}}{settings}"#))
    };
    let hold = r#","legalHold":{"isClientAuthorizedToRead":true,"value":"on"}"#;
    let no_hold = r#","legalHold":{"isClientAuthorizedToRead":true,"value":null}"#;
    let hidden = r#","legalHold":{"isClientAuthorizedToRead":false,"value":null}"#;
    let until = |ms: u64| {
        format!(
            r#","fileRetention":{{"isClientAuthorizedToRead":true,
            "value":{{"mode":"governance","retainUntilTimestamp":{ms}}}}}"#
        )
    };
    let sse_b2 = r#","serverSideEncryption":{"mode":"SSE-B2","algorithm":"AES256"}"#;
    let file = || FileSpec::new("b", "n");
    let held = FileSpec { legal_hold: Some(true), ..file() };
    let free = FileSpec { legal_hold: Some(false), ..file() };
    let kept = FileSpec { retention: Some(("governance", 9)), ..file() };
    let managed = FileSpec { encryption: Encryption::Managed, ..file() };
    for (file, settings, is_it) in [
        (held, hold, true),
        (held, no_hold, false),
        (held, hidden, true),
        (free, hold, false),
        (kept, until(9).as_str(), true),
        (kept, until(8).as_str(), false),
        (managed, sse_b2, true),
        (managed, "", false),
        (file(), hold, false),
        // What else was not asked for is the bucket's affair.
        (file(), until(9).as_str(), true),
        (file(), sse_b2, true),
    ] {
        let rights = ["listFiles", "writeFiles", "writeFileLegalHolds", "writeFileRetentions"];
        let mut job = upload_of(permitted(&rights), file);
        lose(&mut job, Cause::Closed);
        serve(&mut job, VERSIONS, 200, &versions(&[shown(settings)]));
        assert_eq!(job.names() != [GET_URL], is_it, "{settings}");
    }
}

#[test]
fn a_server_error_after_the_whole_body_is_asked_about_at_once() {
    let mut job = upload();
    serve(&mut job, UPLOAD, 503, BUSY);
    serve(&mut job, VERSIONS, 200, &versions(&[row("4_z9", "upload", service_ms(1_000))]));
    assert!(!stored_as(&mut job, "4_z9").may_be_duplicate);
}

#[test]
fn a_server_error_before_the_whole_body_is_not_asked_about() {
    let mut job = upload();
    let flight = job.take(UPLOAD);
    job.break_off_sent(&flight, Cause::BrokenPipe, 0, None);
    assert_eq!(job.names(), [GET_URL]);
}

#[test]
fn a_request_that_got_no_answer_may_take_effect_later() {
    for cause in [Cause::ReadTimeout, Cause::Reset, Cause::Closed] {
        let mut job = upload();
        lose(&mut job, cause);
        serve(&mut job, VERSIONS, 200, &versions(&[]));
        repeat(&mut job);
        assert!(stored_as(&mut job, "4_z2").may_be_duplicate, "{cause:?}: it can be there by now");
    }
}

#[test]
fn two_jobs_never_get_the_same_version() {
    let mut first = upload();
    serve(&mut first, UPLOAD, 200, &row("4_z9", "upload", service_ms(1_000)));
    stored_as(&mut first, "4_z9");
    let mut second = Scenario::of_with(
        first.driven.session,
        Upload::<_, FileVersion>::new(FileSpec::new("b", "n"), Payload::seekable(SourceId(0), 50)),
    );
    lose(&mut second, Cause::Reset);
    serve(&mut second, VERSIONS, 200, &versions(&[row("4_z9", "upload", service_ms(1_000))]));
    assert_eq!(second.names(), [GET_URL], "that is the first one's");
}

#[test]
fn a_key_that_may_not_list_repeats_and_says_so() {
    let mut job = upload_of(permitted(&["writeFiles"]), FileSpec::new("b", "n"));
    let flight = job.take(UPLOAD);
    job.break_off(&flight, Cause::Reset, 0);
    repeat(&mut job);
    assert!(stored_as(&mut job, "4_z2").may_be_duplicate);
}

#[test]
fn where_asking_fails_the_upload_is_repeated_and_says_so() {
    let mut job = upload();
    lose(&mut job, Cause::Reset);
    serve(&mut job, VERSIONS, 400, REFUSED);
    repeat(&mut job);
    assert!(stored_as(&mut job, "4_z2").may_be_duplicate);
}

#[test]
fn a_name_that_others_write_all_the_time_stays_unclear() {
    let mut job = upload();
    lose(&mut job, Cause::Reset);
    let others = versions(&[row("4_z9", "hide", service_ms(1_000))]);
    let others = others.replace("\"nextFileName\":null", "\"nextFileName\":\"n\"");
    serve(&mut job, VERSIONS, 200, &others);
    repeat(&mut job);
    assert!(stored_as(&mut job, "4_z2").may_be_duplicate);
}

#[test]
fn a_file_with_an_upload_time_of_its_own_is_not_asked_about() {
    let mut file = FileSpec::new("b", "n");
    file.upload_timestamp_ms = Some(5);
    let mut job = upload_of(lister(), file);
    let flight = job.take(UPLOAD);
    job.break_off(&flight, Cause::Reset, 0);
    repeat(&mut job);
    assert!(stored_as(&mut job, "4_z2").may_be_duplicate);
}

/// An upload of which every attempt but the last was lost in vain, and the last one is lost too.
fn lost_to_the_end() -> Job {
    let mut job = upload();
    for number in 2..6 {
        serve(&mut job, UPLOAD, 503, BUSY);
        serve(&mut job, VERSIONS, 200, &versions(&[]));
        serve(&mut job, GET_URL, 200, &url_answer(number));
    }
    serve(&mut job, UPLOAD, 503, BUSY);
    assert_eq!(job.names(), [VERSIONS], "asked before it is given up");
    job
}

#[test]
fn an_upload_that_is_given_up_is_asked_about_first() {
    let mut job = lost_to_the_end();
    serve(&mut job, VERSIONS, 200, &versions(&[row("4_z9", "upload", service_ms(1_000))]));
    assert!(!stored_as(&mut job, "4_z9").may_be_duplicate);
    let mut job = lost_to_the_end();
    serve(&mut job, VERSIONS, 200, &versions(&[]));
    let error = job.error();
    assert_eq!((error.kind, error.may_have_taken_effect), (ErrorKind::Unavailable, false));
    let mut job = lost_to_the_end();
    serve(&mut job, VERSIONS, 400, REFUSED);
    let error = job.error();
    assert_eq!((error.operation, error.may_have_taken_effect), (UPLOAD, true));
}

#[test]
fn cancel_while_asking_says_that_the_file_may_be_there() {
    let mut job = upload();
    lose(&mut job, Cause::Reset);
    job.cancel();
    assert_eq!(job.aborted, [VERSIONS]);
    let error = job.error();
    assert_eq!((error.kind, error.may_have_taken_effect), (ErrorKind::Cancelled, true));
}

fn hide() -> Scenario<One<Single<HideFile<&'static str>>>> {
    let mut job = Scenario::of_with(lister(), Single::new(HideFile::new("b", "n")));
    // The first answer tells the time.
    serve(&mut job, HIDE, 429, "");
    job.wait();
    job
}

/// An attempt is lost, and asked about after the wait.
fn lose_call<M: Machine>(job: &mut Scenario<One<M>>, name: &str, cause: Cause, asks: &str) {
    let flight = job.take(name);
    job.break_off(&flight, cause, 0);
    job.wait();
    assert_eq!(job.names(), [asks]);
}

#[test]
fn a_hide_marker_that_is_found_is_the_result() {
    let mut job = hide();
    lose_call(&mut job, HIDE, Cause::Reset, VERSIONS);
    serve(&mut job, VERSIONS, 200, &versions(&[row("4_z9", "hide", service_ms(2_000))]));
    let marker = job.outcome().expect("hidden");
    assert_eq!((marker.file_id.as_str(), marker.action), ("4_z9", FileAction::Hide));
}

#[test]
fn a_file_that_is_not_hidden_yet_is_hidden_again() {
    let mut job = hide();
    lose_call(&mut job, HIDE, Cause::Reset, VERSIONS);
    serve(&mut job, VERSIONS, 200, &versions(&[row("4_z8", "upload", 0)]));
    serve(&mut job, HIDE, 200, &row("4_z9", "hide", service_ms(3_000)));
    assert_eq!(job.outcome().expect("hidden").file_id, "4_z9");
}

#[test]
fn a_hide_that_arrived_late_is_found_when_the_next_is_refused() {
    let mut job = hide();
    lose_call(&mut job, HIDE, Cause::ReadTimeout, VERSIONS);
    serve(&mut job, VERSIONS, 200, &versions(&[]));
    let hidden = r#"{"status":400,"code":"already_hidden","message":"m"}"#;
    serve(&mut job, HIDE, 400, hidden);
    serve(&mut job, VERSIONS, 200, &versions(&[row("4_z9", "hide", service_ms(2_000))]));
    assert_eq!(job.outcome().expect("hidden").file_id, "4_z9");
}

#[test]
fn a_hide_marker_that_was_there_before_is_not_taken() {
    let mut job = hide();
    serve(&mut job, HIDE, 503, BUSY);
    job.wait();
    serve(&mut job, VERSIONS, 200, &versions(&[row("4_z9", "hide", 5)]));
    let hidden = r#"{"status":400,"code":"already_hidden","message":"m"}"#;
    serve(&mut job, HIDE, 400, hidden);
    let error: Error = job.error();
    assert_eq!((error.kind, error.may_have_taken_effect), (ErrorKind::Conflict, false));
}

#[test]
fn a_buffer_that_is_told_twice_is_no_answer_to_the_question() {
    let machine = Upload::new(FileSpec::new("b", "n"), Payload::stream(SourceId(0), 50));
    let mut job: Job = Scenario::of_with(lister(), machine);
    let fill = job.take(FILL);
    let filled = || Input::Filled { id: fill.id, len: 50, digest: SHA1 };
    job.input(&fill, filled());
    serve(&mut job, GET_URL, 200, &url_answer(1));
    lose(&mut job, Cause::Reset);
    job.input(&fill, filled());
    assert_eq!(job.names(), [VERSIONS], "nothing is sent before that is answered");
    serve(&mut job, VERSIONS, 200, &versions(&[row("4_z9", "upload", service_ms(1_000))]));
    assert!(!stored_as(&mut job, "4_z9").may_be_duplicate);
}
