//! `b2_update_bucket` (spec 3.27).

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use serde::ser::SerializeStruct as _;
use serde::{Deserialize, Serialize, Serializer};

use crate::error::Error;
use crate::model::{
    AccountId, Bucket, BucketId, BucketRetention, BucketType, CorsRule, EncryptionSetting,
    LifecycleRule, ReplicationConfiguration,
};
use crate::op::check::{self, ensure};
use crate::op::json::{bind_account, from_json, json_body};
use crate::op::needs::Needs;
use crate::op::settle::buckets::Settings;
use crate::op::settle::{Conclusion, Facts, Lost, Question};
use crate::op::{
    CALL_TIMEOUT_MS, Class, Grant, Idempotency, ListBuckets, Operation, Spec, check_id, check_rules,
};
use crate::policy::retry::RetryClass;
use crate::wire::body::Body;
use crate::wire::reply::Reply;

/// Changes settings of a bucket; those that are `None` stay as they are.
///
/// Lists and maps are replaced as a whole, so read the bucket first and send its revision along.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UpdateBucket {
    /// The account; `None` for that of the login.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<AccountId>,
    /// The bucket.
    pub bucket_id: BucketId,
    /// `allPublic` or `allPrivate`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket_type: Option<BucketType>,
    /// The owner's own notes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket_info: Option<BTreeMap<String, String>>,
    /// Rules for browsers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cors_rules: Option<Vec<CorsRule>>,
    /// Rules that hide and delete by age.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifecycle_rules: Option<Vec<LifecycleRule>>,
    /// Retention of new versions; needs a bucket with file lock and `writeBucketRetentions`.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "retention_without_null"
    )]
    pub default_retention: Option<BucketRetention>,
    /// How new files are encrypted; needs `writeBucketEncryption`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_server_side_encryption: Option<EncryptionSetting>,
    /// Object Lock; can only be switched on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_lock_enabled: Option<bool>,
    /// Replication; needs `writeBucketReplications`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replication_configuration: Option<ReplicationConfiguration>,
    /// Changes the bucket only if this is its revision; else the service answers `conflict`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_revision_is: Option<u64>,
}

impl UpdateBucket {
    /// Changes nothing as yet.
    pub fn new(bucket: impl Into<BucketId>) -> Self {
        Self {
            account_id: None,
            bucket_id: bucket.into(),
            bucket_type: None,
            bucket_info: None,
            cors_rules: None,
            lifecycle_rules: None,
            default_retention: None,
            default_server_side_encryption: None,
            file_lock_enabled: None,
            replication_configuration: None,
            if_revision_is: None,
        }
    }

    /// Makes it public or private.
    #[must_use]
    pub fn bucket_type(mut self, bucket_type: BucketType) -> Self {
        self.bucket_type = Some(bucket_type);
        self
    }

    /// Replaces the owner's notes.
    #[must_use]
    pub fn info(mut self, info: BTreeMap<String, String>) -> Self {
        self.bucket_info = Some(info);
        self
    }

    /// Replaces the rules for browsers; none takes them away.
    #[must_use]
    pub fn cors_rules(mut self, rules: impl IntoIterator<Item = CorsRule>) -> Self {
        self.cors_rules = Some(rules.into_iter().collect());
        self
    }

    /// Replaces the rules that hide and delete by age; none takes them away.
    #[must_use]
    pub fn lifecycle_rules(mut self, rules: impl IntoIterator<Item = LifecycleRule>) -> Self {
        self.lifecycle_rules = Some(rules.into_iter().collect());
        self
    }

    /// Replaces the retention of new versions; [`BucketRetention::NONE`] takes it away.
    #[must_use]
    pub fn default_retention(mut self, retention: BucketRetention) -> Self {
        self.default_retention = Some(retention);
        self
    }

    /// Replaces the encryption of new files; [`EncryptionSetting::None`] takes it away.
    #[must_use]
    pub fn default_encryption(mut self, setting: EncryptionSetting) -> Self {
        self.default_server_side_encryption = Some(setting);
        self
    }

