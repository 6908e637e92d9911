//! `b2_delete_key` (spec 3.9).

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::model::{Key, KeyId};
use crate::op::json::{from_json, json_body};
use crate::op::{CALL_TIMEOUT_MS, Class, Idempotency, Operation, Spec, check_id};
use crate::policy::retry::RetryClass;
use crate::wire::body::Body;
use crate::wire::reply::Reply;

/// Deletes an application key; its tokens stop working too. Answers with the key as it was.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DeleteKey {
    /// The key.
    pub application_key_id: KeyId,
}

impl DeleteKey {
    /// Deletes this key.
    pub fn new(key: impl Into<KeyId>) -> Self {
        Self { application_key_id: key.into() }
    }
}

json_body!(DeleteKey);

impl Operation for DeleteKey {
    type Output = Key;

    const SPEC: Spec = Spec {
        name: "b2_delete_key",
        capability: "deleteKeys",
        class: Class::A,
        idempotency: Idempotency::Settles,
        retry: RetryClass::Call,
        timeout_ms: CALL_TIMEOUT_MS,
    };

    fn check(&self) -> Result<(), Error> {
        check_id("key", self.application_key_id.as_str())
    }

    fn body(&self) -> Body<'_> {
        Body::Json(self)
    }

    fn parse(&self, reply: &Reply<'_>) -> Result<Key, Error> {
        from_json(reply.body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::op::testing::{answers, refuses, sends};

    #[test]
    fn request_and_answer() {
        let delete = DeleteKey::new("002a");
        sends(&delete, "b2_delete_key", r#"{"applicationKeyId":"002a"}"#);
        let key = answers(
            &delete,
            r#"{"accountId":"a","applicationKeyId":"002a","capabilities":["listKeys"],
                "keyName":"old","bucketIds":null,"namePrefix":null,"options":["s3"],
                "expirationTimestamp":null}"#,
        );
        assert_eq!(key.key_name, "old");
        refuses(&DeleteKey::new("a key"), "key ID");
    }
}
