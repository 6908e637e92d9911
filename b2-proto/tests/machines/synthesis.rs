//! Files that are built: what is read, copied, sent and fetched, and what follows trouble with it.

use b2_proto::error::{Cause, ErrorKind};
use b2_proto::id::SourceId;
use b2_proto::machine::copy::{CopySource, NamedKey};
use b2_proto::machine::engine::Engine;
use b2_proto::machine::put::Continue;
use b2_proto::machine::resume::Mismatch;
use b2_proto::machine::synthesis::{
    Planner, SynthesisOptions, Synthesize, Synthesized, WriteIntent, WriteOrigin,
};
use b2_proto::machine::upload::Continued;
use b2_proto::machine::{Accept, Input};
use b2_proto::model::{CustomerKey, FileVersion};
use b2_proto::op::new_file::NewFile;
use b2_proto::plan::sizes::SizeOptions;
use b2_proto::plan::synthesis::{Overlap, Priority};
use b2_proto::policy::meter::Budget;
use b2_proto::wire::text::Sha1;
use serde_json::{Value, json};

use crate::scenario::*;

mod other;

const UNFINISHED: &str = "b2_list_unfinished_large_files";
const PARTS: &str = "b2_list_parts";
const START: &str = "b2_start_large_file";
const COPY_PART: &str = "b2_copy_part";
const COPY: &str = "b2_copy_file";
const PART_URL: &str = "b2_get_upload_part_url";
const PART: &str = "b2_upload_part";
const FILE_URL: &str = "b2_get_upload_url";
const FILE: &str = "b2_upload_file";
const FINISH: &str = "b2_finish_large_file";
const CANCEL: &str = "b2_cancel_large_file";
const GET: &str = "b2_download_file_by_id";

type Job = Scenario<One<Synthesize>>;

fn options() -> SynthesisOptions {
    let sizes = SizeOptions { min: Some(10), ..SizeOptions::default() };
    let resume = Continue::Never;
    SynthesisOptions { lanes: 1, sizes, resume, one_pass: true, ..Default::default() }
}

fn local(offset: u64, len: u64) -> WriteIntent {
    WriteIntent::local(offset, SourceId(3), 7, len)
}

/// Bytes of a version from 20 on.
fn remote(offset: u64, len: u64) -> WriteIntent {
    WriteIntent::remote(offset, CopySource::new("4_old").range(20, len))
}

fn job_with(intents: Vec<WriteIntent>, options: SynthesisOptions) -> Job {
    Scenario::of(Synthesize::new(NewFile::new("b", "n"), intents, options))
}

fn job(intents: Vec<WriteIntent>) -> Job {
    job_with(intents, options())
}

/// 300 bytes at the service, then 40 local ones and 50 more of the service.
fn mixed() -> Vec<WriteIntent> {
    vec![remote(0, 300), local(300, 40), remote(340, 50)]
}

fn part_answer(number: u32, len: u64, sha1: Sha1) -> String {
    json!({"fileId": "4_z1", "partNumber": number, "contentLength": len,
        "contentSha1": sha1.to_string()})
    .to_string()
}

fn body(flight: &Flight) -> Value {
    serde_json::from_str(&flight.body).expect("JSON")
}

/// The headers of a range of a version of a thousand bytes.
fn range_headers(from: u64, len: u64) -> [(String, String); 3] {
    [
        ("X-Bz-File-Id".to_owned(), "4_old".to_owned()),
        ("Content-Length".to_owned(), len.to_string()),
        ("Content-Range".to_owned(), format!("bytes {from}-{}/1000", from + len - 1)),
    ]
}

impl Job {
    fn accept_range(&mut self, flight: &Flight, from: u64, len: u64) -> Accept {
        let headers = range_headers(from, len);
        let headers = headers.each_ref().map(|(name, value)| (name.as_str(), value.as_str()));
        self.accept(flight, 206, &headers)
    }

    #[track_caller]
    fn start(&mut self) {
        self.serve(START, 200, &file_answer("start", "null", 0));
    }

    #[track_caller]
    fn copy_part(&mut self, number: u32, len: u64) {
        self.serve(COPY_PART, 200, &part_answer(number, len, SHA1));
    }

    #[track_caller]
    fn url(&mut self, name: &str) {
        self.serve(name, 200, &url_answer(1));
    }

    #[track_caller]
    fn finish(&mut self, len: u64) -> Synthesized {
        self.serve(FINISH, 200, &file_answer("upload", "\"none\"", len));
        self.outcome().expect("built")
    }

