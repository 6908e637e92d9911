//! Copies on the server: which form they take, what they keep, and what is asked.

use b2_proto::error::{Cause, ErrorKind};
use b2_proto::info::Override;
use b2_proto::machine::copy::{
    CopyOptions, CopySource, CopyTarget, FileCopy, NamedKey, TargetEncryption,
};
use b2_proto::machine::put::Continue;
use b2_proto::model::{CustomerKey, FileRetention, LegalHold};
use b2_proto::plan::sizes::SizeOptions;
use b2_proto::wire::text::{Sha1, Text};
use serde_json::{Value, json};

use crate::scenario::*;

mod again;
mod keys;
mod lost;

const COPY: &str = "b2_copy_file";
const INFO: &str = "b2_get_file_info";
const START: &str = "b2_start_large_file";
const COPY_PART: &str = "b2_copy_part";
const FINISH: &str = "b2_finish_large_file";

/// 2026-11-23 11:00:00 UTC in milliseconds.
const DATE_MS: u64 = 1_795_431_600_000;

fn source() -> CopySource {
    CopySource::new("4_src")
}

fn target() -> CopyTarget {
    CopyTarget::new("b", "n")
}

/// Parts of at most a hundred bytes, and nothing is looked for.
fn options() -> CopyOptions {
    let sizes = SizeOptions { max: Some(100), ..SizeOptions::default() };
    CopyOptions { lanes: 2, sizes, resume: Continue::Never, ..CopyOptions::default() }
}

fn copy(source: CopySource, target: CopyTarget) -> Scenario<One<FileCopy>> {
    Scenario::of(FileCopy::new(source, target, options()))
}

fn version(id: &str, len: u64, info: Value, uploaded_ms: u64) -> Value {
    json!({
        "accountId": "account", "action": "upload", "bucketId": "b", "contentLength": len,
        "contentSha1": SHA1.to_string(), "contentType": "text/x", "fileId": id,
        "fileInfo": info, "fileName": "n", "uploadTimestamp": uploaded_ms,
    })
}

/// What the service says about the source.
fn source_answer(len: u64) -> String {
    version("4_src", len, json!({"a": "1", "b2-cache-control": "no-store"}), 5).to_string()
}

fn copied(len: u64) -> String {
    version("4_new", len, json!({}), DATE_MS).to_string()
}

fn body(flight: &Flight) -> Value {
    serde_json::from_str(&flight.body).expect("JSON")
}

impl Scenario<One<FileCopy>> {
    /// Copies all parts that are asked for; their ranges.
    fn copy_parts(&mut self) -> Vec<String> {
        let mut ranges = Vec::new();
        while self.names().contains(&COPY_PART) {
            let part = self.take(COPY_PART);
            let asked = body(&part);
            let range = asked["range"].as_str().expect("a range").to_owned();
            self.answer(&part, 200, &part_answer(&asked["partNumber"], len_of(&range)));
            ranges.push(range);
        }
        ranges
    }

    /// Starts the large file; what was asked, without what tells the copy from others.
    fn start(&mut self) -> Value {
        let start = self.take(START);
        self.answer(&start, 200, &file_answer("start", "null", 0));
        let mut asked = body(&start);
        let info = asked["fileInfo"].as_object_mut().expect("an object");
        info.remove("plan_id").expect("a plan ID");
        asked
    }

    fn finish(&mut self, len: u64) {
        self.serve(FINISH, 200, &copied(len));
    }
}

fn len_of(range: &str) -> u64 {
    let (first, last) = range["bytes=".len()..].split_once('-').expect("both ends");
    last.parse::<u64>().expect("a number") - first.parse::<u64>().expect("a number") + 1
}

fn part_answer(number: &Value, len: u64) -> String {
    json!({"fileId": "4_z1", "partNumber": number, "contentLength": len,
        "contentSha1": SHA1.to_string()})
    .to_string()
}

#[test]
fn all_of_a_version_is_copied_in_one_call_with_its_metadata() {
    let mut job = copy(source(), target());
    let asked = job.take(COPY);
    let expected = json!({"sourceFileId": "4_src", "fileName": "n", "destinationBucketId": "b",
        "metadataDirective": "COPY"});
    assert_eq!(body(&asked), expected);
    job.answer(&asked, 200, &copied(7));
    let copied = job.outcome().expect("copied");
    assert_eq!((copied.file.file_id.as_str(), copied.sha1), ("4_new", Some(SHA1)));
    assert!(!copied.may_be_duplicate);
    assert_eq!((job.progress.bytes_done, job.progress.bytes_total), (7, Some(7)));
}

