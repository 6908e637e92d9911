//! `b2_create_bucket` (spec 3.5).

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::model::{
    AccountId, Bucket, BucketType, CorsRule, EncryptionSetting, LifecycleRule,
    ReplicationConfiguration,
};
use crate::op::json::{bind_account, from_json, json_body};
use crate::op::needs::Needs;
use crate::op::settle::buckets::Settings;
use crate::op::settle::{Conclusion, Facts, Lost, Question};
use crate::op::{
    CALL_TIMEOUT_MS, Class, Grant, Idempotency, ListBuckets, Operation, Spec, check, check_rules,
};
use crate::policy::retry::RetryClass;
use crate::wire::body::Body;
use crate::wire::reply::Reply;

/// Makes a bucket. Not possible with a key that is restricted to buckets.
///
/// ```
/// use b2_proto::model::{BucketType, LifecycleRule};
/// use b2_proto::op::{CreateBucket, Operation as _};
///
/// let create = CreateBucket::new("holiday-2026", BucketType::AllPrivate)
///     .lifecycle_rule(LifecycleRule::for_all_files().delete_after_days(30));
/// assert!(create.check().is_ok());
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CreateBucket {
    /// The account; `None` for that of the login.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<AccountId>,
    /// Its name, 6 to 63 letters, digits and hyphens, unique among all accounts.
    pub bucket_name: String,
    /// `allPublic` or `allPrivate`.
    pub bucket_type: BucketType,
    /// The owner's own notes; `Cache-Control` in here is a default for downloads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket_info: Option<BTreeMap<String, String>>,
    /// Rules for browsers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cors_rules: Option<Vec<CorsRule>>,
    /// Rules that hide and delete by age.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifecycle_rules: Option<Vec<LifecycleRule>>,
    /// Object Lock; needs `writeBucketRetentions`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_lock_enabled: Option<bool>,
    /// How new files are encrypted; needs `writeBucketEncryption`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_server_side_encryption: Option<EncryptionSetting>,
    /// Replication; needs `writeBucketReplications`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replication_configuration: Option<ReplicationConfiguration>,
}

impl CreateBucket {
    /// A bucket without settings.
    pub fn new(name: impl Into<String>, bucket_type: BucketType) -> Self {
        Self {
            account_id: None,
            bucket_name: name.into(),
            bucket_type,
            bucket_info: None,
            cors_rules: None,
            lifecycle_rules: None,
            file_lock_enabled: None,
            default_server_side_encryption: None,
            replication_configuration: None,
        }
    }

    /// With a note of the owner's.
    #[must_use]
    pub fn info(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.bucket_info.get_or_insert_default().insert(key.into(), value.into());
        self
    }

    /// With one more rule for browsers.
    #[must_use]
    pub fn cors_rule(mut self, rule: CorsRule) -> Self {
        self.cors_rules.get_or_insert_default().push(rule);
        self
    }

    /// With one more rule that hides and deletes by age.
    #[must_use]
    pub fn lifecycle_rule(mut self, rule: LifecycleRule) -> Self {
        self.lifecycle_rules.get_or_insert_default().push(rule);
        self
    }

    /// With Object Lock, which cannot be switched off again.
    #[must_use]
    pub const fn file_lock(mut self) -> Self {
        self.file_lock_enabled = Some(true);
        self
    }

    /// New files are encrypted in this way.
    #[must_use]
    pub fn default_encryption(mut self, setting: EncryptionSetting) -> Self {
        self.default_server_side_encryption = Some(setting);
        self
    }

    /// With replication.
    #[must_use]
    pub fn replication(mut self, configuration: ReplicationConfiguration) -> Self {
        self.replication_configuration = Some(configuration);
        self
    }
}

json_body!(CreateBucket);

impl Operation for CreateBucket {
    type Output = Bucket;

    const SPEC: Spec = Spec {
        name: "b2_create_bucket",
        capability: "writeBuckets",
        class: Class::C,
        idempotency: Idempotency::Settles,
        retry: RetryClass::Call,
        timeout_ms: CALL_TIMEOUT_MS,
    };

    fn reply_len_max(&self) -> u32 {
        crate::op::BUCKET_REPLY_LEN_MAX
    }

    fn check(&self) -> Result<(), Error> {
        check::bucket_name(&self.bucket_name)?;
        check_rules::cors(self.cors_rules.as_deref().unwrap_or_default())?;
        check_rules::lifecycle(self.lifecycle_rules.as_deref().unwrap_or_default())?;
        check::default_encryption(self.default_server_side_encryption.as_ref())?;
        self.replication_configuration.as_ref().map_or(Ok(()), check_rules::replication)
    }

    fn bind(&mut self, grant: &Grant) {
        bind_account(&mut self.account_id, grant);
    }

