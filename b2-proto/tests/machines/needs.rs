//! What a key may not do is refused before any request but the login.

use b2_proto::error::ErrorKind;
use b2_proto::id::SourceId;
use b2_proto::machine::copy::{CopyOptions, CopySource, CopyTarget, FileCopy};
use b2_proto::machine::put::{Put, PutOptions};
use b2_proto::machine::session::Session;
use b2_proto::machine::single::Single;
use b2_proto::machine::upload::Payload;
use b2_proto::model::{FileRetention, LegalHold};
use b2_proto::op::new_file::NewFile;
use b2_proto::op::receipt::FileRef;
use b2_proto::op::{DeleteFileVersion, HeadFileByName, HideFile};

use crate::scenario::*;

fn put(capabilities: &[&str], file: NewFile, payload: Payload) -> Scenario<One<Put<FileRef>>> {
    Scenario::of_with(permitted(capabilities), Put::new(file, payload, PutOptions::default()))
}

#[test]
fn an_upload_with_a_key_that_only_reads_ends_at_once() {
    let sources = [Payload::seekable(SourceId(0), 50), Payload::seekable(SourceId(0), 500_000_000)];
    for payload in sources.into_iter().chain([Payload::unbounded(SourceId(0))]) {
        let mut job = put(&["readFiles", "listFiles"], NewFile::new("b", "n"), payload);
        let error = job.error();
        assert_eq!((error.kind, error.operation), (ErrorKind::Unauthorized, "b2_upload_file"));
        assert_eq!(error.message.as_str(), "the key lacks the capability writeFiles");
        assert!(job.begun.is_empty(), "{:?}", job.begun);
    }
}

#[test]
fn a_copy_with_a_key_that_may_not_ends_at_once() {
    let sources = [
        CopySource::new("4_src"),
        CopySource::new("4_src").range(0, 50),
        CopySource::new("4_src").range(0, 50_000_000_000),
    ];
    let target = || CopyTarget::new("b", "films/a").content_type("text/plain").no_info();
    let begin = |session, source: &CopySource, target| {
        Scenario::of_with(session, FileCopy::new(source.clone(), target, CopyOptions::default()))
    };
    for source in &sources {
        let mut job = begin(permitted(&["readFiles", "listFiles"]), source, target());
        let error = job.error();
        assert_eq!((error.kind, error.operation), (ErrorKind::Unauthorized, "b2_copy_file"));
        assert!(error.message.ends_with("writeFiles") && job.begun.is_empty(), "{error}");
        let mut job = begin(restricted(&["readFiles", "writeFiles"]), source, target());
        assert!(job.error().message.contains("photos/") && job.begun.is_empty());
        let held = target().legal_hold(LegalHold::On);
        let mut job = begin(permitted(&["readFiles", "writeFiles"]), source, held);
        assert!(job.error().message.ends_with("writeFileLegalHolds") && job.begun.is_empty());
    }
}

#[test]
fn a_lock_needs_its_own_capability() {
    let locked = |file: NewFile| put(&["writeFiles"], file, Payload::seekable(SourceId(0), 50));
    let mut job = locked(NewFile::new("b", "n").legal_hold(true));
    assert!(job.error().message.ends_with("writeFileLegalHolds"));
    let retention = FileRetention::governance(5_000_000_000_000);
    let mut job = locked(NewFile::new("b", "n").retention(retention));
    assert!(job.error().message.ends_with("writeFileRetentions"));
    let job = locked(NewFile::new("b", "n"));
    assert_eq!(job.names(), ["b2_get_upload_url"]);
}

#[test]
fn an_operation_with_a_key_that_may_not_ends_after_the_login() {
    let mut job = Scenario::of_with(session(), Single::new(DeleteFileVersion::new("4_z1", "n")));
    job.log_in("token-1");
    let error = job.error();
    assert_eq!((error.kind, error.attempts), (ErrorKind::Unauthorized, 0));
    assert!(error.message.ends_with("deleteFiles"), "{error}");
    assert_eq!(job.begun, [LOGIN]);
}

#[test]
fn overriding_governance_needs_a_capability_of_its_own() {
    let mut delete = DeleteFileVersion::new("4_z1", "n");
    delete.bypass_governance = true;
    let mut job = Scenario::of_with(permitted(&["deleteFiles"]), Single::new(delete));
    assert!(job.error().message.ends_with("bypassGovernance"));
}

/// A session whose key is for names in `photos/`.
fn restricted(capabilities: &[&str]) -> Session {
    let mut session = permitted(capabilities);
    let mut account = session.account().expect("known").as_ref().clone();
    account.storage_api.allowed.name_prefix = Some("photos/".into());
    session.resume_account(account);
    session
}

#[test]
fn names_outside_of_the_keys_prefix_are_refused() {
    let session = restricted(&["writeFiles"]);
    let mut job = Scenario::of_with(session, Single::new(HideFile::new("b", "films/a")));
    assert!(job.error().message.contains("photos/"));
    assert!(job.begun.is_empty());
}

#[test]
fn what_the_service_may_allow_all_the_same_is_sent() {
    // A public bucket is read by everybody, and an unknown login may do anything.
    let none: &[&str] = &[];
    let job = Scenario::of_with(permitted(none), Single::new(HeadFileByName::new("bucket", "n")));
    assert_eq!(job.names(), ["b2_download_file_by_name"]);
    let job = Scenario::of(Single::new(HideFile::new("b", "n")));
    assert_eq!(job.names(), ["b2_hide_file"]);
}
