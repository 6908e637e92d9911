//! Files that their bucket has locked.

use super::*;

const BUCKETS: &str = "b2_list_buckets";

/// A lock that was begun with the file, which was 5 ms after 1970, and lasts so many days.
fn locked(mode: &str, days: u64) -> String {
    let until = 5 + days * 86_400_000;
    format!(
        r#""fileRetention":{{"isClientAuthorizedToRead":true,
        "value":{{"mode":"{mode}","retainUntilTimestamp":{until}}}}}"#
    )
}

/// The bucket with what it gives its files, as far as it is told.
fn bucket(lock: &str) -> String {
    format!(
        r#"{{"buckets":[{{"accountId":"account","bucketId":"b","bucketName":"bucket",
        "bucketType":"allPrivate","fileLockConfiguration":{lock}}}]}}"#
    )
}

const WEEK: &str = r#"{"isClientAuthorizedToRead":true,"value":{"isFileLockEnabled":true,
    "defaultRetention":{"mode":"governance","period":{"duration":7,"unit":"days"}}}}"#;
const NO_DEFAULT: &str = r#"{"isClientAuthorizedToRead":true,"value":{"isFileLockEnabled":true,
    "defaultRetention":{"mode":null,"period":null}}}"#;
const WITHHELD: &str = r#"{"isClientAuthorizedToRead":false,"value":null}"#;

/// A search that has found a locked file, in a bucket with this lock, on the third of January 1970.
fn in_bucket(retention: &str, lock: &str) -> Job {
    let mut job = search(file());
    job.serve(FILES, 200, &files(&[row("f", retention)]));
    let asked = job.take(BUCKETS);
    assert_eq!(asked.body, r#"{"accountId":"account","bucketId":"b"}"#);
    let date = [("Date", "Sat, 03 Jan 1970 00:00:00 GMT")];
    job.answer_with(&asked, 200, &date, &bucket(lock));
    job
}

#[test]
fn a_lock_that_the_bucket_gives_by_default_is_no_other_lock() {
    let mut job = in_bucket(&locked("governance", 7), WEEK);
    assert_eq!(job.claimed, ["f"]);
    job.serve(PARTS, 200, &first(1));
    assert_eq!(found(&mut job), Some(("f".to_owned(), vec![true, false, false])));
    for (mode, days, lock) in [
        ("compliance", 7, WEEK),
        ("governance", 8, WEEK),
        ("governance", 6, WEEK),
        ("governance", 7, NO_DEFAULT),
        ("governance", 7, WITHHELD),
    ] {
        let mut job = in_bucket(&locked(mode, days), lock);
        assert_eq!(found(&mut job), None, "{mode} for {days} days, {lock}");
    }
}

#[test]
fn a_lock_that_is_more_than_half_over_is_not_what_a_new_file_gets() {
    let three_days = WEEK.replace('7', "3");
    let mut job = in_bucket(&locked("governance", 3), &three_days);
    assert_eq!(found(&mut job), None);
}

#[test]
fn a_bucket_that_cannot_be_asked_has_no_default() {
    let mut job = search(file());
    job.serve(FILES, 200, &files(&[row("f", &locked("governance", 7))]));
    job.serve(BUCKETS, 401, r#"{"status":401,"code":"unauthorized","message":"no"}"#);
    assert_eq!(found(&mut job), None);
    // One whose login says so is not asked at all.
    for capabilities in [&["listFiles", "listBuckets"][..], &["listFiles"]] {
        let job = Resume::new(wanted(file()));
        let mut job = Scenario::of_with(permitted(capabilities), job);
        job.serve(FILES, 200, &files(&[row("f", &locked("governance", 7))]));
        assert_eq!(found(&mut job), None);
    }
    let mut job = search(file());
    job.serve(FILES, 200, &files(&[row("f", &locked("governance", 7))]));
    job.serve(BUCKETS, 403, r#"{"status":403,"code":"transaction_cap_exceeded","message":"m"}"#);
    assert_eq!(job.error().kind, ErrorKind::CapExceeded);
}

#[test]
fn one_without_a_lock_and_one_with_the_buckets_are_compared_by_their_parts() {
    let mut job = search(file());
    let rows = [row("a", ""), row("b", &locked("governance", 7)), row("c", &locked("other", 7))];
    job.serve(FILES, 200, &files(&rows));
    let date = [("Date", "Sat, 03 Jan 1970 00:00:00 GMT")];
    let asked = job.take(BUCKETS);
    job.answer_with(&asked, 200, &date, &bucket(WEEK));
    job.serve(PARTS, 200, &first(1));
    job.serve(PARTS, 200, &first(2));
    assert_eq!(job.claimed, ["b"]);
    job.cancel();
    assert_eq!(job.error().kind, ErrorKind::Cancelled);
}

/// Who names a file takes it with the lock that its bucket gave it.
#[test]
fn a_named_file_may_have_the_retention_of_its_bucket() {
    let kept = r#""fileRetention":{"isClientAuthorizedToRead":true,
        "value":{"mode":"governance","retainUntilTimestamp":9}}"#;
    let hidden = r#""fileRetention":{"isClientAuthorizedToRead":false,"value":null}"#;
    let named = |file: NewFile, retention: &str| {
        let wanted = Wanted { file_id: Some("f".into()), ..wanted(file) };
        let mut job = Scenario::of(Resume::new(wanted));
        job.serve(FILES, 200, &files(&[row("f", retention)]));
        job.begun.last() == Some(&PARTS)
    };
    assert!(named(file(), kept) && named(file(), hidden) && named(file(), ""));
    assert!(!named(file().retention(FileRetention::governance(8)), kept));
}
