//! The records the service keeps: keys, buckets, versions, parts.
//!
//! They are what a durable store writes down, so each is plain data that survives a round trip
//! through JSON.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::caps::CapSet;

/// A run of bytes of one stored blob. Content is a list of these, so copies and joined parts share
/// bytes instead of repeating them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slice {
    /// The blob's number in the store.
    pub blob: u64,
    /// First byte within the blob.
    pub offset: u64,
    /// Number of bytes.
    pub len: u64,
}

/// The account and what its identifiers are derived from.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) id: String,
    /// Key of every token and identifier the service makes up.
    pub(crate) secret: u64,
    pub(crate) master_id: String,
}

/// An application key.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Key {
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) name: String,
    pub(crate) caps: CapSet,
    /// `None`: every bucket.
    pub(crate) bucket_ids: Option<Vec<String>>,
    pub(crate) name_prefix: Option<String>,
    pub(crate) expires_ms: Option<u64>,
}

impl Key {
    /// Whether only version 4 of the API can show this key.
    pub(crate) fn is_multi_bucket(&self) -> bool {
        self.bucket_ids.as_ref().is_some_and(|ids| ids.len() > 1)
    }
}

/// A bucket and its settings; rule lists are kept as they were sent, after their check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Bucket {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) info: BTreeMap<String, String>,
    pub(crate) cors: Value,
    pub(crate) lifecycle: Value,
    pub(crate) default_sse_b2: bool,
    pub(crate) lock_enabled: bool,
    pub(crate) default_retention: Option<RetentionPeriod>,
    pub(crate) replication: Value,
    pub(crate) notifications: Value,
    pub(crate) revision: u64,
}

impl Bucket {
    pub(crate) fn is_public(&self) -> bool {
        self.kind == "allPublic"
    }
}

/// How strictly a version is retained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RetentionMode {
    Governance,
    Compliance,
}

impl RetentionMode {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Governance => "governance",
            Self::Compliance => "compliance",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "governance" => Some(Self::Governance),
            "compliance" => Some(Self::Compliance),
            _ => None,
        }
    }
}

/// A bucket's default retention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RetentionPeriod {
    pub(crate) mode: RetentionMode,
    pub(crate) duration: u64,
    /// `days` or `years`, as it was sent.
    pub(crate) in_years: bool,
}

impl RetentionPeriod {
    pub(crate) fn days(self) -> u64 {
        if self.in_years { self.duration.saturating_mul(365) } else { self.duration }
    }
}

/// A version's retention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Retention {
    pub(crate) mode: RetentionMode,
    pub(crate) until_ms: u64,
}

/// How a version is encrypted. Of a customer's key only its MD5 is kept.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) enum Sse {
    #[default]
    None,
    B2,
    Customer {
        key_md5: String,
    },
}

/// What a version is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Action {
    Upload,
    Start,
    Hide,
}

/// One file version, hide marker or unfinished large file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Version {
    /// Unique in the service and growing: ties of the timestamp are broken by it.
    pub(crate) seq: u64,
    pub(crate) file_id: String,
    pub(crate) bucket_id: String,
    pub(crate) name: String,
    pub(crate) action: Action,
    /// Whole seconds, in milliseconds.
    pub(crate) uploaded_ms: u64,
    pub(crate) content_type: String,
    pub(crate) info: BTreeMap<String, String>,
    pub(crate) len: u64,
    /// As answers show it: 40 hex digits, `unverified:…` or `none`.
    pub(crate) sha1: String,
    pub(crate) md5: Option<String>,
    pub(crate) slices: Vec<Slice>,
    #[serde(default)]
    pub(crate) sse: Sse,
    pub(crate) retention: Option<Retention>,
    pub(crate) legal_hold: Option<bool>,
    pub(crate) replication: Option<String>,
    /// Parts of an unfinished large file.
    #[serde(default)]
    pub(crate) parts: BTreeMap<u32, Part>,
}

impl Version {
    /// Whether a lock keeps the version from being deleted, and whether bypassing could help.
    pub(crate) fn locked(&self, now_ms: u64) -> Option<Locked> {
        if self.legal_hold == Some(true) {
            return Some(Locked::Firmly);
        }
        let retention = self.retention.filter(|r| r.until_ms > now_ms)?;
        Some(match retention.mode {
            RetentionMode::Governance => Locked::Governance,
            RetentionMode::Compliance => Locked::Firmly,
        })
    }
}

/// Why a version cannot be deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Locked {
    /// Governance retention: a bypass helps.
    Governance,
    /// Compliance retention or legal hold: nothing helps.
    Firmly,
}

/// One stored part of an unfinished large file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Part {
    pub(crate) number: u32,
    pub(crate) len: u64,
    pub(crate) sha1: String,
    pub(crate) md5: Option<String>,
    pub(crate) uploaded_ms: u64,
    pub(crate) slices: Vec<Slice>,
}
