//! Every operation: its request written to a buffer, an answer read.

use super::examples::{
    BUCKET, BUCKET_ID, DOWNLOAD_HEADERS, FILE_ID, FILE_NAME, KEY, SHA1_HEX, UPLOAD_URL, parts_page,
    version, versions_page,
};
use super::{Case, grant, session};
use b2_proto::machine::session::{Credentials, LeaseFor};
use b2_proto::model::{BucketType, DownloadInfo};
use b2_proto::op::authorize_account::{self, AuthorizeAccount};
use b2_proto::op::cancel_large_file::CancelLargeFile;
use b2_proto::op::delete_file_version::DeleteFileVersion;
use b2_proto::op::download::{DownloadRef, DownloadRequest, KeyFields, Object};
use b2_proto::op::file_spec::FileSpec;
use b2_proto::op::finish_large_file::FinishLargeFile;
use b2_proto::op::get_file_info::GetFileInfo;
use b2_proto::op::hide_file::HideFile;
use b2_proto::op::list_parts::{ListParts, PartsPage};
use b2_proto::op::list_unfinished_large_files::{ListUnfinishedLargeFiles, UnfinishedPage};
use b2_proto::op::receipt::FileRef;
use b2_proto::op::start_large_file::StartLargeFile;
use b2_proto::op::{
    CopyFile, CopyPart, CreateBucket, CreateKey, DeleteBucket, DeleteKey,
    GetBucketNotificationRules, GetDownloadAuthorization, HeadFileByName, ListBuckets,
    ListFileNames, ListFileVersions, ListKeys, Operation, SetBucketNotificationRules, UpdateBucket,
    UpdateFileLegalHold, UpdateFileRetention,
};
use b2_proto::time::Instant;
use b2_proto::wire::body::Body;
use b2_proto::wire::head::Head;
use b2_proto::wire::reply::Reply;
use b2_proto::wire::text::{Sha1, Text};
use core::fmt::Write as _;
use core::hint::black_box;
use serde::de::DeserializeOwned;

/// Where requests are written; used again and again, so that only the core can allocate.
#[derive(Debug, Default)]
pub struct Buffers {
    /// The URL and the headers.
    pub head: String,
    /// The body, when it is text.
    pub body: String,
}

impl Buffers {
    /// Writes a request.
    ///
    /// # Panics
    /// When a part of it cannot be written, which no buffer causes.
    pub fn write(&mut self, head: &Head<'_>, body: Body<'_>) {
        const EXPECT: &str = "strings take all text";
        self.head.clear();
        self.body.clear();
        write!(self.head, "{} {}\r\n", head.method.as_str(), head.target).expect(EXPECT);
        head.each_field(&mut |field| {
            write!(self.head, "{}: {}\r\n", field.name, field.value).expect(EXPECT);
        });
        if let Body::Json(text) = body {
            text.write_json(&mut self.body).expect(EXPECT);
        }
    }
}

const NO_HEADERS: [(&str, &str); 0] = [];

fn ok(body: &[u8]) -> Reply<'_> {
    Reply { status: 200, headers: &NO_HEADERS, body }
}

/// One operation: request and answer.
fn case<O: Operation + 'static>(name: &'static str, mut operation: O, answer: String) -> Case {
    let grant = grant();
    operation.bind(&grant);
    assert_eq!(operation.check(), Ok(()), "{name}");
    let mut buffers = Buffers::default();
    Case::new(name, move || {
        buffers.write(&operation.head(&grant), operation.body());
        black_box(&buffers);
        black_box(operation.parse(&ok(answer.as_bytes())).expect("the answer is fine"));
    })
}

fn read<O: DeserializeOwned>(json: &str) -> O {
    serde_json::from_str(json).expect("the request is fine")
}

/// All operations.
pub fn cases() -> Vec<Case> {
    let mut all = vec![login(), upload(), download()];
    all.extend(files());
    all.extend(large_files());
    all.extend(lists());
    all.extend(buckets());
    all.extend(keys());
    all
}

