//! The operations of the bare core with the answers the alloc tier reads from them.

use std::collections::{BTreeMap, BTreeSet};
use std::string::{String, ToString as _};
use std::vec::Vec;

use super::authorize_account::AuthorizeAccount;
use super::cancel_large_file::CancelLargeFile;
use super::delete_file_version::DeleteFileVersion;
use super::file_spec::{CustomerKeyRef, Encryption, FileSpec};
use super::finish_large_file::FinishLargeFile;
use super::get_file_info::GetFileInfo;
use super::hide_file::HideFile;
use super::list_parts::{ListParts, PartsPage};
use super::list_unfinished_large_files::{ListUnfinishedLargeFiles, UnfinishedPage};
use super::receipt::{FileRef, PartRef, Receipt as _};
use super::start_large_file::StartLargeFile;
use super::testing::{answers, refuses, writes};
use super::{
    Class, CopyFile, CopyPart, CreateBucket, CreateKey, DeleteBucket, DeleteKey,
    GetBucketNotificationRules, GetDownloadAuthorization, HeadFileById, HeadFileByName,
    Idempotency, ListBuckets, ListFileNames, ListFileVersions, ListKeys, Operation as _,
    SMALL_REPLY_LEN_MAX, SetBucketNotificationRules, Spec, UpdateBucket, UpdateFileLegalHold,
    UpdateFileRetention, download, get_upload_part_url, get_upload_url, upload_file, upload_part,
};
use crate::limits::{CORS_RULES_MAX, LIFECYCLE_RULES_MAX, NOTIFICATION_RULES_MAX};
use crate::machine::session::LeaseFor;
use crate::model::{
    BucketType, CancelledLargeFile, CustomerKey, DeletedFileVersion, FileAction, FileVersion, Part,
    UploadUrl,
};
use crate::policy::retry::RetryClass;
use crate::time::Instant;
use crate::wire::body::WriteJson as _;
use crate::wire::json_read::Json;
use crate::wire::reply::Reply;
use crate::wire::text::{Sha1, Text};

const VERSION: &str = r#"{"accountId":"a","action":"ACTION","bucketId":"8d62","contentLength":0,
    "contentMd5":null,"contentSha1":"none","contentType":"text/plain","fileId":"4_z1",
    "fileInfo":{},"fileName":"a.txt","uploadTimestamp":1637248690000}"#;

fn version(action: &str) -> String {
    VERSION.replace("ACTION", action)
}

