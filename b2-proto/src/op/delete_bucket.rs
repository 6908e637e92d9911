//! `b2_delete_bucket` (spec 3.7).

use serde::{Deserialize, Serialize};

use crate::error::{ApiCode, Error};
use crate::model::{AccountId, Bucket, BucketId};
use crate::op::json::{bind_account, from_json, json_body};
use crate::op::needs::Needs;
use crate::op::{CALL_TIMEOUT_MS, Class, Grant, Idempotency, Operation, Spec, check_id};
use crate::policy::retry::RetryClass;
use crate::wire::body::Body;
use crate::wire::reply::Reply;

/// Deletes a bucket that has no versions, hide markers and unfinished large files left.
///
/// Answers with the bucket as it was; with nothing when the answer was lost and the bucket is not
/// there any more.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DeleteBucket {
    /// The account; `None` for that of the login.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<AccountId>,
    /// The bucket.
    pub bucket_id: BucketId,
}

impl DeleteBucket {
    /// Deletes this bucket.
    pub fn new(bucket: impl Into<BucketId>) -> Self {
        Self { account_id: None, bucket_id: bucket.into() }
    }
}

json_body!(DeleteBucket);

impl Operation for DeleteBucket {
    type Output = Option<Bucket>;

    const SPEC: Spec = Spec {
        name: "b2_delete_bucket",
        capability: "deleteBuckets",
        class: Class::A,
        idempotency: Idempotency::Settles,
        retry: RetryClass::Call,
        timeout_ms: CALL_TIMEOUT_MS,
    };

    fn reply_len_max(&self) -> u32 {
        crate::op::BUCKET_REPLY_LEN_MAX
    }

    fn check(&self) -> Result<(), Error> {
        check_id("bucket", self.bucket_id.as_str())
    }

    fn bind(&mut self, grant: &Grant) {
        bind_account(&mut self.account_id, grant);
    }

    fn needs(&self) -> Needs<'_> {
        Needs::of(Self::SPEC.capability).in_bucket(self.bucket_id.as_str())
    }

    fn body(&self) -> Body<'_> {
        Body::Json(self)
    }

    fn parse(&self, reply: &Reply<'_>) -> Result<Option<Bucket>, Error> {
        from_json(reply.body).map(Some)
    }

    fn settled(&self, error: &Error) -> Option<Option<Bucket>> {
        (error.code == ApiCode::BadBucketId).then_some(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::op::testing::{answers, refuses, sends};

    #[test]
    fn request_and_answer() {
        let delete = DeleteBucket::new("8d62");
        sends(&delete, "b2_delete_bucket", r#"{"accountId":"ACCOUNT","bucketId":"8d62"}"#);
        let bucket = answers(
            &delete,
            r#"{"accountId":"a","bucketId":"8d62","bucketName":"n","bucketType":"allPublic",
                "revision":3}"#,
        );
        assert_eq!(bucket.map(|it| it.revision), Some(3));
        refuses(&DeleteBucket::new(""), "bucket ID");
    }
}
