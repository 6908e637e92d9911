//! Files that are one copy: their SHA-1, and what a copy cannot say.

use b2_proto::error::ErrorKind;
use b2_proto::id::SourceId;
use b2_proto::machine::copy::CopySource;
use b2_proto::machine::put::Continue;
use b2_proto::machine::synthesis::{SynthesisOptions, Synthesize, WriteIntent};
use b2_proto::model::FileVersion;
use b2_proto::op::new_file::NewFile;
use b2_proto::plan::sizes::SizeOptions;
use b2_proto::wire::text::Sha1;
use serde_json::{Value, json};

use crate::scenario::*;

const COPY: &str = "b2_copy_file";
const FILE_URL: &str = "b2_get_upload_url";

type Job = Scenario<One<Synthesize>>;

/// A version of a hundred bytes, whose SHA-1 the service has or file info tells.
fn version(content_sha1: &str, info: Value) -> FileVersion {
    let version = json!({
        "accountId": "account", "action": "upload", "bucketId": "b", "contentLength": 100,
        "contentSha1": content_sha1, "contentType": "text/x", "fileId": "4_old",
        "fileInfo": info, "fileName": "n", "uploadTimestamp": 5,
    });
    serde_json::from_value(version).expect("a version")
}

fn large() -> FileVersion {
    version("none", json!({"large_file_sha1": SHA1.to_string()}))
}

fn job(file: NewFile, intents: Vec<WriteIntent>, sha1: Option<Sha1>) -> Job {
    let sizes = SizeOptions { min: Some(10), ..SizeOptions::default() };
    let resume = Continue::Never;
    let options =
        SynthesisOptions { sizes, resume, one_pass: true, sha1, ..SynthesisOptions::default() };
    Scenario::of(Synthesize::new(file, intents, options))
}

fn copy_of(version: &FileVersion, sha1: Option<Sha1>) -> Job {
    let source = CopySource::of_version(version);
    job(NewFile::new("b", "n"), vec![WriteIntent::remote(0, source)], sha1)
}

#[test]
fn a_copy_keeps_the_sha1_of_a_large_file() {
    let noted = |mut job: Job| {
        let copy: Value = serde_json::from_str(&job.take(COPY).body).expect("JSON");
        copy["fileInfo"]["large_file_sha1"].as_str().map(str::to_owned)
    };
    let kept = Some(SHA1.to_string());
    assert_eq!(noted(copy_of(&large(), None)), kept);
    assert_eq!(noted(copy_of(&large(), Some(SHA1))), kept);
    let untold = version("none", json!({}));
    assert_eq!(noted(copy_of(&untold, Some(SHA1))), kept);
    assert_eq!(noted(copy_of(&untold, None)), None);
    let small = version(&SHA1.to_string(), json!({}));
    assert_eq!(noted(copy_of(&small, Some(SHA1))), None, "the service has it");
}

#[test]
fn another_sha1_than_was_told_is_an_error() {
    let mut job = copy_of(&large(), Some(OTHER_SHA1));
    assert_eq!(job.begun, [""; 0]);
    assert_eq!(job.error().kind, ErrorKind::InvalidInput);
}

#[test]
fn a_copy_has_no_upload_time_of_its_own() {
    let file = || NewFile::new("b", "n").upload_timestamp_ms(1_000);
    let remote = || WriteIntent::remote(0, CopySource::of_version(&large()));
    let mut copied = job(file(), vec![remote()], None);
    assert_eq!(copied.begun, [""; 0]);
    let error = copied.error();
    assert!(error.message.contains("upload time"), "{error}");
    let local = WriteIntent::local(0, SourceId(0), 0, 100);
    let sent = job(file(), vec![remote(), local], None);
    assert_eq!(sent.names(), [FILE_URL], "what is here as well is sent");
}
