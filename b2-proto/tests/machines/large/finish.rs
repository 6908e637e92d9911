//! The end of a file in parts: lost answers, refusals, others that finish it.

use super::*;

/// An upload of two parts that are there, with this left of it on failure.
fn sent(leftover: Leftover) -> Scenario<One<Job>> {
    let mut job = started(upload(2, 1).leftover(leftover));
    job.take_parts();
    job
}

/// The same, whose finish has lost its answer and is sent again.
fn finished_twice(leftover: Leftover, cause: Cause) -> Scenario<One<Job>> {
    let mut job = sent(leftover);
    let finish = job.take(FINISH);
    job.break_off(&finish, cause, 0);
    job.wait();
    job
}

#[test]
fn a_lost_finish_that_took_effect_is_found() {
    let mut job = finished_twice(Leftover::Keep, Cause::ReadTimeout);
    job.serve(FINISH, 400, NO_UPLOAD);
    assert_eq!(job.wait(), 1_000);
    job.serve(VERIFY, 200, &finished());
    assert!(job.outcome().is_ok());
}

/// A file that would be removed, whose every finish was given up.
fn finished_in_vain() -> Scenario<One<Job>> {
    let mut job = sent(Leftover::Remove);
    for attempt in 1..=20 {
        let finish = job.take(FINISH);
        job.break_off(&finish, Cause::ReadTimeout, 0);
        if attempt < 20 {
            job.wait();
        }
    }
    assert!(job.names().is_empty(), "it is given a moment: {:?}", job.names());
    job
}

#[test]
fn a_finish_that_the_service_is_still_at_is_waited_for() {
    let mut job = finished_in_vain();
    for pause_ms in [1_000, 2_000, 4_000] {
        assert_eq!(job.wait(), pause_ms);
        job.serve(VERIFY, 200, &file_answer("start", "null", 0));
    }
    job.wait();
    job.serve(VERIFY, 200, &finished());
    assert!(job.outcome().is_ok());
}

#[test]
fn a_finish_that_was_given_up_may_still_be_done_and_removes_nothing() {
    let mut job = finished_in_vain();
    while !job.has_ended() {
        job.wait();
        job.serve(VERIFY, 200, &file_answer("start", "null", 0));
    }
    let error = job.error();
    assert_eq!((error.kind, error.may_have_taken_effect), (ErrorKind::Network, true));
    assert_eq!(job.begun.iter().filter(|name| **name == VERIFY).count(), 5);
    assert!(!job.begun.contains(&CLEAN_UP));
}

#[test]
fn a_finish_that_is_refused_while_the_first_one_is_worked_on_is_waited_for() {
    let mut job = finished_twice(Leftover::Remove, Cause::ReadTimeout);
    for pause_ms in [1_000, 2_000] {
        job.serve(FINISH, 400, NO_UPLOAD);
        assert_eq!(job.wait(), pause_ms);
        job.serve(VERIFY, 200, &file_answer("start", "null", 0));
    }
    // The attempt that was worked on came to nothing.
    job.serve(FINISH, 200, &finished());
    assert!(job.outcome().is_ok());
}

#[test]
fn a_finish_that_is_always_refused_is_given_up() {
    let mut job = finished_twice(Leftover::Remove, Cause::ReadTimeout);
    while !job.has_ended() {
        job.serve(FINISH, 400, NO_UPLOAD);
        job.wait();
        job.serve(VERIFY, 200, &file_answer("start", "null", 0));
    }
    let error = job.error();
    assert_eq!((error.kind, error.may_have_taken_effect), (ErrorKind::BadRequest, true));
    assert_eq!(job.begun.iter().filter(|name| **name == VERIFY).count(), 5);
    assert!(!job.begun.contains(&CLEAN_UP));
}

#[test]
fn a_finish_whose_connection_is_closed_is_sent_again() {
    let mut job = finished_twice(Leftover::Keep, Cause::BrokenPipe);
    job.serve(FINISH, 200, &finished());
    assert!(job.outcome().is_ok());
}

/// What comes of a finish that is refused although no answer was lost.
fn refused(verified: &str) -> Scenario<One<Job>> {
    let mut job = sent(Leftover::Remove);
    job.serve(FINISH, 400, NO_UPLOAD);
    job.serve(VERIFY, 200, verified);
    job
}

#[test]
fn a_file_that_somebody_else_has_finished_with_the_same_bytes_is_the_result() {
    let mut job = refused(&finished());
    assert_eq!(job.outcome().expect("finished").sha1, None);
    let told = |sha1: Sha1| {
        finished()
            .replace("\"fileInfo\":{}", &format!("\"fileInfo\":{{\"large_file_sha1\":\"{sha1}\"}}"))
    };
    for (sha1, expected) in [(SHA1, Some(SHA1)), (OTHER_SHA1, None)] {
        let payload = Payload { sha1: Some(SHA1), ..Payload::seekable(SourceId(0), 20) };
        let mut job = started(upload_of(payload, 2, 1, vec![None; 2]));
        job.take_parts();
        job.serve(FINISH, 400, NO_UPLOAD);
        job.serve(VERIFY, 200, &told(sha1));
        assert_eq!(job.outcome().expect("finished").sha1, expected);
    }
}

#[test]
fn a_file_that_somebody_else_has_finished_with_other_bytes_is_not() {
    let mut job = refused(&file_answer("upload", "\"none\"", 21));
    let error = job.error();
    assert_eq!((error.kind, error.may_have_taken_effect), (ErrorKind::Conflict, false));
    assert!(!job.begun.contains(&CLEAN_UP));
}

