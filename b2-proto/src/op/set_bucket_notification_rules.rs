//! `b2_set_bucket_notification_rules` (spec 3.14).

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::model::{BucketId, NotificationRule};
use crate::op::get_bucket_notification_rules::BucketNotificationRules;
use crate::op::json::{from_json, json_body};
use crate::op::needs::Needs;
use crate::op::{CALL_TIMEOUT_MS, Class, Idempotency, Operation, Spec, check_id, check_rules};
use crate::policy::retry::RetryClass;
use crate::wire::body::Body;
use crate::wire::reply::Reply;

/// Replaces all rules that tell a web server what happens in a bucket; none takes them away.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SetBucketNotificationRules {
    /// The bucket.
    pub bucket_id: BucketId,
    /// Its rules from now on.
    pub event_notification_rules: Vec<NotificationRule>,
}

impl SetBucketNotificationRules {
    /// Gives a bucket these rules. What only answers have is taken out of them.
    pub fn new(
        bucket: impl Into<BucketId>,
        rules: impl IntoIterator<Item = NotificationRule>,
    ) -> Self {
        Self {
            bucket_id: bucket.into(),
            event_notification_rules: rules
                .into_iter()
                .map(NotificationRule::without_state)
                .collect(),
        }
    }
}

json_body!(SetBucketNotificationRules);

impl Operation for SetBucketNotificationRules {
    type Output = BucketNotificationRules;

    const SPEC: Spec = Spec {
        name: "b2_set_bucket_notification_rules",
        capability: "writeBucketNotifications",
        class: Class::C,
        idempotency: Idempotency::Idempotent,
        retry: RetryClass::Call,
        timeout_ms: CALL_TIMEOUT_MS,
    };

    fn reply_len_max(&self) -> u32 {
        crate::op::NOTIFICATIONS_REPLY_LEN_MAX
    }

    fn check(&self) -> Result<(), Error> {
        check_id("bucket", self.bucket_id.as_str())?;
        check_rules::notification(&self.event_notification_rules)
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
    use crate::model::EventType;
    use crate::op::testing::{answers, refuses, sends};

    #[test]
    fn request_and_answer() {
        let mut rule = NotificationRule::new(
            "new-photos",
            [EventType::ObjectCreatedUpload, EventType::ObjectCreatedCopy],
            "https://example.com",
        );
        rule.is_suspended = Some(true);
        rule.suspension_reason = Some("no answer".into());
        let json = r#"{"bucketId":"8d62","eventNotificationRules":[{"name":"new-photos",
            "eventTypes":["b2:ObjectCreated:Upload","b2:ObjectCreated:Copy"],
            "objectNamePrefix":"","isEnabled":true,
            "targetConfiguration":{"targetType":"webhook","url":"https://example.com",
                "customHeaders":null,"hmacSha256SigningSecret":null}}]}"#;
        let set = SetBucketNotificationRules::new("8d62", [rule]);
        sends(&set, "b2_set_bucket_notification_rules", json);
        assert_eq!(answers(&set, json).event_notification_rules, set.event_notification_rules);
        let none = SetBucketNotificationRules::new("8d62", []);
        let json = r#"{"bucketId":"8d62","eventNotificationRules":[]}"#;
        sends(&none, "b2_set_bucket_notification_rules", json);
    }

    #[test]
    fn what_cannot_be_meant_is_not_sent() {
        let rule = NotificationRule::new("short", [EventType::ObjectCreated], "https://e");
        refuses(&SetBucketNotificationRules::new("8d62", [rule]), "name");
    }
}