    /// Walks to a join that waits for what it fetches.
    fn joining() -> Self {
        // The shortest part has 10 bytes, so 5 are not copied.
        let mut job = job(vec![remote(0, 100), local(100, 40), remote(140, 5)]);
        job.start();
        job.copy_part(1, 100);
        job.url(PART_URL);
        job
    }
}

#[test]
fn what_is_there_is_copied_and_the_rest_is_sent() {
    let mut job = job(vec![remote(0, 300), local(300, 40)]);
    job.start();
    let copy = job.take(COPY_PART);
    assert_eq!(body(&copy)["range"], "bytes=20-319");
    assert_eq!(body(&copy)["sourceFileId"], "4_old");
    job.answer(&copy, 200, &part_answer(1, 300, SHA1));
    job.url(PART_URL);
    let part = job.take(PART);
    assert_eq!(part.body, "40 from 7");
    job.answer(&part, 200, &part_answer(2, 40, SHA1));
    let built = job.finish(340);
    assert_eq!((built.totals.copied, built.totals.sent), (300, 40));
    assert_eq!((job.progress.bytes_done, job.progress.bytes_copied), (340, 300));
    assert_eq!(job.started, 1);
}

#[test]
fn a_join_is_fed_while_it_is_sent() {
    let mut job = Job::joining();
    let part = job.take(PART);
    assert_eq!(part.body, "40 from 7 of 3 + 5 fed");
    let get = job.take(GET);
    assert_eq!(get.header("Range"), Some("bytes=20-24"));
    assert!(get.url.contains("4_old"), "{}", get.url);
    assert_eq!(job.accept_range(&get, 20, 5), Accept::Feed { len: 5 });
    job.input(&get, Input::Stored { id: get.id });
    assert_eq!(job.names(), [""; 0], "the part is taken out of the flights");
    job.answer(&part, 200, &part_answer(2, 45, SHA1));
    let built = job.finish(145);
    assert_eq!((built.totals.fetched, built.totals.sent), (5, 45));
    assert_eq!(job.progress.bytes_fetched, 5);
}

#[test]
fn a_fetch_goes_on_at_the_byte() {
    let mut job = Job::joining();
    let get = job.take(GET);
    job.accept_range(&get, 20, 5);
    job.break_off(&get, Cause::Closed, 2);
    job.wait();
    let again = job.take(GET);
    assert_eq!(again.header("Range"), Some("bytes=22-24"));
    assert_eq!(job.accept_range(&again, 22, 3), Accept::Feed { len: 3 });
    job.input(&again, Input::Stored { id: again.id });
    job.serve(PART, 200, &part_answer(2, 45, SHA1));
    job.finish(145);
}

#[test]
fn a_part_that_is_sent_again_is_fed_anew() {
    let mut job = Job::joining();
    let get = job.take(GET);
    job.accept_range(&get, 20, 5);
    job.flights.push(get);
    let part = job.take(PART);
    job.answer(&part, 503, BUSY);
    assert_eq!(job.aborted, [GET], "nobody takes its bytes any more");
    job.url(PART_URL);
    let again = job.take(GET);
    assert_eq!(again.header("Range"), Some("bytes=20-24"), "from the start");
    job.accept_range(&again, 20, 5);
    job.input(&again, Input::Stored { id: again.id });
    job.serve(PART, 200, &part_answer(2, 45, SHA1));
    job.finish(145);
}

#[test]
fn who_feeds_a_body_that_has_ended_does_no_harm() {
    let mut job = Job::joining();
    let get = job.take(GET);
    job.accept_range(&get, 20, 5);
    job.break_off(&get, Cause::SinkFailed, 0);
    assert_eq!(job.names(), [PART]);
    job.serve(PART, 503, BUSY);
    job.url(PART_URL);
    assert_eq!(job.names(), [PART, GET]);
}