    /// Switches Object Lock on, for ever.
    #[must_use]
    pub const fn enable_file_lock(mut self) -> Self {
        self.file_lock_enabled = Some(true);
        self
    }

    /// Replaces replication; [`ReplicationConfiguration::NONE`] takes it away.
    #[must_use]
    pub fn replication(mut self, configuration: ReplicationConfiguration) -> Self {
        self.replication_configuration = Some(configuration);
        self
    }

    /// Only if nobody changed the bucket since it was read with this revision.
    #[must_use]
    pub const fn if_revision_is(mut self, revision: u64) -> Self {
        self.if_revision_is = Some(revision);
        self
    }

    const fn changes_something(&self) -> bool {
        self.bucket_type.is_some()
            || self.bucket_info.is_some()
            || self.cors_rules.is_some()
            || self.lifecycle_rules.is_some()
            || self.default_retention.is_some()
            || self.default_server_side_encryption.is_some()
            || self.file_lock_enabled.is_some()
            || self.replication_configuration.is_some()
    }
}

/// Requests clear the retention by a mode of `null` alone, while answers have both fields.
fn retention_without_null<S: Serializer>(
    retention: &Option<BucketRetention>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let Some(retention) = retention else { return serializer.serialize_none() };
    let mut object = serializer.serialize_struct("BucketRetention", 2)?;
    object.serialize_field("mode", &retention.mode)?;
    if let Some(period) = &retention.period {
        object.serialize_field("period", period)?;
    }
    object.end()
}

json_body!(UpdateBucket);

impl Operation for UpdateBucket {
    type Output = Bucket;

    const SPEC: Spec = Spec {
        name: "b2_update_bucket",
        capability: "writeBuckets",
        class: Class::C,
        // With a revision, a repeated request is refused because the first one took effect.
        idempotency: Idempotency::Settles,
        retry: RetryClass::Call,
        timeout_ms: CALL_TIMEOUT_MS,
    };

    fn reply_len_max(&self) -> u32 {
        crate::op::BUCKET_REPLY_LEN_MAX
    }

    fn check(&self) -> Result<(), Error> {
        check_id("bucket", self.bucket_id.as_str())?;
        ensure(self.changes_something(), "an update of a bucket must change something")?;
        check_rules::cors(self.cors_rules.as_deref().unwrap_or_default())?;
        check_rules::lifecycle(self.lifecycle_rules.as_deref().unwrap_or_default())?;
        self.default_retention.as_ref().map_or(Ok(()), check::bucket_retention)?;
        check::default_encryption(self.default_server_side_encryption.as_ref())?;
        self.replication_configuration.as_ref().map_or(Ok(()), check_rules::replication)
    }

    fn bind(&mut self, grant: &Grant) {
        bind_account(&mut self.account_id, grant);
    }

