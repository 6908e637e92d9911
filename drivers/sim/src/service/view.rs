//! How records look in answers (spec section 3.0). Objects come out with their keys in
//! alphabetical order, as the service writes them.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::Service;
use super::auth::Scope;
use super::caps::Cap;
use super::model::{Action, Bucket, Part, Retention, RetentionPeriod, Sse, Version};

/// Content type of hide markers.
pub(super) const HIDE_MARKER_TYPE: &str = "application/x-bz-hide-marker";
/// Digests of nothing, which hide markers show.
pub(super) const EMPTY_SHA1: &str = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
pub(super) const EMPTY_MD5: &str = "d41d8cd98f00b204e9800998ecf8427e";

impl Service {
    pub(super) fn bucket_view(&self, bucket: &Bucket, scope: &Scope) -> Value {
        let sse = if bucket.default_sse_b2 { Sse::B2 } else { Sse::None };
        let lock = json!({
            "isFileLockEnabled": bucket.lock_enabled,
            "defaultRetention": period_view(bucket.default_retention),
        });
        json!({
            "accountId": self.account_id(),
            "bucketId": bucket.id,
            "bucketInfo": bucket.info,
            "bucketName": bucket.name,
            "bucketType": bucket.kind,
            "corsRules": bucket.cors,
            "defaultServerSideEncryption":
                guarded(scope, Cap::ReadBucketEncryption, sse_view(&sse)),
            "fileLockConfiguration": guarded(scope, Cap::ReadBucketRetentions, lock),
            "lifecycleRules": bucket.lifecycle,
            "options": ["s3"],
            "replicationConfiguration":
                guarded(scope, Cap::ReadBucketReplications, bucket.replication.clone()),
            "revision": bucket.revision,
        })
    }

    /// A version for an answer of its own.
    pub(super) fn version_view(&self, version: &Version, scope: &Scope) -> Value {
        // Plain data with text keys always has a JSON form.
        serde_json::to_value(self.file_view(version, scope)).unwrap_or_default()
    }

    /// A version as a row of a listing.
    pub(super) fn file_view<'a>(&'a self, version: &'a Version, scope: &Scope) -> FileView<'a> {
        let marker = version.action == Action::Hide;
        let retention = Guarded {
            is_client_authorized_to_read: scope.caps.has(Cap::ReadFileRetentions),
            value: RetentionView::of(version.retention),
        };
        let hold = Guarded {
            is_client_authorized_to_read: scope.caps.has(Cap::ReadFileLegalHolds),
            value: version.legal_hold.map(hold_text),
        };
        FileView {
            account_id: self.account_id(),
            action: match version.action {
                Action::Upload => "upload",
                Action::Start => "start",
                Action::Hide => "hide",
            },
            bucket_id: &version.bucket_id,
            content_length: version.len,
            content_md5: version.md5.as_deref(),
            content_sha1: Some(&version.sha1),
            content_type: Some(&version.content_type),
            file_id: Some(&version.file_id),
            file_info: &version.info,
            file_name: &version.name,
            file_retention: Some(retention.hidden()).filter(|_| !marker),
            legal_hold: Some(hold.hidden()).filter(|_| !marker),
            replication_status: version.replication.as_deref(),
            server_side_encryption: Some(SseView::of(&version.sse)).filter(|_| !marker),
            size: version.len,
            upload_timestamp: version.uploaded_ms,
        }
    }

    /// The row that stands for the names below a folder.
    pub(super) fn folder_view<'a>(&'a self, bucket_id: &'a str, name: &'a str) -> FileView<'a> {
        FileView {
            account_id: self.account_id(),
            action: "folder",
            bucket_id,
            content_length: 0,
            content_md5: None,
            content_sha1: None,
            content_type: None,
            file_id: None,
            file_info: &NO_INFO,
            file_name: name,
            file_retention: None,
            legal_hold: None,
            replication_status: None,
            server_side_encryption: None,
            size: 0,
            upload_timestamp: 0,
        }
    }
}

static NO_INFO: BTreeMap<String, String> = BTreeMap::new();

/// A file version in an answer; listings have thousands of them, so it borrows.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FileView<'a> {
    account_id: &'a str,
    action: &'static str,
    bucket_id: &'a str,
    content_length: u64,
    content_md5: Option<&'a str>,
    content_sha1: Option<&'a str>,
    content_type: Option<&'a str>,
    file_id: Option<&'a str>,
    file_info: &'a BTreeMap<String, String>,
    file_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    file_retention: Option<Guarded<RetentionView>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    legal_hold: Option<Guarded<&'static str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replication_status: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    server_side_encryption: Option<SseView<'a>>,
    /// The length by its name of version 1; older clients read nothing else.
    size: u64,
    upload_timestamp: u64,
}

/// The wrapper around settings that not every key may read (spec section 4.5).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Guarded<T> {
    is_client_authorized_to_read: bool,
    value: Option<T>,
}

impl<T> Guarded<T> {
    /// Without the value, when it may not be read.
    fn hidden(mut self) -> Self {
        self.value = self.value.filter(|_| self.is_client_authorized_to_read);
        self
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RetentionView {
    mode: Option<&'static str>,
    retain_until_timestamp: Option<u64>,
}

impl RetentionView {
    fn of(retention: Option<Retention>) -> Option<Self> {
        Some(Self {
            mode: retention.map(|r| r.mode.as_str()),
            retain_until_timestamp: retention.map(|r| r.until_ms),
        })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SseView<'a> {
    algorithm: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_key_md5: Option<&'a str>,
    mode: Option<&'static str>,
}

impl<'a> SseView<'a> {
    fn of(sse: &'a Sse) -> Self {
        let (mode, customer_key_md5) = match sse {
            Sse::None => (None, None),
            Sse::B2 => (Some("SSE-B2"), None),
            Sse::Customer { key_md5 } => (Some("SSE-C"), Some(key_md5.as_str())),
        };
        Self { algorithm: mode.map(|_| "AES256"), customer_key_md5, mode }
    }
}

/// A stored part; listings show its time in whole seconds.
pub(super) fn part_view(file: &Version, part: &Part, uploaded_ms: u64) -> Value {
    json!({
        "contentLength": part.len,
        "contentMd5": part.md5,
        "contentSha1": part.sha1,
        "fileId": file.file_id,
        "partNumber": part.number,
        "serverSideEncryption": sse_view(&file.sse),
        "uploadTimestamp": uploaded_ms,
    })
}

pub(super) fn hold_text(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

/// A bare retention, as updates answer it.
pub(super) fn retention_view(retention: Option<Retention>) -> Value {
    json!(RetentionView::of(retention))
}

/// An encryption setting; of a customer's key it shows the MD5.
pub(super) fn sse_view(sse: &Sse) -> Value {
    json!(SseView::of(sse))
}

fn period_view(retention: Option<RetentionPeriod>) -> Value {
    let unit = |r: RetentionPeriod| if r.in_years { "years" } else { "days" };
    json!({
        "mode": retention.map(|r| r.mode.as_str()),
        "period": retention.map(|r| json!({ "duration": r.duration, "unit": unit(r) })),
    })
}

fn guarded(scope: &Scope, cap: Cap, value: Value) -> Value {
    let is_client_authorized_to_read = scope.caps.has(cap);
    json!(Guarded { is_client_authorized_to_read, value: Some(value) }.hidden())
}
