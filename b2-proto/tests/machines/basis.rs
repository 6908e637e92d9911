//! What the service has that a file could be built from: every way to find it or not.

use b2_proto::error::ErrorKind;
use b2_proto::machine::Input;
use b2_proto::machine::basis::{Basis, FindBasis, NoBasis};
use b2_proto::machine::copy::{NamedKey, TargetEncryption};
use b2_proto::machine::synthesis::WriteIntent;
use b2_proto::machine::upload::{Reason, Reused};
use b2_proto::model::CustomerKey;
use b2_proto::op::new_file::NewFile;
use b2_proto::plan::blocks::{MANIFEST_LEN_MAX, ManifestError, Matched, Matcher};
use b2_proto::wire::reply::Reply;
use b2_proto::wire::text::Sha1;
use serde_json::{Value, json};

use crate::scenario::*;

const NEWEST: &str = "b2_list_file_names";
const FETCH: &str = "b2_download_file_by_id";
/// The content of the version.
const OLD: [u8; 1_000] = [7; 1_000];

type Job = Scenario<One<FindBasis>>;

fn job_of(file: NewFile) -> Job {
    Scenario::of(FindBasis::new(file, 2_000))
}

fn job() -> Job {
    job_of(NewFile::new("b", "n"))
}

fn version() -> Value {
    json!({
        "accountId": "account", "action": "upload", "bucketId": "b", "contentLength": OLD.len(),
        "contentSha1": Sha1::of(&OLD).to_string(), "contentType": "text/x", "fileId": "4_old",
        "fileInfo": {}, "fileName": "n", "uploadTimestamp": 5,
    })
}

fn sidecar() -> Value {
    json!({
        "accountId": "account", "action": "upload", "bucketId": "b", "contentLength": 500,
        "contentSha1": SHA1.to_string(), "contentType": "application/x-b2-blocks",
        "fileId": "4_side", "fileInfo": {}, "fileName": "n.b2blocks", "uploadTimestamp": 6,
    })
}

fn encrypted(mut file: Value, key: &CustomerKey) -> Value {
    file["serverSideEncryption"] =
        json!({"mode": "SSE-C", "algorithm": "AES256", "customerKeyMd5": key.md5_base64()});
    file
}

fn key() -> CustomerKey {
    CustomerKey::new([1; 32])
}

/// The manifest of the old content, for the version with this ID.
fn manifest(id: &str) -> Vec<u8> {
    let mut matcher = Matcher::new(OLD.len() as u64, 10, None);
    matcher.update(&OLD);
    let matched = matcher.finish();
    matched.draft.and_then(|draft| draft.finish(id, matched.sha1)).expect("few blocks, and an ID")
}

impl Job {
    #[track_caller]
    fn list(&mut self, files: &[Value]) {
        self.serve(NEWEST, 200, &json!({"files": files, "nextFileName": null}).to_string());
    }

    /// Answers the fetch with these bytes.
    #[track_caller]
    fn fetched(&mut self, body: &[u8]) {
        let fetch = self.take(FETCH);
        assert!(fetch.url.ends_with("fileId=4_side"), "{}", fetch.url);
        let headers: [(&str, &str); 0] = [];
        let reply = Reply { status: 200, headers: &headers, body };
        self.input(&fetch, Input::Response { id: fetch.id, reply, sent: None });
    }

    #[track_caller]
    fn none(&mut self) -> (NoBasis, Basis) {
        let found = self.outcome().expect("an outcome");
        assert!(found.manifest.is_none());
        (found.lacks.expect("a reason"), found)
    }
}

#[test]
fn the_version_and_its_manifest_are_found() {
    let mut job = job();
    let asked: Value = serde_json::from_str(&job.flights[0].body).expect("JSON");
    assert_eq!((&asked["prefix"], &asked["maxFileCount"]), (&"n".into(), &1.into()));
    job.list(&[version()]);
    let asked: Value = serde_json::from_str(&job.flights[0].body).expect("JSON");
    assert_eq!(asked["startFileName"], "n.b2blocks");
    job.list(&[sidecar()]);
    job.fetched(&manifest("4_old"));
    let found = job.outcome().expect("found");
    assert_eq!(found.manifest.as_ref().expect("a manifest").file_id(), "4_old");
    assert_eq!(found.sidecar.as_ref().map(|it| it.file_id.as_str()), Some("4_side"));
    assert!(found.takes_manifest);
    assert_eq!(found.part_len_min, 10);
}

#[test]
fn nothing_there_is_no_error() {
    let mut job = job();
    job.list(&[]);
    job.list(&[]);
    let (why, found) = job.none();
    assert_eq!((why, found.takes_manifest, &found.version), (NoBasis::NoVersion, true, &None));
}

#[test]
fn names_that_only_begin_alike_are_other_files() {
    let mut job = job();
    let mut other = version();
    other["fileName"] = "n2".into();
    job.list(&[other]);
    let mut other = sidecar();
    other["fileName"] = "n.b2blocks2".into();
    job.list(&[other]);
    let (why, found) = job.none();
    assert_eq!((why, found.version, found.sidecar), (NoBasis::NoVersion, None, None));
}

