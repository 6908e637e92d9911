//! The account, and `b2_authorize_account` (spec section 3.1).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::caps::CapSet;
use super::model::{Account, Key};
use super::reply::{Checked, Refusal};
use super::request::{Request, Route};
use super::state::Step;
use super::token::{Claim, Kind, derive_hex};
use super::{Op, Service};

impl Service {
    /// ID of the account's master key.
    pub fn key_id(&self) -> &str {
        self.state.account.as_ref().map_or("", |account| &account.master_id)
    }

    /// The master key itself.
    pub fn key(&self) -> &str {
        self.state.keys.get(self.key_id()).map_or("", |key| &key.secret)
    }

    /// Makes the account on the first run; later a configured master key replaces the old one.
    pub(super) fn settle_account(&mut self) {
        let seed = self.config.seed;
        let account = self.state.account.clone().unwrap_or_else(|| {
            let id = derive_hex(seed, "account", "", 12);
            Account { master_id: id.clone(), id, secret: seed }
        });
        let known = self.state.keys.get(&account.master_id);
        let id = self.config.key_id.clone().unwrap_or_else(|| account.master_id.clone());
        let secret = self.config.key.clone().unwrap_or_else(|| {
            known.map_or_else(
                || format!("K000{}", derive_hex(seed, "master", "", 27)),
                |key| key.secret.clone(),
            )
        });
        let master = Key {
            id: id.clone(),
            secret,
            name: "Master Application Key".to_owned(),
            caps: CapSet::all(),
            bucket_ids: None,
            name_prefix: None,
            expires_ms: None,
        };
        if known == Some(&master) {
            return;
        }
        if id != account.master_id {
            self.apply(Step::KeyGone(account.master_id.clone()));
        }
        self.apply(Step::Account(Account { master_id: id, ..account }));
        self.apply(Step::Key(Box::new(master)));
    }

    pub(super) fn authorize(
        &mut self,
        now_ms: u64,
        route: &Route,
        request: &Request,
    ) -> Checked<Value> {
        let (id, secret) = basic_credentials(request)?;
        // The account's ID logs in with the master key, as the key's own ID does.
        let id = if id == self.account_id() { self.key_id().to_owned() } else { id };
        // A wrong key has this code and no message in recordings.
        let wrong = || Refusal::new(401, "bad_auth_token", "");
        let key = self.state.keys.get(&id).cloned().ok_or_else(wrong)?;
        if key.secret != secret || key.expires_ms.is_some_and(|at| at <= now_ms) {
            return Err(wrong());
        }
        if key.is_multi_bucket() && route.version < 4 {
            let message = "This key needs version 4 of b2_authorize_account";
            return Err(Refusal::new(401, "unsupported", message));
        }
        self.meter.count(now_ms, Op::AuthorizeAccount, 1);
        self.check_transaction_caps(now_ms, Op::AuthorizeAccount, request)?;
        let nonce = self.next_nonce();
        let claim = Claim { key_id: key.id.clone(), issued_ms: now_ms, nonce };
        let token = claim.issue(Kind::Account, self.secret());
        let base = self.base_url(request);
        Ok(self.authorization(route.version, &key, &token, &base))
    }

    /// Where this client reaches the service.
    pub(super) fn base_url(&self, request: &Request) -> String {
        let host = || request.header("host").unwrap_or("localhost");
        let scheme = if self.config.https { "https" } else { "http" };
        self.config.public_url.clone().unwrap_or_else(|| format!("{scheme}://{}", host()))
    }

    fn authorization(&self, version: u8, key: &Key, token: &str, base: &str) -> Value {
        let buckets: Option<Vec<Value>> = key.bucket_ids.as_ref().map(|ids| {
            let entry = |id: &String| json!({ "id": id, "name": self.bucket_name(id) });
            ids.iter().map(entry).collect()
        });
        let first = key.bucket_ids.as_ref().and_then(|ids| ids.first());
        let first_name = first.and_then(|id| self.bucket_name(id));
        let caps: Vec<&str> = key.caps.names().collect();
        let mut urls = json!({
            "absoluteMinimumPartSize": self.config.part_len_min,
            "recommendedPartSize": self.config.part_len_recommended,
            "apiUrl": base,
            "downloadUrl": base,
            "s3ApiUrl": base,
        });
        if version <= 2 {
            urls["accountId"] = json!(self.account_id());
            urls["authorizationToken"] = json!(token);
            urls["minimumPartSize"] = json!(self.config.part_len_recommended);
            urls["allowed"] = json!({
                "bucketId": first,
                "bucketName": first_name,
                "capabilities": caps,
                "namePrefix": key.name_prefix,
            });
            return urls;
        }
        if version == 3 {
            urls["infoType"] = json!("storageApi");
            urls["bucketId"] = json!(first);
            urls["bucketName"] = json!(first_name);
            urls["capabilities"] = json!(caps);
            urls["namePrefix"] = json!(key.name_prefix);
        } else {
            urls["allowed"] = json!({
                "buckets": buckets,
                "capabilities": caps,
                "namePrefix": key.name_prefix,
            });
        }
        json!({
            "accountId": self.account_id(),
            "authorizationToken": token,
            "applicationKeyExpirationTimestamp": key.expires_ms,
            "apiInfo": { "storageApi": urls },
        })
    }

    fn bucket_name(&self, id: &str) -> Option<&str> {
        self.state.buckets.get(id).map(|bucket| bucket.name.as_str())
    }
}

fn basic_credentials(request: &Request) -> Checked<(String, String)> {
    let header = request
        .header("authorization")
        .ok_or_else(|| Refusal::new(401, "unauthorized", "Authorization is missing"))?;
    let malformed = || Refusal::bad_request("Authorization is not HTTP Basic");
    let (scheme, encoded) = header.split_once(' ').ok_or_else(malformed)?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(malformed());
    }
    let bytes = STANDARD.decode(encoded.trim()).map_err(|_| malformed())?;
    let text = String::from_utf8(bytes).map_err(|_| malformed())?;
    let (id, secret) = text.split_once(':').ok_or_else(malformed)?;
    Ok((id.to_owned(), secret.to_owned()))
}
