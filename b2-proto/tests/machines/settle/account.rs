//! Buckets and keys whose answers were lost.

use super::*;
use b2_proto::model::{Bucket, BucketType, CreatedKey};
use b2_proto::op::{CreateBucket, CreateKey, UpdateBucket};

const CREATE_BUCKET: &str = "b2_create_bucket";
const UPDATE_BUCKET: &str = "b2_update_bucket";
const CREATE_KEY: &str = "b2_create_key";
const BUCKETS: &str = "b2_list_buckets";
const KEYS: &str = "b2_list_keys";
const TAKEN: &str = r#"{"status":400,"code":"duplicate_bucket_name","message":"in use"}"#;
const CHANGED: &str = r#"{"status":409,"code":"conflict","message":"revision"}"#;

/// An operation that was told the time.
fn dated<O>(operation: O, name: &str) -> Scenario<One<Single<O>>>
where
    O: b2_proto::op::Operation,
{
    let session = permitted(&["writeBuckets", "listBuckets", "writeKeys", "listKeys"]);
    let mut job = Scenario::of_with(session, Single::new(operation));
    serve(&mut job, name, 429, "");
    job.wait();
    job
}

fn bucket(kind: &str, revision: u64) -> String {
    format!(
        r#"{{"accountId":"account","bucketId":"8d62","bucketName":"media-d2e6",
        "bucketType":"{kind}","bucketInfo":{{"a":"b"}},"revision":{revision}}}"#
    )
}