#[test]
fn a_manifest_without_its_file_is_replaced() {
    let mut job = job();
    job.list(&[]);
    job.list(&[sidecar()]);
    let (why, found) = job.none();
    assert_eq!((why, found.takes_manifest), (NoBasis::NoVersion, true));
    assert!(found.sidecar.is_some());
}

#[test]
fn a_manifest_of_another_version_counts_for_nothing() {
    let mut shorter = version();
    shorter["contentLength"] = 999.into();
    let mut different = version();
    different["contentSha1"] = SHA1.to_string().into();
    let wrong = [(version(), "4_older"), (shorter, "4_old"), (different, "4_old")];
    for (version, id) in wrong {
        let mut job = job();
        job.list(&[version]);
        job.list(&[sidecar()]);
        job.fetched(&manifest(id));
        let (why, found) = job.none();
        assert_eq!((why, found.takes_manifest), (NoBasis::OtherVersion, true));
    }
}

#[test]
fn what_is_no_manifest_counts_for_nothing() {
    let mut damaged = manifest("4_old");
    damaged[20] ^= 1;
    for (bytes, error) in
        [(damaged, ManifestError::Damaged), (b"hello".to_vec(), ManifestError::Foreign)]
    {
        let mut job = job();
        job.list(&[version()]);
        job.list(&[sidecar()]);
        job.fetched(&bytes);
        assert_eq!(job.none().0, NoBasis::Unreadable(error));
    }
    let mut job = job();
    job.list(&[version()]);
    let mut long = sidecar();
    long["contentLength"] = (MANIFEST_LEN_MAX + 1).into();
    job.list(&[long]);
    assert_eq!(job.none().0, NoBasis::Unreadable(ManifestError::Foreign), "it is not fetched");
}

#[test]
fn somebodys_file_of_that_name_is_left_alone() {
    let mut job = job();
    job.list(&[version()]);
    let mut other = sidecar();
    other["contentType"] = "text/plain".into();
    job.list(&[other]);
    let (why, found) = job.none();
    assert_eq!((why, found.takes_manifest), (NoBasis::NameTaken, false));
    assert_eq!(found.sidecar, None, "it is not to be replaced");
}

#[test]
fn names_and_files_that_are_too_long_or_too_short_are_not_looked_at() {
    let mut long = job_of(NewFile::new("b", "n".repeat(1_020)));
    long.list(&[]);
    assert_eq!(long.none().0, NoBasis::NameTooLong);
    let mut short = Scenario::of(FindBasis::new(NewFile::new("b", "n"), 10));
    let (why, found) = short.none();
    assert_eq!((why, found.takes_manifest), (NoBasis::TooShort, false));
}

