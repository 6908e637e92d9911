//! Uploads of files that have grown: what is copied, what is sent, and when all of it is sent.

use b2_proto::error::ErrorKind;
use b2_proto::id::{ReqId, SourceId};
use b2_proto::machine::Input;
use b2_proto::machine::copy::NamedKey;
use b2_proto::machine::incremental::Incremental;
use b2_proto::machine::put::{Continue, PutOptions, WholeSha1};
use b2_proto::machine::upload::{Continued, Payload, Reason, Reused};
use b2_proto::model::CustomerKey;
use b2_proto::op::new_file::NewFile;
use b2_proto::wire::text::Sha1;
use serde_json::{Value, json};

use crate::scenario::*;

const NEWEST: &str = "b2_list_file_names";
const UNFINISHED: &str = "b2_list_unfinished_large_files";
const PARTS: &str = "b2_list_parts";
const START: &str = "b2_start_large_file";
const COPY_PART: &str = "b2_copy_part";
const COPY: &str = "b2_copy_file";
const PART_URL: &str = "b2_get_upload_part_url";
const PART: &str = "b2_upload_part";
const CANCEL: &str = "b2_cancel_large_file";
const FINISH: &str = "b2_finish_large_file";

type Job = Scenario<One<Incremental>>;

fn file() -> NewFile {
    NewFile::new("b", "n")
}

fn options() -> PutOptions {
    PutOptions { lanes: 1, resume: Continue::Never, ..PutOptions::default() }
}

fn job_of(file: NewFile, len: u64, options: PutOptions) -> Job {
    Scenario::of(Incremental::new(file, Payload::seekable(SourceId(0), len), options))
}

fn job(len: u64) -> Job {
    job_of(file(), len, options())
}

/// A version of a hundred bytes with [`SHA1`].
fn version() -> Value {
    json!({
        "accountId": "account", "action": "upload", "bucketId": "b", "contentLength": 100,
        "contentSha1": SHA1.to_string(), "contentType": "text/x", "fileId": "4_old",
        "fileInfo": {}, "fileName": "n", "uploadTimestamp": 5,
    })
}

fn encrypted(md5: Option<&str>, info: Value) -> Value {
    let mut version = version();
    version["fileInfo"] = info;
    version["serverSideEncryption"] = json!({"mode": "SSE-C", "algorithm": "AES256"});
    if let Some(md5) = md5 {
        version["serverSideEncryption"]["customerKeyMd5"] = md5.into();
    }
    version
}

fn body(flight: &Flight) -> Value {
    serde_json::from_str(&flight.body).expect("JSON")
}

fn part_answer(number: u32, len: u64, sha1: Sha1) -> String {
    json!({"fileId": "4_z1", "partNumber": number, "contentLength": len,
        "contentSha1": sha1.to_string()})
    .to_string()
}

impl Job {
    fn newest(&mut self, version: &Value) {
        let page = json!({"files": [version], "nextFileName": null});
        self.serve(NEWEST, 200, &page.to_string());
    }

    #[track_caller]
    fn read(&mut self, range: &str, digest: Sha1, through: Sha1) {
        let hash = self.take(HASH);
        assert_eq!(hash.body, range);
        self.input(&hash, Input::Hashed { id: hash.id, digest, through: Some(through) });
    }

    /// A file of 330 bytes whose first hundred are the version's.
    fn grown(&mut self) {
        self.newest(&version());
        self.read("100 from 0", SHA1, SHA1);
        self.read("100 from 100", SHA1, OTHER_SHA1);
        self.read("130 from 200", SHA1, OTHER_SHA1);
    }

    /// Sends what is not copied.
    #[track_caller]
    fn send(&mut self, number: u32, range: &str, len: u64) {
        if self.names().contains(&PART_URL) {
            self.serve(PART_URL, 200, &url_answer(1));
        }
        let part = self.take(PART);
        assert_eq!(part.body, range);
        assert_eq!(part.header("X-Bz-Content-Sha1"), Some(&*SHA1.to_string()));
        self.answer(&part, 200, &part_answer(number, len, SHA1));
    }
}

