//! What a notification delivers.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::id::{AccountId, BucketId, FileId};
use super::notification::EventType;
use super::nullable;

/// The body of one delivery (spec 4.11).
///
/// Deliveries come at least once and in no order. Check the signature header against the raw body
/// before trusting any of this.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EventBatch {
    /// What happened.
    pub events: Vec<Event>,
}

impl EventBatch {
    /// A delivery of `events`.
    pub const fn new(events: Vec<Event>) -> Self {
        Self { events }
    }
}

/// One thing that happened in a bucket (spec 4.11).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Event {
    /// The account of the bucket.
    pub account_id: AccountId,
    /// The bucket.
    pub bucket_id: BucketId,
    /// Its name.
    pub bucket_name: String,
    /// The same for every delivery of this event.
    pub event_id: String,
    /// When it happened, in milliseconds since the Unix epoch.
    #[serde(rename = "eventTimestamp")]
    pub event_timestamp_ms: u64,
    /// What happened.
    pub event_type: EventType,
    /// Version of this structure.
    #[serde(default, deserialize_with = "nullable::or_default")]
    pub event_version: u32,
    /// The rule that matched.
    pub matched_rule_name: String,
    /// The file's name; `None` in test events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_name: Option<String>,
    /// The file's size in bytes, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_size: Option<u64>,
    /// The version; `None` in test events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_version_id: Option<FileId>,
}

#[cfg(test)]
mod tests {
    use super::super::check::{rewritten, round_trip};
    use super::*;

    #[test]
    fn the_documents_example() {
        let batch: EventBatch = round_trip(
            r#"{ "events": [ {
                "accountId": "a", "bucketId": "b", "bucketName": "photos",
                "eventId": "e1", "eventTimestamp": 1764547200000,
                "eventType": "b2:ObjectCreated:Upload", "eventVersion": 1,
                "matchedRuleName": "new-photos",
                "objectName": "a/b.jpg", "objectSize": 10495842, "objectVersionId": "4_z" } ] }"#,
        );
        assert_eq!(batch.events[0].event_type, EventType::ObjectCreatedUpload);
    }

    #[test]
    fn test_events_have_no_object() {
        let json = r#"{"accountId":"a","bucketId":"b","bucketName":"n","eventId":"e",
            "eventTimestamp":1,"eventType":"b2:TestEvent","eventVersion":1,
            "matchedRuleName":"r"}"#;
        let event: Event = round_trip(json);
        assert_eq!(event.object_name, None);
        rewritten::<Event>(&json.replace("{", r#"{"objectSize":null,"weather":"fair","#), json);
    }
}