    fn needs(&self) -> Needs<'_> {
        let sets_lock = self.default_retention.is_some() || self.file_lock_enabled.is_some();
        Needs::of(Self::SPEC.capability)
            .with("writeBucketRetentions", sets_lock)
            .with("writeBucketEncryption", self.default_server_side_encryption.is_some())
            .with("writeBucketReplications", self.replication_configuration.is_some())
            .in_bucket(self.bucket_id.as_str())
    }

    fn body(&self) -> Body<'_> {
        Body::Json(self)
    }

    fn parse(&self, reply: &Reply<'_>) -> Result<Bucket, Error> {
        from_json(reply.body)
    }

    /// Without a revision the request does the same when it is repeated.
    fn question(&self) -> Option<Question> {
        self.if_revision_is?;
        Some(Question::Buckets(ListBuckets::default().id(self.bucket_id.clone()).all_types()))
    }

    /// The next revision with what was wanted is the request's.
    fn conclude(&self, facts: Option<Facts>, _lost: &mut Lost<'_>) -> Conclusion<Bucket> {
        let Some(Facts::Buckets(buckets)) = facts else { return Conclusion::Unclear };
        let settings = Settings {
            bucket_type: self.bucket_type.as_ref(),
            info: self.bucket_info.as_ref(),
            cors: self.cors_rules.as_deref(),
            lifecycle: self.lifecycle_rules.as_deref(),
            file_lock: self.file_lock_enabled,
            retention: self.default_retention.as_ref(),
            encryption: self.default_server_side_encryption.as_ref(),
            replication: self.replication_configuration.as_ref(),
        };
        let (mut buckets, before) = (buckets.into_iter(), self.if_revision_is.unwrap_or(0));
        match buckets.find(|bucket| bucket.bucket_id == self.bucket_id) {
            Some(bucket) if bucket.revision == before => Conclusion::NotDone,
            Some(bucket) if bucket.revision == before + 1 && settings.are_of(&bucket) => {
                Conclusion::Done(bucket)
            }
            // Somebody else has changed it, before or after. The next request tells.
            Some(_) | None => Conclusion::Unclear,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CustomerKey, RetentionPeriod};
    use crate::op::testing::{answers, refuses, sends};

    #[test]
    fn only_what_changes_is_sent() {
        sends(
            &UpdateBucket::new("8d62").bucket_type(BucketType::AllPublic).if_revision_is(7),
            "b2_update_bucket",
            r#"{"accountId":"ACCOUNT","bucketId":"8d62","bucketType":"allPublic",
                "ifRevisionIs":7}"#,
        );
        let update = UpdateBucket::new("8d62")
            .info(BTreeMap::from([("a".into(), "b".into())]))
            .lifecycle_rules([LifecycleRule::for_all_files().delete_after_days(1)])
            .default_retention(BucketRetention::governance(RetentionPeriod::days(7)))
            .default_encryption(EncryptionSetting::SseB2)
            .enable_file_lock();
        sends(
            &update,
            "b2_update_bucket",
            r#"{"accountId":"ACCOUNT","bucketId":"8d62","bucketInfo":{"a":"b"},
                "lifecycleRules":[{"fileNamePrefix":"","daysFromHidingToDeleting":1,
                    "daysFromUploadingToHiding":null}],
                "defaultRetention":{"mode":"governance","period":{"duration":7,"unit":"days"}},
                "defaultServerSideEncryption":{"mode":"SSE-B2","algorithm":"AES256"},
                "fileLockEnabled":true}"#,
        );
    }

    #[test]
    fn settings_can_be_taken_away() {
        let update = UpdateBucket::new("8d62")
            .info(BTreeMap::new())
            .cors_rules([])
            .lifecycle_rules([])
            .default_retention(BucketRetention::NONE)
            .default_encryption(EncryptionSetting::None)
            .replication(ReplicationConfiguration::NONE);
        sends(
            &update,
            "b2_update_bucket",
            r#"{"accountId":"ACCOUNT","bucketId":"8d62","bucketInfo":{},"corsRules":[],
                "lifecycleRules":[],"defaultRetention":{"mode":null},
                "defaultServerSideEncryption":{"mode":null},
                "replicationConfiguration":{"asReplicationSource":null,
                    "asReplicationDestination":null}}"#,
        );
    }

    #[test]
    fn the_answer_is_the_new_state() {
        let bucket = answers(
            &UpdateBucket::new("8d62").bucket_type(BucketType::AllPublic),
            r#"{"accountId":"a","bucketId":"8d62","bucketName":"media-d2e6",
                "bucketType":"allPublic","revision":8}"#,
        );
        assert_eq!((bucket.bucket_type, bucket.revision), (BucketType::AllPublic, 8));
    }

    #[test]
    fn what_cannot_be_meant_is_not_sent() {
        let update = || UpdateBucket::new("8d62");
        refuses(&update().if_revision_is(7), "change something");
        let key = EncryptionSetting::SseC(CustomerKey::new([0; 32]));
        refuses(&update().default_encryption(key), "SSE-C");
        refuses(&update().lifecycle_rules([LifecycleRule::for_all_files()]), "days");
        let forever = BucketRetention::compliance(RetentionPeriod::days(3_001));
        refuses(&update().default_retention(forever), "3,000");
    }
}