fn login() -> Case {
    let realm = "https://backblazeb2.example";
    let credentials = Credentials::new("0014a30f20426f0b0000000001", "K001secret", realm);
    let credentials = credentials.expect("credentials of the usual form");
    let answer = format!(
        r#"{{"accountId":"a30f20426f0b","apiInfo":{{"groupsApi":{{}},"storageApi":{{
"absoluteMinimumPartSize":5000000,"allowed":{{"buckets":null,"capabilities":["listFiles",
"readFiles","writeFiles"],"namePrefix":null}},"apiUrl":"https://api005.backblazeb2.example",
"downloadUrl":"https://f005.backblazeb2.example","recommendedPartSize":100000000,
"s3ApiUrl":"https://s3.eu.backblazeb2.example"}}}},"applicationKeyExpirationTimestamp":null,
"authorizationToken":"{}"}}"#,
        super::examples::TOKEN
    );
    let mut buffers = Buffers::default();
    Case::new("b2_authorize_account", move || {
        let head = AuthorizeAccount::head(&credentials, None);
        buffers.write(&head, AuthorizeAccount::body());
        black_box(&buffers);
        black_box(authorize_account::parse(answer.as_bytes()).expect("the answer is fine"));
    })
}

/// The call for an upload URL; the upload itself is measured with its machine.
fn upload() -> Case {
    let realm = session().credentials().realm().to_owned();
    let grant = grant();
    let target = LeaseFor::Bucket(Text::truncated(BUCKET_ID));
    let mut buffers = Buffers::default();
    Case::new("b2_get_upload_url", move || {
        let head = Head::json(grant.api_url.as_str(), target.spec().name, grant.token.expose());
        buffers.write(&head, Body::Json(&target));
        black_box(&buffers);
        let answer = ok(UPLOAD_URL.as_bytes());
        black_box(target.clone().read(&realm, &answer, Instant::from_ms(0), 1))
            .expect("the answer is fine");
    })
}

fn download() -> Case {
    let grant = grant();
    let mut buffers = Buffers::default();
    Case::new("b2_download_file_by_name", move || {
        let request =
            DownloadRequest::new(Object::Name { bucket: "my-photo-archive", name: FILE_NAME });
        buffers.write(&request.head(&grant, &KeyFields(request)), Body::Empty);
        black_box(&buffers);
        black_box(DownloadRef::read(200, &DOWNLOAD_HEADERS).expect("the answer is fine"));
        black_box(DownloadInfo::read(&DOWNLOAD_HEADERS).expect("the answer is fine"));
    })
}

fn files() -> Vec<Case> {
    let ids = format!(r#"{{"fileId":"{FILE_ID}","fileName":"{FILE_NAME}"}}"#);
    let hold = format!(r#"{{"fileName":"{FILE_NAME}","fileId":"{FILE_ID}","legalHold":"on"}}"#);
    let retention = format!(
        r#"{{"fileName":"{FILE_NAME}","fileId":"{FILE_ID}",
"fileRetention":{{"mode":"governance","retainUntilTimestamp":1764547200000}}}}"#
    );
    let head = HeadFileByName::new("my-photo-archive", FILE_NAME);
    let grant = grant();
    let mut buffers = Buffers::default();
    vec![
        case("b2_hide_file", HideFile::<_, FileRef>::new(BUCKET_ID, FILE_NAME), version()),
        case("b2_get_file_info", GetFileInfo::<_, FileRef>::new(FILE_ID), version()),
        case(
            "b2_delete_file_version",
            DeleteFileVersion::<_, b2_proto::model::DeletedFileVersion>::new(FILE_ID, FILE_NAME),
            ids,
        ),
        case("b2_copy_file", CopyFile::new(FILE_ID, FILE_NAME).to_bucket(BUCKET_ID), version()),
        case("b2_update_file_legal_hold", read::<UpdateFileLegalHold>(&hold), hold.clone()),
        case(
            "b2_update_file_retention",
            read::<UpdateFileRetention>(&retention),
            retention.clone(),
        ),
        case(
            "b2_get_download_authorization",
            GetDownloadAuthorization::new(BUCKET_ID, "photos/", 604_800),
            format!(
                r#"{{"authorizationToken":"3_2026_dnld","bucketId":"{BUCKET_ID}",
"fileNamePrefix":"photos/"}}"#
            ),
        ),
        Case::new("HEAD of a file by name", move || {
            buffers.write(&head.head(&grant), Body::Empty);
            black_box(&buffers);
            let answer = Reply { status: 200, headers: &DOWNLOAD_HEADERS, body: &[] };
            black_box(head.parse(&answer).expect("the answer is fine"));
        }),
    ]
}

