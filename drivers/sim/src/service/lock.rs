//! Retention and legal hold (spec sections 3.28, 3.29, 4.7).

use serde_json::{Value, json};

use super::auth::Scope;
use super::caps::Cap;
use super::model::{Action, Bucket, Retention, RetentionMode, Version};
use super::params::Params;
use super::reply::{Checked, Refusal};
use super::request::Request;
use super::state::Step;
use super::view::{hold_text, retention_view};
use super::{Call, Service};

const DAY_MS: u64 = 86_400_000;

/// Lock settings asked for with a new version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct LockSettings {
    pub(super) retention: Option<Retention>,
    pub(super) legal_hold: Option<bool>,
}

impl LockSettings {
    pub(super) fn from_headers(request: &Request) -> Checked<Self> {
        let mode = request.header("x-bz-file-retention-mode");
        let until = request.header("x-bz-file-retention-retain-until-timestamp");
        let until = until.map(|text| {
            text.parse::<i64>().map_err(|_| Refusal::bad_request("Bad retention timestamp"))
        });
        let retention = retention(mode, until.transpose()?)?;
        let legal_hold = request.header("x-bz-file-legal-hold").map(parse_hold).transpose()?;
        Ok(Self { retention, legal_hold })
    }

    pub(super) fn from_params(params: &Params) -> Checked<Self> {
        let retention = params.object("fileRetention")?;
        let retention = retention.as_ref().map(retention_of).transpose()?.flatten();
        let legal_hold = params.text("legalHold")?.map(parse_hold).transpose()?;
        Ok(Self { retention, legal_hold })
    }

    /// Checks the right to use these settings.
    pub(super) fn authorize(&self, scope: &Scope) -> Checked<()> {
        if self.retention.is_some() {
            scope.require(Cap::WriteFileRetentions)?;
        }
        if self.legal_hold.is_some() {
            scope.require(Cap::WriteFileLegalHolds)?;
        }
        Ok(())
    }

    /// Checks them against the bucket and fills in its default.
    pub(super) fn settle(self, bucket: &Bucket, now_ms: u64) -> Checked<Self> {
        if !bucket.lock_enabled {
            let asked = self.retention.is_some() || self.legal_hold.is_some();
            return if asked { Err(Refusal::lock_missing()) } else { Ok(self) };
        }
        if let Some(retention) = self.retention {
            require_future(retention, now_ms)?;
            return Ok(self);
        }
        let retention = bucket.default_retention.map(|default| Retention {
            mode: default.mode,
            until_ms: now_ms.saturating_add(default.days().saturating_mul(DAY_MS)),
        });
        Ok(Self { retention, ..self })
    }
}

impl Service {
    pub(super) fn update_legal_hold(&mut self, call: &Call<'_>) -> Checked<Value> {
        call.scope.require_access(Cap::WriteFileLegalHolds)?;
        let on = parse_hold(call.params.required_text("legalHold")?)?;
        let mut version = self.lockable(call)?;
        version.legal_hold = Some(on);
        let shown = json!({
            "fileId": version.file_id,
            "fileName": version.name,
            "legalHold": hold_text(on),
        });
        self.apply(Step::Version(Box::new(version)));
        Ok(shown)
    }

    pub(super) fn update_retention(&mut self, call: &Call<'_>) -> Checked<Value> {
        call.scope.require_access(Cap::WriteFileRetentions)?;
        let bypass = call.params.flag("bypassGovernance")?.unwrap_or(false);
        if bypass {
            call.scope.require_access(Cap::BypassGovernance)?;
        }
        let asked = call
            .params
            .object("fileRetention")?
            .ok_or_else(|| super::params::missing("fileRetention"))?;
        let asked = retention_of(&asked)?;
        let mut version = self.lockable(call)?;
        if let Some(retention) = asked {
            require_future(retention, call.now_ms)?;
        }
        check_transition(&version, asked, bypass, call.now_ms)?;
        version.retention = asked;
        let shown = json!({
            "fileId": version.file_id,
            "fileName": version.name,
            "fileRetention": retention_view(asked),
        });
        self.apply(Step::Version(Box::new(version)));
        Ok(shown)
    }

    /// The finished file a lock call names, in a bucket with file lock.
    fn lockable(&self, call: &Call<'_>) -> Checked<Version> {
        let version = self.named_version(call)?;
        if !self.bucket(&version.bucket_id)?.lock_enabled {
            return Err(Refusal::lock_missing());
        }
        if version.action != Action::Upload {
            return Err(Refusal::bad_request("Only finished files can be locked"));
        }
        Ok(version.clone())
    }
}

/// Reads a bare retention object; both fields null means none.
fn retention_of(params: &Params) -> Checked<Option<Retention>> {
    retention(params.text("mode")?, params.number("retainUntilTimestamp")?)
}

fn retention(mode: Option<&str>, until: Option<i64>) -> Checked<Option<Retention>> {
    match (mode, until) {
        (None, None) => Ok(None),
        (Some(mode), Some(until)) => {
            let mode = RetentionMode::parse(mode)
                .ok_or_else(|| Refusal::bad_request(format!("Bad retention mode: {mode}")))?;
            // A time before the epoch is as past as the epoch.
            Ok(Some(Retention { mode, until_ms: u64::try_from(until).unwrap_or(0) }))
        }
        _ => Err(Refusal::bad_request("Retention needs mode and retainUntilTimestamp, or neither")),
    }
}

fn parse_hold(text: &str) -> Checked<bool> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(Refusal::bad_request(format!("legalHold must be on or off: {text}"))),
    }
}

fn require_future(retention: Retention, now_ms: u64) -> Checked<()> {
    if retention.until_ms > now_ms {
        return Ok(());
    }
    let message = "The retainUntilTimestamp must be in future";
    Err(Refusal::new(400, "retain_until_timestamp_must_be_in_future", message))
}

fn check_transition(
    version: &Version,
    asked: Option<Retention>,
    bypass: bool,
    now_ms: u64,
) -> Checked<()> {
    let Some(old) = version.retention.filter(|r| r.until_ms > now_ms) else { return Ok(()) };
    let extended = asked.is_some_and(|new| new.until_ms >= old.until_ms);
    let allowed = match old.mode {
        RetentionMode::Compliance => extended && asked.is_some_and(|new| new.mode == old.mode),
        RetentionMode::Governance => extended || bypass,
    };
    if allowed { Ok(()) } else { Err(Refusal::new(403, "access_denied", "Access Denied")) }
}