#[test]
fn what_a_file_has_grown_by_is_sent_and_the_rest_is_copied() {
    let mut job = job(330);
    let asked = body(&job.flights[0]);
    assert_eq!(asked["startFileName"], "n");
    assert_eq!((&asked["prefix"], &asked["maxFileCount"]), (&"n".into(), &1.into()));
    job.grown();
    let start = job.take(START);
    assert_eq!(body(&start)["fileInfo"], json!({"large_file_sha1": OTHER_SHA1.to_string()}));
    job.answer(&start, 200, &file_answer("start", "null", 0));
    assert_eq!(job.claimed, ["4_z1"]);
    let copy = job.take(COPY_PART);
    let asked = json!({"sourceFileId": "4_old", "largeFileId": "4_z1", "partNumber": 1,
        "range": "bytes=0-99"});
    assert_eq!(body(&copy), asked);
    job.answer(&copy, 200, &part_answer(1, 100, SHA1));
    job.send(2, "100 from 100 known", 100);
    job.send(3, "130 from 200 known", 130);
    assert_eq!((job.progress.bytes_done, job.progress.parts_done), (330, 3));
    let finish = job.take(FINISH);
    let digests = [SHA1; 3].map(|sha1| sha1.to_string());
    assert_eq!(body(&finish)["partSha1Array"], json!(digests));
    job.answer(&finish, 200, &file_answer("upload", "\"none\"", 330));
    let done = job.outcome().expect("uploaded");
    assert_eq!(done.reused, Reused::Version { bytes: 100 });
    assert_eq!((done.sha1, done.continued), (Some(OTHER_SHA1), Continued::NotTried));
}

#[test]
fn a_long_version_is_copied_in_parts_that_the_service_takes() {
    let mut options = options();
    options.sizes.max = Some(100);
    let mut job = job_of(file(), 331, options);
    let mut version = version();
    version["contentLength"] = 330.into();
    job.newest(&version);
    for range in ["66 from 0", "66 from 66", "66 from 132", "66 from 198"] {
        job.read(range, OTHER_SHA1, OTHER_SHA1);
    }
    job.read("66 from 264", OTHER_SHA1, SHA1);
    job.read("1 from 330", SHA1, OTHER_SHA1);
    job.serve(START, 200, &file_answer("start", "null", 0));
    for number in 1..=5 {
        job.serve(COPY_PART, 200, &part_answer(number, 66, OTHER_SHA1));
    }
    job.send(6, "1 from 330 known", 1);
    assert_eq!(job.names(), [FINISH]);
}

/// All is read anew and sent, and nothing else is left.
#[track_caller]
fn sent_instead(mut job: Job, before: ReqId) {
    let parts = [(1, "100 from 0", SHA1), (2, "100 from 100", SHA1), (3, "130 from 200", SHA1)];
    for (number, range, sha1) in parts {
        job.read(range, sha1, if number == 3 { OTHER_SHA1 } else { SHA1 });
    }
    let start = job.take(START);
    assert_ne!(start.id, before, "a late answer to the first is none to this");
    assert_eq!(body(&start)["fileInfo"]["large_file_sha1"], OTHER_SHA1.to_string());
    job.answer(&start, 200, &file_answer("start", "null", 0).replace("4_z1", "4_z2"));
    job.serve(PART_URL, 200, &url_answer(1));
    for (number, range, sha1) in parts {
        let part = job.take(PART);
        assert_eq!(part.body, format!("{range} known"));
        let len = range.split(' ').next().and_then(|len| len.parse().ok()).expect("a length");
        job.answer(&part, 200, &part_answer(number, len, sha1).replace("4_z1", "4_z2"));
    }
    let finished = file_answer("upload", "\"none\"", 330).replace("4_z1", "4_z2");
    job.serve(FINISH, 200, &finished);
    let done = job.outcome().expect("uploaded");
    assert_eq!(done.reused, Reused::Nothing(Reason::Refuted));
    assert_eq!((done.continued, done.sha1), (Continued::NotTried, Some(OTHER_SHA1)));
}