#[test]
fn hide_file() {
    let hide = HideFile::<_, FileVersion>::new("8d62", "a \u{17c}.txt");
    writes(&hide, "b2_hide_file", r#"{"bucketId":"8d62","fileName":"a ż.txt"}"#);
    assert!(answers(&hide, &version("hide")).is_hide_marker());
    refuses(&HideFile::<_, FileVersion>::new("8d 62", "a.txt"), "bucket ID");
}

#[test]
fn get_file_info() {
    let get = GetFileInfo::<_, FileVersion>::new("4_z1");
    writes(&get, "b2_get_file_info", r#"{"fileId":"4_z1"}"#);
    assert_eq!(answers(&get, &version("upload")).action, FileAction::Upload);
    refuses(&GetFileInfo::<_, FileVersion>::new(""), "file ID");
}

#[test]
fn delete_file_version() {
    let mut delete = DeleteFileVersion::<_, DeletedFileVersion>::new("4_z1", "a.txt");
    let json = r#"{"fileId":"4_z1","fileName":"a.txt"}"#;
    writes(&delete, "b2_delete_file_version", json);
    assert_eq!(answers(&delete, json), DeletedFileVersion::new("4_z1", "a.txt"));
    delete.bypass_governance = true;
    let json = json.replace('}', r#","bypassGovernance":true}"#);
    writes(&delete, "b2_delete_file_version", &json);
}

#[test]
fn cancel_large_file() {
    let cancel = CancelLargeFile::<_, CancelledLargeFile>::new("4_z1");
    writes(&cancel, "b2_cancel_large_file", r#"{"fileId":"4_z1"}"#);
    let gone = answers(
        &cancel,
        r#"{"fileId":"4_z1","accountId":"a","bucketId":"8d62","fileName":"a.txt"}"#,
    );
    assert_eq!(gone, Some(CancelledLargeFile::new("a", "8d62", "4_z1", "a.txt")));
}

#[test]
fn start_large_file() {
    let least = StartLargeFile::<_, FileVersion>::new(FileSpec::new("8d62", "a.txt"));
    writes(
        &least,
        "b2_start_large_file",
        r#"{"bucketId":"8d62","fileName":"a.txt","contentType":"b2/x-auto","fileInfo":{}}"#,
    );
    assert_eq!(answers(&least, &version("start")).action, FileAction::Start);
    let info = BTreeMap::from([("src_last_modified_millis".to_string(), "1".to_string())]);
    let key = CustomerKey::new([0; 32]);
    let (key_base64, md5_base64) = (key.to_base64(), key.md5_base64());
    let most = FileSpec {
        content_type: "text/plain",
        info: &info,
        encryption: Encryption::Customer(CustomerKeyRef {
            key_base64: key_base64.expose(),
            md5_base64: &md5_base64,
            id: Some("mine"),
        }),
        retention: Some(("governance", 1_764_547_200_000)),
        legal_hold: Some(true),
        upload_timestamp_ms: Some(1_000),
        ..FileSpec::new("8d62", "a.txt")
    };
    writes(
        &StartLargeFile::<_, FileVersion>::new(most),
        "b2_start_large_file",
        r#"{"bucketId":"8d62","fileName":"a.txt","contentType":"text/plain",
            "fileInfo":{"src_last_modified_millis":"1","sse_c_key_id":"mine"},
            "serverSideEncryption":{"mode":"SSE-C","algorithm":"AES256",
                "customerKey":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
                "customerKeyMd5":"cLyPS3KoaSFGi/joRB3OUQ=="},
            "fileRetention":{"mode":"governance","retainUntilTimestamp":1764547200000},
            "legalHold":"on","customUploadTimestamp":1000}"#,
    );
}

/// No header carries more than ASCII unencoded (spec 4.1).
#[test]
fn content_types_are_plain_ascii() {
    for content_type in ["", "text/pl\u{e4}in", "text/plain\r\nX-Y: z", "a\u{7f}"] {
        let spec = FileSpec { content_type, ..FileSpec::new("8d62", "a.txt") };
        refuses(&StartLargeFile::<_, FileVersion>::new(spec), "plain ASCII");
    }
    let copy = CopyFile::new("4_z1", "b.txt").replace_metadata("text/pl\u{e4}in", BTreeMap::new());
    refuses(&copy, "plain ASCII");
}

#[test]
fn finish_large_file() {
    let digests = [Some(Sha1([0x11; 20])), Some(Sha1([0x22; 20]))];
    let finish = FinishLargeFile::<_, FileVersion>::new(Text::truncated("4_z1"), digests);
    writes(
        &finish,
        "b2_finish_large_file",
        r#"{"fileId":"4_z1","partSha1Array":["1111111111111111111111111111111111111111",
            "2222222222222222222222222222222222222222"]}"#,
    );
    assert!(answers(&finish, &version("upload")).is_finished());
}

/// The two ways to read an answer see the same in it.
#[test]
fn both_tiers_agree() {
    let sha1 = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
    for text in [sha1.to_string(), std::format!("unverified:{sha1}"), "none".to_string()] {
        let json = version("upload").replace("none", &text);
        let whole = FileVersion::read(json.as_bytes()).expect("version");
        let least = FileRef::read(json.as_bytes()).expect("reference");
        assert_eq!(whole.file_id.as_str(), least.file_id.as_str());
        assert_eq!(whole.content_length, least.len);
        assert_eq!(whole.upload_timestamp_ms, least.upload_timestamp_ms);
        assert_eq!(whole.content_sha1.as_ref().and_then(|sha1| sha1.digest()), least.sha1);
    }
    let json = std::format!(
        r#"{{"fileId":"4_z1","partNumber":7,"contentLength":5,"contentSha1":"{sha1}"}}"#
    );
    let whole: Part = serde_json::from_str(&json).expect("part");
    let least = PartRef::read(json.as_bytes()).expect("reference");
    assert_eq!((u32::from(whole.part_number), whole.content_length), (least.number, least.len));
    assert_eq!(whole.content_sha1.digest(), least.sha1);
}

/// What the simulator answers is what the pool of upload URLs reads.
#[test]
fn upload_urls_have_the_shape_of_leases() {
    let url = UploadUrl::new("8d62", "https://pod.test/x".into(), "4_upld".into());
    let json = serde_json::to_string(&url).expect("JSON");
    let json = Json::parse(json.as_bytes()).expect("JSON");
    let read = |key| json.field(key).expect("there").text::<64>().expect("text");
    assert_eq!(read("uploadUrl").as_str(), "https://pod.test/x");
    assert_eq!(read("authorizationToken").as_str(), "4_upld");
}

/// The two calls as the documents have them, with upload URLs of both forms (spec 1.1).
#[test]
fn upload_urls_of_the_documents() {
    let id = |id| Text::try_from(id).expect("short");
    for (of, name, request) in [
        (LeaseFor::Bucket(id("8d62")), "b2_get_upload_url", r#"{"bucketId":"8d62"}"#),
        (LeaseFor::LargeFile(id("4_z1")), "b2_get_upload_part_url", r#"{"fileId":"4_z1"}"#),
    ] {
        assert_eq!(of.spec().name, name);
        let mut written = String::new();
        of.write_json(&mut written).expect("written");
        assert_eq!(written, request);
        for url in [
            "https://pod-000-1129-06.backblaze.com/b2api/v2/b2_upload_file/8d62/\
             c002_v0001129_t0017",
            "https://pod-000-1005-03.backblaze.com/b2api/v4/b2_upload_file?cvt=c001_v0001005_t0027&\
             bucket=8d62",
        ] {
            let answer = request.replace('}', "");
            let answer =
                std::format!(r#"{answer},"uploadUrl":"{url}","authorizationToken":"4_upld="}}"#);
            let headers = [("Content-Type", "application/json")];
            let reply = Reply { status: 200, headers: &headers, body: answer.as_bytes() };
            let realm = "https://api.backblazeb2.com";
            let lease = of.clone().read(realm, &reply, Instant::from_ms(0), 0).expect("readable");
            assert_eq!((lease.url.expose(), lease.token.expose()), (url, "4_upld="));
            assert_eq!(lease.target, of);
        }
    }
}

/// Name, class and capability of every call, as the service's price list and reference have them.
#[test]
fn constants_are_those_of_the_documents() {
    use Class::{A, B, C};
    type Hide = HideFile<&'static str, FileVersion>;
    type Parts = ListParts<&'static str, PartsPage>;
    type Unfinished = ListUnfinishedLargeFiles<String, UnfinishedPage>;
    let mut names = BTreeSet::new();
    for (spec, name, class, capability) in [
        (AuthorizeAccount::SPEC, "b2_authorize_account", C, ""),
        (CancelLargeFile::<&str, FileRef>::SPEC, "b2_cancel_large_file", A, "writeFiles"),
        (CopyFile::SPEC, "b2_copy_file", C, "writeFiles"),
        (CopyPart::SPEC, "b2_copy_part", C, "writeFiles"),
        (CreateBucket::SPEC, "b2_create_bucket", C, "writeBuckets"),
        (CreateKey::SPEC, "b2_create_key", C, "writeKeys"),
        (DeleteBucket::SPEC, "b2_delete_bucket", A, "deleteBuckets"),
        (DeleteFileVersion::<&str, FileRef>::SPEC, "b2_delete_file_version", A, "deleteFiles"),
        (DeleteKey::SPEC, "b2_delete_key", A, "deleteKeys"),
        (download::BY_ID, "b2_download_file_by_id", B, "readFiles"),
        (HeadFileById::SPEC, "b2_download_file_by_id", B, "readFiles"),
        (download::BY_NAME, "b2_download_file_by_name", B, "readFiles"),
        (HeadFileByName::SPEC, "b2_download_file_by_name", B, "readFiles"),
        (
            FinishLargeFile::<[Option<Sha1>; 1], FileRef>::SPEC,
            "b2_finish_large_file",
            A,
            "writeFiles",
        ),
        (
            GetBucketNotificationRules::SPEC,
            "b2_get_bucket_notification_rules",
            C,
            "readBucketNotifications",
        ),
        (GetDownloadAuthorization::SPEC, "b2_get_download_authorization", C, "shareFiles"),
        (GetFileInfo::<&str, FileRef>::SPEC, "b2_get_file_info", B, "readFiles"),
        (get_upload_part_url::SPEC, "b2_get_upload_part_url", A, "writeFiles"),
        (get_upload_url::SPEC, "b2_get_upload_url", A, "writeFiles"),
        (Hide::SPEC, "b2_hide_file", A, "writeFiles"),
        (ListBuckets::SPEC, "b2_list_buckets", C, "listBuckets"),
        (ListFileNames::SPEC, "b2_list_file_names", C, "listFiles"),
        (ListFileVersions::SPEC, "b2_list_file_versions", C, "listFiles"),
        (ListKeys::SPEC, "b2_list_keys", C, "listKeys"),
        (Parts::SPEC, "b2_list_parts", C, "writeFiles"),
        (Unfinished::SPEC, "b2_list_unfinished_large_files", C, "listFiles"),
        (
            SetBucketNotificationRules::SPEC,
            "b2_set_bucket_notification_rules",
            C,
            "writeBucketNotifications",
        ),
        (StartLargeFile::<FileSpec<'_>, FileRef>::SPEC, "b2_start_large_file", A, "writeFiles"),
        (UpdateBucket::SPEC, "b2_update_bucket", C, "writeBuckets"),
        (UpdateFileLegalHold::SPEC, "b2_update_file_legal_hold", A, "writeFileLegalHolds"),
        (UpdateFileRetention::SPEC, "b2_update_file_retention", A, "writeFileRetentions"),
        (upload_file::SPEC, "b2_upload_file", A, "writeFiles"),
        (upload_part::SPEC, "b2_upload_part", A, "writeFiles"),
    ] {
        assert_eq!((spec.name, spec.class, spec.capability), (name, class, capability));
        names.insert(name);
    }
    assert_eq!(names.len(), CALLS);
}

/// Calls of the service (spec 3).
const CALLS: usize = 31;

/// What a lost answer means, how patient retries are and how long an answer may take, of every
/// call.
#[test]
fn constants_that_repeats_follow() {
    use Idempotency::{Idempotent, Part as Again, Safe, Settles, Unsafe};
    use RetryClass::{Call, Read, Transfer, Upload};
    const CALL_MS: u32 = 20 * 60_000;
    const DATA_MS: u32 = 128_000;
    type Repeats = (Idempotency, RetryClass, u32);
    type Delete = DeleteFileVersion<&'static str, FileRef>;
    type Finish = FinishLargeFile<[Option<Sha1>; 1], FileRef>;
    type Info = GetFileInfo<&'static str, FileRef>;
    type Parts = ListParts<&'static str, PartsPage>;
    type Start = StartLargeFile<FileSpec<'static>, FileRef>;
    type Unfinished = ListUnfinishedLargeFiles<String, UnfinishedPage>;
    let reads = [
        AuthorizeAccount::SPEC,
        GetDownloadAuthorization::SPEC,
        Info::SPEC,
        ListBuckets::SPEC,
        ListFileNames::SPEC,
        ListFileVersions::SPEC,
        ListKeys::SPEC,
        Parts::SPEC,
        Unfinished::SPEC,
    ];
    let settled = [
        CancelLargeFile::<&str, FileRef>::SPEC,
        CreateBucket::SPEC,
        DeleteBucket::SPEC,
        Delete::SPEC,
        DeleteKey::SPEC,
        UpdateBucket::SPEC,
    ];
    let doubled = [CopyFile::SPEC, CreateKey::SPEC, HideFile::<&'static str, FileVersion>::SPEC];
    let rules =
        [SetBucketNotificationRules::SPEC, UpdateFileLegalHold::SPEC, UpdateFileRetention::SPEC];
    let groups: [(&[Spec], Repeats); 13] = [
        (&reads, (Safe, Call, CALL_MS)),
        (&[GetBucketNotificationRules::SPEC], (Safe, Read, CALL_MS)),
        (&[get_upload_url::SPEC, get_upload_part_url::SPEC], (Safe, Transfer, CALL_MS)),
        (&[download::BY_ID, download::BY_NAME], (Safe, Read, DATA_MS)),
        (&[HeadFileById::SPEC, HeadFileByName::SPEC], (Safe, Call, DATA_MS)),
        (&settled, (Settles, Call, CALL_MS)),
        (&[Finish::SPEC], (Settles, Read, CALL_MS)),
        (&doubled, (Unsafe, Call, CALL_MS)),
        (&[Start::SPEC], (Unsafe, Transfer, CALL_MS)),
        (&[CopyPart::SPEC], (Again, Transfer, CALL_MS)),
        (&[upload_part::SPEC], (Again, Upload, DATA_MS)),
        (&[upload_file::SPEC], (Unsafe, Upload, DATA_MS)),
        (&rules, (Idempotent, Call, CALL_MS)),
    ];
    let mut names = BTreeSet::new();
    for (specs, expected) in groups {
        for spec in specs {
            let found = (spec.idempotency, spec.retry, spec.timeout_ms);
            assert_eq!(found, expected, "{}", spec.name);
            names.insert(spec.name);
        }
    }
    assert_eq!(names.len(), CALLS);
}

/// The texts of a bucket's rules, and each of them as JSON may escape it.
#[test]
fn the_largest_bucket_fits_in_an_answer() {
    let escaped = |text: &str| text.chars().map(|c| std::format!("\\u{:04x}", c as u32)).collect();
    let cors = |number: usize| {
        // One letter each is what has most quotes and commas: 999 bytes with the name and "*".
        let header: String = escaped("x");
        let headers = std::vec![std::format!("\"{header}\""); 964].join(",");
        std::format!(
            r#"{{"corsRuleName":"rule-{number:04}","allowedOrigins":["*"],"allowedOperations":
                ["b2_download_file_by_id"],"allowedHeaders":[{headers}],"exposeHeaders":null,
                "maxAgeSeconds":86400}}"#
        )
    };
    let lifecycle = |number: usize| {
        let prefix: String = escaped(&std::format!("{number:01024}"));
        std::format!(
            r#"{{"fileNamePrefix":"{prefix}","daysFromUploadingToHiding":1,
                "daysFromHidingToDeleting":1,
                "daysFromStartingToCancelingUnfinishedLargeFiles":1}}"#
        )
    };
    let cors: Vec<String> = (0..CORS_RULES_MAX).map(cors).collect();
    let lifecycle: Vec<String> = (0..LIFECYCLE_RULES_MAX).map(lifecycle).collect();
    let json = std::format!(
        r#"{{"accountId":"a","bucketId":"8d62","bucketInfo":{{}},"bucketName":"media-d2e6",
            "bucketType":"allPrivate","corsRules":[{}],"lifecycleRules":[{}],"revision":2}}"#,
        cors.join(","),
        lifecycle.join(",")
    );
    let create = CreateBucket::new("media-d2e6", BucketType::AllPrivate);
    let bucket = answers(&create, &json);
    let mut update = UpdateBucket::new("8d62").lifecycle_rules(bucket.lifecycle_rules);
    update = update.cors_rules(bucket.cors_rules);
    assert_eq!(update.check(), Ok(()), "a legal bucket");
    let delete = DeleteBucket::new("8d62");
    for len_max in [create.reply_len_max(), update.reply_len_max(), delete.reply_len_max()] {
        assert!(json.len() <= len_max as usize, "{} of {len_max} bytes", json.len());
    }
    assert!(json.len() > SMALL_REPLY_LEN_MAX as usize);
}

