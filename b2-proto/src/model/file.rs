//! Versions of files.

use alloc::collections::BTreeMap;
use alloc::string::String;

use serde::{Deserialize, Serialize};

use super::content_sha1::ContentSha1;
use super::encryption::EncryptionInfo;
use super::guarded::Guarded;
use super::headers::{header_methods, http_date_s};
use super::id::{AccountId, BucketId, FileId};
use super::legal_hold::LegalHold;
use super::open::open_text;
use super::replication::ReplicationStatus;
use super::retention::FileRetention;
use crate::info::{HeaderSize, Override};
use crate::wire::text::Sha1;

open_text! {
    /// What made a row of a listing (spec 3.0.1).
    FileAction {
        /// A finished file.
        Upload = "upload",
        /// A large file that is not finished.
        Start = "start",
        /// A hide marker.
        Hide = "hide",
        /// Names that share a beginning, in listings with a delimiter.
        Folder = "folder",
        /// Only in the answer of `b2_copy_file`; listings say `upload`.
        Copy = "copy",
        /// Seen in the reference SDK.
        Delete = "delete",
    }
}

/// One version of a file, a hide marker or an unfinished large file (spec 3.0.1).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "Row")]
#[non_exhaustive]
pub struct FileVersion {
    /// The account it belongs to.
    pub account_id: AccountId,
    /// What made it.
    pub action: FileAction,
    /// The bucket it is in.
    pub bucket_id: BucketId,
    /// Size in bytes; 0 for hide markers and unfinished large files.
    pub content_length: u64,
    /// MD5 as hex digits, where the service has it.
    pub content_md5: Option<String>,
    /// SHA-1, where the service has it.
    pub content_sha1: Option<ContentSha1>,
    /// MIME type.
    pub content_type: Option<String>,
    /// The version.
    pub file_id: FileId,
    /// The uploader's own data; keys are lower case.
    pub file_info: BTreeMap<String, String>,
    /// The file's name.
    pub file_name: String,
    /// Retention; `None` for hide markers, which cannot have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_retention: Option<Guarded<FileRetention>>,
    /// Legal hold; `None` for hide markers, which cannot have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub legal_hold: Option<Guarded<Option<LegalHold>>>,
    /// How far the replication is, when a rule covers the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replication_status: Option<ReplicationStatus>,
    /// How it is encrypted; `None` for hide markers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_side_encryption: Option<EncryptionInfo>,
    /// When the upload or the large file began, in milliseconds since the Unix epoch.
    #[serde(rename = "uploadTimestamp")]
    pub upload_timestamp_ms: u64,
}

impl FileVersion {
    /// A version with what every version has; the rest is empty.
    pub fn new(
        account_id: impl Into<AccountId>,
        bucket_id: impl Into<BucketId>,
        file_id: impl Into<FileId>,
        file_name: impl Into<String>,
        action: FileAction,
    ) -> Self {
        Self {
            account_id: account_id.into(),
            action,
            bucket_id: bucket_id.into(),
            content_length: 0,
            content_md5: None,
            content_sha1: None,
            content_type: None,
            file_id: file_id.into(),
            file_info: BTreeMap::new(),
            file_name: file_name.into(),
            file_retention: None,
            legal_hold: None,
            replication_status: None,
            server_side_encryption: None,
            upload_timestamp_ms: 0,
        }
    }

    /// Whether it hides the versions before it.
    pub fn is_hide_marker(&self) -> bool {
        self.action == FileAction::Hide
    }

    /// Whether its bytes can be read.
    pub fn is_finished(&self) -> bool {
        matches!(self.action, FileAction::Upload | FileAction::Copy)
    }

    /// The SHA-1 of the whole content: the service's own, or for large files what
    /// the uploader said (file info `large_file_sha1`).
    pub fn whole_sha1(&self) -> Option<Sha1> {
        let own = self.content_sha1.as_ref().and_then(ContentSha1::digest);
        own.or_else(|| Sha1::parse(self.file_info.get("large_file_sha1")?).ok())
    }

    /// Whether name and file info take more room in headers than files may have that are encrypted
    /// or in a bucket with file lock.
    pub fn has_large_headers(&self) -> bool {
        let mut size = HeaderSize::new(&self.file_name);
        for (key, value) in &self.file_info {
            size.add(key, value);
        }
        size.check(true).is_err()
    }
}

header_methods!(FileVersion);

/// Names that share a beginning up to a delimiter, as one row of a listing (spec 4.12).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[non_exhaustive]
pub struct Folder {
    /// The account it belongs to.
    pub account_id: AccountId,
    /// The bucket it is in.
    pub bucket_id: BucketId,
    /// The beginning of the names, with the delimiter at its end.
    pub name: String,
}

impl Folder {
    /// The row for `name`, which ends with the delimiter.
    pub fn new(
        account_id: impl Into<AccountId>,
        bucket_id: impl Into<BucketId>,
        name: impl Into<String>,
    ) -> Self {
        Self { account_id: account_id.into(), bucket_id: bucket_id.into(), name: name.into() }
    }
}

/// One row of a listing of files (spec 3.21, 3.22).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(from = "Row", into = "Row")]
pub enum ListEntry {
    /// A version of a file, a hide marker or an unfinished large file.
    File(FileVersion),
    /// Names that share a beginning.
    Folder(Folder),
}

impl ListEntry {
    /// The name of the file or folder.
    pub fn name(&self) -> &str {
        match self {
            Self::File(file) => &file.file_name,
            Self::Folder(folder) => &folder.name,
        }
    }

    /// The version, unless the row is a folder.
    pub const fn file(&self) -> Option<&FileVersion> {
        match self {
            Self::File(file) => Some(file),
            Self::Folder(_) => None,
        }
    }

    /// The version itself, unless the row is a folder.
    pub fn into_file(self) -> Option<FileVersion> {
        match self {
            Self::File(file) => Some(file),
            Self::Folder(_) => None,
        }
    }
}

mod row;
use row::Row;

#[cfg(test)]
mod tests;