#[test]
fn a_key_that_may_not_list_or_read_finds_nothing_and_says_so() {
    for rights in [&["writeFiles", "readFiles"], &["writeFiles", "listFiles"]] {
        let find = FindBasis::new(NewFile::new("b", "n"), 2_000);
        let mut job = Scenario::of_with(permitted(rights), find);
        let (why, found) = job.none();
        assert_eq!((why, found.takes_manifest), (NoBasis::NotAllowed, false));
    }
    let mut job = job();
    job.serve(NEWEST, 401, r#"{"status":401,"code":"unauthorized","message":"m"}"#);
    assert_eq!(job.none().0, NoBasis::NotAllowed);
}

#[test]
fn a_manifest_that_has_just_gone_is_none() {
    let mut job = job();
    job.list(&[version()]);
    job.list(&[sidecar()]);
    job.serve(FETCH, 404, r#"{"status":404,"code":"not_found","message":"m"}"#);
    assert_eq!(job.none().0, NoBasis::NoManifest);
}

#[test]
fn an_error_of_the_service_is_the_outcome() {
    let mut job = job();
    job.list(&[version()]);
    job.serve(NEWEST, 400, REFUSED);
    assert_eq!(job.error().kind, ErrorKind::BadRequest);
}

#[test]
fn the_key_of_the_file_is_that_of_both() {
    let file = || NewFile::new("b", "n").encryption(NamedKey::new(&key(), None));
    let mut found = job_of(file());
    found.list(&[encrypted(version(), &key())]);
    found.list(&[encrypted(sidecar(), &key())]);
    let header = "X-Bz-Server-Side-Encryption-Customer-Key-Md5";
    assert_eq!(found.flights[0].header(header), Some(&*key().md5_base64()));
    found.fetched(&manifest("4_old"));
    assert!(found.outcome().expect("found").key.is_some());

    let other = CustomerKey::new([2; 32]);
    for (version, sidecar) in [
        (encrypted(version(), &other), encrypted(sidecar(), &key())),
        (encrypted(version(), &key()), encrypted(sidecar(), &other)),
    ] {
        let mut job = job_of(file());
        job.list(&[version]);
        job.list(&[sidecar]);
        assert_eq!(job.none().0, NoBasis::NoCustomerKey);
    }
    let mut without = job();
    without.list(&[encrypted(version(), &key())]);
    without.list(&[sidecar()]);
    assert_eq!(without.none().0, NoBasis::NoCustomerKey);
}

/// What was found of a version like this, and what a file like that has of it.
fn matched(mut found: Basis, local: &[u8]) -> (Basis, Matched) {
    let mut matcher = found.matcher(local.len() as u64);
    matcher.update(local);
    (found, matcher.finish())
}

fn spans(intents: &[WriteIntent]) -> Vec<(u64, Option<u64>)> {
    intents.iter().map(|intent| (intent.offset, intent.len())).collect()
}

#[test]
fn a_file_is_built_from_what_the_version_has() {
    let mut job = job();
    job.list(&[version()]);
    job.list(&[sidecar()]);
    job.fetched(&manifest("4_old"));
    let local = [&[1; 300][..], &OLD].concat();
    let (found, matched) = matched(job.outcome().expect("found"), &local);
    let intents = found.intents(&NewFile::new("b", "n"), &matched);
    assert_eq!(spans(&intents)[0], (0, Some(1_300)));
    let [_, copied] = &intents[..] else { panic!("{intents:?}") };
    assert!(copied.len() >= Some(500) && copied.offset >= 300, "{copied:?}");
    assert_eq!(found.reused(700), Reused::Blocks { bytes: 700 });
    assert_eq!(found.reused(0), Reused::Nothing(Reason::Changed));
}

#[test]
fn without_a_manifest_a_file_that_has_grown_is_built_from_all_of_the_version() {
    let mut job = job();
    job.list(&[version()]);
    job.list(&[]);
    let local = [&OLD[..], &[1; 300]].concat();
    let (found, matched) = matched(job.outcome().expect("found"), &local);
    let intents = found.intents(&NewFile::new("b", "n"), &matched);
    assert_eq!(spans(&intents), [(0, Some(1_300)), (0, Some(1_000))]);
    assert_eq!(found.reused(1_000), Reused::Version { bytes: 1_000 });
}

#[test]
fn a_version_of_another_key_is_not_compared() {
    let mut job = job();
    job.list(&[encrypted(version(), &key())]);
    job.list(&[]);
    let (found, matched) = matched(job.outcome().expect("found"), &OLD);
    assert_eq!(found.intents(&NewFile::new("b", "n"), &matched), []);
    assert_eq!(found.reused(0), Reused::Nothing(Reason::NoCustomerKey));
}

#[test]
fn a_copy_cannot_have_the_upload_time_that_is_wanted() {
    let mut job = job();
    job.list(&[version()]);
    job.list(&[]);
    let (found, matched) = matched(job.outcome().expect("found"), &OLD);
    let file = || NewFile::new("b", "n");
    assert_eq!(found.intents(&file(), &matched).len(), 2);
    assert_eq!(found.intents(&file().upload_timestamp_ms(1), &matched), []);
}

#[test]
fn a_job_that_is_given_up_ends() {
    let mut job = job();
    job.cancel();
    assert_eq!(job.aborted, [NEWEST]);
    assert_eq!(job.error().kind, ErrorKind::Cancelled);
}

#[test]
fn manifests_are_beside_their_file_and_encrypted_alike() {
    use b2_proto::op::file_spec::{DescribeFile as _, Encryption};
    let file = NewFile::new("b", "n")
        .info("k", "v")
        .encryption(TargetEncryption::Managed)
        .legal_hold(true);
    let kept = file.manifest().expect("a short name");
    let spec = kept.spec();
    assert_eq!((spec.name, spec.content_type), ("n.b2blocks", "application/x-b2-blocks"));
    assert!(matches!(spec.encryption, Encryption::Managed));
    assert_eq!(spec.legal_hold, None);
    assert!(NewFile::new("b", "n".repeat(1_020)).manifest().is_none());
}

#[test]
fn a_manifest_that_cannot_be_had_is_done_without() {
    let refused = r#"{"status":403,"code":"download_cap_exceeded","message":"no"}"#;
    let mut job = job();
    job.list(&[version()]);
    job.list(&[sidecar()]);
    job.serve(FETCH, 403, refused);
    let basis = job.outcome().expect("the upload needs no download");
    assert_eq!(basis.lacks, Some(NoBasis::Unreachable(ErrorKind::CapExceeded)));
    assert!(basis.version.is_some() && basis.takes_manifest);
}

/// An answer that is told twice must not be taken for that of the next request.
#[test]
fn no_request_has_the_id_of_another() {
    let mut job = job();
    let mut ids = Vec::new();
    for file in [version(), sidecar()] {
        let list = job.take(NEWEST);
        ids.push(list.id);
        let page = json!({"files": [file], "nextFileName": null}).to_string();
        job.answer(&list, 200, &page);
    }
    ids.push(job.take(FETCH).id);
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 3);
}