const GONE: &str = r#"{"status":404,"code":"not_found","message":"gone"}"#;

#[test]
fn a_version_that_is_gone_or_other_when_it_is_copied_is_done_without() {
    let other = part_answer(1, 100, OTHER_SHA1);
    for (status, answer) in [(404, GONE), (200, &other)] {
        let mut job = job(330);
        job.grown();
        let start = job.take(START);
        let before = start.id;
        job.answer(&start, 200, &file_answer("start", "null", 0));
        job.serve(COPY_PART, status, answer);
        // Nobody could finish it.
        let cancel = job.take(CANCEL);
        assert_eq!(body(&cancel)["fileId"], "4_z1");
        job.answer(&cancel, 200, &file_answer("cancel", "null", 0));
        sent_instead(job, before);
    }
}

#[test]
fn an_unchanged_version_that_is_gone_is_sent() {
    let mut job = job(100);
    job.newest(&version());
    job.read("100 from 0", SHA1, SHA1);
    job.serve(COPY, 404, GONE);
    assert_eq!(reason(job), Reused::Nothing(Reason::Refuted));
}

#[test]
fn a_file_that_was_named_is_cancelled_with_the_rest() {
    let options = PutOptions { resume: Continue::File("4_z1".into()), ..options() };
    let mut job = job_of(file(), 330, options);
    job.grown();
    let unfinished = file_answer("start", "\"none\"", 0);
    job.serve(UNFINISHED, 200, &format!(r#"{{"files":[{unfinished}],"nextFileId":null}}"#));
    job.serve(PARTS, 200, r#"{"parts":[],"nextPartNumber":null}"#);
    job.serve(COPY_PART, 404, GONE);
    job.serve(CANCEL, 200, &file_answer("cancel", "null", 0));
    for range in ["100 from 0", "100 from 100", "130 from 200"] {
        job.read(range, SHA1, SHA1);
    }
    // What others have left may be of use.
    job.serve(UNFINISHED, 200, r#"{"files":[],"nextFileId":null}"#);
    assert_eq!(job.names(), [START]);
}

#[test]
fn a_bucket_that_is_gone_ends_the_upload() {
    let mut job = job(330);
    job.grown();
    job.serve(START, 200, &file_answer("start", "null", 0));
    let gone = r#"{"status":404,"code":"bad_bucket_id","message":"gone"}"#;
    job.serve(COPY_PART, 404, gone);
    assert_eq!(job.error().kind, ErrorKind::NotFound);
    assert!(!job.begun.contains(&CANCEL));
}

#[test]
fn an_unchanged_file_is_one_plain_copy_with_what_the_new_version_is_to_be() {
    let file = file().content_type("text/plain").info("a", "1").legal_hold(true);
    let mut job = job_of(file, 100, options());
    job.newest(&version());
    job.read("100 from 0", SHA1, SHA1);
    let copy = job.take(COPY);
    let asked = json!({"sourceFileId": "4_old", "fileName": "n", "destinationBucketId": "b",
        "metadataDirective": "REPLACE", "contentType": "text/plain", "fileInfo": {"a": "1"},
        "legalHold": "on"});
    assert_eq!(body(&copy), asked);
    job.answer(&copy, 200, &file_answer("copy", &quoted(SHA1), 100));
    let done = job.outcome().expect("copied");
    assert_eq!((done.reused, done.sha1), (Reused::Version { bytes: 100 }, Some(SHA1)));
}

#[test]
fn the_sha1_of_a_version_in_parts_stays_with_its_copy() {
    let mut version = version();
    version["contentSha1"] = "none".into();
    version["fileInfo"] = json!({"large_file_sha1": SHA1.to_string()});
    let mut job = job(100);
    job.newest(&version);
    job.read("100 from 0", SHA1, SHA1);
    let asked = body(&job.take(COPY));
    assert_eq!(asked["fileInfo"], json!({"large_file_sha1": SHA1.to_string()}));
    assert_eq!(asked["contentType"], "b2/x-auto");
}

#[test]
fn another_beginning_is_sent_whole_with_the_sha1s_of_its_parts() {
    let mut job = job(330);
    job.newest(&version());
    job.read("100 from 0", OTHER_SHA1, OTHER_SHA1);
    // In the parts that are sent, so that other bytes than these are refused.
    let parts = [(1, "100 from 0", 100), (2, "100 from 100", 100), (3, "130 from 200", 130)];
    for (_, range, _) in parts {
        job.read(range, SHA1, SHA1);
    }
    let start = job.take(START);
    assert_eq!(body(&start)["fileInfo"]["large_file_sha1"], SHA1.to_string());
    job.answer(&start, 200, &file_answer("start", "null", 0));
    for (number, range, len) in parts {
        job.send(number, &format!("{range} known"), len);
    }
    job.serve(FINISH, 200, &file_answer("upload", "\"none\"", 330));
    let done = job.outcome().expect("uploaded");
    assert_eq!(done.reused, Reused::Nothing(Reason::Changed));
}

/// Which reason was found, in an upload of a small file.
fn reason(mut job: Job) -> Reused {
    job.serve("b2_get_upload_url", 200, &url_answer(1));
    job.serve("b2_upload_file", 200, &file_answer("upload", &quoted(SHA1), 90));
    job.outcome().expect("uploaded").reused
}

#[test]
fn without_a_version_to_copy_all_is_sent() {
    let none = json!({"files": [], "nextFileName": null});
    let mut other = version();
    other["fileName"] = "n1".into();
    let other = json!({"files": [other], "nextFileName": "n1"});
    let mut longer = version();
    longer["contentLength"] = 91.into();
    let longer = json!({"files": [longer], "nextFileName": null});
    let cases = [(none, Reason::NoVersion), (other, Reason::NoVersion), (longer, Reason::Shrunk)];
    for (page, expected) in cases {
        let mut job = job(90);
        job.serve(NEWEST, 200, &page.to_string());
        assert_eq!(reason(job), Reused::Nothing(expected));
    }
    // Nothing is looked for that could not be copied anyhow.
    let short = job(9);
    assert_eq!(short.names(), ["b2_get_upload_url"]);
}

#[test]
fn what_has_too_many_parts_beside_the_copied_ones_is_sent_whole() {
    let mut options = options();
    options.sizes.max = Some(100);
    options.whole_sha1 = WholeSha1::OnePass;
    let mut job = job_of(file(), 1_000_000, options);
    let mut version = version();
    version["contentLength"] = 6_050.into();
    job.newest(&version);
    job.serve(START, 200, &file_answer("start", "null", 0));
    assert_eq!(job.names(), [PART_URL], "10,000 parts, none of them copied");
    assert_eq!(job.progress.parts_total, Some(10_000));
}

#[test]
fn a_version_with_a_customer_key_is_copied_only_with_that_key() {
    let key = CustomerKey::new([1; 32]);
    let ours = || file().encryption(NamedKey::new(&key, Some("k")));
    let md5 = key.md5_base64();
    let cases = [
        (file(), encrypted(None, json!({"sse_c_key_id": "k"})), false),
        (ours(), encrypted(None, json!({"sse_c_key_id": "other"})), false),
        (ours(), encrypted(Some("another"), json!({"sse_c_key_id": "k"})), false),
        (ours(), encrypted(None, json!({"sse_c_key_id": "k"})), true),
        (ours(), encrypted(Some(&md5), json!({})), true),
    ];
    for (file, version, is_copied) in cases {
        let mut job = job_of(file, 330, options());
        job.newest(&version);
        if !is_copied {
            job.read("100 from 0", SHA1, SHA1);
            assert_eq!(job.names(), [HASH], "read before it is sent whole");
            continue;
        }
        job.read("100 from 0", SHA1, SHA1);
        job.read("100 from 100", OTHER_SHA1, OTHER_SHA1);
        job.read("130 from 200", OTHER_SHA1, OTHER_SHA1);
        job.serve(START, 200, &file_answer("start", "null", 0));
        let copy = body(&job.take(COPY_PART));
        assert_eq!(copy["sourceServerSideEncryption"]["mode"], "SSE-C");
        assert_eq!(copy["destinationServerSideEncryption"]["mode"], "SSE-C");
    }
}

#[test]
fn a_key_that_may_not_list_or_read_sends_all_and_says_so() {
    for capabilities in [&["writeFiles", "readFiles"], &["writeFiles", "listFiles"]] {
        let payload = Payload::seekable(SourceId(0), 90);
        let machine = Incremental::new(file(), payload, options());
        let job = Scenario::of_with(permitted(capabilities), machine);
        assert_eq!(reason(job), Reused::NotAllowed);
    }
    let mut job = job(90);
    let refusal = r#"{"status":401,"code":"unauthorized","message":"no"}"#;
    job.serve(NEWEST, 401, refusal);
    assert_eq!(reason(job), Reused::NotAllowed);
}

#[test]
fn an_unfinished_upload_of_the_same_parts_is_continued() {
    let options = PutOptions { resume: Continue::Auto, ..options() };
    let mut job = job_of(file(), 330, options);
    job.grown();
    let unfinished = file_answer("start", "\"none\"", 0);
    let unfinished = format!(r#"{{"files":[{unfinished}],"nextFileId":null}}"#);
    job.serve(UNFINISHED, 200, &unfinished);
    let parts = [part_answer(1, 100, SHA1), part_answer(3, 130, SHA1)].join(",");
    job.serve(PARTS, 200, &format!(r#"{{"parts":[{parts}],"nextPartNumber":null}}"#));
    job.send(2, "100 from 100 known", 100);
    job.serve(FINISH, 200, &file_answer("upload", "\"none\"", 330));
    let done = job.outcome().expect("uploaded");
    assert_eq!(done.continued, Continued::File { parts: 2, bytes: 230 });
    assert_eq!(done.reused, Reused::Version { bytes: 100 });
}

#[test]
fn another_sha1_than_was_told_is_an_error() {
    let payload = Payload { sha1: Some(SHA1), ..Payload::seekable(SourceId(0), 330) };
    let mut job = Scenario::of(Incremental::new(file(), payload, options()));
    job.grown();
    assert_eq!(job.error().kind, ErrorKind::InvalidInput);
}

#[test]
fn an_upload_time_that_a_copy_cannot_have_is_kept_by_sending() {
    let mut job = job_of(file().upload_timestamp_ms(7), 100, options());
    job.newest(&version());
    job.read("100 from 0", SHA1, SHA1);
    assert_eq!(reason(job), Reused::Nothing(Reason::UploadTime));
}

#[test]
fn what_is_read_once_is_refused_before_anything_is_sent() {
    let machine = Incremental::new(file(), Payload::stream(SourceId(0), 330), options());
    let mut job = Scenario::of_with(session(), machine);
    assert_eq!(job.error().kind, ErrorKind::InvalidInput);
    assert!(job.begun.is_empty());
}

#[test]
fn it_can_be_cancelled_at_any_time() {
    let cancelled = |mut job: Job, name: &str| {
        job.cancel();
        assert_eq!(job.aborted, [name]);
        assert_eq!(job.error().kind, ErrorKind::Cancelled);
    };
    cancelled(job(330), NEWEST);
    let mut comparing = job(330);
    comparing.newest(&version());
    cancelled(comparing, HASH);
    let mut growing = job(330);
    growing.grown();
    growing.serve(START, 200, &file_answer("start", "null", 0));
    cancelled(growing, COPY_PART);
}
