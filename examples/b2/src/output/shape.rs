//! The JSON shapes of results (spec 5.1 to 5.5).

use b2_local::account::Account;
use b2_proto::info::Override;
use b2_proto::model::{
    Bucket, ContentSha1, DeletedFileVersion, DownloadInfo, EncryptionInfo, EncryptionMode,
    FileRetention, FileVersion, Guarded, LegalHold, RetentionMode,
};
use serde_json::{Map, Value, json};

/// The account (5.1); `path` is the file the login is kept in.
pub(crate) fn account(account: &Account, path: Option<&str>) -> Value {
    let (key_id, login) = (&account.application_key_id, &account.authorization);
    let storage = &login.storage_api;
    let mut capabilities: Vec<&str> =
        storage.allowed.capabilities.iter().map(|it| it.as_str()).collect();
    capabilities.sort_unstable();
    json!({
        "accountAuthToken": login.authorization_token.expose(),
        "accountFilePath": path,
        "accountId": login.account_id,
        "allowed": {
            "buckets": storage.allowed.buckets,
            "capabilities": capabilities,
            "namePrefix": storage.allowed.name_prefix,
        },
        "apiUrl": storage.api_url,
        "applicationKey": account.application_key.expose(),
        "applicationKeyId": key_id,
        "downloadUrl": storage.download_url,
        "isMasterKey": account.is_master_key(),
        "s3endpoint": storage.s3_api_url,
    })
}

/// A bucket (5.2).
pub(crate) fn bucket(bucket: &Bucket) -> Value {
    let lock = bucket.file_lock_configuration.readable();
    let retention = lock.map(|lock| &lock.default_retention);
    let mut default_retention = Map::new();
    let mode = match retention {
        Some(retention) => retention.mode.as_ref().map(RetentionMode::as_str),
        None => Some("unknown"),
    };
    default_retention.insert("mode".to_owned(), mode.into());
    if let Some(period) = retention.and_then(|it| it.period.as_ref()) {
        default_retention.insert("period".to_owned(), json!(period));
    }
    json!({
        "accountId": bucket.account_id,
        "bucketId": bucket.bucket_id,
        "bucketInfo": bucket.bucket_info,
        "bucketName": bucket.bucket_name,
        "bucketType": bucket.bucket_type,
        "corsRules": bucket.cors_rules,
        "defaultRetention": default_retention,
        "defaultServerSideEncryption": match &bucket.default_server_side_encryption {
            Guarded::Readable(setting) => encryption(setting),
            Guarded::Withheld => json!({ "mode": "unknown" }),
        },
        "isFileLockEnabled": lock.map(|lock| lock.is_file_lock_enabled),
        "lifecycleRules": bucket.lifecycle_rules,
        "options": bucket.options,
        "replication": match &bucket.replication_configuration {
            Guarded::Readable(configuration) => json!({
                "asReplicationDestination":
                    configuration.as_ref().and_then(|it| it.as_replication_destination.as_ref()),
                "asReplicationSource":
                    configuration.as_ref().and_then(|it| it.as_replication_source.as_ref()),
            }),
            Guarded::Withheld => Value::Null,
        },
        "revision": bucket.revision,
    })
}

/// A version of a file (5.3).
pub(crate) fn version(file: &FileVersion) -> Value {
    let mut out = json!({
        "accountId": file.account_id,
        "action": file.action,
        "bucketId": file.bucket_id,
        "fileId": file.file_id,
        "fileInfo": file.file_info,
        "fileName": file.file_name,
        "fileRetention": retention(file.file_retention.as_ref()),
        "legalHold": legal_hold(file.legal_hold.as_ref()),
        "replicationStatus": file.replication_status,
        "serverSideEncryption":
            encryption(file.server_side_encryption.as_ref().unwrap_or(&EncryptionInfo::NONE)),
        "size": file.content_length,
        "uploadTimestamp": file.upload_timestamp_ms,
    });
    put(&mut out, "contentType", file.content_type.as_deref());
    put(&mut out, "contentMd5", file.content_md5.as_deref());
    put(&mut out, "contentSha1", file.content_sha1.as_ref().map(ContentSha1::to_string).as_deref());
    out
}