fn buckets(rows: &[String]) -> String {
    format!(r#"{{"buckets":[{}]}}"#, rows.join(","))
}

fn create() -> Scenario<One<Single<CreateBucket>>> {
    let create = CreateBucket::new("media-d2e6", BucketType::AllPrivate).info("a", "b");
    dated(create, CREATE_BUCKET)
}

fn lost_bucket() -> Scenario<One<Single<CreateBucket>>> {
    let mut job = create();
    lose_call(&mut job, CREATE_BUCKET, Cause::Reset, BUCKETS);
    job
}

#[test]
fn a_bucket_that_is_as_wanted_is_the_result() {
    let mut job = lost_bucket();
    let asked = &job.flights[0].body;
    assert!(asked.contains(r#""bucketName":"media-d2e6""#), "{asked}");
    serve(&mut job, BUCKETS, 200, &buckets(&[bucket("allPrivate", 2)]));
    let bucket: Bucket = job.outcome().expect("created");
    assert_eq!(bucket.bucket_id, "8d62");
}

#[test]
fn a_bucket_that_is_not_there_is_created_again() {
    let mut job = lost_bucket();
    serve(&mut job, BUCKETS, 200, &buckets(&[]));
    serve(&mut job, CREATE_BUCKET, 200, &bucket("allPrivate", 2));
    assert!(job.outcome().is_ok());
}

#[test]
fn a_bucket_of_somebody_else_or_with_other_settings_is_a_conflict() {
    for rows in [buckets(&[]), buckets(&[bucket("allPublic", 7)])] {
        let mut job = create();
        serve(&mut job, CREATE_BUCKET, 503, BUSY);
        job.wait();
        serve(&mut job, BUCKETS, 200, &rows);
        serve(&mut job, CREATE_BUCKET, 400, TAKEN);
        let error = job.error();
        assert_eq!((error.kind, error.may_have_taken_effect), (ErrorKind::Conflict, false));
    }
}

#[test]
fn a_bucket_that_was_made_late_is_found_when_the_next_request_is_refused() {
    let mut job = create();
    lose_call(&mut job, CREATE_BUCKET, Cause::ReadTimeout, BUCKETS);
    serve(&mut job, BUCKETS, 200, &buckets(&[]));
    serve(&mut job, CREATE_BUCKET, 400, TAKEN);
    serve(&mut job, BUCKETS, 200, &buckets(&[bucket("allPrivate", 2)]));
    assert!(job.outcome().is_ok());
}

fn lost_update() -> Scenario<One<Single<UpdateBucket>>> {
    let update = UpdateBucket::new("8d62").bucket_type(BucketType::AllPublic).if_revision_is(4);
    let mut job = dated(update, UPDATE_BUCKET);
    lose_call(&mut job, UPDATE_BUCKET, Cause::Reset, BUCKETS);
    job
}

#[test]
fn an_update_is_known_by_the_next_revision() {
    let mut job = lost_update();
    serve(&mut job, BUCKETS, 200, &buckets(&[bucket("allPublic", 5)]));
    assert_eq!(job.outcome().expect("updated").revision, 5);
}

#[test]
fn an_update_that_was_not_made_is_sent_again() {
    let mut job = lost_update();
    serve(&mut job, BUCKETS, 200, &buckets(&[bucket("allPrivate", 4)]));
    serve(&mut job, UPDATE_BUCKET, 200, &bucket("allPublic", 5));
    assert!(job.outcome().is_ok());
}

#[test]
fn an_update_beside_somebody_elses_is_said_to_be_unsettled() {
    let mut job = lost_update();
    let other = buckets(&[bucket("allPrivate", 6)]);
    serve(&mut job, BUCKETS, 200, &other);
    serve(&mut job, UPDATE_BUCKET, 409, CHANGED);
    serve(&mut job, BUCKETS, 200, &other);
    let error = job.error();
    assert_eq!((error.kind, error.may_have_taken_effect), (ErrorKind::Conflict, true));
}

#[test]
fn an_update_without_a_revision_is_repeated() {
    let update = UpdateBucket::new("8d62").bucket_type(BucketType::AllPublic);
    let mut job = dated(update, UPDATE_BUCKET);
    lose_call(&mut job, UPDATE_BUCKET, Cause::Reset, UPDATE_BUCKET);
}

/// A key as it is listed; `until` is when it expires.
fn key(name: &str, until: &str) -> String {
    format!(
        r#"{{"accountId":"account","applicationKeyId":"002a","keyName":"{name}",
        "capabilities":["readFiles"],"bucketIds":null,"namePrefix":null,
        "expirationTimestamp":{until}}}"#
    )
}

fn keys(rows: &[String]) -> String {
    format!(r#"{{"keys":[{}],"nextApplicationKeyId":null}}"#, rows.join(","))
}

fn lost_key(create: CreateKey) -> Scenario<One<Single<CreateKey>>> {
    let mut job = dated(create, CREATE_KEY);
    lose_call(&mut job, CREATE_KEY, Cause::Reset, KEYS);
    job
}

fn reader() -> CreateKey {
    CreateKey::new("reader", ["readFiles".into()])
}

#[test]
fn a_key_that_was_made_is_named_for_nobody_knows_its_secret() {
    let mut job = lost_key(reader());
    serve(&mut job, KEYS, 200, &keys(&[key("reader", "null")]));
    let error = job.error();
    assert_eq!((error.kind, error.may_have_taken_effect), (ErrorKind::Conflict, true));
    assert_eq!((error.operation, error.attempts), (CREATE_KEY, 2));
    assert!(error.message.contains("key 002a "), "{error}");
}

#[test]
fn a_key_that_was_not_made_is_made_again() {
    let older = service_ms(1_000) + 3_600_000 - 6_001;
    let life = reader().valid_for_seconds(3_600);
    for (create, row) in [
        (reader(), key("writer", "null")),
        (reader(), key("reader", "5")),
        (life, key("reader", &older.to_string())),
    ] {
        let mut job = lost_key(create);
        serve(&mut job, KEYS, 200, &keys(&[row]));
        let made = key("reader", "null").replacen('{', r#"{"applicationKey":"K002x","#, 1);
        serve(&mut job, CREATE_KEY, 200, &made);
        let made: CreatedKey = job.outcome().expect("made");
        assert_eq!(made.application_key.expose(), "K002x");
    }
}

#[test]
fn where_keys_cannot_be_listed_no_second_key_is_made() {
    let session = permitted(&["writeKeys"]);
    let mut job = Scenario::of_with(session, Single::new(reader()));
    let flight = job.take(CREATE_KEY);
    job.break_off(&flight, Cause::Reset, 0);
    job.wait();
    let error = job.error();
    assert_eq!((error.kind, error.may_have_taken_effect), (ErrorKind::Conflict, true));
    let mut job = lost_key(reader());
    let more = keys(&[]).replace("\"nextApplicationKeyId\":null", "\"nextApplicationKeyId\":\"9\"");
    serve(&mut job, KEYS, 200, &more);
    assert!(job.error().may_have_taken_effect);
}
