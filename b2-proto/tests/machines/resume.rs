//! Which unfinished large file an upload continues.

use core::fmt::Write as _;

use b2_proto::error::{Cause, Error, ErrorKind};
use b2_proto::id::SourceId;
use b2_proto::info::{LARGE_FILE_SHA1, PART_SHA1S};
use b2_proto::machine::Input;
use b2_proto::machine::copy::{NamedKey, TargetEncryption};
use b2_proto::machine::resume::{Content, Found, PartWanted, Resume, Wanted};
use b2_proto::model::{CustomerKey, FileRetention};
use b2_proto::op::new_file::NewFile;
use b2_proto::wire::text::Sha1;

use crate::scenario::*;

mod locks;

const FILES: &str = "b2_list_unfinished_large_files";
const PARTS: &str = "b2_list_parts";

type Job = Scenario<One<Resume>>;

fn file() -> NewFile {
    NewFile::new("b", "n")
}

/// Three parts of ten bytes whose SHA-1 is known.
fn wanted(file: NewFile) -> Wanted {
    let parts = vec![PartWanted { len: 10, content: Content::Known(SHA1) }; 3];
    Wanted { file, parts, source: SourceId(0), file_id: None }
}

fn search(file: NewFile) -> Job {
    Scenario::of(Resume::new(wanted(file)))
}

