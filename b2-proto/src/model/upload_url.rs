//! Places to upload to.

use serde::{Deserialize, Serialize};

use super::id::{BucketId, FileId};
use crate::secret::Secret;

/// Where a file of a bucket can be uploaded (spec 3.18).
///
/// Good for 24 hours or until an upload fails, for one upload at a time. The URL is kept secret
/// as it lets anybody who also has the token write to the bucket.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UploadUrl {
    /// The bucket.
    pub bucket_id: BucketId,
    /// Where to send the file, exactly as it is.
    pub upload_url: Secret,
    /// The token for this URL alone.
    pub authorization_token: Secret,
}

impl UploadUrl {
    /// A URL and its token.
    pub fn new(bucket_id: impl Into<BucketId>, url: Secret, token: Secret) -> Self {
        Self { bucket_id: bucket_id.into(), upload_url: url, authorization_token: token }
    }
}

/// Where a part of a large file can be uploaded (spec 3.17); as [`UploadUrl`] otherwise.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UploadPartUrl {
    /// The large file.
    pub file_id: FileId,
    /// Where to send the part, exactly as it is.
    pub upload_url: Secret,
    /// The token for this URL alone.
    pub authorization_token: Secret,
}

impl UploadPartUrl {
    /// A URL and its token.
    pub fn new(file_id: impl Into<FileId>, url: Secret, token: Secret) -> Self {
        Self { file_id: file_id.into(), upload_url: url, authorization_token: token }
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::{rewritten, round_trip};
    use super::*;

    #[test]
    fn both_answers_hide_url_and_token() {
        let json = r#"{"bucketId":"b","uploadUrl":"https://pod/x","authorizationToken":"4_upld"}"#;
        let file: UploadUrl = round_trip(json);
        assert_eq!(file, UploadUrl::new("b", "https://pod/x".into(), "4_upld".into()));
        let part: UploadPartUrl = round_trip(&json.replace("bucketId", "fileId"));
        assert_eq!(part, UploadPartUrl::new("b", "https://pod/x".into(), "4_upld".into()));
        let shown = std::format!("{file:?}{part:?}");
        assert!(!shown.contains("pod") && !shown.contains("upld"), "{shown}");
        rewritten::<UploadUrl>(&json.replace("{", r#"{"pod":7,"#), json);
    }
}
