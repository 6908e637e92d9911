//! The shape of all rows in JSON, where a folder is a file without an id.

use alloc::collections::BTreeMap;
use alloc::string::String;

use serde::{Deserialize, Serialize};

use super::{
    AccountId, BucketId, ContentSha1, EncryptionInfo, FileAction, FileId, FileRetention,
    FileVersion, Folder, Guarded, LegalHold, ListEntry, ReplicationStatus,
};
use crate::model::nullable;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Row {
    account_id: AccountId,
    action: FileAction,
    bucket_id: BucketId,
    #[serde(default)]
    content_length: Option<u64>,
    /// The name of `contentLength` in version 1; may come beside it.
    #[serde(default, skip_serializing)]
    size: Option<u64>,
    #[serde(default)]
    content_md5: Option<String>,
    #[serde(default)]
    content_sha1: Option<ContentSha1>,
    #[serde(default)]
    content_type: Option<String>,
    #[serde(default)]
    file_id: Option<FileId>,
    #[serde(default, deserialize_with = "nullable::or_default")]
    file_info: BTreeMap<String, String>,
    file_name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    file_retention: Option<Guarded<FileRetention>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    legal_hold: Option<Guarded<Option<LegalHold>>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    replication_status: Option<ReplicationStatus>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    server_side_encryption: Option<EncryptionInfo>,
    #[serde(default, deserialize_with = "nullable::or_default")]
    upload_timestamp: u64,
}

impl Row {
    fn with_id(self, file_id: FileId) -> FileVersion {
        FileVersion {
            account_id: self.account_id,
            action: self.action,
            bucket_id: self.bucket_id,
            content_length: self.content_length.or(self.size).unwrap_or_default(),
            content_md5: self.content_md5,
            content_sha1: self.content_sha1,
            content_type: self.content_type,
            file_id,
            file_info: self.file_info,
            file_name: self.file_name,
            file_retention: self.file_retention,
            legal_hold: self.legal_hold,
            replication_status: self.replication_status,
            server_side_encryption: self.server_side_encryption,
            upload_timestamp_ms: self.upload_timestamp,
        }
    }
}

impl TryFrom<Row> for FileVersion {
    type Error = &'static str;

    fn try_from(mut row: Row) -> Result<Self, Self::Error> {
        let file_id = row.file_id.take().ok_or("missing fileId")?;
        Ok(row.with_id(file_id))
    }
}

impl From<Row> for ListEntry {
    fn from(mut row: Row) -> Self {
        match row.file_id.take() {
            Some(id) if row.action != FileAction::Folder => Self::File(row.with_id(id)),
            Some(_) | None => Self::Folder(Folder {
                account_id: row.account_id,
                bucket_id: row.bucket_id,
                name: row.file_name,
            }),
        }
    }
}

impl From<ListEntry> for Row {
    fn from(entry: ListEntry) -> Self {
        match entry {
            ListEntry::File(file) => file.into(),
            ListEntry::Folder(folder) => Self {
                account_id: folder.account_id,
                action: FileAction::Folder,
                bucket_id: folder.bucket_id,
                content_length: Some(0),
                size: None,
                content_md5: None,
                content_sha1: None,
                content_type: None,
                file_id: None,
                file_info: BTreeMap::new(),
                file_name: folder.name,
                file_retention: None,
                legal_hold: None,
                replication_status: None,
                server_side_encryption: None,
                upload_timestamp: 0,
            },
        }
    }
}

impl From<FileVersion> for Row {
    fn from(file: FileVersion) -> Self {
        Self {
            account_id: file.account_id,
            action: file.action,
            bucket_id: file.bucket_id,
            content_length: Some(file.content_length),
            size: None,
            content_md5: file.content_md5,
            content_sha1: file.content_sha1,
            content_type: file.content_type,
            file_id: Some(file.file_id),
            file_info: file.file_info,
            file_name: file.file_name,
            file_retention: file.file_retention,
            legal_hold: file.legal_hold,
            replication_status: file.replication_status,
            server_side_encryption: file.server_side_encryption,
            upload_timestamp: file.upload_timestamp_ms,
        }
    }
}
