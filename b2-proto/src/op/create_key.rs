//! `b2_create_key` (spec 3.6).

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind};
use crate::limits;
use crate::model::{AccountId, BucketId, Capability, CreatedKey, Key};
use crate::op::check::{ensure, invalid};
use crate::op::json::{bind_account, from_json, json_body};
use crate::op::settle::{Conclusion, Facts, Lost, Question};
use crate::op::{CALL_TIMEOUT_MS, Class, Grant, Idempotency, ListKeys, Operation, Spec, check_id};
use crate::policy::retry::RetryClass;
use crate::wire::body::Body;
use crate::wire::reply::Reply;

/// Makes an application key. The answer is the only place that shows its secret.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CreateKey {
    /// The account; `None` for that of the login.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<AccountId>,
    /// What the key may do; at least one thing.
    pub capabilities: Vec<Capability>,
    /// Its name, 1 to 100 letters, digits and hyphens; need not be unique.
    pub key_name: String,
    /// How long it works, in seconds, less than 1,000 days; `None` for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_duration_in_seconds: Option<u32>,
    /// The buckets it is restricted to; `None` for all buckets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket_ids: Option<Vec<BucketId>>,
    /// The beginning of the file names it is restricted to; `None` for all names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_prefix: Option<String>,
}

impl CreateKey {
    /// A key without restrictions that does not expire.
    pub fn new(
        name: impl Into<String>,
        capabilities: impl IntoIterator<Item = Capability>,
    ) -> Self {
        Self {
            account_id: None,
            capabilities: capabilities.into_iter().collect(),
            key_name: name.into(),
            valid_duration_in_seconds: None,
            bucket_ids: None,
            name_prefix: None,
        }
    }

    /// Works for `seconds` only.
    #[must_use]
    pub const fn valid_for_seconds(mut self, seconds: u32) -> Self {
        self.valid_duration_in_seconds = Some(seconds);
        self
    }

    /// Restricted to this bucket, and to those given before.
    #[must_use]
    pub fn bucket(mut self, bucket: impl Into<BucketId>) -> Self {
        self.bucket_ids.get_or_insert_default().push(bucket.into());
        self
    }

    /// Restricted to files whose names begin with `prefix`.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.name_prefix = Some(prefix.into());
        self
    }
}

impl CreateKey {
    /// Whether a key may be the one that this made at `since_ms` or later. A key that does not
    /// expire does not tell when it was made.
    fn may_have_made(&self, key: &Key, since_ms: u64) -> bool {
        let has = |capability: &Capability| self.capabilities.contains(capability);
        let wants = |capability: &Capability| key.capabilities.contains(capability);
        let is_of_time = match (self.valid_duration_in_seconds, key.expiration_timestamp_ms) {
            (Some(life_s), Some(until_ms)) => {
                until_ms >= since_ms.saturating_add(u64::from(life_s) * 1_000)
            }
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        key.key_name == self.key_name
            && key.bucket_ids == self.bucket_ids
            && key.name_prefix == self.name_prefix
            && key.capabilities.iter().all(has)
            && self.capabilities.iter().all(wants)
            && is_of_time
    }
}

/// A key was made perhaps, and it cannot be asked.
fn unsettled() -> Error {
    let message = "the answer was lost, so there may be a key whose secret nobody knows; look at \
                   the list of keys before another is made";
    doubtful(Error::new(ErrorKind::Conflict, message))
}

/// A key was made, or one like it was there before.
fn left_over(key: &Key) -> Error {
    let id = key.application_key_id.as_str();
    let message = format_args!(
        "the answer was lost, and key {id} may be what was made: nobody knows its secret; delete \
         it, unless it is in use, and make another"
    );
    doubtful(Error::with_message(ErrorKind::Conflict, message))
}

const fn doubtful(mut error: Error) -> Error {
    error.may_have_taken_effect = true;
    error
}

/// Longest life of a key, which is shorter than the limit.
const VALID_S_MAX: u32 = limits::KEY_LIFETIME_DAYS_LIMIT * 24 * 60 * 60 - 1;

json_body!(CreateKey);

impl Operation for CreateKey {
    type Output = CreatedKey;

    const SPEC: Spec = Spec {
        name: "b2_create_key",
        capability: "writeKeys",
        class: Class::C,
        idempotency: Idempotency::Unsafe,
        retry: RetryClass::Call,
        timeout_ms: CALL_TIMEOUT_MS,
    };

