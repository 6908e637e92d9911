//! What is answered about files that are gone.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use super::id::{AccountId, BucketId, FileId};
use crate::error::Error;
use crate::op::from_json;
use crate::op::receipt::Receipt;

/// The answer of `b2_delete_file_version` (spec 3.8).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DeletedFileVersion {
    /// The version that is gone.
    pub file_id: FileId,
    /// The file's name.
    pub file_name: String,
}

impl DeletedFileVersion {
    /// The version that is gone.
    pub fn new(file_id: impl Into<FileId>, file_name: impl Into<String>) -> Self {
        Self { file_id: file_id.into(), file_name: file_name.into() }
    }
}

impl Receipt for DeletedFileVersion {
    fn read(body: &[u8]) -> Result<Self, Error> {
        from_json(body)
    }

    fn of_deleted(file_id: &str, file_name: &str) -> Option<Self> {
        Some(Self::new(file_id, file_name))
    }
}

/// The answer of `b2_cancel_large_file` (spec 3.2).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CancelledLargeFile {
    /// The large file that is gone.
    pub file_id: FileId,
    /// The account it belonged to.
    pub account_id: AccountId,
    /// The bucket it was in.
    pub bucket_id: BucketId,
    /// The file's name.
    pub file_name: String,
}

impl CancelledLargeFile {
    /// The large file that is gone.
    pub fn new(
        account_id: impl Into<AccountId>,
        bucket_id: impl Into<BucketId>,
        file_id: impl Into<FileId>,
        file_name: impl Into<String>,
    ) -> Self {
        Self {
            file_id: file_id.into(),
            account_id: account_id.into(),
            bucket_id: bucket_id.into(),
            file_name: file_name.into(),
        }
    }
}

impl Receipt for CancelledLargeFile {
    fn read(body: &[u8]) -> Result<Self, Error> {
        from_json(body)
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::{rewritten, round_trip};
    use super::*;

    #[test]
    fn both_answers() {
        let json = r#"{"fileId":"4_z1","fileName":"a.txt"}"#;
        let deleted: DeletedFileVersion = round_trip(json);
        assert_eq!(deleted, DeletedFileVersion::new("4_z1", "a.txt"));
        // One simulator of the service adds a field.
        let more = json.replace("{", r#"{"uploadTimestamp":1,"#);
        rewritten::<DeletedFileVersion>(&more, json);
        let cancelled: CancelledLargeFile =
            round_trip(r#"{"accountId":"a","bucketId":"b","fileId":"4_z2","fileName":"a.txt"}"#);
        assert_eq!(cancelled, CancelledLargeFile::new("a", "b", "4_z2", "a.txt"));
    }
}
