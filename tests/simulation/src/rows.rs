//! Versions with all that a sync looks at, put there and read back beside the run.

use core::fmt;

use b2_proto::plan::blocks;
use b2_proto::wire::text::Sha1;
use bytes::Bytes;
use serde_json::{Value, json};

use crate::service::{Side, text};

/// A version, a hide marker, or a file that is not finished.
#[derive(Clone)]
pub(crate) struct Row {
    /// Its name in the bucket.
    pub(crate) name: String,
    pub(crate) file_id: String,
    pub(crate) kind: RowKind,
    pub(crate) uploaded_ms: u64,
    /// What the uploader said, else when it was uploaded.
    pub(crate) modified_ms: u64,
    /// The SHA-1 of the whole, where it is noted.
    pub(crate) sha1: Option<Sha1>,
    /// Empty for all but files and manifests, and where they were not asked for.
    pub(crate) bytes: Bytes,
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, kind, uploaded_ms, modified_ms, .. } = self;
        write!(f, "{kind:?} {name} of {modified_ms}, uploaded {uploaded_ms}")
    }
}

/// What a row is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum RowKind {
    File,
    /// What belongs to the file beside it.
    Manifest,
    Hide,
    Unfinished,
}

/// Rows of a page.
const PAGE_LEN: u64 = 10_000;

impl Side {
    /// A place to upload to.
    pub(crate) fn target(&self, now_ms: u64) -> Value {
        let bucket = json!({ "bucketId": self.bucket_id });
        self.call(now_ms, "b2_get_upload_url", &bucket)
    }

    /// Uploads a version that was modified at some time; gives its ID.
    pub(crate) fn put_dated(
        &self,
        (now_ms, target): (u64, &Value),
        name: &str,
        bytes: &[u8],
        modified_ms: u64,
    ) -> String {
        let (name, modified) = (encoded(name), modified_ms.to_string());
        let own = [
            ("x-bz-file-name", name.as_str()),
            ("content-type", "text/plain"),
            ("x-bz-info-src_last_modified_millis", modified.as_str()),
        ];
        text(&self.upload(now_ms, target, &own, bytes), "fileId")
    }

    /// Hides a name that is visible.
    pub(crate) fn hide(&self, now_ms: u64, name: &str) {
        let hide = json!({ "bucketId": self.bucket_id, "fileName": name });
        self.call(now_ms, "b2_hide_file", &hide);
    }

    /// All versions below a prefix, by name and then newest first.
    pub(crate) fn rows(&self, now_ms: u64, prefix: &str) -> Vec<Row> {
        let whole = |file: &Value| {
            let mut row = row(file);
            if matches!(row.kind, RowKind::File | RowKind::Manifest) {
                row.bytes = self.content(now_ms, file);
            }
            row
        };
        self.listed(now_ms, prefix).iter().map(whole).collect()
    }

    /// The same without their bytes.
    pub(crate) fn bare_rows(&self, now_ms: u64, prefix: &str) -> Vec<Row> {
        self.listed(now_ms, prefix).iter().map(row).collect()
    }

    fn listed(&self, now_ms: u64, prefix: &str) -> Vec<Value> {
        let mut list =
            json!({ "bucketId": self.bucket_id, "prefix": prefix, "maxFileCount": PAGE_LEN });
        let mut files = Vec::new();
        loop {
            let mut page = self.call(now_ms, "b2_list_file_versions", &list);
            let Value::Array(rows) = page["files"].take() else { panic!("no listing: {page}") };
            files.extend(rows);
            if page["nextFileName"].is_null() {
                return files;
            }
            list["startFileName"] = page["nextFileName"].take();
            list["startFileId"] = page["nextFileId"].take();
        }
    }
}

fn row(file: &Value) -> Row {
    let is_manifest = || {
        let has_name = text(file, "fileName").ends_with(blocks::SUFFIX);
        has_name && file["contentType"] == blocks::CONTENT_TYPE
    };
    let kind = match file["action"].as_str() {
        Some("upload") if is_manifest() => RowKind::Manifest,
        Some("upload") => RowKind::File,
        Some("hide") => RowKind::Hide,
        _ => RowKind::Unfinished,
    };
    let uploaded_ms = file["uploadTimestamp"].as_u64().expect("a time");
    let info = |key: &str| file["fileInfo"][key].as_str();
    let modified = info("src_last_modified_millis").and_then(|text| text.parse().ok());
    let sha1 = info("large_file_sha1").or_else(|| file["contentSha1"].as_str());
    Row {
        name: text(file, "fileName"),
        file_id: text(file, "fileId"),
        kind,
        uploaded_ms,
        modified_ms: modified.unwrap_or(uploaded_ms),
        sha1: sha1.and_then(|text| text.parse().ok()),
        bytes: Bytes::new(),
    }
}

/// A name as a header has it.
fn encoded(name: &str) -> String {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._/".contains(byte);
    let one = |byte: u8| match is_plain(&byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    name.bytes().map(one).collect()
}