fn large_files() -> Vec<Case> {
    let digest = Sha1::parse(SHA1_HEX).expect("a digest");
    let cancelled = format!(
        r#"{{"fileId":"{FILE_ID}","accountId":"a30f20426f0b","bucketId":"{BUCKET_ID}",
"fileName":"{FILE_NAME}"}}"#
    );
    let file = || Text::truncated(FILE_ID);
    vec![
        case(
            "b2_start_large_file",
            StartLargeFile::<_, FileRef>::new(FileSpec::new(BUCKET_ID, FILE_NAME)),
            version(),
        ),
        case(
            "b2_finish_large_file, 40 parts",
            FinishLargeFile::<_, FileRef>::new(file(), [Some(digest); 40]),
            version(),
        ),
        case(
            "b2_finish_large_file, 10,000 parts",
            FinishLargeFile::<_, FileRef>::new(file(), vec![Some(digest); 10_000]),
            version(),
        ),
        case(
            "b2_cancel_large_file",
            CancelLargeFile::<_, b2_proto::model::CancelledLargeFile>::new(FILE_ID),
            cancelled,
        ),
        case(
            "b2_copy_part",
            CopyPart::new(FILE_ID, FILE_ID, 3),
            super::examples::part(3, 100_000_000),
        ),
        case("b2_list_parts, 1,000", ListParts::<_, PartsPage>::new(FILE_ID), parts_page(1_000)),
        case(
            "b2_list_unfinished_large_files, 100",
            ListUnfinishedLargeFiles::<_, UnfinishedPage>::new(BUCKET_ID),
            versions_page(100),
        ),
    ]
}

fn lists() -> Vec<Case> {
    vec![
        case("b2_list_file_names, 1,000", ListFileNames::new(BUCKET_ID), versions_page(1_000)),
        case(
            "b2_list_file_versions, 1,000",
            ListFileVersions::new(BUCKET_ID),
            versions_page(1_000),
        ),
        case(
            "b2_list_buckets, 10",
            ListBuckets::default(),
            format!(r#"{{"buckets":[{}]}}"#, [BUCKET; 10].join(",")),
        ),
        case(
            "b2_list_keys, 10",
            ListKeys::default(),
            format!(r#"{{"keys":[{}],"nextApplicationKeyId":null}}"#, [KEY; 10].join(",")),
        ),
    ]
}

fn buckets() -> Vec<Case> {
    let rules = format!(
        r#"{{"bucketId":"{BUCKET_ID}","eventNotificationRules":[{{"name":"new-photos",
"eventTypes":["b2:ObjectCreated:*"],"objectNamePrefix":"","isEnabled":true,
"targetConfiguration":{{"targetType":"webhook","url":"https://example.com/hook",
"customHeaders":null,"hmacSha256SigningSecret":null}}}}]}}"#
    );
    vec![
        case(
            "b2_create_bucket",
            CreateBucket::new("my-photo-archive", BucketType::AllPrivate),
            BUCKET.to_owned(),
        ),
        case(
            "b2_update_bucket",
            UpdateBucket::new(BUCKET_ID).bucket_type(BucketType::AllPublic).if_revision_is(3),
            BUCKET.to_owned(),
        ),
        case("b2_delete_bucket", DeleteBucket::new(BUCKET_ID), BUCKET.to_owned()),
        case(
            "b2_get_bucket_notification_rules",
            GetBucketNotificationRules::new(BUCKET_ID),
            rules.clone(),
        ),
        case(
            "b2_set_bucket_notification_rules",
            read::<SetBucketNotificationRules>(&rules),
            rules.clone(),
        ),
    ]
}

fn keys() -> Vec<Case> {
    let created = KEY.replacen('{', r#"{"applicationKey":"K001abcdefghijklmnopqrstuvwxyz0","#, 1);
    vec![
        case("b2_create_key", CreateKey::new("nightly-backup", ["listFiles".into()]), created),
        case("b2_delete_key", DeleteKey::new("0014a30f20426f0b0000000005"), KEY.to_owned()),
    ]
}
