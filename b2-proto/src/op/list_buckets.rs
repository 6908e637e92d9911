//! `b2_list_buckets` (spec 3.20).

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::model::{AccountId, Bucket, BucketId, BucketType};
use crate::op::check::ensure;
use crate::op::json::{bind_account, from_json, json_body};
use crate::op::{CALL_TIMEOUT_MS, Class, Grant, Idempotency, Operation, Spec, check_id};
use crate::policy::retry::RetryClass;
use crate::wire::body::Body;
use crate::wire::reply::Reply;

/// Lists the buckets of the account, by name.
///
/// A key that is restricted to buckets must ask for one of them.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ListBuckets {
    /// The account; `None` for that of the login.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<AccountId>,
    /// Only this bucket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket_id: Option<BucketId>,
    /// Only the bucket with this name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket_name: Option<String>,
    /// Only buckets of these types; `None` for public and private ones and snapshots.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket_types: Option<Vec<BucketType>>,
}

impl ListBuckets {
    /// Only this bucket.
    #[must_use]
    pub fn id(mut self, bucket: impl Into<BucketId>) -> Self {
        self.bucket_id = Some(bucket.into());
        self
    }

    /// Only the bucket with this name.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.bucket_name = Some(name.into());
        self
    }

    /// Only buckets of these types.
    #[must_use]
    pub fn types(mut self, types: impl IntoIterator<Item = BucketType>) -> Self {
        self.bucket_types = Some(types.into_iter().collect());
        self
    }

    /// Buckets of every type, also of those this crate does not know.
    #[must_use]
    pub fn all_types(self) -> Self {
        self.types([BucketType::from(ALL)])
    }

    /// Whether no type of bucket is left out that other calls could name.
    pub(crate) fn is_of_all_types(&self) -> bool {
        let is_all = |types: &Vec<BucketType>| types.iter().any(|each| each.as_str() == ALL);
        self.bucket_types.as_ref().is_none_or(is_all)
    }
}

/// Stands for every type in a request.
const ALL: &str = "all";

/// The answer as it is in JSON.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BucketList {
    /// The buckets.
    pub buckets: Vec<Bucket>,
}

impl BucketList {
    /// An answer with these buckets.
    pub const fn new(buckets: Vec<Bucket>) -> Self {
        Self { buckets }
    }
}

json_body!(ListBuckets);

impl Operation for ListBuckets {
    type Output = Vec<Bucket>;

    const SPEC: Spec = Spec {
        name: "b2_list_buckets",
        capability: "listBuckets",
        class: Class::C,
        idempotency: Idempotency::Safe,
        retry: RetryClass::Call,
        timeout_ms: CALL_TIMEOUT_MS,
    };

    fn reply_len_max(&self) -> u32 {
        crate::op::REPLY_LEN_MAX
    }

    fn check(&self) -> Result<(), Error> {
        self.bucket_id.iter().try_for_each(|id| check_id("bucket", id.as_str()))?;
        let Some(types) = &self.bucket_types else { return Ok(()) };
        ensure(!types.is_empty(), "a listing of no type of buckets is of no use")?;
        let is_mixed = types.len() > 1 && types.iter().any(|each| each.as_str() == ALL);
        ensure(!is_mixed, "all types of buckets cannot be asked for beside others")
    }

    fn bind(&mut self, grant: &Grant) {
        bind_account(&mut self.account_id, grant);
    }

    fn body(&self) -> Body<'_> {
        Body::Json(self)
    }

    fn parse(&self, reply: &Reply<'_>) -> Result<Vec<Bucket>, Error> {
        from_json::<BucketList>(reply.body).map(|list| list.buckets)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::op::testing::{answers, refuses, sends};

    #[test]
    fn the_least_and_the_most() {
        sends(&ListBuckets::default(), "b2_list_buckets", r#"{"accountId":"ACCOUNT"}"#);
        let types = [BucketType::AllPrivate, BucketType::Snapshot];
        let one = ListBuckets::default().id("8d62").name("media-d2e6").types(types);
        sends(
            &one,
            "b2_list_buckets",
            r#"{"accountId":"ACCOUNT","bucketId":"8d62","bucketName":"media-d2e6",
                "bucketTypes":["allPrivate","snapshot"]}"#,
        );
        let all = ListBuckets::default().all_types();
        sends(&all, "b2_list_buckets", r#"{"accountId":"ACCOUNT","bucketTypes":["all"]}"#);
    }

    #[test]
    fn the_answer_is_a_list() {
        let buckets = answers(
            &ListBuckets::default(),
            r#"{"buckets":[{"accountId":"a","bucketId":"8d62","bucketName":"media-d2e6",
                "bucketType":"allPrivate"}]}"#,
        );
        assert_eq!(buckets, [Bucket::new("a", "8d62", "media-d2e6", BucketType::AllPrivate)]);
        assert!(answers(&ListBuckets::default(), r#"{"buckets":[]}"#).is_empty());
    }

    #[test]
    fn what_cannot_be_meant_is_not_sent() {
        refuses(&ListBuckets::default().types([]), "no type");
        refuses(&ListBuckets::default().types(["all".into(), BucketType::Shared]), "beside");
    }
}