#[test]
fn a_fetch_that_fails_for_good_ends_the_job() {
    let mut job = Job::joining();
    job.serve(GET, 404, r#"{"status":404,"code":"not_found","message":"gone"}"#);
    assert_eq!(job.aborted, [PART]);
    let error = job.error();
    assert_eq!((error.kind, error.operation), (ErrorKind::NotFound, GET));
}

#[test]
fn what_is_given_up_is_not_fed_again() {
    let options = SynthesisOptions { lanes: 2, ..options() };
    let mut job = job_with(vec![remote(0, 100), local(100, 40), remote(140, 5)], options);
    job.start();
    job.url(PART_URL);
    assert_eq!(job.names(), [COPY_PART, PART, GET]);
    job.serve(GET, 403, r#"{"status":403,"code":"transaction_cap_exceeded","message":"no"}"#);
    assert_eq!(job.aborted, [COPY_PART, PART], "in this order, and nothing is fetched between");
    assert_eq!(job.begun.iter().filter(|name| **name == GET).count(), 1);
    assert_eq!(job.error().kind, ErrorKind::CapExceeded);
}

#[test]
fn bytes_of_another_version_or_range_are_refused() {
    for (id, from) in [("4_new", 20), ("4_old", 21)] {
        let mut job = Job::joining();
        let get = job.take(GET);
        let mut headers = range_headers(from, 5);
        headers[0].1 = id.to_owned();
        let headers = headers.each_ref().map(|(name, value)| (name.as_str(), value.as_str()));
        assert_eq!(job.accept(&get, 206, &headers), Accept::Collect { len_max: 0 });
        job.answer(&get, 206, "");
        assert_eq!(job.error().kind, ErrorKind::Protocol, "{id}");
    }
}

#[test]
fn giving_up_ends_both_requests() {
    let mut job = Job::joining();
    job.cancel();
    let mut aborted = job.aborted.clone();
    aborted.sort_unstable();
    assert_eq!(aborted, [GET, PART]);
    assert_eq!(job.error().kind, ErrorKind::Cancelled);
}

#[test]
fn local_pieces_of_several_sources_are_one_part() {
    let intents = vec![
        remote(0, 100),
        WriteIntent::local(100, SourceId(0), 0, 30),
        WriteIntent::local(130, SourceId(1), 5, 30),
    ];
    let options = SynthesisOptions { one_pass: false, ..options() };
    let mut job = job_with(intents, options);
    let hash = job.take(HASH);
    assert_eq!(hash.body, "30 from 0 of 0 + 30 from 5 of 1");
    job.input(&hash, Input::Hashed { id: hash.id, digest: SHA1, through: None });
    let start = job.take(START);
    assert!(body(&start)["fileInfo"]["plan_id"].is_string());
    job.answer(&start, 200, &file_answer("start", "null", 0));
    job.copy_part(1, 100);
    job.url(PART_URL);
    assert_eq!(job.names(), [PART]);
    job.serve(PART, 200, &part_answer(2, 60, SHA1));
    job.finish(160);
}

#[test]
fn keys_go_with_what_they_are_for() {
    let key = |byte| CustomerKey::new([byte; 32]);
    let source = |offset, len, byte| {
        let source = CopySource::new("4_old").range(20, len);
        WriteIntent::remote(offset, source.customer_key(NamedKey::new(&key(byte), None)))
    };
    let intents = vec![source(0, 100, 1), local(100, 40), source(140, 5, 2)];
    let own = NamedKey::new(&key(3), None);
    let file = NewFile::new("b", "n").encryption(own);
    let mut job = Scenario::of(Synthesize::new(file, intents, options()));
    job.start();
    let copy = job.take(COPY_PART);
    let md5 = |byte| json!(key(byte).md5_base64());
    assert_eq!(body(&copy)["sourceServerSideEncryption"]["customerKeyMd5"], md5(1));
    assert_eq!(body(&copy)["destinationServerSideEncryption"]["customerKeyMd5"], md5(3));
    job.answer(&copy, 200, &part_answer(1, 100, SHA1));
    job.url(PART_URL);
    let key_md5 = "X-Bz-Server-Side-Encryption-Customer-Key-Md5";
    let get = job.take(GET);
    assert_eq!(get.header(key_md5).map(|md5| json!(md5)), Some(md5(2)));
    let part = job.take(PART);
    assert_eq!(part.header(key_md5).map(|md5| json!(md5)), Some(md5(3)));
}

#[test]
fn a_key_that_is_missing_is_told_before_anything_is_sent() {
    let version = json!({
        "accountId": "account", "action": "upload", "bucketId": "b", "contentLength": 100,
        "contentSha1": SHA1.to_string(), "contentType": "text/x", "fileId": "4_old",
        "fileInfo": {}, "fileName": "n", "uploadTimestamp": 5,
        "serverSideEncryption": {"mode": "SSE-C", "algorithm": "AES256"},
    });
    let version: FileVersion = serde_json::from_value(version).expect("a version");
    let mut job = job(vec![WriteIntent::remote(0, CopySource::of_version(&version))]);
    assert_eq!(job.begun, [""; 0]);
    let error = job.error();
    assert!(error.kind == ErrorKind::InvalidInput && error.message.contains("key"), "{error}");
}

#[test]
fn what_is_no_file_is_refused_before_anything_is_sent() {
    let unknown = WriteIntent::remote(0, CopySource::new("4_old"));
    let open = WriteOrigin::Local { source: SourceId(0), offset: 0, len: None };
    let cases = [
        (vec![], "nothing to build"),
        (vec![local(0, 5), local(9, 5)], "no source has bytes 5 to 9"),
        (vec![unknown], "length of intent 0"),
        (vec![WriteIntent { offset: 0, origin: open }], "length of intent 0"),
    ];
    for (intents, words) in cases {
        let mut job = job(intents);
        assert_eq!(job.begun, [""; 0]);
        let error = job.error();
        assert!(error.message.contains(words), "{error}");
        assert_eq!(error.kind, ErrorKind::InvalidInput);
    }
}

#[test]
fn one_part_is_one_request() {
    let mut sent = job(vec![local(0, 30)]);
    sent.url(FILE_URL);
    let upload = sent.take(FILE);
    assert_eq!(upload.body, "30 from 7");
    sent.answer(&upload, 200, &file_answer("upload", &quoted(SHA1), 30));
    assert_eq!(sent.outcome().expect("built").sha1, Some(SHA1));

    let mut copied = job(vec![remote(0, 30)]);
    let copy = copied.take(COPY);
    assert_eq!(body(&copy)["range"], "bytes=20-49");
    assert_eq!(body(&copy)["metadataDirective"], "REPLACE");
    copied.answer(&copy, 200, &file_answer("copy", &quoted(SHA1), 30));
    assert_eq!(copied.outcome().expect("built").totals.copied, 30);
    assert_eq!(copied.started, 0);
}

#[test]
fn a_short_file_of_several_pieces_is_fed_as_well() {
    let mut job = job(vec![local(0, 3), remote(3, 5)]);
    job.url(FILE_URL);
    let upload = job.take(FILE);
    assert_eq!(upload.body, "3 from 7 of 3 + 5 fed");
    let get = job.take(GET);
    assert_eq!(job.accept_range(&get, 20, 5), Accept::Feed { len: 5 });
    job.input(&get, Input::Stored { id: get.id });
    job.answer(&upload, 200, &file_answer("upload", &quoted(SHA1), 8));
    job.outcome().expect("built");
}

#[test]
fn a_single_copy_is_compared_before_it_is_made() {
    let version = |sha1: Sha1| -> FileVersion {
        let version = json!({
            "accountId": "account", "action": "upload", "bucketId": "b", "contentLength": 100,
            "contentSha1": sha1.to_string(), "contentType": "text/x", "fileId": "4_old",
            "fileInfo": {}, "fileName": "n", "uploadTimestamp": 5,
        });
        serde_json::from_value(version).expect("a version")
    };
    let options = || SynthesisOptions { verify_overlap: true, ..options() };
    let built = |source: CopySource| {
        let mut job = job_with(vec![WriteIntent::remote(0, source), local(0, 100)], options());
        let hash = job.take(HASH);
        job.input(&hash, Input::Hashed { id: hash.id, digest: SHA1, through: None });
        job
    };
    let mut same = built(CopySource::of_version(&version(SHA1)));
    assert_eq!(same.names(), [COPY]);
    same.serve(COPY, 200, &file_answer("copy", &quoted(SHA1), 100));
    let overlap = same.outcome().expect("built").overlap;
    assert_eq!(overlap, Some(Overlap { verified: 100, unverified: 0 }));
    let mut other = built(CopySource::of_version(&version(OTHER_SHA1)));
    assert!(other.error().message.contains("bytes 0 to 100"));
    let unknown = built(CopySource::new("4_old").range(20, 100));
    assert_eq!(unknown.names(), [FILE_URL], "what cannot be compared is sent");
}

#[test]
fn what_is_copied_and_not_compared_is_told() {
    let planner = Planner::Reference(Priority::LocalVerification);
    // Of what is local as well, 5 bytes are too short for a part.
    let intents = vec![remote(0, 100), local(30, 40), local(80, 5), local(100, 20)];
    let mut job = job_with(intents, SynthesisOptions { planner, ..options() });
    let hash = job.take(HASH);
    job.input(&hash, Input::Hashed { id: hash.id, digest: SHA1, through: None });
    job.start();
    [(1, 30), (2, 40), (3, 30)].into_iter().for_each(|(number, len)| job.copy_part(number, len));
    job.url(PART_URL);
    job.serve(PART, 200, &part_answer(4, 20, SHA1));
    assert_eq!(job.finish(120).overlap, Some(Overlap { verified: 40, unverified: 5 }));
}

fn unfinished(id: &str, info: Value) -> Value {
    json!({
        "accountId": "account", "action": "start", "bucketId": "b", "contentLength": 0,
        "contentSha1": "none", "contentType": "b2/x-auto", "fileId": id,
        "fileInfo": info, "fileName": "n", "uploadTimestamp": 5,
    })
}

/// The identity of the plan that [`continued`] looks for, as a start tells it.
fn plan_id() -> Value {
    let mut job = job_with(mixed(), SynthesisOptions { one_pass: false, ..options() });
    let hash = job.take(HASH);
    job.input(&hash, Input::Hashed { id: hash.id, digest: SHA1, through: None });
    body(&job.take(START))["fileInfo"]["plan_id"].clone()
}

fn continued(resume: Continue) -> Job {
    let options = SynthesisOptions { one_pass: false, resume, ..options() };
    let mut job = job_with(mixed(), options);
    let hash = job.take(HASH);
    job.input(&hash, Input::Hashed { id: hash.id, digest: SHA1, through: None });
    job
}

#[test]
fn copied_parts_are_not_repeated() {
    let mut job = continued(Continue::Auto);
    let files = [
        unfinished("4_other", json!({"plan_id": "0".repeat(40)})),
        unfinished("4_z1", json!({"plan_id": plan_id()})),
    ];
    job.serve(UNFINISHED, 200, &json!({"files": files, "nextFileId": null}).to_string());
    let part = json!({"fileId": "4_z1", "partNumber": 1, "contentLength": 300,
        "contentSha1": SHA1.to_string(), "uploadTimestamp": 6});
    job.serve(PARTS, 200, &json!({"parts": [part], "nextPartNumber": null}).to_string());
    assert!(!job.names().contains(&COPY_PART) && !job.names().contains(&START));
    job.url(PART_URL);
    job.serve(PART, 200, &part_answer(2, 40, SHA1));
    job.copy_part(3, 50);
    let built = job.finish(390);
    assert_eq!(built.continued, Continued::File { parts: 1, bytes: 300 });
    let skipped: Vec<_> = built.skipped.iter().map(|it| (it.file_id.as_str(), it.why)).collect();
    assert_eq!(skipped, [("4_other", Mismatch::Info)]);
    assert_eq!(job.started, 1, "the one that is continued is told");
}

#[test]
fn another_plan_is_not_continued_by_hand() {
    let mut job = continued(Continue::File("4_other".into()));
    let file = unfinished("4_other", json!({"plan_id": "0".repeat(40)}));
    job.serve(UNFINISHED, 200, &json!({"files": [file], "nextFileId": null}).to_string());
    let error = job.error();
    assert!(error.message.contains("other file info"), "{error}");
    let resume = Continue::File("4_other".into());
    let mut small = job_with(vec![local(0, 5)], SynthesisOptions { resume, ..options() });
    assert_eq!(small.error().kind, ErrorKind::InvalidInput);
}

#[test]
fn where_bytes_are_in_their_file_is_part_of_the_identity() {
    let id = |from| {
        let source = CopySource::new("4_old").range(from, 300);
        let intents = vec![WriteIntent::remote(0, source), local(300, 40)];
        let mut job = job_with(intents, SynthesisOptions { one_pass: false, ..options() });
        let hash = job.take(HASH);
        job.input(&hash, Input::Hashed { id: hash.id, digest: SHA1, through: None });
        body(&job.take(START))["fileInfo"]["plan_id"].clone()
    };
    assert_ne!(id(0), id(20));
}

/// A join in an engine with as many connections and bytes of buffers.
fn in_engine(connections: usize, buffers: u64) -> Scenario<Engine> {
    let mut job = Scenario::engine(logged_in(), connections);
    job.driven.set_buffers(buffers);
    let intents = vec![remote(0, 100), local(100, 40), remote(140, 5)];
    job.add(Synthesize::new(NewFile::new("b", "n"), intents, options()));
    job
}

#[test]
fn a_fetch_needs_no_further_connection() {
    let mut job = in_engine(1, 1 << 20);
    let other = Synthesize::new(NewFile::new("b", "m"), vec![local(0, 30)], options());
    job.add(other);
    job.serve(START, 200, &file_answer("start", "null", 0));
    for _ in 0..20 {
        if let Some(at) = job.names().iter().position(|name| *name == COPY_PART) {
            let copy = job.flights.remove(at);
            job.answer(&copy, 200, &part_answer(1, 100, SHA1));
        } else if job.names().contains(&GET) {
            break;
        } else if job.names().contains(&FILE) {
            job.serve(FILE, 200, &file_answer("upload", &quoted(SHA1), 30));
        } else {
            let url = job.names()[0];
            job.serve(url, 200, &url_answer(1));
        }
    }
    assert_eq!(job.names(), [PART, GET], "beside the only connection");
    let get = job.take(GET);
    job.answer(&get, 401, BAD_TOKEN);
    assert_eq!(job.names(), [PART, LOGIN], "a login as well");
    job.log_in("token-2");
    assert_eq!(job.names(), [PART, GET]);
    let get = job.take(GET);
    job.answer(&get, 503, BUSY);
    job.wait();
    assert_eq!(job.names(), [PART, GET], "and what is repeated");
    assert_eq!(job.driven.meter().count(GET), 3);
}

#[test]
fn a_budget_that_is_used_up_ends_a_fetch_at_once() {
    let mut job = in_engine(4, 1 << 20);
    job.serve(START, 200, &file_answer("start", "null", 0));
    job.serve(COPY_PART, 200, &part_answer(1, 100, SHA1));
    job.driven.set_budget(Some(Budget { class_b: Some(0), ..Budget::default() }));
    job.serve(PART_URL, 200, &url_answer(1));
    let (_, built) = job.ended::<Synthesized>();
    assert_eq!(built.expect_err("over the budget").kind, ErrorKind::Limit);
    assert_eq!(job.aborted, [PART]);
}

#[test]
fn what_is_held_fits_however_the_job_begins() {
    let mut job = Scenario::engine(logged_in(), 4);
    job.driven.set_buffers(300);
    let intents = vec![remote(0, 100), local(100, 40), remote(140, 5)];
    let options = SynthesisOptions { one_pass: false, lanes: 8, ..options() };
    job.add(Synthesize::new(NewFile::new("b", "n"), intents, options));
    let hash = job.take(HASH);
    job.input(&hash, Input::Hashed { id: hash.id, digest: SHA1, through: None });
    assert_eq!(job.names(), [START]);
}

#[test]
fn what_is_held_is_reserved() {
    let mut job = in_engine(4, 300);
    assert_eq!(job.names(), [START], "with a pipe as short as the buffers");
    let intents = vec![remote(0, 100), local(100, 40), remote(140, 5)];
    job.add(Synthesize::new(NewFile::new("b", "m"), intents, options()));
    assert_eq!(job.names(), [START], "the other one waits");
}

/// The reference tells places in intents only, so its identity may be that of other bytes.
#[test]
fn what_the_reference_has_begun_is_not_continued() {
    use b2_proto::plan::synthesis::{Intent, Synthesis};
    let sizes = b2_proto::plan::sizes::Sizes::new(10, 100, 5_000_000_000).expect("sizes");
    let intents = [Intent::remote(0, 300), Intent::local(300, 40), Intent::remote(340, 50)];
    let plan = Synthesis::new(sizes).plan(&intents).expect("a plan");
    let reference = plan.plan_id(|_| "4_old", [SHA1]).expect("an identity").to_string();
    let source = CopySource::new("4_old").range(0, 300);
    let mut intents = mixed();
    intents[0] = WriteIntent::remote(0, source.clone());
    intents[2] = WriteIntent::remote(340, CopySource::new("4_old").range(0, 50));
    let mut job = job_with(intents, SynthesisOptions { one_pass: false, ..options() });
    let hash = job.take(HASH);
    job.input(&hash, Input::Hashed { id: hash.id, digest: SHA1, through: None });
    let own = body(&job.take(START))["fileInfo"]["plan_id"].clone();
    assert!(own.is_string() && own != json!(reference));
}

#[test]
fn the_file_that_takes_the_place_of_a_lost_one_is_told() {
    let mut job = job(mixed());
    job.claims = Claims::Asked;
    job.start();
    let claim = job.take(CLAIM);
    assert_eq!(job.started, 1);
    job.input(&claim, Input::Claimed { id: claim.id, granted: false });
    job.serve(START, 200, &file_answer("start", "null", 0).replace("4_z1", "4_z2"));
    assert_eq!((job.started, job.take(CLAIM).body.as_str()), (2, "4_z2"));
}
