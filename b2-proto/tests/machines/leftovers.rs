//! Unfinished large files: what they hold, and their end.

use b2_proto::error::ErrorKind;
use b2_proto::machine::Input;
use b2_proto::machine::leftovers::{Fate, LeftoverOptions, Leftovers};

use crate::scenario::*;

const FILES: &str = "b2_list_unfinished_large_files";
const PARTS: &str = "b2_list_parts";
const CANCEL: &str = "b2_cancel_large_file";

type Job = Scenario<One<Leftovers>>;

fn job(options: LeftoverOptions) -> Job {
    Scenario::of(Leftovers::new("b", options))
}

/// Cancels what was started before this.
fn cancelling(started_before_ms: u64) -> Job {
    job(LeftoverOptions { started_before_ms: Some(started_before_ms), cancels: true })
}

/// A page of files by ID and time.
fn files(rows: &[(&str, u64)], next: &str) -> String {
    let row = |(id, time): &(&str, u64)| {
        file_answer("start", "\"none\"", 0).replace("4_z1", id).replace(":5", &format!(":{time}"))
    };
    let rows: Vec<_> = rows.iter().map(row).collect();
    format!(r#"{{"files":[{}],"nextFileId":{next}}}"#, rows.join(","))
}

fn parts(lens: &[u64], next: &str) -> String {
    let part = |len: &u64| {
        format!(r#"{{"fileId":"f","partNumber":1,"contentLength":{len},"contentSha1":"{SHA1}"}}"#)
    };
    let parts: Vec<_> = lens.iter().map(part).collect();
    format!(r#"{{"parts":[{}],"nextPartNumber":{next}}}"#, parts.join(","))
}

fn cancelled(id: &str) -> String {
    format!(r#"{{"fileId":"{id}","accountId":"account","bucketId":"b","fileName":"n"}}"#)
}

#[test]
fn files_are_told_with_what_they_hold() {
    let mut job = job(LeftoverOptions::default());
    job.serve(FILES, 200, &files(&[("a", 1), ("b", 2)], r#""c""#));
    job.serve(PARTS, 200, &parts(&[10, 20], "7"));
    let more = job.take(PARTS);
    assert!(more.body.contains(r#""startPartNumber":7"#), "{}", more.body);
    job.answer(&more, 200, &parts(&[5], "null"));
    job.serve(PARTS, 200, &parts(&[], "null"));
    let more = job.take(FILES);
    assert!(more.body.contains(r#""startFileId":"c""#), "{}", more.body);
    job.answer(&more, 200, &files(&[("c", 3)], "null"));
    job.serve(PARTS, 200, &parts(&[1], "null"));
    let list = job.outcome().expect("listed");
    let held: Vec<_> =
        list.files.iter().map(|it| (it.file.file_id.as_str(), it.parts, it.bytes)).collect();
    assert_eq!(held, [("a", 3, 35), ("b", 0, 0), ("c", 1, 1)]);
    assert!(list.files.iter().all(|it| it.fate == Fate::Kept) && !list.has_more);
    assert!(!job.begun.contains(&CANCEL));
}

#[test]
fn only_old_ones_are_cancelled() {
    let mut job = cancelling(5);
    job.serve(FILES, 200, &files(&[("a", 4), ("b", 5), ("c", 1)], "null"));
    for id in ["a", "c"] {
        let list = job.take(PARTS);
        assert!(list.body.contains(id), "{}", list.body);
        job.answer(&list, 200, &parts(&[10], "null"));
        let cancel = job.take(CANCEL);
        assert_eq!(cancel.body, format!(r#"{{"fileId":"{id}"}}"#));
        job.answer(&cancel, 200, &cancelled(id));
    }
    let list = job.outcome().expect("cancelled");
    let done: Vec<_> = list.files.iter().map(|it| it.fate.clone()).collect();
    assert_eq!(done, [Fate::Cancelled, Fate::Cancelled]);
}

#[test]
fn a_cancellation_whose_answer_was_lost_counts_when_the_file_is_gone() {
    let options = LeftoverOptions { started_before_ms: Some(5), cancels: true };
    let session = permitted(&["listFiles", "writeFiles", "readFiles"]);
    let mut job = Scenario::of_with(session, Leftovers::new("b", options));
    crate::settle::serve(&mut job, FILES, 200, &files(&[("a", 1)], "null"));
    job.serve(PARTS, 200, &parts(&[10], "null"));
    job.serve(CANCEL, 503, BUSY);
    job.wait();
    job.serve(CANCEL, 400, r#"{"status":400,"code":"bad_request","message":"no such upload"}"#);
    job.serve("b2_get_file_info", 404, r#"{"status":404,"code":"not_found","message":"m"}"#);
    let list = job.outcome().expect("cancelled");
    let told: Vec<_> = list.files.iter().map(|it| (it.bytes, it.fate.clone())).collect();
    assert_eq!(told, [(10, Fate::Cancelled)]);
}

#[test]
fn the_trouble_of_one_file_is_its_own() {
    let mut job = cancelling(9);
    job.serve(FILES, 200, &files(&[("a", 1), ("b", 2), ("c", 3)], "null"));
    // The first was finished before it was looked at, the second cannot be cancelled.
    job.serve(PARTS, 400, REFUSED);
    job.serve(PARTS, 200, &parts(&[10], "null"));
    job.serve(CANCEL, 401, r#"{"status":401,"code":"unauthorized","message":"no"}"#);
    job.serve(PARTS, 200, &parts(&[10], "null"));
    job.serve(CANCEL, 200, &cancelled("c"));
    let list = job.outcome().expect("an outcome for each");
    let (first, second) = (&list.files[0], &list.files[1]);
    assert_eq!((first.file.file_id.as_str(), second.file.file_id.as_str()), ("b", "c"));
    assert!(
        matches!(&first.fate, Fate::Failed(error) if error.kind == ErrorKind::Unauthorized),
        "{first:?}"
    );
    assert_eq!(second.fate, Fate::Cancelled);
}

#[test]
fn what_was_done_is_told_when_the_job_breaks_off() {
    let mut job = cancelling(9);
    job.serve(FILES, 200, &files(&[("a", 1), ("b", 2), ("c", 3)], "null"));
    job.serve(PARTS, 200, &parts(&[10], "null"));
    job.serve(CANCEL, 200, &cancelled("a"));
    job.serve(PARTS, 401, r#"{"status":401,"code":"unauthorized","message":"no"}"#);
    let list = job.outcome().expect("what is known");
    assert_eq!(list.files[0].fate, Fate::Cancelled);
    assert!(
        matches!(&list.files[1].fate, Fate::Failed(error) if error.kind == ErrorKind::Unauthorized),
        "{list:?}"
    );
    assert!(list.has_more && list.files.len() == 2);
}

#[test]
fn what_somebody_works_on_is_left_alone() {
    let mut job = cancelling(9);
    job.claims = Claims::Asked;
    // The first is an upload under way that has an old upload time of its own.
    job.serve(FILES, 200, &files(&[("a", 1), ("b", 2)], "null"));
    job.serve(PARTS, 200, &parts(&[10], "null"));
    let claim = job.take(CLAIM);
    assert_eq!(claim.body, "a");
    job.input(&claim, Input::Claimed { id: claim.id, granted: false });
    job.serve(PARTS, 200, &parts(&[10], "null"));
    let claim = job.take(CLAIM);
    job.input(&claim, Input::Claimed { id: claim.id, granted: true });
    let cancel = job.take(CANCEL);
    assert_eq!(cancel.body, r#"{"fileId":"b"}"#);
    job.answer(&cancel, 200, &cancelled("b"));
    let list = job.outcome().expect("an outcome for each");
    let fates: Vec<_> = list.files.iter().map(|it| it.fate.clone()).collect();
    assert_eq!(fates, [Fate::InUse, Fate::Cancelled]);
}

#[test]
fn a_claim_is_not_waited_for_when_it_is_cancelled() {
    let mut job = cancelling(9);
    job.claims = Claims::Asked;
    job.serve(FILES, 200, &files(&[("a", 1)], "null"));
    job.serve(PARTS, 200, &parts(&[10], "null"));
    job.cancel();
    assert_eq!(job.aborted, [CLAIM]);
    assert_eq!(job.error().kind, ErrorKind::Cancelled);
}

#[test]
fn it_can_be_cancelled_at_each_call() {
    for calls in 0..3 {
        let mut job = cancelling(9);
        let answers = [(FILES, files(&[("a", 1)], "null")), (PARTS, parts(&[1], "null"))];
        for (name, answer) in answers.iter().take(calls) {
            job.serve(name, 200, answer);
        }
        job.cancel();
        assert_eq!(job.aborted, [[FILES, PARTS, CANCEL][calls]]);
        assert_eq!(job.error().kind, ErrorKind::Cancelled);
    }
}
