//! `b2_list_keys` (spec 3.23).

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::limits;
use crate::model::{AccountId, Key, KeyId};
use crate::op::json::{bind_account, from_json, json_body};
use crate::op::{
    CALL_TIMEOUT_MS, Class, Grant, Idempotency, Operation, Paged, Spec, check, check_id,
};
use crate::policy::retry::RetryClass;
use crate::wire::body::Body;
use crate::wire::reply::Reply;

/// Lists the application keys of the account, without their secrets.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ListKeys {
    /// The account; `None` for that of the login.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<AccountId>,
    /// Rows of a page, 10,000 at most; each started thousand is charged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_key_count: Option<u32>,
    /// Where to begin; this key is included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_application_key_id: Option<KeyId>,
}

impl Default for ListKeys {
    fn default() -> Self {
        Self::new()
    }
}

impl ListKeys {
    /// All keys, a thousand in a page.
    pub const fn new() -> Self {
        Self {
            account_id: None,
            max_key_count: Some(limits::ROWS_PER_TRANSACTION),
            start_application_key_id: None,
        }
    }

    /// The page that has the key with this ID, if there is one;
    /// [`into_first`](KeysPage::into_first) takes it out.
    pub fn one(key: impl Into<KeyId>) -> Self {
        Self::new().start_at(key).page_len(1)
    }

    /// From this key on.
    #[must_use]
    pub fn start_at(mut self, key: impl Into<KeyId>) -> Self {
        self.start_application_key_id = Some(key.into());
        self
    }

    /// With `count` rows in a page.
    #[must_use]
    pub const fn page_len(mut self, count: u32) -> Self {
        self.max_key_count = Some(count);
        self
    }
}

/// One page of keys.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct KeysPage {
    /// Keys; may be empty also when more follow.
    pub keys: Vec<Key>,
    /// The key the next page begins with. `None` at the end.
    #[serde(default)]
    pub next_application_key_id: Option<KeyId>,
}

impl KeysPage {
    /// A page, and where the next one begins.
    pub const fn new(keys: Vec<Key>, next_application_key_id: Option<KeyId>) -> Self {
        Self { keys, next_application_key_id }
    }

    /// The first key, if it is the one with this ID; a page begins with the next one otherwise.
    pub fn into_first(self, id: &str) -> Option<Key> {
        self.keys.into_iter().next().filter(|key| key.application_key_id.as_str() == id)
    }
}

json_body!(ListKeys);

impl Operation for ListKeys {
    type Output = KeysPage;

    const SPEC: Spec = Spec {
        name: "b2_list_keys",
        capability: "listKeys",
        class: Class::C,
        idempotency: Idempotency::Safe,
        retry: RetryClass::Call,
        timeout_ms: CALL_TIMEOUT_MS,
    };

    fn reply_len_max(&self) -> u32 {
        crate::op::page_reply_len_max(self.max_key_count)
    }

    fn check(&self) -> Result<(), Error> {
        let start = self.start_application_key_id.iter();
        start.map(KeyId::as_str).try_for_each(|id| check_id("key", id))?;
        check::page_len(self.max_key_count, limits::KEYS_PAGE_LEN_MAX)
    }

    fn bind(&mut self, grant: &Grant) {
        bind_account(&mut self.account_id, grant);
    }

    fn body(&self) -> Body<'_> {
        Body::Json(self)
    }

    fn parse(&self, reply: &Reply<'_>) -> Result<KeysPage, Error> {
        from_json(reply.body)
    }
}

impl Paged for ListKeys {
    type Item = Key;

    fn split(&self, page: KeysPage) -> (Vec<Key>, Option<Self>) {
        (page.keys, page.next_application_key_id.map(|id| self.clone().start_at(id)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::op::testing::{answers, refuses, sends};

    #[test]
    fn request_and_pages() {
        let list = ListKeys::default();
        sends(&list, "b2_list_keys", r#"{"accountId":"ACCOUNT","maxKeyCount":1000}"#);
        let page = answers(
            &list,
            r#"{"keys":[{"accountId":"a","applicationKeyId":"002a","keyName":"n",
                "capabilities":[]}],"nextApplicationKeyId":"002b"}"#,
        );
        let (keys, next) = list.split(page);
        assert_eq!(keys, [Key::new("a", "002a", "n")]);
        let next = next.expect("more").page_len(5);
        let json = r#"{"accountId":"ACCOUNT","maxKeyCount":5,"startApplicationKeyId":"002b"}"#;
        sends(&next, "b2_list_keys", json);
        let last = answers(&next, r#"{"keys":[],"nextApplicationKeyId":null}"#);
        assert_eq!(next.split(last), (Vec::new(), None));
        refuses(&list.page_len(10_001), "10000");
    }

    #[test]
    fn one_key_is_the_first_of_its_page_or_not_there() {
        let json = r#"{"accountId":"ACCOUNT","maxKeyCount":1,"startApplicationKeyId":"002a"}"#;
        sends(&ListKeys::one("002a"), "b2_list_keys", json);
        let page = |id: &str| KeysPage::new([Key::new("a", id, "n")].into(), None);
        assert_eq!(page("002a").into_first("002a"), Some(Key::new("a", "002a", "n")));
        assert_eq!(page("002b").into_first("002a"), None);
        assert_eq!(KeysPage::default().into_first("002a"), None);
    }
}