#[test]
fn everything_the_caller_says_is_in_the_request_and_no_header_option_is_dropped() {
    let headers = [
        (Override::CacheControl, "b2-cache-control"),
        (Override::Expires, "b2-expires"),
        (Override::ContentDisposition, "b2-content-disposition"),
        (Override::ContentEncoding, "b2-content-encoding"),
        (Override::ContentLanguage, "b2-content-language"),
    ];
    let mut target = target().content_type("text/plain").info("x", "y");
    for (header, _) in headers {
        target = target.header(header, "v");
    }
    let target = target
        .retention(FileRetention::governance(9_000))
        .legal_hold(LegalHold::On)
        .encryption(TargetEncryption::Managed);
    // In one call, of a range and in parts.
    let sources = [source(), source().range(10, 50), source().range(10, 150)];
    for (source, name) in sources.into_iter().zip([COPY, COPY, START]) {
        let mut job = copy(source, target.clone());
        let asked = body(&job.take(name));
        for (_, key) in headers {
            assert_eq!(asked["fileInfo"][key], "v", "{name} {key}");
        }
        assert_eq!(
            (&asked["fileInfo"]["x"], &asked["contentType"]),
            (&"y".into(), &"text/plain".into())
        );
        let retention = json!({"mode": "governance", "retainUntilTimestamp": 9_000});
        assert_eq!((&asked["fileRetention"], &asked["legalHold"]), (&retention, &"on".into()));
        let encryption =
            if name == COPY { "destinationServerSideEncryption" } else { "serverSideEncryption" };
        assert_eq!(asked[encryption]["mode"], "SSE-B2");
    }
}

#[test]
fn metadata_is_replaced_as_a_whole_or_not_at_all() {
    for target in [target().content_type("text/plain"), target().info("a", "b"), target().no_info()]
    {
        let mut job = copy(source(), target);
        assert_eq!(job.error().kind, ErrorKind::InvalidInput);
        assert!(job.begun.is_empty());
    }
    let mut job = copy(source(), target().content_type("text/plain").no_info());
    let asked = body(&job.take(COPY));
    assert_eq!((&asked["metadataDirective"], &asked["fileInfo"]), (&"REPLACE".into(), &json!({})));
}

#[test]
fn a_range_is_copied_in_one_call_up_to_the_longest_part() {
    let target = target().content_type("text/plain").no_info();
    let mut job = copy(source().range(10, 100), target);
    assert_eq!(body(&job.take(COPY))["range"], "bytes=10-109");
}

/// The service copies file info as it is, also what is not true of a range.
#[test]
fn a_range_keeps_nothing_that_tells_about_the_whole() {
    let digests = json!({"large_file_sha1": "x", "part_sha1s": "y", "plan_id": "z", "a": "1"});
    let mut job = copy(source().range(10, 100), target());
    job.serve(INFO, 200, &version("4_src", 270, digests.clone(), 5).to_string());
    let asked = body(&job.take(COPY));
    assert_eq!(
        (&asked["metadataDirective"], &asked["range"]),
        (&"REPLACE".into(), &"bytes=10-109".into())
    );
    assert_eq!((&asked["fileInfo"], &asked["contentType"]), (&json!({"a": "1"}), &"text/x".into()));
    // What has nothing like it, and what is the whole, stays the service's business.
    let plain = version("4_src", 270, json!({"a": "1"}), 5).to_string();
    let all = version("4_src", 100, digests, 5).to_string();
    for (answer, range) in [(plain, (10, 100)), (all, (0, 100))] {
        let mut job = copy(source().range(range.0, range.1), target());
        job.serve(INFO, 200, &answer);
        assert_eq!(body(&job.take(COPY))["metadataDirective"], "COPY");
    }
}