#[test]
fn a_finish_that_is_refused_as_it_is_counts() {
    let mut job = refused(&file_answer("start", "null", 0));
    job.serve(CLEAN_UP, 200, &file_answer("start", "null", 0));
    let error = job.error();
    assert_eq!((error.kind, error.may_have_taken_effect), (ErrorKind::BadRequest, false));
}

const LIST: &str = "b2_list_file_versions";
const FORBIDDEN: &str = r#"{"status":401,"code":"unauthorized","message":"no"}"#;

fn listed(rows: &str) -> String {
    format!(r#"{{"files":[{rows}],"nextFileName":null,"nextFileId":null}}"#)
}

/// Where a key with these capabilities looks after a finish that was lost and then refused.
fn in_doubt(capabilities: &[&str]) -> Scenario<One<Job>> {
    let all = [&["writeFiles"], capabilities].concat();
    let job = upload(2, 1).leftover(Leftover::Remove);
    let mut job = Scenario::of_with(permitted(&all), job);
    job.serve(START, 200, &file_answer("start", "null", 0));
    job.take_parts();
    let finish = job.take(FINISH);
    job.break_off(&finish, Cause::ReadTimeout, 0);
    job.wait();
    job.serve(FINISH, 400, NO_UPLOAD);
    job.wait();
    job
}

#[test]
fn who_may_read_files_looks_at_the_file() {
    for capabilities in [&["readFiles"][..], &["readFiles", "listFiles"]] {
        let mut job = in_doubt(capabilities);
        job.serve(VERIFY, 200, &finished());
        assert_eq!(job.outcome().expect("finished").file.len, 20);
    }
}

#[test]
fn who_may_list_files_only_looks_in_the_list() {
    let mut job = in_doubt(&["listFiles"]);
    let list = job.take(LIST);
    let asked = concat!(
        r#"{"bucketId":"b","startFileName":"n","startFileId":"4_z1","#,
        r#""maxFileCount":1,"prefix":"n"}"#
    );
    assert_eq!(list.body, asked);
    job.answer(&list, 200, &listed(&finished()));
    assert_eq!(job.outcome().expect("finished").file.len, 20);

    let mut job = in_doubt(&["listFiles"]);
    job.serve(LIST, 200, &listed(&file_answer("upload", "\"none\"", 21)));
    assert_eq!(job.error().kind, ErrorKind::Conflict);

    // It is not finished yet.
    let mut job = in_doubt(&["listFiles"]);
    job.serve(LIST, 200, &listed(&file_answer("start", "null", 0)));
    job.serve(FINISH, 200, &finished());
    assert!(job.outcome().is_ok());
}

#[test]
fn what_is_in_no_list_is_not_settled() {
    let other = finished().replace("4_z1", "4_z2");
    for rows in ["", &other] {
        let mut job = in_doubt(&["listFiles"]);
        job.serve(LIST, 200, &listed(rows));
        let error = job.error();
        assert_eq!((error.operation, error.may_have_taken_effect), (FINISH, true));
        assert!(!job.begun.contains(&CLEAN_UP));
    }
}

#[test]
fn who_may_not_look_at_all_is_told_what_became_of_the_finish() {
    let mut job = in_doubt(&[]);
    job.serve(VERIFY, 401, FORBIDDEN);
    let error = job.error();
    assert_eq!((error.operation, error.may_have_taken_effect), (FINISH, true));
    assert!(!job.begun.contains(&CLEAN_UP) && !job.begun.contains(&LIST));
}

/// Of a login that was kept nobody knows what its key may do, until the service refuses it.
#[test]
fn who_may_not_look_at_the_file_looks_in_the_list() {
    let mut job = finished_twice(Leftover::Keep, Cause::ReadTimeout);
    job.serve(FINISH, 400, NO_UPLOAD);
    job.wait();
    job.serve(VERIFY, 401, FORBIDDEN);
    job.serve(LIST, 200, &listed(&finished()));
    assert!(job.outcome().is_ok());

    let mut job = finished_twice(Leftover::Keep, Cause::ReadTimeout);
    job.serve(FINISH, 400, NO_UPLOAD);
    job.wait();
    job.serve(VERIFY, 401, FORBIDDEN);
    job.serve(LIST, 401, FORBIDDEN);
    let error = job.error();
    assert_eq!((error.operation, error.may_have_taken_effect), (FINISH, true));
}

#[test]
fn a_file_that_was_continued_is_not_removed() {
    let job = upload_of(Payload::seekable(SourceId(0), 20), 2, 1, vec![Some(SHA1), None]);
    let job = job.continuing(Text::truncated("4_z1")).leftover(Leftover::Remove);
    let mut job = Scenario::of(job);
    job.cancel();
    assert_eq!(job.error().kind, ErrorKind::Cancelled);
    assert!(!job.begun.contains(&CLEAN_UP));
}

#[test]
fn a_finish_that_cannot_be_settled_removes_nothing() {
    let mut job = finished_twice(Leftover::Remove, Cause::ReadTimeout);
    job.serve(FINISH, 400, NO_UPLOAD);
    job.wait();
    job.serve(VERIFY, 404, "");
    let error = job.error();
    assert_eq!((error.kind, error.may_have_taken_effect), (ErrorKind::BadRequest, true));
    assert!(!job.begun.contains(&CLEAN_UP));
}
