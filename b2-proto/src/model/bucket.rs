//! Buckets.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::cors::CorsRule;
use super::encryption::EncryptionInfo;
use super::guarded::Guarded;
use super::id::{AccountId, BucketId};
use super::lifecycle::LifecycleRule;
use super::nullable;
use super::open::open_text;
use super::replication::ReplicationConfiguration;
use super::retention::FileLockConfiguration;

open_text! {
    /// Who may read a bucket's files (spec 3.0.2).
    BucketType {
        /// Anybody.
        AllPublic = "allPublic",
        /// Holders of a key or a download authorization.
        AllPrivate = "allPrivate",
        /// A snapshot the service made; cannot be changed.
        Snapshot = "snapshot",
        /// Seen in answers only.
        Restricted = "restricted",
        /// Seen in answers only.
        Shared = "shared",
    }
}

/// A bucket and its settings (spec 3.0.2).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Bucket {
    /// The account it belongs to.
    pub account_id: AccountId,
    /// The bucket.
    pub bucket_id: BucketId,
    /// Its name, unique among all accounts.
    pub bucket_name: String,
    /// Who may read its files.
    pub bucket_type: BucketType,
    /// The owner's own notes; `Cache-Control` in here is a default for downloads.
    #[serde(default, deserialize_with = "nullable::or_default")]
    pub bucket_info: BTreeMap<String, String>,
    /// Rules for browsers.
    #[serde(default, deserialize_with = "nullable::or_default")]
    pub cors_rules: Vec<CorsRule>,
    /// Rules that hide and delete by age.
    #[serde(default, deserialize_with = "nullable::or_default")]
    pub lifecycle_rules: Vec<LifecycleRule>,
    /// How new files are encrypted; read with `readBucketEncryption`.
    #[serde(default)]
    pub default_server_side_encryption: Guarded<EncryptionInfo>,
    /// Object Lock; read with `readBucketRetentions`.
    #[serde(default)]
    pub file_lock_configuration: Guarded<FileLockConfiguration>,
    /// Replication, `None` inside when there is none; read with `readBucketReplications`.
    #[serde(default)]
    pub replication_configuration: Guarded<Option<ReplicationConfiguration>>,
    /// Has `s3` when the bucket can be used through the S3 API.
    #[serde(default, deserialize_with = "nullable::or_default")]
    pub options: Vec<String>,
    /// Grows with every change of the bucket's settings.
    #[serde(default, deserialize_with = "nullable::or_default")]
    pub revision: u64,
}

impl Bucket {
    /// A bucket without settings.
    pub fn new(
        account_id: impl Into<AccountId>,
        bucket_id: impl Into<BucketId>,
        bucket_name: impl Into<String>,
        bucket_type: BucketType,
    ) -> Self {
        Self {
            account_id: account_id.into(),
            bucket_id: bucket_id.into(),
            bucket_name: bucket_name.into(),
            bucket_type,
            bucket_info: BTreeMap::new(),
            cors_rules: Vec::new(),
            lifecycle_rules: Vec::new(),
            default_server_side_encryption: Guarded::Withheld,
            file_lock_configuration: Guarded::Withheld,
            replication_configuration: Guarded::Withheld,
            options: Vec::new(),
            revision: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::{rewritten, round_trip};
    use super::*;

    #[test]
    fn a_new_bucket_as_recorded() {
        let bucket: Bucket = round_trip(
            r#"{"accountId":"d2e6b27577ea","bucketId":"8d625eb63be2775577c70e1a",
                "bucketInfo":{"Cache-Control":"max-age=60"},"bucketName":"media-d2e6",
                "bucketType":"allPrivate","corsRules":[],
                "defaultServerSideEncryption":{"isClientAuthorizedToRead":true,
                    "value":{"algorithm":null,"mode":null}},
                "fileLockConfiguration":{"isClientAuthorizedToRead":true,
                    "value":{"defaultRetention":{"mode":null,"period":null},
                             "isFileLockEnabled":false}},
                "lifecycleRules":[{"daysFromHidingToDeleting":1,"daysFromUploadingToHiding":null,
                                   "fileNamePrefix":""}],
                "options":["s3"],
                "replicationConfiguration":{"isClientAuthorizedToRead":true,"value":null},
                "revision":2}"#,
        );
        assert_eq!(bucket.bucket_type, BucketType::AllPrivate);
        assert_eq!(bucket.replication_configuration, Guarded::Readable(None));
        assert_eq!(bucket.lifecycle_rules, [LifecycleRule::for_all_files().delete_after_days(1)]);
    }

    #[test]
    fn little_is_needed_and_more_is_accepted() {
        let withheld = r#"{"isClientAuthorizedToRead":false,"value":null}"#;
        let bucket: Bucket = rewritten(
            r#"{"accountId":"a","bucketId":"b","bucketName":"n","bucketType":"frozen",
                "corsRules":null,"temperature":-18}"#,
            &std::format!(
                r#"{{"accountId":"a","bucketId":"b","bucketName":"n","bucketType":"frozen",
                    "bucketInfo":{{}},"corsRules":[],"lifecycleRules":[],"options":[],
                    "defaultServerSideEncryption":{withheld},"fileLockConfiguration":{withheld},
                    "replicationConfiguration":{withheld},"revision":0}}"#
            ),
        );
        assert_eq!(bucket, Bucket::new("a", "b", "n", "frozen".into()));
    }
}
