//! What a key may do.

use super::open::open_text;

open_text! {
    /// One thing a key may do (spec 2.5).
    ///
    /// The list is open: the service adds capabilities, and unknown ones can be copied from key to
    /// key.
    Capability {
        /// `b2_list_keys`.
        ListKeys = "listKeys",
        /// `b2_create_key`; equals full access to the account.
        WriteKeys = "writeKeys",
        /// `b2_delete_key`.
        DeleteKeys = "deleteKeys",
        /// `b2_list_buckets`.
        ListBuckets = "listBuckets",
        /// Listing of all bucket names through the S3 API; no native call.
        ListAllBucketNames = "listAllBucketNames",
        /// Bucket reads through the S3 API; no native call.
        ReadBuckets = "readBuckets",
        /// `b2_create_bucket` and `b2_update_bucket`.
        WriteBuckets = "writeBuckets",
        /// `b2_delete_bucket`.
        DeleteBuckets = "deleteBuckets",
        /// See a bucket's file lock configuration.
        ReadBucketRetentions = "readBucketRetentions",
        /// Enable file lock and set a bucket's default retention.
        WriteBucketRetentions = "writeBucketRetentions",
        /// See a bucket's default encryption.
        ReadBucketEncryption = "readBucketEncryption",
        /// Set a bucket's default encryption.
        WriteBucketEncryption = "writeBucketEncryption",
        /// See a bucket's replication configuration.
        ReadBucketReplications = "readBucketReplications",
        /// Set a bucket's replication configuration.
        WriteBucketReplications = "writeBucketReplications",
        /// `b2_get_bucket_notification_rules`.
        ReadBucketNotifications = "readBucketNotifications",
        /// `b2_set_bucket_notification_rules`.
        WriteBucketNotifications = "writeBucketNotifications",
        /// See a bucket's access logging; no native call known.
        ReadBucketLogging = "readBucketLogging",
        /// Set a bucket's access logging; no native call known.
        WriteBucketLogging = "writeBucketLogging",
        /// Effect unconfirmed.
        ReadBucketLifecycleRules = "readBucketLifecycleRules",
        /// Effect unconfirmed.
        WriteBucketLifecycleRules = "writeBucketLifecycleRules",
        /// All listings of files.
        ListFiles = "listFiles",
        /// Downloads, `b2_get_file_info`, and the source of copies from private buckets.
        ReadFiles = "readFiles",
        /// `b2_get_download_authorization`.
        ShareFiles = "shareFiles",
        /// Uploads, large files, copies and hiding.
        WriteFiles = "writeFiles",
        /// `b2_delete_file_version`.
        DeleteFiles = "deleteFiles",
        /// See legal holds of files.
        ReadFileLegalHolds = "readFileLegalHolds",
        /// Set legal holds of files.
        WriteFileLegalHolds = "writeFileLegalHolds",
        /// See retention of files.
        ReadFileRetentions = "readFileRetentions",
        /// Set retention of files.
        WriteFileRetentions = "writeFileRetentions",
        /// Override governance-mode retention.
        BypassGovernance = "bypassGovernance",
    }
}

impl Capability {
    /// Whether a key restricted to buckets can have it; `None` where the service's rule is not
    /// known (spec 2.5).
    pub const fn allowed_on_bucket_key(&self) -> Option<bool> {
        match self {
            Self::ListKeys
            | Self::WriteKeys
            | Self::DeleteKeys
            | Self::WriteBuckets
            | Self::DeleteBuckets => Some(false),
            Self::ListBuckets
            | Self::ListAllBucketNames
            | Self::ReadBuckets
            | Self::ReadBucketRetentions
            | Self::WriteBucketRetentions
            | Self::ReadBucketEncryption
            | Self::WriteBucketEncryption
            | Self::ReadBucketReplications
            | Self::WriteBucketReplications
            | Self::ReadBucketNotifications
            | Self::WriteBucketNotifications
            | Self::ListFiles
            | Self::ReadFiles
            | Self::ShareFiles
            | Self::WriteFiles
            | Self::DeleteFiles
            | Self::ReadFileLegalHolds
            | Self::WriteFileLegalHolds
            | Self::ReadFileRetentions
            | Self::WriteFileRetentions
            | Self::BypassGovernance => Some(true),
            Self::ReadBucketLogging
            | Self::WriteBucketLogging
            | Self::ReadBucketLifecycleRules
            | Self::WriteBucketLifecycleRules
            | Self::Other(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::super::check::round_trip;
    use super::*;

    #[test]
    fn unknown_capabilities_can_be_copied() {
        let list: Vec<Capability> = round_trip(r#"["listKeys","readMinds","bypassGovernance"]"#);
        assert_eq!(list[0], Capability::ListKeys);
        assert_eq!(list[1].as_str(), "readMinds");
        assert_eq!(list[1].allowed_on_bucket_key(), None);
        assert_eq!(list[2].allowed_on_bucket_key(), Some(true));
    }

    #[test]
    fn known_names_are_read_as_themselves() {
        for capability in Capability::KNOWN {
            assert_eq!(&Capability::from(capability.as_str()), capability);
        }
    }
}
