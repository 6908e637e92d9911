//! What is to go and may be gone already: versions, buckets, keys, unfinished files.

use super::*;
use b2_proto::op::{self, Operation};

const DELETE: &str = "b2_delete_file_version";
const DELETE_BUCKET: &str = "b2_delete_bucket";
const DELETE_KEY: &str = "b2_delete_key";
const CANCEL: &str = "b2_cancel_large_file";
const KEYS: &str = "b2_list_keys";
const INFO: &str = "b2_get_file_info";

const NO_VERSION: &str = r#"{"status":400,"code":"file_not_present","message":"m"}"#;
const NO_BUCKET: &str = r#"{"status":400,"code":"bad_bucket_id","message":"m"}"#;
const REFUSED: &str = r#"{"status":400,"code":"bad_request","message":"m"}"#;
const NOT_FOUND: &str = r#"{"status":404,"code":"not_found","message":"m"}"#;

fn job<O: Operation>(operation: O) -> Scenario<One<Single<O>>> {
    let may = ["deleteFiles", "deleteBuckets", "deleteKeys", "listKeys", "writeFiles", "readFiles"];
    Scenario::of_with(permitted(&may), Single::new(operation))
}

/// The first answer is lost, and the request is repeated without a question.
fn lost<O: Operation>(operation: O, name: &str) -> Scenario<One<Single<O>>> {
    let mut job = job(operation);
    // An answer tells the time.
    serve(&mut job, name, 429, "");
    job.wait();
    lose_call(&mut job, name, Cause::Reset, name);
    job
}

/// No answer ever comes.
fn lost_to_the_end<O: Operation>(operation: O, name: &str) -> Error
where
    O::Output: core::fmt::Debug,
{
    let mut job = lost(operation, name);
    while let Some(flight) = (!job.flights.is_empty()).then(|| job.take(name)) {
        job.break_off(&flight, Cause::Reset, 0);
        if job.driven.solo.poll_deadline(&job.driven.session).is_some() {
            job.wait();
        }
    }
    let error = job.error();
    assert!(job.begun.iter().all(|begun| *begun == name), "nothing is asked: {:?}", job.begun);
    error
}

fn version() -> op::DeleteFileVersion<&'static str> {
    op::DeleteFileVersion::new("4_z1", "n")
}

fn key() -> op::DeleteKey {
    op::DeleteKey::new("002a")
}

fn file() -> op::CancelLargeFile<&'static str> {
    op::CancelLargeFile::new("4_z1")
}

/// A page of keys, and what comes after it.
fn keys(ids: &[&str], next: &str) -> String {
    let key = |id: &&str| {
        format!(
            r#"{{"accountId":"account","applicationKeyId":"{id}","keyName":"n",
            "capabilities":["readFiles"],"bucketIds":null,"namePrefix":null,
            "expirationTimestamp":null}}"#
        )
    };
    let rows: Vec<_> = ids.iter().map(key).collect();
    format!(r#"{{"keys":[{}],"nextApplicationKeyId":{next}}}"#, rows.join(","))
}

#[test]
fn a_version_that_is_gone_after_a_lost_answer_is_deleted() {
    let mut job = lost(version(), DELETE);
    serve(&mut job, DELETE, 400, NO_VERSION);
    assert_eq!(job.outcome().expect("deleted").file_name, "n");
}

#[test]
fn a_version_whose_deletion_is_never_answered_may_be_deleted() {
    let error = lost_to_the_end(version(), DELETE);
    assert_eq!((error.kind, error.may_have_taken_effect), (ErrorKind::Network, true));
}

#[test]
fn a_bucket_that_is_gone_after_a_lost_answer_is_deleted() {
    let mut job = lost(op::DeleteBucket::new("8d62"), DELETE_BUCKET);
    serve(&mut job, DELETE_BUCKET, 400, NO_BUCKET);
    assert_eq!(job.outcome().expect("deleted"), None);
}