#[test]
fn an_offset_needs_a_length_and_a_range_stays_within_the_source() {
    let known = serde_json::from_str(&source_answer(100)).expect("a version");
    for source in [
        source().range(1, 0),
        source().range(u64::MAX, 2),
        CopySource::of_version(&known).range(50, 51),
    ] {
        let mut job = copy(source, target());
        assert_eq!(job.error().kind, ErrorKind::InvalidInput);
        assert!(job.begun.is_empty());
    }
}

#[test]
fn a_long_range_is_copied_in_parts_with_the_metadata_of_its_source() {
    let mut job = copy(source().range(1_000, 270), target());
    job.serve(INFO, 200, &source_answer(2_000));
    let started = job.start();
    assert_eq!(started["contentType"], "text/x");
    assert_eq!(started["fileInfo"], json!({"a": "1", "b2-cache-control": "no-store"}));
    assert_eq!(job.names(), [COPY_PART, COPY_PART]);
    assert_eq!(job.copy_parts(), ["bytes=1000-1089", "bytes=1090-1179", "bytes=1180-1269"]);
    assert_eq!((job.progress.bytes_done, job.progress.parts_done), (270, 3));
    let finish = job.take(FINISH);
    assert_eq!(finish.body.matches(&SHA1.to_string()).count(), 3);
    job.answer(&finish, 200, &copied(270));
    assert_eq!(job.outcome().expect("copied").sha1, None, "nobody knows that of a range");
}

#[test]
fn what_tells_about_the_whole_goes_only_with_the_whole() {
    let info = json!({"large_file_sha1": "x", "part_sha1s": "y", "plan_id": "z", "a": "1"});
    let answer = version("4_src", 270, info, 5).to_string();
    let part = |range: (u64, u64)| {
        let mut job = copy(source().range(range.0, range.1), target());
        job.serve(INFO, 200, &answer);
        job.start()["fileInfo"].as_object().expect("an object").len()
    };
    assert_eq!((part((0, 270)), part((0, 269))), (3, 1));
}

#[test]
fn too_much_for_one_call_goes_on_in_parts_of_the_length_that_the_refusal_tells() {
    let too_big = |rest: &str| {
        format!(
            r#"{{"status":400,"code":"source_too_large","message":"Copy source too big{rest}"}}"#
        )
    };
    for rest in [": 270", ""] {
        let mut job = copy(source(), target());
        job.serve(COPY, 400, &too_big(rest));
        job.serve(INFO, 200, &source_answer(270));
        // The SHA-1 of the whole is known, so it is kept with the file.
        let started = job.start();
        assert_eq!(started["fileInfo"]["large_file_sha1"], SHA1.to_string());
        assert_eq!(job.copy_parts().len(), 3);
        job.finish(270);
        assert_eq!(job.outcome().expect("copied").sha1, Some(SHA1));
    }
    // A caller who wants longer parts than the service takes is told so.
    let mut job = copy(source().range(0, 90), target().content_type("t").no_info());
    job.serve(COPY, 400, &too_big(": 90"));
    assert_eq!(job.error().code.as_str(), "source_too_large");
}

#[test]
fn what_is_known_of_a_source_is_not_asked() {
    let known = serde_json::from_str(&source_answer(270)).expect("a version");
    let job = copy(CopySource::of_version(&known), target());
    assert_eq!(job.names(), [START]);
    let mut job = copy(source().range(0, 270), target().content_type("t").no_info());
    assert_eq!(job.start()["fileInfo"], json!({}));
}

#[test]
fn parts_keep_the_minimum_though_the_maximum_is_close_to_it() {
    let sizes = SizeOptions { min: Some(300), max: Some(400), ..SizeOptions::default() };
    let options = CopyOptions { sizes, ..options() };
    let target = target().content_type("t").no_info();
    let mut job = Scenario::of(FileCopy::new(source().range(0, 1_000), target, options));
    job.start();
    assert_eq!(job.copy_parts(), ["bytes=0-333", "bytes=334-666", "bytes=667-999"]);
}

#[test]
fn a_copy_of_other_bytes_is_corruption() {
    let known = serde_json::from_str(&source_answer(7)).expect("a version");
    let mut other = version("4_new", 7, json!({}), DATE_MS);
    other["contentSha1"] = OTHER_SHA1.to_string().into();
    for answer in [other.to_string(), copied(8)] {
        let mut job = copy(CopySource::of_version(&known), target());
        job.serve(COPY, 200, &answer);
        let error = job.error();
        assert_eq!((error.kind, error.may_have_taken_effect), (ErrorKind::Corrupted, true));
    }
}

