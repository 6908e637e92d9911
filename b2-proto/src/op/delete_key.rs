//! `b2_delete_key` (spec 3.9).

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::limits;
use crate::model::{Key, KeyId};
use crate::op::json::{from_json, json_body};
use crate::op::settle::{Conclusion, Facts, Lost, Question};
use crate::op::{CALL_TIMEOUT_MS, Class, Idempotency, ListKeys, Operation, Spec, check_id};
use crate::policy::retry::RetryClass;
use crate::wire::body::Body;
use crate::wire::reply::Reply;

/// Deletes an application key; its tokens stop working too.
///
/// Answers with the key as it was; with nothing when the answer was lost and the key is not there
/// any more.
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
    type Output = Option<Key>;

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

    fn parse(&self, reply: &Reply<'_>) -> Result<Option<Key>, Error> {
        from_json(reply.body).map(Some)
    }

    const ASKS_FIRST: bool = false;

    /// The code of the refusal says nothing, and that a key is gone must not be guessed.
    fn question(&self) -> Option<Question> {
        Some(Question::Keys(ListKeys::new().page_len(limits::KEYS_PAGE_LEN_MAX)))
    }

    fn conclude(&self, facts: Option<Facts>, _lost: &mut Lost<'_>) -> Conclusion<Option<Key>> {
        let Some(Facts::Keys(page)) = facts else { return Conclusion::Unclear };
        if page.keys.iter().any(|key| key.application_key_id == self.application_key_id) {
            return Conclusion::NotDone;
        }
        match page.next_application_key_id {
            Some(_) => Conclusion::Unclear,
            None => Conclusion::Done(None),
        }
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
        assert_eq!(key.map(|it| it.key_name).as_deref(), Some("old"));
        refuses(&DeleteKey::new("a key"), "key ID");
    }
}
