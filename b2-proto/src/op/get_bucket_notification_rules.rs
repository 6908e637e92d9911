//! `b2_get_bucket_notification_rules` (spec 3.13).

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::model::{BucketId, NotificationRule};
use crate::op::json::{from_json, json_body};
use crate::op::needs::Needs;
use crate::op::{CALL_TIMEOUT_MS, Class, Idempotency, Operation, Spec, check_id};
use crate::policy::retry::RetryClass;
use crate::wire::body::Body;
use crate::wire::reply::Reply;

/// Reads the rules that tell a web server what happens in a bucket.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct GetBucketNotificationRules {
    /// The bucket.
    pub bucket_id: BucketId,
}

impl GetBucketNotificationRules {
    /// Reads the rules of this bucket.
    pub fn new(bucket: impl Into<BucketId>) -> Self {
        Self { bucket_id: bucket.into() }
    }
}

/// The rules of a bucket, sorted by name.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct BucketNotificationRules {
    /// The bucket.
    pub bucket_id: BucketId,
    /// Its rules.
    pub event_notification_rules: Vec<NotificationRule>,
}

impl BucketNotificationRules {
    /// The rules of a bucket.
    pub fn new(bucket: impl Into<BucketId>, rules: Vec<NotificationRule>) -> Self {
        Self { bucket_id: bucket.into(), event_notification_rules: rules }
    }
}

json_body!(GetBucketNotificationRules);

impl Operation for GetBucketNotificationRules {
    type Output = BucketNotificationRules;

    const SPEC: Spec = Spec {
        name: "b2_get_bucket_notification_rules",
        capability: "readBucketNotifications",
        class: Class::C,
        idempotency: Idempotency::Safe,
        retry: RetryClass::Read,
        timeout_ms: CALL_TIMEOUT_MS,
    };

    fn reply_len_max(&self) -> u32 {
        crate::op::NOTIFICATIONS_REPLY_LEN_MAX
    }

    fn check(&self) -> Result<(), Error> {
        check_id("bucket", self.bucket_id.as_str())
    }

    fn needs(&self) -> Needs<'_> {
        Needs::of(Self::SPEC.capability).in_bucket(self.bucket_id.as_str())
    }

    fn body(&self) -> Body<'_> {
        Body::Json(self)
    }

    fn parse(&self, reply: &Reply<'_>) -> Result<BucketNotificationRules, Error> {
        from_json(reply.body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::op::testing::{answers, refuses, sends};

    #[test]
    fn request_and_answer() {
        let get = GetBucketNotificationRules::new("8d62");
        sends(&get, "b2_get_bucket_notification_rules", r#"{"bucketId":"8d62"}"#);
        let rules = answers(
            &get,
            r#"{"bucketId":"8d62","eventNotificationRules":[{"name":"new-photos",
                "eventTypes":["b2:ObjectCreated:*"],"objectNamePrefix":"","isEnabled":true,
                "isSuspended":false,"suspensionReason":"",
                "targetConfiguration":{"targetType":"webhook","url":"https://example.com",
                    "customHeaders":null,"hmacSha256SigningSecret":null}}]}"#,
        );
        assert_eq!(rules.event_notification_rules[0].is_suspended, Some(false));
        refuses(&GetBucketNotificationRules::new(""), "bucket ID");
    }
}
