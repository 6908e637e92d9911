//! Requests and answers as long as those of the service.

/// An account token.
pub const TOKEN: &str =
    "4_0014a30f20426f0b0000000001_01c1a2b3_d4e5f6_acct_Zm9vYmFyYmF6cXV1eGNvcmdlZ3JhdWx0Zw=";
/// A bucket's ID.
pub const BUCKET_ID: &str = "4a48fe8875c6214145260818";
/// A file version's ID.
pub const FILE_ID: &str = "4_z4a48fe8875c6214145260818_f000000000000472a_d20260104_m032022_c001_\
                           v0001123_t0104_u01767496822000";
/// A file's name.
pub const FILE_NAME: &str = "photos/2026/01 Zażółć gęślą jaźń/IMG_20260104_032022.jpg";
/// A SHA-1.
pub const SHA1_HEX: &str = "bae5ed658ab3546aee12f23f36392f35dba1ebdd";

/// A bucket as an answer has it.
pub const BUCKET: &str = r#"{"accountId":"a30f20426f0b","bucketId":"4a48fe8875c6214145260818",
"bucketInfo":{"Cache-Control":"max-age=3600"},"bucketName":"my-photo-archive","bucketType":
"allPrivate","corsRules":[],"defaultServerSideEncryption":{"isClientAuthorizedToRead":true,"value":
{"algorithm":"AES256","mode":"SSE-B2"}},"fileLockConfiguration":{"isClientAuthorizedToRead":true,
"value":{"defaultRetention":{"mode":null,"period":null},"isFileLockEnabled":false}},
"lifecycleRules":[{"daysFromHidingToDeleting":7,"daysFromUploadingToHiding":null,"fileNamePrefix":
""}],"options":["s3"],"replicationConfiguration":{"isClientAuthorizedToRead":true,"value":null},
"revision":4}"#;

/// An application key as an answer has it.
pub const KEY: &str = r#"{"accountId":"a30f20426f0b","applicationKeyId":
"0014a30f20426f0b0000000005","bucketIds":["4a48fe8875c6214145260818"],"capabilities":["listFiles",
"readFiles","writeFiles","deleteFiles"],"expirationTimestamp":null,"keyName":"nightly-backup",
"namePrefix":"photos/","options":["s3"]}"#;

/// An upload URL as the answer for files of a bucket has it.
pub const UPLOAD_URL: &str = concat!(
    r#"{"bucketId":"4a48fe8875c6214145260818","uploadUrl":"#,
    "\n\"https://pod-000-1005-03.backblazeb2.example/b2api/v4/b2_upload_file",
    "?cvt=c001_v0001005_t0027&bucket=4a48fe8875c6214145260818\",\n",
    r#""authorizationToken":"#,
    r#""4_0014a30f20426f0b0000000001_01c1a2b3_d4e5f6_upld_Zm9vYmFyYmF6cXV1eA="}"#,
);

/// A file version as an answer has it.
pub fn version() -> String {
    version_of(FILE_NAME, 8)
}

/// The version of a file with another name and `len` bytes.
pub fn version_of(name: &str, len: u64) -> String {
    format!(
        r#"{{"accountId":"a30f20426f0b","action":"upload","bucketId":"{BUCKET_ID}",
"contentLength":{len},"contentMd5":null,"contentSha1":"{SHA1_HEX}","contentType":"image/jpeg",
"fileId":"{FILE_ID}","fileInfo":{{"src_last_modified_millis":"1767496822000"}},"fileName":"{name}",
"fileRetention":{{"isClientAuthorizedToRead":true,"value":{{"mode":null,
"retainUntilTimestamp":null}}}},"legalHold":{{"isClientAuthorizedToRead":true,"value":null}},
"replicationStatus":null,"serverSideEncryption":{{"algorithm":"AES256","mode":"SSE-B2"}},
"uploadTimestamp":1767496822000}}"#
    )
}

/// A stored part as the answer to its upload has it.
pub fn part(number: u64, len: u64) -> String {
    format!(
        r#"{{"contentLength":{len},"contentMd5":null,"contentSha1":"{SHA1_HEX}",
"fileId":"{FILE_ID}","partNumber":{number},"serverSideEncryption":{{"algorithm":"AES256",
"mode":"SSE-B2"}},"uploadTimestamp":1767496822000}}"#
    )
}

/// A page of `count` file versions.
pub fn versions_page(count: usize) -> String {
    let rows: Vec<String> =
        (0..count).map(|at| version_of(&format!("photos/2026/IMG_{at:06}.jpg"), 8)).collect();
    format!(
        r#"{{"files":[{}],"nextFileName":"photos/2026/z","nextFileId":"{FILE_ID}"}}"#,
        rows.join(",")
    )
}

/// A page of `count` parts.
pub fn parts_page(count: u64) -> String {
    let rows: Vec<String> = (1..=count).map(|number| part(number, 100_000_000)).collect();
    format!(r#"{{"parts":[{}],"nextPartNumber":null}}"#, rows.join(","))
}

/// The headers of a download.
pub const DOWNLOAD_HEADERS: [(&str, &str); 14] = [
    ("Server", "nginx"),
    ("Cache-Control", "max-age=0, no-cache, no-store"),
    ("X-Bz-File-Name", "photos/2026/01/IMG_20260104_032022.jpg"),
    ("X-Bz-File-Id", FILE_ID),
    ("X-Bz-Content-Sha1", SHA1_HEX),
    ("X-Bz-Upload-Timestamp", "1767496822000"),
    ("Accept-Ranges", "bytes"),
    ("X-Bz-Info-src_last_modified_millis", "1767496822000"),
    ("X-Bz-Server-Side-Encryption", "AES256"),
    ("Content-Type", "image/jpeg"),
    ("Content-Length", "8"),
    ("Date", "Sun, 04 Jan 2026 03:20:22 GMT"),
    ("Keep-Alive", "timeout=60"),
    ("Connection", "keep-alive"),
];
