//! How records look in answers (spec section 3.0). Objects come out with their keys in
//! alphabetical order, as the service writes them.

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

    pub(super) fn version_view(&self, version: &Version, scope: &Scope) -> Value {
        let action = match version.action {
            Action::Upload => "upload",
            Action::Start => "start",
            Action::Hide => "hide",
        };
        let mut shown = json!({
            "accountId": self.account_id(),
            "action": action,
            "bucketId": version.bucket_id,
            "contentLength": version.len,
            "contentMd5": version.md5,
            "contentSha1": version.sha1,
            "contentType": version.content_type,
            "fileId": version.file_id,
            "fileInfo": version.info,
            "fileName": version.name,
            // The name of version 1; older clients read nothing else.
            "size": version.len,
            "uploadTimestamp": version.uploaded_ms,
        });
        if version.action != Action::Hide {
            shown["fileRetention"] =
                guarded(scope, Cap::ReadFileRetentions, retention_view(version.retention));
            shown["legalHold"] = guarded(
                scope,
                Cap::ReadFileLegalHolds,
                version.legal_hold.map_or(Value::Null, |on| json!(hold_text(on))),
            );
            shown["serverSideEncryption"] = sse_view(&version.sse);
            if let Some(status) = &version.replication {
                shown["replicationStatus"] = json!(status);
            }
        }
        shown
    }

    pub(super) fn folder_view(&self, bucket_id: &str, name: &str) -> Value {
        json!({
            "accountId": self.account_id(),
            "action": "folder",
            "bucketId": bucket_id,
            "contentLength": 0,
            "contentMd5": null,
            "contentSha1": null,
            "contentType": null,
            "fileId": null,
            "fileInfo": {},
            "fileName": name,
            "size": 0,
            "uploadTimestamp": 0,
        })
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

pub(super) fn retention_view(retention: Option<Retention>) -> Value {
    json!({
        "mode": retention.map(|r| r.mode.as_str()),
        "retainUntilTimestamp": retention.map(|r| r.until_ms),
    })
}

pub(super) fn sse_view(sse: &Sse) -> Value {
    match sse {
        Sse::None => json!({ "algorithm": null, "mode": null }),
        Sse::B2 => json!({ "algorithm": "AES256", "mode": "SSE-B2" }),
        Sse::Customer { key_md5 } => {
            json!({ "algorithm": "AES256", "customerKeyMd5": key_md5, "mode": "SSE-C" })
        }
    }
}

fn period_view(retention: Option<RetentionPeriod>) -> Value {
    let unit = |r: RetentionPeriod| if r.in_years { "years" } else { "days" };
    json!({
        "mode": retention.map(|r| r.mode.as_str()),
        "period": retention.map(|r| json!({ "duration": r.duration, "unit": unit(r) })),
    })
}

/// The wrapper around settings that not every key may read (spec section 4.5).
fn guarded(scope: &Scope, cap: Cap, value: Value) -> Value {
    let readable = scope.caps.has(cap);
    json!({
        "isClientAuthorizedToRead": readable,
        "value": if readable { value } else { Value::Null },
    })
}
