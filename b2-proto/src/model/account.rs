//! What a login answers.

use alloc::string::String;
use alloc::vec::Vec;

use serde::ser::SerializeStruct as _;
use serde::{Deserialize, Serialize, Serializer};

use super::capability::Capability;
use super::id::{AccountId, BucketId};
use super::nullable;
use crate::limits;
use crate::secret::Secret;

/// The answer of `b2_authorize_account` (spec 3.1).
///
/// Reads the shapes of all API versions; writes that of version 4.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "wire::Account")]
#[non_exhaustive]
pub struct AccountAuthorization {
    /// The account; not always what the key's id looks like.
    pub account_id: AccountId,
    /// The token for all other calls, good for at most 24 hours.
    pub authorization_token: Secret,
    /// When the key expires, in milliseconds since the Unix epoch; `None` for never.
    pub application_key_expiration_timestamp_ms: Option<u64>,
    /// Where and how the key can use B2.
    pub storage_api: StorageApi,
    /// Present for accounts with the Groups feature.
    pub groups_api: Option<GroupsApi>,
}

impl AccountAuthorization {
    /// The answer for a key that does not expire, in an account without groups.
    pub const fn new(account_id: AccountId, token: Secret, storage_api: StorageApi) -> Self {
        Self {
            account_id,
            authorization_token: token,
            application_key_expiration_timestamp_ms: None,
            storage_api,
            groups_api: None,
        }
    }
}

/// Base URLs, part sizes and what the key may do (spec 3.1).
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct StorageApi {
    /// The smallest size of a part that is not the last, in bytes.
    pub absolute_minimum_part_size: u64,
    /// The size of parts that works best, in bytes.
    pub recommended_part_size: u64,
    /// Base URL of all calls but downloads.
    pub api_url: String,
    /// Base URL of downloads.
    pub download_url: String,
    /// Base URL of the S3 API; empty where the service does not tell it.
    pub s3_api_url: String,
    /// What the key may do.
    pub allowed: Allowed,
}

impl StorageApi {
    /// The same URL for everything, the service's part sizes of today, and what is allowed.
    pub fn new(url: impl Into<String>, allowed: Allowed) -> Self {
        let url = url.into();
        Self {
            absolute_minimum_part_size: limits::PART_LEN_MIN,
            recommended_part_size: limits::PART_LEN_RECOMMENDED,
            api_url: url.clone(),
            download_url: url.clone(),
            s3_api_url: url,
            allowed,
        }
    }
}

/// What a key may do (spec 2.3, 3.1).
///
/// Reads the shapes of all API versions; writes that of version 4.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", from = "wire::Restrictions")]
#[non_exhaustive]
pub struct Allowed {
    /// The buckets the key is restricted to; `None` for all buckets.
    pub buckets: Option<Vec<AllowedBucket>>,
    /// What it may do there.
    pub capabilities: Vec<Capability>,
    /// The beginning of the file names the key is restricted to; `None` for all names.
    pub name_prefix: Option<String>,
}

impl Allowed {
    /// The capabilities given, in all buckets.
    pub const fn everywhere(capabilities: Vec<Capability>) -> Self {
        Self { buckets: None, capabilities, name_prefix: None }
    }

    /// Whether the key has `capability`.
    pub fn permits(&self, capability: &Capability) -> bool {
        self.capabilities.contains(capability)
    }

    /// Whether the key may be used with the bucket.
    pub fn permits_bucket(&self, id: &BucketId) -> bool {
        self.buckets.as_ref().is_none_or(|list| list.iter().any(|bucket| bucket.id == *id))
    }
}

/// One bucket a key is restricted to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AllowedBucket {
    /// The bucket.
    pub id: BucketId,
    /// Its name; `None` when the bucket is gone.
    #[serde(default)]
    pub name: Option<String>,
}

impl AllowedBucket {
    /// The bucket with its name.
    pub fn new(id: impl Into<BucketId>, name: Option<String>) -> Self {
        Self { id: id.into(), name }
    }
}

/// Where the Groups API is (spec 3.1). The API itself is outside this crate.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct GroupsApi {
    /// Its base URL.
    #[serde(default)]
    pub groups_api_url: Option<String>,
    /// What the key may do there.
    #[serde(default, deserialize_with = "nullable::or_default")]
    pub capabilities: Vec<String>,
}

