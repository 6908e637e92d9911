use std::vec::Vec;

use super::super::check::{rewritten, round_trip};
use super::*;

const UPLOAD: &str = r#"{
    "accountId":"d2e6b27577ea","action":"upload","bucketId":"8d625eb63be2775577c70e1a",
    "contentLength":11,"contentMd5":"5eb63bbbe01eeed093cb22bb8f5acdc3",
    "contentSha1":"2aae6c35c94fcfb415dbe95f408b9ce91ee846ed","contentType":"text/plain",
    "fileId":"4_z8d625eb63be2775577c70e1a_f111954e3108ff3f6_d20211118_m151810_c002_v0001168_t0010",
    "fileInfo":{"src_last_modified_millis":"1637248690000"},"fileName":"test.txt",
    "fileRetention":{"isClientAuthorizedToRead":true,
        "value":{"mode":null,"retainUntilTimestamp":null}},
    "legalHold":{"isClientAuthorizedToRead":true,"value":null},
    "serverSideEncryption":{"algorithm":null,"mode":null},
    "uploadTimestamp":1637248690000}"#;

const HIDE: &str = r#"{
    "accountId":"a","action":"hide","bucketId":"b","contentLength":0,
    "contentMd5":"d41d8cd98f00b204e9800998ecf8427e",
    "contentSha1":"da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "contentType":"application/x-bz-hide-marker","fileId":"4_zb","fileInfo":{},"fileName":"t",
    "uploadTimestamp":1637248690000}"#;

const FOLDER: &str = r#"{
    "accountId":"a","action":"folder","bucketId":"b","contentLength":0,"contentMd5":null,
    "contentSha1":null,"contentType":null,"fileId":null,"fileInfo":{},"fileName":"photos/",
    "uploadTimestamp":0}"#;

#[test]
fn an_upload_as_recorded() {
    let file: FileVersion = round_trip(UPLOAD);
    assert_eq!(file.content_length, 11);
    assert_eq!(file.src_last_modified_ms(), Some(1_637_248_690_000));
    assert_eq!(file.whole_sha1().map(|digest| digest.0[0]), Some(0x2a));
    assert!(file.is_finished() && !file.is_hide_marker());
}

#[test]
fn a_large_file_has_the_sha1_its_uploader_told() {
    let json = UPLOAD
        .replace("2aae6c35c94fcfb415dbe95f408b9ce91ee846ed", "none")
        .replace("src_last_modified_millis\":\"1637248690000", "large_file_sha1\":\"TOLD")
        .replace("TOLD", "2aae6c35c94fcfb415dbe95f408b9ce91ee846ed");
    let file: FileVersion = round_trip(&json);
    assert_eq!(file.content_sha1, Some(ContentSha1::None));
    assert_eq!(file.whole_sha1().map(|digest| digest.0[19]), Some(0xed));
    let none: FileVersion = round_trip(&json.replace("ee846ed", "?"));
    assert_eq!(none.whole_sha1(), None);
}

#[test]
fn listings_mix_files_markers_and_folders() {
    let rows: Vec<ListEntry> = round_trip(&std::format!("[{UPLOAD},{HIDE},{FOLDER}]"));
    assert_eq!(rows[0].name(), "test.txt");
    assert!(rows[1].file().is_some_and(FileVersion::is_hide_marker));
    assert_eq!(rows[2], ListEntry::Folder(Folder::new("a", "b", "photos/")));
    assert!(rows[2].clone().into_file().is_none());
    assert!(serde_json::from_str::<FileVersion>(FOLDER).is_err());
}

#[test]
fn replication_and_lock_are_kept() {
    let json = UPLOAD
        .replace(r#""uploadTimestamp""#, r#""replicationStatus":"PENDING","uploadTimestamp""#)
        .replace(r#"true,"value":null"#, r#"true,"value":"on""#)
        .replace(
            r#"{"mode":null,"retainUntilTimestamp":null}"#,
            r#"{"mode":"governance","retainUntilTimestamp":1764547200000}"#,
        );
    let file: FileVersion = round_trip(&json);
    assert_eq!(file.replication_status, Some(ReplicationStatus::Pending));
    assert_eq!(file.legal_hold, Some(Guarded::Readable(Some(LegalHold::On))));
    let retention = FileRetention::governance(1_764_547_200_000);
    assert_eq!(file.file_retention, Some(Guarded::Readable(retention)));
}

#[test]
fn old_and_new_shapes() {
    // Version 1 called the length `size`; servers may send both.
    let both = UPLOAD.replace(r#""contentLength":11"#, r#""contentLength":11,"size":11"#);
    rewritten::<FileVersion>(&both, UPLOAD);
    let old = UPLOAD.replace("contentLength", "size");
    rewritten::<FileVersion>(&old, UPLOAD);
    let new = HIDE.replace(r#""hide""#, r#""archive","shelf":3"#);
    let file: FileVersion = rewritten(&new, &HIDE.replace("\"hide\"", "\"archive\""));
    assert_eq!(file.action.as_str(), "archive");
    assert!(!file.is_finished());
    let bare = FileVersion::new("a", "b", "f", "n", FileAction::Start);
    let read: FileVersion = serde_json::from_str(
        r#"{"accountId":"a","bucketId":"b","fileId":"f","fileName":"n","action":"start",
            "fileInfo":null,"uploadTimestamp":null,"fileRetention":null}"#,
    )
    .expect("the least a version has");
    assert_eq!(read, bare);
}
