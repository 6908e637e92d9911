//! Rules that tell a web server what happens in a bucket.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::nullable;
use super::open::open_text;
use crate::secret::Secret;

open_text! {
    /// What can happen in a bucket (spec 4.11).
    EventType {
        /// Everything that makes a file.
        ObjectCreated = "b2:ObjectCreated:*",
        /// A file was uploaded in one piece.
        ObjectCreatedUpload = "b2:ObjectCreated:Upload",
        /// A large file was finished.
        ObjectCreatedMultipartUpload = "b2:ObjectCreated:MultipartUpload",
        /// A file was copied by the service.
        ObjectCreatedCopy = "b2:ObjectCreated:Copy",
        /// A replica was written here.
        ObjectCreatedReplica = "b2:ObjectCreated:Replica",
        /// A replica of a large file was written here.
        ObjectCreatedMultipartReplica = "b2:ObjectCreated:MultipartReplica",
        /// Everything that deletes a version.
        ObjectDeleted = "b2:ObjectDeleted:*",
        /// Somebody deleted a version.
        ObjectDeletedDelete = "b2:ObjectDeleted:Delete",
        /// A lifecycle rule deleted a version.
        ObjectDeletedLifecycleRule = "b2:ObjectDeleted:LifecycleRule",
        /// Everything that hides a file.
        HideMarkerCreated = "b2:HideMarkerCreated:*",
        /// Somebody hid a file.
        HideMarkerCreatedHide = "b2:HideMarkerCreated:Hide",
        /// A lifecycle rule hid a file.
        HideMarkerCreatedLifecycleRule = "b2:HideMarkerCreated:LifecycleRule",
        /// Everything that starts an upload in parts.
        MultipartUploadCreated = "b2:MultipartUploadCreated:*",
        /// An upload that can be read while it goes on was started through the S3 API.
        MultipartUploadCreatedLiveRead = "b2:MultipartUploadCreated:LiveRead",
        /// The test button of the console; cannot be subscribed to.
        TestEvent = "b2:TestEvent",
    }
}

open_text! {
    /// What kind of receiver a rule has.
    TargetType {
        /// A web server.
        Webhook = "webhook",
    }
}

/// A header sent with every delivery. Its value may be a password and is not shown.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CustomHeader {
    /// Name; not beginning with `X-Bz-`.
    pub name: String,
    /// Value.
    pub value: Secret,
}

impl CustomHeader {
    /// A header.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: Secret::new(value) }
    }
}

/// Where events are sent (spec 4.11).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct NotificationTarget {
    /// What kind of receiver it is.
    pub target_type: TargetType,
    /// Its URL, https only; empty where a receiver of another kind has none.
    pub url: String,
    /// Signs deliveries, 32 letters and digits; `None` for unsigned ones.
    #[serde(default)]
    pub hmac_sha256_signing_secret: Option<Secret>,
    /// Sent with every delivery, at most 10.
    #[serde(default)]
    pub custom_headers: Option<Vec<CustomHeader>>,
}

/// Which events in a bucket are sent where (spec 4.11).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", from = "Wire")]
#[non_exhaustive]
pub struct NotificationRule {
    /// Name, 6 to 63 letters, digits and hyphens, unique in the bucket.
    pub name: String,
    /// What is sent; no entry may cover another.
    pub event_types: Vec<EventType>,
    /// The files the rule is for; empty for all.
    pub object_name_prefix: String,
    /// Whether the rule works.
    pub is_enabled: bool,
    /// Where events are sent.
    pub target_configuration: NotificationTarget,
    /// How many events one delivery may have, 1 to 50; `None` for the service's default of 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_events_per_batch: Option<u32>,
    /// Whether the service gave up on the receiver; answers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_suspended: Option<bool>,
    /// Why it did; answers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspension_reason: Option<String>,
}

impl NotificationRule {
    /// An enabled rule for all files that sends the events given to `url`, unsigned.
    pub fn new(
        name: impl Into<String>,
        event_types: impl IntoIterator<Item = EventType>,
        url: impl Into<String>,
    ) -> Self {
        Self {
            name: name.into(),
            event_types: event_types.into_iter().collect(),
            object_name_prefix: String::new(),
            is_enabled: true,
            target_configuration: NotificationTarget {
                target_type: TargetType::Webhook,
                url: url.into(),
                hmac_sha256_signing_secret: None,
                custom_headers: None,
            },
            max_events_per_batch: None,
            is_suspended: None,
            suspension_reason: None,
        }
    }

