//! Application keys (spec sections 3.6, 3.9, 3.23).

use b2_proto::limits;
use serde_json::{Value, json};

use super::auth::Scope;
use super::bucket_rules::is_letters_digits_dashes;
use super::caps::{Cap, CapSet};
use super::list::page_len;
use super::model::Key;
use super::reply::{Checked, Refusal};
use super::state::Step;
use super::token::derive_hex;
use super::{Call, Op, Service};

/// A key lives shorter than this.
const KEY_LIFE_S_LIMIT: i64 = limits::KEY_LIFETIME_DAYS_LIMIT as i64 * 86_400;

impl Service {
    pub(super) fn create_key(&mut self, call: &Call<'_>) -> Checked<Value> {
        call.scope.require(Cap::WriteKeys)?;
        self.require_account(call.params.required_text("accountId")?)?;
        let name = call.params.required_text("keyName")?;
        let name_len = 1..=limits::KEY_NAME_LEN_MAX;
        if !name_len.contains(&name.len()) || !is_letters_digits_dashes(name) {
            return Err(Refusal::bad_request("keyName must be 1 to 100 letters, digits or '-'"));
        }
        let bucket_ids = restricted_buckets(call)?;
        let caps = requested_caps(call, bucket_ids.is_some())?;
        let expires_ms = match call.params.number("validDurationInSeconds")? {
            None => None,
            Some(seconds) if (1..KEY_LIFE_S_LIMIT).contains(&seconds) => {
                Some(call.now_ms + seconds.unsigned_abs() * 1000)
            }
            Some(_) => {
                let message = "validDurationInSeconds must be positive and below 1000 days";
                return Err(Refusal::bad_request(message));
            }
        };
        let name_prefix = call.params.text("namePrefix")?.map(str::to_owned);
        for id in bucket_ids.iter().flatten() {
            self.bucket(id)?;
        }
        let seq = self.next_seq();
        let secret = derive_hex(self.secret(), "key", &seq.to_string(), 27);
        let key = Key {
            id: format!("000{}{seq:010x}", self.account_id()),
            secret: format!("K000{secret}"),
            name: name.to_owned(),
            caps,
            bucket_ids,
            name_prefix,
            expires_ms,
        };
        let mut shown = self.key_view(&key, call.scope);
        shown["applicationKey"] = json!(key.secret);
        self.apply(Step::Key(Box::new(key)));
        Ok(shown)
    }

    pub(super) fn delete_key(&mut self, call: &Call<'_>) -> Checked<Value> {
        call.scope.require(Cap::DeleteKeys)?;
        let id = call.params.required_text("applicationKeyId")?;
        let unknown = || Refusal::bad_request(format!("application key does not exist: {id}"));
        let key = self.state.keys.get(id).cloned().ok_or_else(unknown)?;
        if key.id == self.key_id() {
            return Err(Refusal::bad_request("The master key cannot be deleted"));
        }
        self.apply(Step::KeyGone(id.to_owned()));
        Ok(self.key_view(&key, call.scope))
    }

    pub(super) fn list_keys(&mut self, call: &Call<'_>) -> Checked<Value> {
        call.scope.require(Cap::ListKeys)?;
        self.require_account(call.params.required_text("accountId")?)?;
        let max = page_len(call.params, "maxKeyCount", limits::KEYS_PAGE_LEN_MAX)?;
        let start = call.params.text("startApplicationKeyId")?.unwrap_or_default().to_owned();
        let mut rows = self
            .state
            .keys
            .range(start..)
            .map(|(_, key)| key)
            .filter(|key| key.id != self.key_id())
            .filter(|key| call.scope.version >= 4 || !key.is_multi_bucket())
            .filter(|key| key.expires_ms.is_none_or(|at| at > call.now_ms));
        let keys: Vec<Value> =
            rows.by_ref().take(max).map(|key| self.key_view(key, call.scope)).collect();
        let next = rows.next().map(|key| key.id.clone());
        self.count_rows(call.now_ms, Op::ListKeys, keys.len());
        Ok(json!({ "keys": keys, "nextApplicationKeyId": next }))
    }

    fn key_view(&self, key: &Key, scope: &Scope) -> Value {
        let mut shown = json!({
            "accountId": self.account_id(),
            "applicationKeyId": key.id,
            "keyName": key.name,
            "capabilities": key.caps.names().collect::<Vec<_>>(),
            "namePrefix": key.name_prefix,
            "expirationTimestamp": key.expires_ms,
            "options": ["s3"],
        });
        if scope.version >= 4 {
            shown["bucketIds"] = json!(key.bucket_ids);
        } else {
            shown["bucketId"] = json!(key.bucket_ids.as_ref().and_then(|ids| ids.first()));
        }
        shown
    }
}

fn restricted_buckets(call: &Call<'_>) -> Checked<Option<Vec<String>>> {
    if call.scope.version < 4 {
        return Ok(call.params.text("bucketId")?.map(|id| vec![id.to_owned()]));
    }
    if call.params.has("bucketId") {
        return Err(Refusal::bad_request("unknown field in request: bucketId"));
    }
    let Some(ids) = call.params.texts("bucketIds")? else { return Ok(None) };
    if ids.is_empty() {
        return Err(Refusal::bad_request("bucketIds must not be empty"));
    }
    Ok(Some(ids.into_iter().map(str::to_owned).collect()))
}

fn requested_caps(call: &Call<'_>, bucket_key: bool) -> Checked<CapSet> {
    let names = call.params.texts("capabilities")?;
    let names = names.ok_or_else(|| super::params::missing("capabilities"))?;
    if names.is_empty() {
        return Err(Refusal::bad_request("capabilities must not be empty"));
    }
    names.iter().try_fold(CapSet::default(), |set, name| {
        let cap = Cap::parse(name)
            .ok_or_else(|| Refusal::bad_request(format!("unknown capability: {name}")))?;
        if bucket_key && !cap.allowed_on_bucket_key() {
            let message = format!("capability {name} is not allowed on a key with a bucket");
            return Err(Refusal::bad_request(message));
        }
        Ok(set.with(cap))
    })
}
