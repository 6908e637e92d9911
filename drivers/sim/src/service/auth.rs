//! Who is calling and what they may do (spec section 2.3).

use super::caps::{Cap, CapSet};
use super::meter::Meter;
use super::model::{Bucket, Key};
use super::reply::{Checked, Refusal};
use super::request::Request;
use super::token::{Claim, Kind, derive_fraction};
use super::{Class, Op, Service};

/// What the key behind a request allows.
#[derive(Debug, Clone)]
pub(crate) struct Scope {
    pub(super) key_id: String,
    pub(super) caps: CapSet,
    pub(super) bucket_ids: Option<Vec<String>>,
    pub(super) name_prefix: Option<String>,
    /// API version of the call.
    pub(super) version: u8,
}

impl Scope {
    pub(super) fn of(key: &Key, version: u8) -> Self {
        Self {
            key_id: key.id.clone(),
            caps: key.caps,
            bucket_ids: key.bucket_ids.clone(),
            name_prefix: key.name_prefix.clone(),
            version,
        }
    }

    pub(super) fn require(&self, cap: Cap) -> Checked<()> {
        if self.caps.has(cap) { Ok(()) } else { Err(Refusal::unauthorized()) }
    }

    /// As [`require`](Self::require), for the calls that answer 403 (spec sections 3.28, 3.29).
    pub(super) fn require_access(&self, cap: Cap) -> Checked<()> {
        let denied = || Refusal::new(403, "access_denied", "Access Denied");
        if self.caps.has(cap) { Ok(()) } else { Err(denied()) }
    }

    pub(super) fn allows_bucket(&self, bucket_id: &str) -> bool {
        self.bucket_ids.as_ref().is_none_or(|ids| ids.iter().any(|id| id == bucket_id))
    }

    pub(super) fn require_bucket(&self, bucket_id: &str) -> Checked<()> {
        if self.allows_bucket(bucket_id) { Ok(()) } else { Err(Refusal::unauthorized()) }
    }

    /// Whether a name, or the prefix of a listing, lies within the key's prefix.
    pub(super) fn require_name(&self, name: &str) -> Checked<()> {
        let within = self.name_prefix.as_ref().is_none_or(|prefix| name.starts_with(prefix));
        if within { Ok(()) } else { Err(Refusal::unauthorized()) }
    }
}

impl Service {
    /// Checks the account token of a request.
    pub(super) fn scope(&mut self, now_ms: u64, version: u8, request: &Request) -> Checked<Scope> {
        let token = request.header("authorization").unwrap_or_default();
        if token.is_empty() {
            return Err(Refusal::new(401, "bad_auth_token", "Authorization is missing"));
        }
        self.scope_of_token(now_ms, version, token, request)
    }

    pub(super) fn scope_of_token(
        &mut self,
        now_ms: u64,
        version: u8,
        token: &str,
        request: &Request,
    ) -> Checked<Scope> {
        let claim = Claim::verify(Kind::Account, self.secret(), token).ok_or_else(bad_token)?;
        let key = self.state.keys.get(&claim.key_id).ok_or_else(bad_token)?;
        let scope = Scope::of(key, version);
        let key_expired = key.expires_ms.is_some_and(|at| at <= now_ms);
        // Numbers start again with each run; tokens of an earlier run keep to their time alone.
        let revoked = claim.nonce <= self.expired_below;
        if key_expired || revoked || self.is_stale(now_ms, claim.issued_ms) {
            return Err(expired_token());
        }
        let mode = test_mode(request);
        if mode == "expire_some_account_authorization_tokens" && self.draw("expire") < 0.25 {
            return Err(expired_token());
        }
        Ok(scope)
    }

    pub(super) fn is_stale(&self, now_ms: u64, issued_ms: u64) -> bool {
        now_ms >= issued_ms.saturating_add(self.config.token_life_ms)
    }

    /// A random fraction that follows from the seed and how much was drawn before.
    pub(super) fn draw(&mut self, label: &str) -> f64 {
        let nonce = self.next_nonce();
        derive_fraction(self.secret(), label, &nonce.to_string())
    }

    pub(super) fn check_transaction_caps(
        &self,
        now_ms: u64,
        op: Op,
        request: &Request,
    ) -> Checked<()> {
        let caps = &self.config.caps;
        let limit = match op.class() {
            Class::A => return Ok(()),
            Class::B => caps.class_b_per_day,
            Class::C => caps.class_c_per_day,
        };
        let today = |meter: &Meter| meter.of_day(now_ms, op.class());
        let over = limit.is_some_and(|limit| today(&self.meter) > limit);
        let forced = op != Op::AuthorizeAccount && test_mode(request) == "force_cap_exceeded";
        if over || forced {
            let message = "Transaction cap exceeded; see the Caps & Alerts page to raise it";
            return Err(Refusal::new(403, "transaction_cap_exceeded", message));
        }
        Ok(())
    }

    /// Whether `more` bytes fit under the storage cap.
    pub(super) fn check_storage_cap(&self, more: u64, request: &Request) -> Checked<()> {
        let cap = self.config.caps.storage_bytes;
        let over = cap.is_some_and(|cap| self.state.stored_bytes.saturating_add(more) > cap);
        if over || test_mode(request) == "force_cap_exceeded" {
            let message = "Storage cap exceeded; see the Caps & Alerts page to raise it";
            return Err(Refusal::new(403, "storage_cap_exceeded", message));
        }
        Ok(())
    }

    /// The bucket a call names, within the key's scope.
    pub(super) fn bucket_in_scope(&self, scope: &Scope, bucket_id: &str) -> Checked<&Bucket> {
        scope.require_bucket(bucket_id)?;
        self.bucket(bucket_id)
    }

    pub(super) fn bucket(&self, bucket_id: &str) -> Checked<&Bucket> {
        self.state.buckets.get(bucket_id).ok_or_else(|| {
            Refusal::new(400, "bad_bucket_id", format!("Bucket {bucket_id} does not exist"))
        })
    }

    pub(super) fn require_account(&self, account_id: &str) -> Checked<()> {
        if account_id == self.account_id() { Ok(()) } else { Err(Refusal::unauthorized()) }
    }
}

/// The test mode a client asks for (spec section 1.7).
pub(super) fn test_mode(request: &Request) -> &str {
    request.header("x-bz-test-mode").unwrap_or_default()
}

pub(super) fn bad_token() -> Refusal {
    Refusal::new(401, "bad_auth_token", "Invalid authorization token")
}

pub(super) fn expired_token() -> Refusal {
    Refusal::new(401, "expired_auth_token", "Authorization token has expired")
}