/// A version that is gone (5.5).
pub(crate) fn deleted(file: &DeletedFileVersion) -> Value {
    json!({ "action": "delete", "fileId": file.file_id, "fileName": file.file_name })
}

/// A file as the headers of a download describe it (5.4).
pub(crate) fn download(file: &DownloadInfo) -> Value {
    let mut out = json!({
        "contentType": file.content_type,
        "fileId": file.file_id,
        "fileName": file.file_name,
        "fileRetention": retention(Some(&file.file_retention)),
        "legalHold": legal_hold(Some(&file.legal_hold)),
        "replicationStatus": file.replication_status,
        "serverSideEncryption": encryption(&file.server_side_encryption),
        "size": file.content_length,
        "uploadTimestamp": file.upload_timestamp_ms,
    });
    let mut info = file.file_info.clone();
    for (header, label) in HEADERS {
        let value = info.remove(header.info_key().unwrap_or_default());
        put(&mut out, label, value.as_deref());
    }
    put(&mut out, "contentSha1", file.content_sha1.as_ref().map(ContentSha1::to_string).as_deref());
    if let Some(object) = out.as_object_mut() {
        object.insert("fileInfo".to_owned(), json!(info));
    }
    out
}

/// Headers that uploads set through file info, with their labels in JSON.
const HEADERS: [(Override, &str); 5] = [
    (Override::CacheControl, "cacheControl"),
    (Override::Expires, "expires"),
    (Override::ContentDisposition, "contentDisposition"),
    (Override::ContentLanguage, "contentLanguage"),
    (Override::ContentEncoding, "contentEncoding"),
];

fn put(object: &mut Value, key: &str, value: Option<&str>) {
    if let (Some(object), Some(value)) = (object.as_object_mut(), value) {
        object.insert(key.to_owned(), value.into());
    }
}

fn encryption(info: &EncryptionInfo) -> Value {
    match &info.mode {
        None => json!({ "mode": "none" }),
        Some(mode) => {
            let mut out = json!({ "algorithm": info.algorithm, "mode": mode });
            if *mode == EncryptionMode::SseC {
                // The key and its digest never show; the stars stand for "there is one".
                put(&mut out, "customerKey", Some("******"));
                put(&mut out, "customerKeyMd5", Some("******"));
            }
            out
        }
    }
}

fn retention(retention: Option<&Guarded<FileRetention>>) -> Value {
    match retention {
        Some(Guarded::Withheld) => json!({ "mode": "unknown", "retainUntilTimestamp": null }),
        Some(Guarded::Readable(it)) => {
            json!({ "mode": it.mode, "retainUntilTimestamp": it.retain_until_ms })
        }
        None => json!({ "mode": null, "retainUntilTimestamp": null }),
    }
}

fn legal_hold(hold: Option<&Guarded<Option<LegalHold>>>) -> Value {
    match hold {
        Some(Guarded::Withheld) => "unknown".into(),
        Some(Guarded::Readable(hold)) => json!(hold),
        None => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use b2_proto::model::FileAction;

    #[test]
    fn a_version_leaves_out_what_is_unknown() {
        let mut file = FileVersion::new("a", "b", "4_z", "dir/a.txt", FileAction::Hide);
        let shape = version(&file);
        assert_eq!(shape["serverSideEncryption"], json!({"mode": "none"}));
        assert_eq!(shape["fileRetention"], json!({"mode": null, "retainUntilTimestamp": null}));
        assert!(shape.get("contentType").is_none() && shape.get("contentSha1").is_none());
        file.legal_hold = Some(Guarded::Withheld);
        let mut encryption = EncryptionInfo::SSE_B2;
        encryption.mode = Some(EncryptionMode::SseC);
        encryption.customer_key_md5 = Some("real".to_owned());
        file.server_side_encryption = Some(encryption);
        let shape = version(&file);
        assert_eq!(shape["legalHold"], "unknown");
        assert_eq!(shape["serverSideEncryption"]["customerKeyMd5"], "******");
    }
}