#[test]
fn a_bucket_that_was_never_there_or_is_not_empty_is_an_error() {
    let mut job = job(op::DeleteBucket::new("8d62"));
    serve(&mut job, DELETE_BUCKET, 400, NO_BUCKET);
    let error = job.error();
    assert_eq!((error.kind, error.may_have_taken_effect), (ErrorKind::NotFound, false));
    let mut job = lost(op::DeleteBucket::new("8d62"), DELETE_BUCKET);
    let full = r#"{"status":400,"code":"cannot_delete_non_empty_bucket","message":"m"}"#;
    serve(&mut job, DELETE_BUCKET, 400, full);
    assert_eq!(job.error().kind, ErrorKind::Conflict);
    let error = lost_to_the_end(op::DeleteBucket::new("8d62"), DELETE_BUCKET);
    assert!(error.may_have_taken_effect);
}

#[test]
fn a_key_that_is_refused_after_a_lost_answer_and_not_listed_is_deleted() {
    let mut job = lost(key(), DELETE_KEY);
    serve(&mut job, DELETE_KEY, 400, REFUSED);
    assert_eq!(job.names(), [KEYS]);
    serve(&mut job, KEYS, 200, &keys(&["002b"], "null"));
    assert_eq!(job.outcome().expect("deleted"), None);
}

/// The lost request may still come through, so nobody says that it cannot have.
#[test]
fn a_key_that_is_still_listed_is_not_deleted_yet() {
    let mut job = lost(key(), DELETE_KEY);
    serve(&mut job, DELETE_KEY, 400, REFUSED);
    serve(&mut job, KEYS, 200, &keys(&["002b", "002a"], "null"));
    let error = job.error();
    assert_eq!((error.kind, error.may_have_taken_effect), (ErrorKind::BadRequest, true));
}

#[test]
fn where_keys_cannot_be_listed_it_is_said_that_the_key_may_be_deleted() {
    let mut job = lost(key(), DELETE_KEY);
    serve(&mut job, DELETE_KEY, 400, REFUSED);
    serve(&mut job, KEYS, 200, &keys(&["002b"], "\"002c\""));
    let error = job.error();
    assert_eq!((error.kind, error.may_have_taken_effect), (ErrorKind::BadRequest, true));
    let error = lost_to_the_end(key(), DELETE_KEY);
    assert_eq!((error.kind, error.may_have_taken_effect), (ErrorKind::Network, true));
}

#[test]
fn a_key_that_was_never_there_is_an_error_without_a_question() {
    let mut job = job(key());
    serve(&mut job, DELETE_KEY, 400, REFUSED);
    let error = job.error();
    assert_eq!((error.kind, error.may_have_taken_effect), (ErrorKind::BadRequest, false));
}

#[test]
fn an_unfinished_file_that_is_refused_after_a_lost_answer_and_gone_is_cancelled() {
    let mut job = lost(file(), CANCEL);
    serve(&mut job, CANCEL, 400, REFUSED);
    assert_eq!(job.names(), [INFO]);
    serve(&mut job, INFO, 404, NOT_FOUND);
    assert_eq!(job.outcome().expect("cancelled"), None);
}

#[test]
fn a_file_that_somebody_finished_meanwhile_is_not_cancelled() {
    let mut job = lost(file(), CANCEL);
    serve(&mut job, CANCEL, 400, REFUSED);
    serve(&mut job, INFO, 200, &row("4_z1", "upload", 5));
    let error = job.error();
    assert_eq!((error.kind, error.may_have_taken_effect), (ErrorKind::BadRequest, true));
}

#[test]
fn where_a_file_cannot_be_looked_at_it_is_said_that_it_may_be_cancelled() {
    let session = permitted(&["writeFiles"]);
    let mut job = Scenario::of_with(session, Single::new(file()));
    serve(&mut job, CANCEL, 503, "");
    job.wait();
    serve(&mut job, CANCEL, 400, REFUSED);
    let error = job.error();
    assert_eq!((error.kind, error.may_have_taken_effect), (ErrorKind::BadRequest, true));
    let error = lost_to_the_end(file(), CANCEL);
    assert_eq!((error.kind, error.may_have_taken_effect), (ErrorKind::Network, true));
}
