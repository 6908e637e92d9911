//! Whether a bucket is as a request wanted it.

use alloc::collections::BTreeMap;
use alloc::string::String;

use crate::model::{
    Bucket, BucketRetention, BucketType, CorsRule, EncryptionInfo, EncryptionSetting,
    LifecycleRule, ReplicationConfiguration,
};

/// What a request wanted of a bucket. What is `None` it left to the service.
#[derive(Default)]
pub(crate) struct Settings<'a> {
    pub(crate) bucket_type: Option<&'a BucketType>,
    pub(crate) info: Option<&'a BTreeMap<String, String>>,
    pub(crate) cors: Option<&'a [CorsRule]>,
    pub(crate) lifecycle: Option<&'a [LifecycleRule]>,
    pub(crate) file_lock: Option<bool>,
    pub(crate) retention: Option<&'a BucketRetention>,
    pub(crate) encryption: Option<&'a EncryptionSetting>,
    pub(crate) replication: Option<&'a ReplicationConfiguration>,
}

impl Settings<'_> {
    /// Whether `bucket` has them, as far as the key may see.
    pub(crate) fn are_of(&self, bucket: &Bucket) -> bool {
        let lock = bucket.file_lock_configuration.readable();
        let encryption = bucket.default_server_side_encryption.readable();
        let replication = bucket.replication_configuration.readable();
        self.bucket_type.is_none_or(|wanted| bucket.bucket_type == *wanted)
            && self.info.is_none_or(|wanted| bucket.bucket_info == *wanted)
            && self.cors.is_none_or(|wanted| bucket.cors_rules == wanted)
            && self.lifecycle.is_none_or(|wanted| bucket.lifecycle_rules == wanted)
            && both(self.file_lock, lock, |wanted, lock| lock.is_file_lock_enabled == wanted)
            && both(self.retention, lock, |wanted, lock| lock.default_retention == *wanted)
            && both(self.encryption, encryption, |wanted, shown| {
                EncryptionInfo::from(wanted) == *shown
            })
            && both(self.replication, replication, |wanted, shown| {
                shown.as_ref().unwrap_or(&ReplicationConfiguration::NONE) == wanted
            })
    }
}

/// Whether `is_same` holds, or there is nothing to compare.
fn both<A, B>(wanted: Option<A>, shown: Option<&B>, is_same: impl FnOnce(A, &B) -> bool) -> bool {
    match (wanted, shown) {
        (Some(wanted), Some(shown)) => is_same(wanted, shown),
        (None, _) | (_, None) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{FileLockConfiguration, Guarded};

    #[test]
    fn what_is_wanted_is_compared_as_far_as_it_shows() {
        let mut bucket = Bucket::new("a", "b", "n", BucketType::AllPrivate);
        let lock = Settings { file_lock: Some(true), ..Settings::default() };
        assert!(Settings::default().are_of(&bucket));
        assert!(lock.are_of(&bucket), "it is withheld");
        bucket.file_lock_configuration = Guarded::Readable(FileLockConfiguration::default());
        assert!(!lock.are_of(&bucket));
        let public = BucketType::AllPublic;
        assert!(!Settings { bucket_type: Some(&public), ..Settings::default() }.are_of(&bucket));
        let rules = [LifecycleRule::for_all_files()];
        assert!(!Settings { lifecycle: Some(&rules), ..Settings::default() }.are_of(&bucket));
        bucket.default_server_side_encryption = Guarded::Readable(EncryptionInfo::SSE_B2);
        let managed = Some(&EncryptionSetting::SseB2);
        assert!(Settings { encryption: managed, ..Settings::default() }.are_of(&bucket));
        let none = Some(&EncryptionSetting::None);
        assert!(!Settings { encryption: none, ..Settings::default() }.are_of(&bucket));
        let alone = Some(&ReplicationConfiguration::NONE);
        bucket.replication_configuration = Guarded::Readable(None);
        assert!(Settings { replication: alone, ..Settings::default() }.are_of(&bucket));
    }
}