impl Serialize for AccountAuthorization {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct ApiInfo<'a> {
            storage_api: &'a StorageApi,
            #[serde(skip_serializing_if = "Option::is_none")]
            groups_api: Option<&'a GroupsApi>,
        }
        let api_info =
            ApiInfo { storage_api: &self.storage_api, groups_api: self.groups_api.as_ref() };
        let mut object = serializer.serialize_struct("AccountAuthorization", 4)?;
        object.serialize_field("accountId", &self.account_id)?;
        object.serialize_field("authorizationToken", &self.authorization_token)?;
        object.serialize_field(
            "applicationKeyExpirationTimestamp",
            &self.application_key_expiration_timestamp_ms,
        )?;
        object.serialize_field("apiInfo", &api_info)?;
        object.end()
    }
}

/// The union of the shapes of all API versions.
mod wire {
    use super::{
        AccountAuthorization, AccountId, Allowed, AllowedBucket, BucketId, Capability, Deserialize,
        GroupsApi, Secret, StorageApi, String, Vec, nullable,
    };

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct Account {
        account_id: AccountId,
        authorization_token: Secret,
        #[serde(default)]
        application_key_expiration_timestamp: Option<u64>,
        #[serde(default)]
        api_info: Option<ApiInfo>,
        /// Versions 1 and 2 have the fields here.
        #[serde(flatten)]
        flat: Storage,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct ApiInfo {
        #[serde(default)]
        storage_api: Option<Storage>,
        #[serde(default)]
        groups_api: Option<GroupsApi>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Storage {
        #[serde(default)]
        absolute_minimum_part_size: Option<u64>,
        #[serde(default)]
        recommended_part_size: Option<u64>,
        /// Version 1: the recommended size under its first name.
        #[serde(default)]
        minimum_part_size: Option<u64>,
        #[serde(default)]
        api_url: Option<String>,
        #[serde(default)]
        download_url: Option<String>,
        #[serde(default)]
        s3_api_url: Option<String>,
        #[serde(default)]
        allowed: Option<Allowed>,
        /// Version 3 has the restrictions here.
        #[serde(flatten)]
        flat: Restrictions,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct Restrictions {
        #[serde(default)]
        buckets: Option<Vec<AllowedBucket>>,
        #[serde(default)]
        bucket_id: Option<BucketId>,
        #[serde(default)]
        bucket_name: Option<String>,
        #[serde(default, deserialize_with = "nullable::or_default")]
        capabilities: Vec<Capability>,
        #[serde(default)]
        name_prefix: Option<String>,
    }

    impl TryFrom<Account> for AccountAuthorization {
        type Error = &'static str;

        fn try_from(wire: Account) -> Result<Self, Self::Error> {
            let (storage, groups_api) = match wire.api_info {
                Some(info) => {
                    (info.storage_api.ok_or("the account has no storageApi")?, info.groups_api)
                }
                None => (wire.flat, None),
            };
            Ok(Self {
                account_id: wire.account_id,
                authorization_token: wire.authorization_token,
                application_key_expiration_timestamp_ms: wire.application_key_expiration_timestamp,
                storage_api: storage.try_into()?,
                groups_api,
            })
        }
    }

    impl TryFrom<Storage> for StorageApi {
        type Error = &'static str;

        fn try_from(wire: Storage) -> Result<Self, Self::Error> {
            let recommended = wire
                .recommended_part_size
                .or(wire.minimum_part_size)
                .ok_or("missing recommendedPartSize")?;
            Ok(Self {
                absolute_minimum_part_size: wire.absolute_minimum_part_size.unwrap_or(recommended),
                recommended_part_size: recommended,
                api_url: wire.api_url.ok_or("missing apiUrl")?,
                download_url: wire.download_url.ok_or("missing downloadUrl")?,
                s3_api_url: wire.s3_api_url.unwrap_or_default(),
                allowed: wire.allowed.unwrap_or_else(|| wire.flat.into()),
            })
        }
    }

    impl From<Restrictions> for Allowed {
        fn from(wire: Restrictions) -> Self {
            let one =
                wire.bucket_id.map(|id| Vec::from([AllowedBucket { id, name: wire.bucket_name }]));
            Self {
                buckets: wire.buckets.or(one),
                capabilities: wire.capabilities,
                name_prefix: wire.name_prefix,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::{rewritten, round_trip};
    use super::*;

    const V4: &str = r#"{
      "accountId": "d2e6b27577ea",
      "authorizationToken": "4_002d2e6b_acct_x",
      "applicationKeyExpirationTimestamp": null,
      "apiInfo": {
        "storageApi": {
          "absoluteMinimumPartSize": 5000000,
          "recommendedPartSize": 100000000,
          "apiUrl": "https://api002.backblazeb2.com",
          "downloadUrl": "https://f002.backblazeb2.com",
          "s3ApiUrl": "https://s3.us-west-002.backblazeb2.com",
          "allowed": {
            "buckets": [ { "id": "8d625eb63be2775577c70e1a", "name": "media" } ],
            "capabilities": [ "listBuckets", "listFiles", "readFiles" ],
            "namePrefix": null
          }
        }
      }
    }"#;

    #[test]
    fn version_4_is_read_and_written() {
        let account: AccountAuthorization = round_trip(V4);
        assert_eq!(account.account_id, "d2e6b27577ea");
        let allowed = &account.storage_api.allowed;
        assert!(allowed.permits(&Capability::ReadFiles));
        assert!(!allowed.permits(&Capability::WriteFiles));
        assert!(allowed.permits_bucket(&"8d625eb63be2775577c70e1a".into()));
        assert!(!allowed.permits_bucket(&"8d62".into()));
        assert!(!std::format!("{account:?}").contains("acct"));
    }

    #[test]
    fn groups_and_expiry_and_the_unknown() {
        let groups = r#""groupsApi": { "groupsApiUrl": "https://api002.backblazeb2.com",
            "capabilities": [ "all" ] },"#;
        let json = V4
            .replace(r#""storageApi""#, &std::format!(r#"{groups} "storageApi""#))
            .replace(r#"Timestamp": null"#, r#"Timestamp": 1764547200000"#);
        let account: AccountAuthorization = round_trip(&json);
        assert_eq!(account.application_key_expiration_timestamp_ms, Some(1_764_547_200_000));
        assert!(account.groups_api.is_some());
        let newer = json
            .replace(r#""namePrefix""#, r#""fileTypes": [], "namePrefix""#)
            .replace(r#""accountId""#, r#""tier": {"x": 1}, "accountId""#);
        rewritten::<AccountAuthorization>(&newer, &json);
    }

    #[test]
    fn older_versions_mean_the_same() {
        let restrictions = r#""bucketId": "8d625eb63be2775577c70e1a", "bucketName": "media",
            "capabilities": [ "listBuckets", "listFiles", "readFiles" ], "namePrefix": null"#;
        let common = r#""absoluteMinimumPartSize": 5000000, "recommendedPartSize": 100000000,
            "apiUrl": "https://api002.backblazeb2.com",
            "downloadUrl": "https://f002.backblazeb2.com",
            "s3ApiUrl": "https://s3.us-west-002.backblazeb2.com""#;
        let login = r#""accountId": "d2e6b27577ea", "authorizationToken": "4_002d2e6b_acct_x""#;
        let v3 = std::format!(
            r#"{{ {login}, "apiInfo": {{ "storageApi": {{ "infoType": "storageApi",
                {common}, {restrictions} }} }} }}"#
        );
        let v2 = std::format!(r#"{{ {login}, {common}, "allowed": {{ {restrictions} }} }}"#);
        let v1 = v2.replace("recommendedPartSize", "minimumPartSize");
        for json in [v3, v2, v1] {
            rewritten::<AccountAuthorization>(&json, V4);
        }
    }

    #[test]
    fn an_account_without_b2_is_an_error() {
        let json = r#"{"accountId":"a","authorizationToken":"t","apiInfo":{"groupsApi":{}}}"#;
        let error = serde_json::from_str::<AccountAuthorization>(json).expect_err("no storageApi");
        assert!(std::format!("{error}").contains("storageApi"));
    }

    #[test]
    fn a_key_for_all_buckets() {
        let url = "http://127.0.0.1:1";
        let allowed = Allowed::everywhere(Capability::KNOWN.to_vec());
        let account =
            AccountAuthorization::new("a".into(), "t".into(), StorageApi::new(url, allowed));
        let json = serde_json::to_string(&account).expect("json");
        assert!(json.contains(r#""buckets":null"#), "{json}");
        assert_eq!(round_trip::<AccountAuthorization>(&json), account);
        assert!(account.storage_api.allowed.permits_bucket(&"any".into()));
    }
}
