//! Application keys.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::capability::Capability;
use super::id::{AccountId, BucketId, KeyId};
use super::nullable;
use crate::secret::Secret;

/// An application key without its secret (spec 3.0.3).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", from = "Wire")]
#[non_exhaustive]
pub struct Key {
    /// The account it belongs to.
    pub account_id: AccountId,
    /// The key.
    pub application_key_id: KeyId,
    /// Its name; need not be unique.
    pub key_name: String,
    /// What it may do.
    pub capabilities: Vec<Capability>,
    /// The buckets it is restricted to; `None` for all buckets.
    pub bucket_ids: Option<Vec<BucketId>>,
    /// The beginning of the file names it is restricted to; `None` for all names.
    pub name_prefix: Option<String>,
    /// When it expires, in milliseconds since the Unix epoch; `None` for never.
    #[serde(rename = "expirationTimestamp")]
    pub expiration_timestamp_ms: Option<u64>,
    /// Has `s3` when the key can be used with the S3 API.
    pub options: Vec<String>,
}

impl Key {
    /// A key without restrictions that can do nothing yet.
    pub fn new(
        account_id: impl Into<AccountId>,
        application_key_id: impl Into<KeyId>,
        key_name: impl Into<String>,
    ) -> Self {
        Self {
            account_id: account_id.into(),
            application_key_id: application_key_id.into(),
            key_name: key_name.into(),
            capabilities: Vec::new(),
            bucket_ids: None,
            name_prefix: None,
            expiration_timestamp_ms: None,
            options: Vec::new(),
        }
    }
}

/// A key with its secret, which only the answer of `b2_create_key` shows (spec 3.6).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "Wire")]
#[non_exhaustive]
pub struct CreatedKey {
    /// The secret; cannot be read again later.
    pub application_key: Secret,
    /// The key.
    #[serde(flatten)]
    pub key: Key,
}

impl CreatedKey {
    /// A key and its secret.
    pub const fn new(key: Key, application_key: Secret) -> Self {
        Self { application_key, key }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    account_id: AccountId,
    application_key_id: KeyId,
    #[serde(default)]
    application_key: Option<Secret>,
    key_name: String,
    #[serde(default, deserialize_with = "nullable::or_default")]
    capabilities: Vec<Capability>,
    #[serde(default)]
    bucket_ids: Option<Vec<BucketId>>,
    /// Versions 1 to 3: the only bucket.
    #[serde(default)]
    bucket_id: Option<BucketId>,
    #[serde(default)]
    name_prefix: Option<String>,
    #[serde(default)]
    expiration_timestamp: Option<u64>,
    #[serde(default, deserialize_with = "nullable::or_default")]
    options: Vec<String>,
}

impl From<Wire> for Key {
    fn from(wire: Wire) -> Self {
        Self {
            account_id: wire.account_id,
            application_key_id: wire.application_key_id,
            key_name: wire.key_name,
            capabilities: wire.capabilities,
            bucket_ids: wire.bucket_ids.or_else(|| wire.bucket_id.map(|id| Vec::from([id]))),
            name_prefix: wire.name_prefix,
            expiration_timestamp_ms: wire.expiration_timestamp,
            options: wire.options,
        }
    }
}

impl TryFrom<Wire> for CreatedKey {
    type Error = &'static str;

    fn try_from(mut wire: Wire) -> Result<Self, Self::Error> {
        let application_key = wire.application_key.take().ok_or("missing applicationKey")?;
        Ok(Self { application_key, key: wire.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::{rewritten, round_trip};
    use super::*;

    const KEY: &str = r#"{"accountId":"d2e6b27577ea",
        "applicationKeyId":"002d2e6b27577ea000000000c","bucketIds":["8d625eb63be2775577c70e1a"],
        "capabilities":["listFiles","readFiles"],"expirationTimestamp":1764547200000,
        "keyName":"reader","namePrefix":null,"options":["s3"]}"#;

    #[test]
    fn a_listed_key() {
        let key: Key = round_trip(KEY);
        assert_eq!(key.expiration_timestamp_ms, Some(1_764_547_200_000));
        assert_eq!(key.capabilities, [Capability::ListFiles, Capability::ReadFiles]);
    }

    #[test]
    fn a_created_key_shows_its_secret_in_json_only() {
        let json = KEY.replace("{", r#"{"applicationKey":"K0029r3hpMfUhncpS7uLYuIkg3FCMlo","#);
        let created: CreatedKey = round_trip(&json);
        assert_eq!(created.application_key.expose(), "K0029r3hpMfUhncpS7uLYuIkg3FCMlo");
        assert!(!std::format!("{created:?}").contains("K0029"));
        assert!(serde_json::from_str::<CreatedKey>(KEY).is_err());
    }

    #[test]
    fn old_and_new_shapes() {
        let old = KEY.replace(
            r#""bucketIds":["8d625eb63be2775577c70e1a"]"#,
            r#""bucketId":"8d625eb63be2775577c70e1a","mood":"grumpy""#,
        );
        rewritten::<Key>(&old, KEY);
        let least: Key = rewritten(
            r#"{"accountId":"a","applicationKeyId":"k","keyName":"n"}"#,
            r#"{"accountId":"a","applicationKeyId":"k","keyName":"n","capabilities":[],
                "bucketIds":null,"namePrefix":null,"expirationTimestamp":null,"options":[]}"#,
        );
        assert_eq!(least, Key::new("a", "k", "n"));
    }
}