#[test]
fn the_most_notification_rules_fit_in_an_answer() {
    let rule = |number: usize| {
        let (prefix, value) = ("\\u0061".repeat(1_024), "\\u0061".repeat(200));
        let header = |at| std::format!(r#"{{"name":"n{at}","value":"{value}"}}"#);
        let headers: Vec<String> = (0..10).map(header).collect();
        let (url, headers) = ("u".repeat(8_000), headers.join(","));
        std::format!(
            r#"{{"name":"rule-{number:04}","eventTypes":["b2:ObjectCreated:*"],"isEnabled":true,
                "objectNamePrefix":"{prefix}","isSuspended":false,"suspensionReason":"",
                "targetConfiguration":{{"targetType":"webhook","url":"https://{url}",
                    "customHeaders":[{headers}],"hmacSha256SigningSecret":null}}}}"#
        )
    };
    let rules: Vec<String> = (0..NOTIFICATION_RULES_MAX).map(rule).collect();
    let json =
        std::format!(r#"{{"bucketId":"8d62","eventNotificationRules":[{}]}}"#, rules.join(","));
    let rules = answers(&GetBucketNotificationRules::new("8d62"), &json).event_notification_rules;
    let set = SetBucketNotificationRules::new("8d62", rules);
    assert_eq!(set.check(), Ok(()), "legal rules");
    let get = GetBucketNotificationRules::new("8d62");
    for len_max in [get.reply_len_max(), set.reply_len_max()] {
        assert!(json.len() <= len_max as usize, "{} of {len_max} bytes", json.len());
    }
    assert!(json.len() > SMALL_REPLY_LEN_MAX as usize);
}