    fn check(&self) -> Result<(), Error> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        let is_name = (1..=limits::KEY_NAME_LEN_MAX).contains(&self.key_name.len())
            && self.key_name.bytes().all(is_plain);
        ensure(is_name, "the name of a key has 1 to 100 letters, digits and hyphens")?;
        ensure(!self.capabilities.is_empty(), "a key needs at least one capability")?;
        let is_life =
            self.valid_duration_in_seconds.is_none_or(|life| (1..=VALID_S_MAX).contains(&life));
        ensure(is_life, "a key works for at least one second and less than 1,000 days")?;
        let Some(buckets) = &self.bucket_ids else { return Ok(()) };
        ensure(!buckets.is_empty(), "a key for no bucket at all is of no use")?;
        buckets.iter().try_for_each(|id| check_id("bucket", id.as_str()))?;
        let refused = |each: &&Capability| each.allowed_on_bucket_key() == Some(false);
        match self.capabilities.iter().find(refused) {
            Some(each) => {
                Err(invalid(format_args!("a key that is restricted to buckets cannot have {each}")))
            }
            None => Ok(()),
        }
    }

    fn bind(&mut self, grant: &Grant) {
        bind_account(&mut self.account_id, grant);
    }

    fn body(&self) -> Body<'_> {
        Body::Json(self)
    }

    fn parse(&self, reply: &Reply<'_>) -> Result<CreatedKey, Error> {
        from_json(reply.body)
    }

    fn question(&self) -> Option<Question> {
        Some(Question::Keys(ListKeys::new().page_len(limits::KEYS_PAGE_LEN_MAX)))
    }

    /// A key that was made has told its secret to nobody, so it is of no use; and whether one that
    /// looks like it is somebody else's does not show, so it is not deleted.
    fn conclude(&self, facts: Option<Facts>, lost: &mut Lost<'_>) -> Conclusion<CreatedKey> {
        let Some(Facts::Keys(page)) = facts else { return Conclusion::Failed(unsettled()) };
        match page.keys.iter().find(|key| self.may_have_made(key, lost.since_ms)) {
            Some(key) => Conclusion::Failed(left_over(key)),
            None if page.next_application_key_id.is_some() => Conclusion::Failed(unsettled()),
            None => Conclusion::NotDone,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::op::testing::{answers, refuses, sends};

    #[test]
    fn the_least_and_the_most() {
        sends(
            &CreateKey::new("reader", [Capability::ReadFiles]),
            "b2_create_key",
            r#"{"accountId":"ACCOUNT","capabilities":["readFiles"],"keyName":"reader"}"#,
        );
        let key = CreateKey::new("reader", [Capability::ReadFiles, "readMinds".into()])
            .valid_for_seconds(3_600)
            .bucket("8d62")
            .bucket("8d63")
            .prefix("photos/");
        sends(
            &key,
            "b2_create_key",
            r#"{"accountId":"ACCOUNT","capabilities":["readFiles","readMinds"],
                "keyName":"reader","validDurationInSeconds":3600,"bucketIds":["8d62","8d63"],
                "namePrefix":"photos/"}"#,
        );
    }

    #[test]
    fn the_answer_has_the_secret() {
        let created = answers(
            &CreateKey::new("reader", [Capability::ReadFiles]),
            r#"{"accountId":"a","applicationKey":"K002x","applicationKeyId":"002a",
                "bucketIds":null,"capabilities":["readFiles"],"expirationTimestamp":null,
                "keyName":"reader","namePrefix":null,"options":["s3"]}"#,
        );
        assert_eq!(created.application_key.expose(), "K002x");
        assert_eq!(created.key.application_key_id, "002a");
    }

    #[test]
    fn what_cannot_be_meant_is_not_sent() {
        let key = || CreateKey::new("reader", [Capability::ReadFiles]);
        refuses(&CreateKey::new("reader", []), "capability");
        refuses(&CreateKey::new("my key", [Capability::ReadFiles]), "letters");
        refuses(&CreateKey::new("x".repeat(101), [Capability::ReadFiles]), "100");
        refuses(&key().valid_for_seconds(0), "second");
        refuses(&key().valid_for_seconds(86_400_000), "1,000 days");
        refuses(&CreateKey::new("k", [Capability::WriteKeys]).bucket("8d62"), "writeKeys");
        let mut nowhere = key();
        nowhere.bucket_ids = Some(Vec::new());
        refuses(&nowhere, "no bucket");
    }
}