/// A row of the listing: its ID, and fields in place of the usual ones.
fn row(id: &str, other: &str) -> String {
    let usual = [
        (r#""fileName""#, r#""fileName":"n""#),
        (r#""contentType""#, r#""contentType":"text/plain""#),
        (r#""fileInfo""#, r#""fileInfo":{}"#),
        (r#""uploadTimestamp""#, r#""uploadTimestamp":5"#),
    ];
    let mut row = format!(
        r#"{{"accountId":"account","action":"start","bucketId":"b","contentLength":0,
        "contentSha1":"none","fileId":"{id}""#
    );
    for (key, field) in usual {
        if !other.contains(key) {
            write!(row, ",{field}").expect("writes");
        }
    }
    if !other.is_empty() {
        write!(row, ",{other}").expect("writes");
    }
    row + "}"
}

fn files(rows: &[String]) -> String {
    format!(r#"{{"files":[{}],"nextFileId":null}}"#, rows.join(","))
}

/// Parts by number, length and SHA-1.
fn parts(parts: &[(u32, u64, Sha1)]) -> String {
    let part = |(number, len, sha1): &(u32, u64, Sha1)| {
        format!(
            r#"{{"fileId":"f","partNumber":{number},"contentLength":{len},
            "contentSha1":"{sha1}"}}"#
        )
    };
    let parts: Vec<_> = parts.iter().map(part).collect();
    format!(r#"{{"parts":[{}],"nextPartNumber":null}}"#, parts.join(","))
}

/// The first so many parts, as they should be.
fn first(count: u32) -> String {
    parts(&(1..=count).map(|number| (number, 10, SHA1)).collect::<Vec<_>>())
}

/// The ID of the file that is continued, and which parts it has.
#[track_caller]
fn found(job: &mut Job) -> Option<(String, Vec<bool>)> {
    match job.outcome().expect("a search that has not failed") {
        Found::Unfinished { file_id, digests } => {
            Some((file_id.to_string(), digests.iter().map(Option::is_some).collect()))
        }
        Found::Nothing => None,
        Found::NotAllowed => panic!("the key may list files"),
    }
}

/// Whether a candidate with these fields fits a file with this description.
#[track_caller]
fn fits(file: NewFile, other: &str) -> bool {
    let mut job = search(file);
    job.serve(FILES, 200, &files(&[row("f", other)]));
    if job.has_ended() {
        assert_eq!(found(&mut job), None);
        return false;
    }
    job.serve(PARTS, 200, &first(1));
    assert_eq!(found(&mut job), Some(("f".to_owned(), vec![true, false, false])));
    true
}

#[test]
fn a_file_with_parts_of_this_one_is_claimed_and_continued() {
    let mut job = search(file());
    let list = job.take(FILES);
    assert_eq!(list.body, r#"{"bucketId":"b","namePrefix":"n","maxFileCount":100}"#);
    job.answer(&list, 200, &files(&[row("f", "")]));
    assert_eq!(job.claimed, ["f"], "a single one is claimed before it is looked at");
    let list = job.take(PARTS);
    assert_eq!(list.body, r#"{"fileId":"f","maxPartCount":1000}"#);
    job.answer(&list, 200, &parts(&[(1, 10, SHA1), (3, 10, SHA1)]));
    assert_eq!(found(&mut job), Some(("f".to_owned(), vec![true, false, true])));
}

#[test]
fn nothing_is_found_where_nothing_is() {
    let mut job = search(file());
    job.serve(FILES, 200, &files(&[]));
    assert_eq!(found(&mut job), None);
    assert!(job.claimed.is_empty());
}

#[test]
fn what_a_candidate_must_have() {
    // Behaviour b.6, in its order.
    let info = || file().info("k", "v");
    let hex = SHA1.to_string();
    let cases = [
        (file(), "", true),
        (file(), r#""fileName":"n2""#, false),
        (file(), r#""contentType":"image/png""#, true),
        (info(), "", false),
        (info(), r#""fileInfo":{"k":"v"}"#, true),
        (file().info("K", "v"), r#""fileInfo":{"k":"v"}"#, true),
        (info(), r#""fileInfo":{"k":"w"}"#, false),
        (info(), r#""fileInfo":{"k":"v","plan_id":"1"}"#, false),
        (file(), r#""legalHold":{"isClientAuthorizedToRead":true,"value":null}"#, true),
        (file(), r#""legalHold":{"isClientAuthorizedToRead":true,"value":"off"}"#, false),
        (file(), r#""legalHold":{"isClientAuthorizedToRead":false,"value":null}"#, false),
        (
            file().legal_hold(false),
            r#""legalHold":{"isClientAuthorizedToRead":true,"value":"off"}"#,
            true,
        ),
        (file().legal_hold(true), "", false),
        (file().upload_timestamp_ms(5), "", true),
        (file().upload_timestamp_ms(999), "", true),
        (file().upload_timestamp_ms(1_005), "", false),
        // U1: what the file says of its content from its start on.
        (file().info(LARGE_FILE_SHA1, &*hex), "", true),
        (file(), r#""fileInfo":{"large_file_sha1":"5a"}"#, false),
        (file(), r#""fileInfo":{"part_sha1s":"somebody else's"}"#, true),
    ];
    for (file, other, does) in cases {
        assert_eq!(fits(file.clone(), other), does, "{file:?}\n{other}");
    }
}

#[test]
fn the_sha1_of_it_all_is_never_contradicted() {
    let of = |sha1: Sha1| format!(r#""fileInfo":{{"large_file_sha1":"{sha1}"}}"#);
    let file = || file().info(LARGE_FILE_SHA1, SHA1.to_string());
    assert!(fits(file(), &of(SHA1)));
    assert!(fits(
        file(),
        &of(SHA1)
            .to_uppercase()
            .replace("FILEINFO", "fileInfo")
            .replace("LARGE_FILE_SHA1", "large_file_sha1")
    ));
    assert!(!fits(file(), &of(OTHER_SHA1)));
    // Digests of the parts that are well-formed for this file, and others.
    let ours =
        "1:10:WlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpa";
    let other = ours.replace("Wlpa", "WlpA");
    let kept = |value: &str| format!(r#""fileInfo":{{"part_sha1s":"{value}"}}"#);
    let file = || NewFile::new("b", "n").info(PART_SHA1S, ours);
    assert!(fits(file(), &kept(ours)));
    assert!(fits(file(), ""));
    assert!(!fits(file(), &kept(&other)));
}

#[test]
fn encryption_must_be_the_same_and_keys_are_never_mixed() {
    let key = |byte| CustomerKey::new([byte; 32]);
    let customer = |byte, id| file().encryption(NamedKey::new(&key(byte), id));
    let with = |mode: &str, md5: &str| {
        format!(r#""serverSideEncryption":{{"mode":"{mode}","algorithm":"AES256"{md5}}}"#)
    };
    let md5 = |byte| format!(r#","customerKeyMd5":"{}""#, key(byte).md5_base64());
    let named = r#","fileInfo":{"sse_c_key_id":"k"}"#;
    let managed = || file().encryption(TargetEncryption::Managed);
    assert!(fits(file(), &with("SSE-B2", "")));
    assert!(fits(managed(), &with("SSE-B2", "")));
    assert!(!fits(managed(), ""));
    assert!(!fits(managed(), &with("SSE-C", "")));
    assert!(!fits(file(), &with("SSE-C", "")), "no part can be sent without its key");
    // U6: by the name of the key, or by its MD5 where it is told.
    assert!(!fits(customer(1, None), &with("SSE-C", "")));
    assert!(fits(customer(1, None), &with("SSE-C", &md5(1))));
    assert!(!fits(customer(1, None), &with("SSE-C", &md5(2))));
    assert!(fits(customer(1, Some("k")), &(with("SSE-C", "") + named)));
    assert!(!fits(customer(1, Some("k")), &(with("SSE-C", &md5(2)) + named)));
    assert!(!fits(customer(1, Some("other")), &(with("SSE-C", "") + named)));
    assert!(!fits(customer(1, Some("k")), &with("SSE-B2", "")));
}

#[test]
fn retention_must_be_the_same() {
    let kept = |mode: &str, until: u64| {
        format!(
            r#""fileRetention":{{"isClientAuthorizedToRead":true,
            "value":{{"mode":{mode},"retainUntilTimestamp":{until}}}}}"#
        )
    };
    let with = |until| file().retention(FileRetention::governance(until));
    let hidden = r#""fileRetention":{"isClientAuthorizedToRead":false,"value":null}"#;
    assert!(fits(with(9), &kept(r#""governance""#, 9)));
    assert!(!fits(with(9), &kept(r#""governance""#, 8)));
    assert!(!fits(with(9), &kept(r#""compliance""#, 9)));
    assert!(!fits(with(9), ""));
    assert!(!fits(file(), hidden));
}

#[test]
fn a_part_that_is_none_of_this_file_rejects_it() {
    let stored: [&[_]; 4] = [
        &[(1, 10, SHA1), (4, 10, SHA1)],
        &[(1, 9, SHA1)],
        &[(1, 10, SHA1), (2, 10, OTHER_SHA1)],
        &[(0, 10, SHA1)],
    ];
    for stored in stored {
        let mut job = search(file());
        job.serve(FILES, 200, &files(&[row("f", "")]));
        job.serve(PARTS, 200, &parts(stored));
        assert_eq!(found(&mut job), None, "{stored:?}");
    }
}

#[test]
fn the_one_with_most_parts_is_taken_and_looked_at_again() {
    let mut job = search(file());
    let rows = ["a", "b", "c", "d"].map(|id| row(id, ""));
    job.serve(FILES, 200, &files(&rows));
    job.serve(PARTS, 200, &first(0));
    job.serve(PARTS, 200, &first(2));
    job.serve(PARTS, 200, &first(2));
    assert!(job.claimed.is_empty());
    job.serve(PARTS, 200, &parts(&[(1, 10, OTHER_SHA1)]));
    assert_eq!(job.claimed, ["b"], "the first of two");
    let again = job.take(PARTS);
    assert!(again.body.contains(r#""fileId":"b""#), "{}", again.body);
    job.answer(&again, 200, &first(3));
    assert_eq!(found(&mut job), Some(("b".to_owned(), vec![true; 3])), "it had one more by then");
}

#[test]
fn who_cannot_have_the_best_takes_the_next() {
    let mut job = search(file());
    job.claims = Claims::Asked;
    job.serve(FILES, 200, &files(&["a", "b", "c"].map(|id| row(id, ""))));
    for count in [1, 3, 2] {
        job.serve(PARTS, 200, &first(count));
    }
    let claim = job.take(CLAIM);
    assert_eq!(claim.body, "b");
    job.input(&claim, Input::Claimed { id: claim.id, granted: false });
    let claim = job.take(CLAIM);
    assert_eq!(claim.body, "c");
    job.input(&claim, Input::Claimed { id: claim.id, granted: true });
    // Whoever had it has finished it meanwhile.
    job.serve(PARTS, 400, REFUSED);
    let claim = job.take(CLAIM);
    job.break_off(&claim, Cause::Transport, 0);
    assert_eq!(found(&mut job), None, "claims that cannot be made are not granted");
}

#[test]
fn bytes_are_read_where_their_sha1_is_not_known() {
    let mut wanted = wanted(file());
    for (index, part) in (0..).zip(&mut wanted.parts) {
        part.content = Content::At(100 + 10 * index);
    }
    let mut job = Scenario::of(Resume::new(wanted));
    job.serve(FILES, 200, &files(&["a", "b"].map(|id| row(id, ""))));
    job.serve(PARTS, 200, &parts(&[(3, 10, SHA1)]));
    let hash = job.take(HASH);
    assert_eq!(hash.body, "10 from 120");
    job.input(&hash, Input::Hashed { id: hash.id, digest: SHA1, through: None });
    // Of the second the third part is known by now.
    job.serve(PARTS, 200, &parts(&[(3, 10, SHA1), (1, 10, OTHER_SHA1)]));
    let hash = job.take(HASH);
    assert_eq!(hash.body, "10 from 100");
    job.input(&hash, Input::Hashed { id: hash.id, digest: SHA1, through: None });
    job.serve(PARTS, 200, &parts(&[(3, 10, SHA1)]));
    assert_eq!(found(&mut job), Some(("a".to_owned(), vec![false, false, true])));
    assert_eq!(job.begun.iter().filter(|name| **name == HASH).count(), 2);
}

#[test]
fn parts_that_are_copied_or_read_once_are_compared_by_length() {
    let mut wanted = wanted(file());
    wanted.parts[1].content = Content::Unknown;
    let mut job = Scenario::of(Resume::new(wanted));
    job.serve(FILES, 200, &files(&[row("f", "")]));
    job.serve(PARTS, 200, &parts(&[(2, 10, OTHER_SHA1)]));
    assert_eq!(found(&mut job), Some(("f".to_owned(), vec![false, true, false])));
}

#[test]
fn listings_go_on_and_have_an_end() {
    let mut job = search(file());
    job.serve(FILES, 200, r#"{"files":[],"nextFileId":"f"}"#);
    let next = job.take(FILES);
    assert!(next.body.contains(r#""startFileId":"f""#), "{}", next.body);
    job.answer(&next, 200, &files(&[row("f", "")]));
    job.serve(PARTS, 200, &first(1).replace("null", "2"));
    let next = job.take(PARTS);
    assert!(next.body.contains(r#""startPartNumber":2"#), "{}", next.body);
    job.answer(&next, 200, &parts(&[(2, 10, SHA1)]));
    assert_eq!(found(&mut job), Some(("f".to_owned(), vec![true, true, false])));

    let mut job = search(file());
    for page in 0..10 {
        job.serve(FILES, 200, &format!(r#"{{"files":[],"nextFileId":"f{page}"}}"#));
    }
    assert_eq!(found(&mut job), None, "after a thousand rows it is enough");
}

#[test]
fn a_key_that_may_not_list_files_looks_for_nothing() {
    let mut job = Scenario::of_with(session(), Resume::new(wanted(file())));
    job.log_in("token");
    assert_eq!(job.outcome(), Ok(Found::NotAllowed));
    assert_eq!(job.begun, [LOGIN]);
    // With a login of which not all is known, the service says so.
    let mut job = search(file());
    job.serve(FILES, 401, r#"{"status":401,"code":"unauthorized","message":"no"}"#);
    assert_eq!(job.outcome(), Ok(Found::NotAllowed));
}

#[test]
fn any_other_trouble_ends_the_search() {
    let mut job = search(file());
    job.serve(FILES, 403, r#"{"status":403,"code":"transaction_cap_exceeded","message":"m"}"#);
    assert_eq!(job.error().kind, ErrorKind::CapExceeded);
}

/// A search for one file only, up to its listing.
fn only(id: &str) -> Job {
    let mut wanted = wanted(file());
    wanted.file_id = Some(id.into());
    let mut job = Scenario::of(Resume::new(wanted));
    let list = job.take(FILES);
    let body =
        format!(r#"{{"bucketId":"b","namePrefix":"n","startFileId":"{id}","maxFileCount":1}}"#);
    assert_eq!(list.body, body);
    job.flights.push(list);
    job
}

#[track_caller]
fn refused(mut job: Job, kind: ErrorKind, why: &str) {
    let error: Error = job.error();
    assert_eq!(error.kind, kind);
    assert!(error.to_string().contains(why), "{error}");
}

#[test]
fn a_file_can_be_named() {
    let mut job = only("f");
    let page = files(&[row("f", "")]).replace("null", r#""g""#);
    job.serve(FILES, 200, &page);
    assert_eq!(job.claimed, ["f"]);
    job.serve(PARTS, 200, &first(2));
    assert_eq!(found(&mut job), Some(("f".to_owned(), vec![true, true, false])));
    assert_eq!(job.begun, [FILES, PARTS], "one page is enough (U4)");
}

#[test]
fn a_named_file_that_does_not_fit_is_an_error() {
    let mut job = only("f");
    job.serve(FILES, 200, &files(&[row("g", "")]));
    refused(job, ErrorKind::NotFound, "none of this name with this ID");
    let mut job = only("f");
    job.serve(FILES, 400, REFUSED);
    refused(job, ErrorKind::NotFound, "none of this name with this ID");
    let mut job = only("f");
    job.serve(FILES, 200, &files(&[row("f", r#""fileInfo":{"k":"v"}"#)]));
    refused(job, ErrorKind::InvalidInput, "other file info");
    let mut job = only("f");
    job.serve(FILES, 200, &files(&[row("f", "")]));
    job.serve(PARTS, 200, &parts(&[(1, 10, SHA1), (2, 10, OTHER_SHA1)]));
    refused(job, ErrorKind::InvalidInput, "part 2");
    let mut job = only("f");
    job.claims = Claims::Asked;
    job.serve(FILES, 200, &files(&[row("f", "")]));
    let claim = job.take(CLAIM);
    job.input(&claim, Input::Claimed { id: claim.id, granted: false });
    refused(job, ErrorKind::Conflict, "another upload");
}

#[test]
fn a_search_can_be_cancelled_anywhere() {
    let mut job = search(file());
    job.cancel();
    assert_eq!(job.aborted, [FILES]);
    assert_eq!(job.error().kind, ErrorKind::Cancelled);
    let mut job = search(file());
    job.claims = Claims::Asked;
    job.serve(FILES, 200, &files(&[row("f", "")]));
    job.cancel();
    assert_eq!(job.aborted, [CLAIM]);
    assert_eq!(job.error().kind, ErrorKind::Cancelled);
    let mut job = Scenario::of_with(session(), Resume::new(wanted(file())));
    job.cancel();
    assert_eq!(job.error().kind, ErrorKind::Cancelled);
}