#[test]
fn a_copied_part_whose_answer_was_lost_is_copied_again() {
    let mut job = copy(source().range(0, 270), target().content_type("t").no_info());
    job.start();
    let part = job.take(COPY_PART);
    job.break_off(&part, Cause::ReadTimeout, 0);
    assert_eq!(job.copy_parts().len(), 2, "the other lane goes on");
    job.wait();
    assert_eq!(job.copy_parts(), ["bytes=0-89"]);
    job.finish(270);
    assert!(job.outcome().is_ok());
}

#[test]
fn a_part_without_sha1_ends_the_copy_and_one_of_another_length_in_the_end() {
    let no_sha1 = r#"{"partNumber":1,"contentLength":90,"contentSha1":null}"#;
    for (answer, is_repeated) in [
        (part_answer(&1.into(), 89), true),
        (part_answer(&2.into(), 90), true),
        (no_sha1.to_owned(), false),
    ] {
        let mut job = copy(source().range(0, 270), target().content_type("t").no_info());
        job.start();
        job.serve(COPY_PART, 200, &answer);
        while is_repeated && job.aborted.is_empty() {
            job.wait();
            let first = job.flights.iter().rposition(|it| it.name == COPY_PART).expect("a part");
            let part = job.flights.remove(first);
            job.answer(&part, 200, &answer);
        }
        assert_eq!(job.aborted, [COPY_PART]);
        let error = job.error();
        assert_eq!((error.kind, error.attempts > 1), (ErrorKind::Protocol, is_repeated), "{error}");
    }
}

#[test]
fn copied_parts_that_are_there_are_not_copied_again() {
    let digests: Vec<Option<Sha1>> = vec![Some(OTHER_SHA1), None, Some(OTHER_SHA1)];
    let continued = |source, digests| {
        let target = target().content_type("t").no_info();
        Scenario::of(
            FileCopy::new(source, target, options()).continuing(Text::truncated("4_z1"), digests),
        )
    };
    let mut job = continued(source().range(0, 270), digests.clone());
    assert_eq!((job.names(), job.progress.bytes_done), (vec![COPY_PART], 180));
    assert_eq!(job.copy_parts(), ["bytes=90-179"]);
    let finish = job.take(FINISH);
    assert_eq!(body(&finish)["partSha1Array"][0], OTHER_SHA1.to_string());
    job.answer(&finish, 200, &copied(270));
    assert!(job.outcome().is_ok());

    // The length is asked for when nobody knows it.
    let mut job = continued(source(), digests.clone());
    job.serve(INFO, 200, &source_answer(270));
    assert_eq!(job.names(), [COPY_PART]);
    for len in [100, 200] {
        let mut job = continued(source().range(0, len), digests.clone());
        assert_eq!(job.error().kind, ErrorKind::InvalidInput);
    }
}

#[test]
fn a_refused_token_costs_one_login_in_every_form() {
    for source in [source(), source().range(0, 270)] {
        let mut job = copy(source.clone(), target().content_type("t").no_info());
        let name = if source == self::source() { COPY } else { START };
        job.serve(name, 401, BAD_TOKEN);
        job.log_in("token-2");
        assert_eq!(job.names(), [name]);
    }
    let mut job = copy(source().range(0, 270), target().content_type("t").no_info());
    job.start();
    job.serve(COPY_PART, 401, BAD_TOKEN);
    job.serve(COPY_PART, 401, BAD_TOKEN);
    job.log_in("token-2");
    assert_eq!(job.copy_parts().len(), 3);
}

#[test]
fn a_late_answer_about_the_source_is_no_answer_to_a_part() {
    let mut job = copy(source().range(0, 250), target());
    let ask = job.take(INFO);
    job.answer(&ask, 200, &source_answer(300));
    job.serve(START, 200, &file_answer("start", "null", 0));
    assert_eq!(job.names(), [COPY_PART, COPY_PART]);
    // It is told a second time.
    job.answer(&ask, 200, &source_answer(300));
    job.copy_parts();
    job.serve(FINISH, 200, &copied(250));
    assert!(job.outcome().is_ok());
}
