//! Copying of new versions to another bucket.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::id::{BucketId, KeyId};
use super::nullable;
use super::open::open_text;

open_text! {
    /// How far the replication of a version is (spec 4.8). Case is ignored when it is read.
    ReplicationStatus compared by str::eq_ignore_ascii_case {
        /// Not copied yet.
        Pending = "PENDING",
        /// Copied.
        Completed = "COMPLETED",
        /// Could not be copied.
        Failed = "FAILED",
        /// This version is the copy.
        Replica = "REPLICA",
    }
}

/// One rule of a source bucket (spec 4.8).
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ReplicationRule {
    /// Name, unique in the bucket.
    pub replication_rule_name: String,
    /// Where the copies go; the bucket must exist.
    pub destination_bucket_id: BucketId,
    /// The files the rule is for; empty for all.
    #[serde(default, deserialize_with = "nullable::or_default")]
    pub file_name_prefix: String,
    /// From 1 to 2³¹−1; the rule with the higher number wins. 0 if the service told none.
    #[serde(default, deserialize_with = "nullable::or_default")]
    pub priority: u32,
    /// Whether the rule works.
    #[serde(default, deserialize_with = "nullable::or_default")]
    pub is_enabled: bool,
    /// Whether versions from before the rule are copied too.
    #[serde(default, deserialize_with = "nullable::or_default")]
    pub include_existing_files: bool,
}

impl ReplicationRule {
    /// An enabled rule for new versions of all files, with priority 1.
    pub fn new(name: impl Into<String>, destination_bucket_id: impl Into<BucketId>) -> Self {
        Self {
            replication_rule_name: name.into(),
            destination_bucket_id: destination_bucket_id.into(),
            file_name_prefix: String::new(),
            priority: 1,
            is_enabled: true,
            include_existing_files: false,
        }
    }

    /// Only for files whose names begin with `prefix`.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.file_name_prefix = prefix.into();
        self
    }

    /// With another priority, from 1 to 2³¹−1.
    #[must_use]
    pub const fn priority(mut self, priority: u32) -> Self {
        self.priority = priority;
        self
    }

    /// Working or not.
    #[must_use]
    pub const fn enabled(mut self, enabled: bool) -> Self {
        self.is_enabled = enabled;
        self
    }

    /// Also for versions from before the rule.
    #[must_use]
    pub const fn include_existing_files(mut self, include: bool) -> Self {
        self.include_existing_files = include;
        self
    }
}

/// What a bucket sends to others (spec 4.8).
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ReplicationSource {
    /// The key that reads the source.
    pub source_application_key_id: KeyId,
    /// The rules, at most two.
    #[serde(default, deserialize_with = "nullable::or_default")]
    pub replication_rules: Vec<ReplicationRule>,
}

impl ReplicationSource {
    /// A source read with the key given.
    pub fn new(key_id: impl Into<KeyId>, rules: Vec<ReplicationRule>) -> Self {
        Self { source_application_key_id: key_id.into(), replication_rules: rules }
    }
}

/// What a bucket takes from others (spec 4.8).
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ReplicationDestination {
    /// For each source's key the key that writes here.
    #[serde(default, deserialize_with = "nullable::or_default")]
    pub source_to_destination_key_mapping: BTreeMap<KeyId, KeyId>,
}

impl ReplicationDestination {
    /// Also take what comes from `source` and write it with `destination`.
    #[must_use]
    pub fn map_key(mut self, source: impl Into<KeyId>, destination: impl Into<KeyId>) -> Self {
        self.source_to_destination_key_mapping.insert(source.into(), destination.into());
        self
    }
}

/// Both sides of a bucket's replication (spec 4.8); both `None` takes replication away.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ReplicationConfiguration {
    /// What the bucket sends.
    #[serde(default)]
    pub as_replication_source: Option<ReplicationSource>,
    /// What the bucket takes.
    #[serde(default)]
    pub as_replication_destination: Option<ReplicationDestination>,
}

impl ReplicationConfiguration {
    /// No replication; in a request it takes away the present one.
    pub const NONE: Self = Self { as_replication_source: None, as_replication_destination: None };

    /// The same that also sends.
    #[must_use]
    pub fn source(mut self, source: ReplicationSource) -> Self {
        self.as_replication_source = Some(source);
        self
    }

    /// The same that also takes.
    #[must_use]
    pub fn destination(mut self, destination: ReplicationDestination) -> Self {
        self.as_replication_destination = Some(destination);
        self
    }
}

#[cfg(test)]
mod tests {
    use std::vec;

    use super::super::Guarded;
    use super::super::check::{rewritten, round_trip};
    use super::*;

    #[test]
    fn the_documents_example() {
        let read: ReplicationConfiguration = round_trip(
            r#"{ "asReplicationSource": {
                   "sourceApplicationKeyId": "002a",
                   "replicationRules": [ {
                     "replicationRuleName": "to-east", "destinationBucketId": "8d62",
                     "fileNamePrefix": "", "priority": 1, "isEnabled": true,
                     "includeExistingFiles": false } ] },
                 "asReplicationDestination": {
                   "sourceToDestinationKeyMapping": { "002a": "002b" } } }"#,
        );
        let built = ReplicationConfiguration::NONE
            .source(ReplicationSource::new("002a", vec![ReplicationRule::new("to-east", "8d62")]))
            .destination(ReplicationDestination::default().map_key("002a", "002b"));
        assert_eq!(read, built);
    }

    #[test]
    fn builders_reach_every_field() {
        let rule: ReplicationRule = round_trip(
            r#"{"replicationRuleName":"r","destinationBucketId":"8d62","fileNamePrefix":"p/",
                "priority":2,"isEnabled":false,"includeExistingFiles":true}"#,
        );
        let built = ReplicationRule::new("r", "8d62")
            .prefix("p/")
            .priority(2)
            .enabled(false)
            .include_existing_files(true);
        assert_eq!(rule, built);
    }

    #[test]
    fn what_a_rule_leaves_out_is_not_an_error() {
        for more in ["", r#","priority":null,"isEnabled":null,"fileNamePrefix":null"#] {
            let json =
                std::format!(r#"{{"replicationRuleName":"r","destinationBucketId":"8d62"{more}}}"#);
            let rule: ReplicationRule = serde_json::from_str(&json).expect("readable");
            assert_eq!(rule, ReplicationRule::new("r", "8d62").priority(0).enabled(false));
        }
    }

    #[test]
    fn one_side_and_no_side() {
        let one: ReplicationConfiguration = rewritten(
            r#"{"asReplicationDestination":{"sourceToDestinationKeyMapping":{},"hue":1}}"#,
            r#"{"asReplicationSource":null,
                "asReplicationDestination":{"sourceToDestinationKeyMapping":{}}}"#,
        );
        assert_eq!(one.as_replication_source, None);
        let none: Guarded<Option<ReplicationConfiguration>> =
            round_trip(r#"{"isClientAuthorizedToRead":true,"value":null}"#);
        assert_eq!(none, Guarded::Readable(None));
    }

    #[test]
    fn status_is_read_in_any_case() {
        let status: ReplicationStatus = rewritten("\"completed\"", "\"COMPLETED\"");
        assert_eq!(status, ReplicationStatus::Completed);
        assert_eq!(round_trip::<ReplicationStatus>("\"PAUSED\"").as_str(), "PAUSED");
    }
}
