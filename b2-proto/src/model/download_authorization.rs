//! Tokens for downloads by name.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use super::id::BucketId;
use crate::secret::Secret;

/// A token that downloads files of a private bucket whose names begin with a prefix (spec 3.15).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DownloadAuthorization {
    /// The bucket.
    pub bucket_id: BucketId,
    /// The beginning of the names; empty for all files.
    pub file_name_prefix: String,
    /// The token, for the `Authorization` header or query parameter.
    pub authorization_token: Secret,
}

impl DownloadAuthorization {
    /// The token for a bucket and prefix.
    pub fn new(
        bucket_id: impl Into<BucketId>,
        file_name_prefix: impl Into<String>,
        authorization_token: Secret,
    ) -> Self {
        Self {
            bucket_id: bucket_id.into(),
            file_name_prefix: file_name_prefix.into(),
            authorization_token,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::{rewritten, round_trip};
    use super::*;

    #[test]
    fn the_answer_of_the_call() {
        let json = r#"{"authorizationToken":"3_dnld","bucketId":"b","fileNamePrefix":"public"}"#;
        let read: DownloadAuthorization = round_trip(json);
        assert_eq!(read, DownloadAuthorization::new("b", "public", "3_dnld".into()));
        assert!(!std::format!("{read:?}").contains("dnld"));
        let newer = json.replace("{", r#"{"validUntil":1,"#);
        rewritten::<DownloadAuthorization>(&newer, json);
    }
}