    /// Only for files whose names begin with `prefix`.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.object_name_prefix = prefix.into();
        self
    }

    /// Working or not.
    #[must_use]
    pub const fn enabled(mut self, enabled: bool) -> Self {
        self.is_enabled = enabled;
        self
    }

    /// Sign deliveries with `secret`, 32 letters and digits.
    #[must_use]
    pub fn signed_with(mut self, secret: impl Into<String>) -> Self {
        self.target_configuration.hmac_sha256_signing_secret = Some(Secret::new(secret));
        self
    }

    /// Also send a header with every delivery.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let headers = self.target_configuration.custom_headers.get_or_insert_default();
        headers.push(CustomHeader::new(name, value));
        self
    }

    /// Up to `count` events in one delivery, 1 to 50.
    #[must_use]
    pub const fn max_events_per_batch(mut self, count: u32) -> Self {
        self.max_events_per_batch = Some(count);
        self
    }

    /// The rule as it may be sent back: without what only answers have.
    #[must_use]
    pub fn without_state(mut self) -> Self {
        self.is_suspended = None;
        self.suspension_reason = None;
        self
    }
}

/// Sources differ on where the batch size stands: in the rule or in the target.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    name: String,
    #[serde(default, deserialize_with = "nullable::or_default")]
    event_types: Vec<EventType>,
    #[serde(default, deserialize_with = "nullable::or_default")]
    object_name_prefix: String,
    #[serde(default, deserialize_with = "nullable::or_default")]
    is_enabled: bool,
    target_configuration: TargetWire,
    #[serde(default)]
    max_events_per_batch: Option<u32>,
    #[serde(default)]
    is_suspended: Option<bool>,
    #[serde(default)]
    suspension_reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TargetWire {
    target_type: TargetType,
    #[serde(default, deserialize_with = "nullable::or_default")]
    url: String,
    #[serde(default)]
    hmac_sha256_signing_secret: Option<Secret>,
    #[serde(default)]
    custom_headers: Option<Vec<CustomHeader>>,
    #[serde(default)]
    max_events_per_batch: Option<u32>,
}

impl From<Wire> for NotificationRule {
    fn from(wire: Wire) -> Self {
        let target = wire.target_configuration;
        Self {
            name: wire.name,
            event_types: wire.event_types,
            object_name_prefix: wire.object_name_prefix,
            is_enabled: wire.is_enabled,
            target_configuration: NotificationTarget {
                target_type: target.target_type,
                url: target.url,
                hmac_sha256_signing_secret: target.hmac_sha256_signing_secret,
                custom_headers: target.custom_headers,
            },
            max_events_per_batch: wire.max_events_per_batch.or(target.max_events_per_batch),
            is_suspended: wire.is_suspended,
            suspension_reason: wire.suspension_reason,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::{rewritten, round_trip};
    use super::*;

    const RULE: &str = r#"{"name":"new-photos","eventTypes":["b2:ObjectCreated:*"],
        "objectNamePrefix":"photos/","isEnabled":true,"maxEventsPerBatch":10,
        "targetConfiguration":{"targetType":"webhook","url":"https://example.com/hook",
            "hmacSha256SigningSecret":"rrzaVL6BqYt83s2Q5R2I79AilaxVBJUS",
            "customHeaders":[{"name":"X-Password","value":"sesame"}]}}"#;

    #[test]
    fn builders_add_up_to_the_rule() {
        let url = "https://example.com/hook";
        let rule: NotificationRule = round_trip(RULE);
        let built = NotificationRule::new("new-photos", [EventType::ObjectCreated], url)
            .prefix("photos/")
            .signed_with("rrzaVL6BqYt83s2Q5R2I79AilaxVBJUS")
            .header("X-Password", "sesame")
            .max_events_per_batch(10);
        assert_eq!(rule, built);
        let shown = std::format!("{rule:?}");
        assert!(!shown.contains("rrza") && !shown.contains("sesame"), "{shown}");
    }

    #[test]
    fn answers_have_nulls_and_state() {
        let rule: NotificationRule = round_trip(
            r#"{"name":"n","eventTypes":["b2:ObjectMelted:*"],"objectNamePrefix":"",
                "isEnabled":false,"isSuspended":true,"suspensionReason":"no answer",
                "targetConfiguration":{"targetType":"pager","url":"https://e",
                    "hmacSha256SigningSecret":null,"customHeaders":null}}"#,
        );
        assert_eq!(rule.event_types, [EventType::from("b2:ObjectMelted:*")]);
        let sent = serde_json::to_string(&rule.without_state()).expect("json");
        assert!(!sent.contains("usp"), "{sent}");
    }

    #[test]
    fn receivers_of_other_kinds_may_have_no_url() {
        for target in [
            r#"{"targetType":"queue","queueName":"q"}"#,
            r#"{"targetType":"queue","url":null,"customHeaders":[]}"#,
        ] {
            let json = std::format!(r#"{{"name":"n","targetConfiguration":{target}}}"#);
            let rule: NotificationRule = serde_json::from_str(&json).expect("readable");
            let target = rule.target_configuration;
            assert_eq!((target.target_type.as_str(), target.url.as_str()), ("queue", ""));
        }
    }

    #[test]
    fn the_batch_size_is_read_from_either_place() {
        let moved = RULE
            .replace(r#""maxEventsPerBatch":10,"#, "")
            .replace(r#""targetType""#, r#""maxEventsPerBatch":10,"colour":"red","targetType""#);
        rewritten::<NotificationRule>(&moved, RULE);
    }
}