    fn needs(&self) -> Needs<'_> {
        Needs::of(Self::SPEC.capability)
            .with("writeBucketRetentions", self.file_lock_enabled == Some(true))
            .with("writeBucketEncryption", self.default_server_side_encryption.is_some())
            .with("writeBucketReplications", self.replication_configuration.is_some())
    }

    fn body(&self) -> Body<'_> {
        Body::Json(self)
    }

    fn parse(&self, reply: &Reply<'_>) -> Result<Bucket, Error> {
        from_json(reply.body)
    }

    /// Whether the account has a bucket of this name: of somebody else's nothing shows.
    fn question(&self) -> Option<Question> {
        Some(Question::Buckets(ListBuckets::default().name(self.bucket_name.clone()).all_types()))
    }

    /// A bucket that is just as wanted is the one. If there is another of the account's, or of
    /// somebody else, the next request is answered `duplicate_bucket_name`.
    fn conclude(&self, facts: Option<Facts>, _lost: &mut Lost<'_>) -> Conclusion<Bucket> {
        let Some(Facts::Buckets(buckets)) = facts else { return Conclusion::Unclear };
        let nothing = BTreeMap::new();
        let settings = Settings {
            bucket_type: Some(&self.bucket_type),
            info: Some(self.bucket_info.as_ref().unwrap_or(&nothing)),
            cors: Some(self.cors_rules.as_deref().unwrap_or_default()),
            lifecycle: Some(self.lifecycle_rules.as_deref().unwrap_or_default()),
            file_lock: Some(self.file_lock_enabled.unwrap_or(false)),
            retention: None,
            encryption: self.default_server_side_encryption.as_ref(),
            replication: self.replication_configuration.as_ref(),
        };
        let is_it =
            |bucket: &Bucket| bucket.bucket_name == self.bucket_name && settings.are_of(bucket);
        match buckets.into_iter().find(is_it) {
            Some(bucket) => Conclusion::Done(bucket),
            None => Conclusion::NotDone,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CorsOperation, CustomerKey};
    use crate::op::testing::{answers, refuses, sends};

    #[test]
    fn the_least_and_the_most() {
        sends(
            &CreateBucket::new("media-d2e6", BucketType::AllPrivate),
            "b2_create_bucket",
            r#"{"accountId":"ACCOUNT","bucketName":"media-d2e6","bucketType":"allPrivate"}"#,
        );
        let cors = CorsRule::new("everybody")
            .allow_origin("*")
            .allow_operation(CorsOperation::DownloadFileByName)
            .max_age_seconds(60);
        let create = CreateBucket::new("media-d2e6", BucketType::AllPublic)
            .info("Cache-Control", "max-age=60")
            .cors_rule(cors)
            .lifecycle_rule(LifecycleRule::for_prefix("logs/").hide_after_days(30))
            .file_lock()
            .default_encryption(EncryptionSetting::SseB2)
            .replication(ReplicationConfiguration::NONE);
        sends(
            &create,
            "b2_create_bucket",
            r#"{"accountId":"ACCOUNT","bucketName":"media-d2e6","bucketType":"allPublic",
                "bucketInfo":{"Cache-Control":"max-age=60"},
                "corsRules":[{"corsRuleName":"everybody","allowedOrigins":["*"],
                    "allowedOperations":["b2_download_file_by_name"],"allowedHeaders":null,
                    "exposeHeaders":null,"maxAgeSeconds":60}],
                "lifecycleRules":[{"fileNamePrefix":"logs/","daysFromUploadingToHiding":30,
                    "daysFromHidingToDeleting":null}],
                "fileLockEnabled":true,
                "defaultServerSideEncryption":{"mode":"SSE-B2","algorithm":"AES256"},
                "replicationConfiguration":{"asReplicationSource":null,
                    "asReplicationDestination":null}}"#,
        );
    }

    #[test]
    fn the_answer_is_a_bucket() {
        let bucket = answers(
            &CreateBucket::new("media-d2e6", BucketType::AllPrivate),
            r#"{"accountId":"a","bucketId":"8d62","bucketInfo":{},"bucketName":"media-d2e6",
                "bucketType":"allPrivate","corsRules":[],"lifecycleRules":[],"revision":2}"#,
        );
        assert_eq!((bucket.bucket_id, bucket.revision), ("8d62".into(), 2));
    }

    #[test]
    fn what_cannot_be_meant_is_not_sent() {
        let create = |name: &str| CreateBucket::new(name, BucketType::AllPrivate);
        refuses(&create("short"), "");
        refuses(&create("b2-reserved"), "");
        let fine = create("media-d2e6");
        let key = EncryptionSetting::SseC(CustomerKey::new([0; 32]));
        refuses(&fine.clone().default_encryption(key), "SSE-C");
        refuses(&fine.clone().lifecycle_rule(LifecycleRule::for_all_files()), "days");
        refuses(&fine.cors_rule(CorsRule::new("everybody")), "origin");
    }
}
