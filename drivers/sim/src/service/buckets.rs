//! Buckets (spec sections 3.5, 3.7, 3.20, 3.27).

use std::collections::BTreeMap;

use b2_proto::info::check_key;
use b2_proto::limits;
use b2_proto::name::check_bucket_name;
use serde_json::{Value, json};

use super::bucket_rules::{check_cors, check_lifecycle};
use super::caps::Cap;
use super::model::{Bucket, RetentionMode, RetentionPeriod, Sse};
use super::params::{Params, missing};
use super::reply::{Checked, Refusal};
use super::state::Step;
use super::token::derive_hex;
use super::{Call, Service, sse};

impl Service {
    pub(super) fn create_bucket(&mut self, call: &Call<'_>) -> Checked<Value> {
        call.scope.require(Cap::WriteBuckets)?;
        require_setting_caps(call)?;
        self.require_account(call.params.required_text("accountId")?)?;
        let name = call.params.required_text("bucketName")?;
        check_bucket_name(name).map_err(|fault| Refusal::bad_request(fault.to_string()))?;
        let kind = bucket_type(call.params.required_text("bucketType")?)?;
        let mut bucket = Bucket {
            id: String::new(),
            name: name.to_owned(),
            kind,
            info: BTreeMap::new(),
            cors: json!([]),
            lifecycle: json!([]),
            default_sse_b2: self.config.default_sse_b2,
            lock_enabled: false,
            default_retention: None,
            replication: Value::Null,
            notifications: json!([]),
            revision: 2,
        };
        self.change_settings(&mut bucket, call.params)?;
        if self.name_is_taken(name) {
            let message = "Bucket name is already in use.";
            return Err(Refusal::new(400, "duplicate_bucket_name", message));
        }
        let count = u32::try_from(self.state.buckets.len()).unwrap_or(u32::MAX);
        if count >= limits::BUCKETS_PER_ACCOUNT {
            let message = format!("The account has {count} buckets already");
            return Err(Refusal::new(400, "too_many_buckets", message));
        }
        let seq = self.next_seq();
        bucket.id = derive_hex(self.secret(), "bucket", &seq.to_string(), limits::BUCKET_ID_LEN);
        let shown = self.bucket_view(&bucket, call.scope);
        self.apply(Step::Bucket(Box::new(bucket)));
        Ok(shown)
    }

    pub(super) fn update_bucket(&mut self, call: &Call<'_>) -> Checked<Value> {
        call.scope.require(Cap::WriteBuckets)?;
        require_setting_caps(call)?;
        let id = call.params.required_text("bucketId")?;
        self.require_account(call.params.required_text("accountId")?)?;
        let revision = call.params.number("ifRevisionIs")?;
        let mut bucket = self.bucket_in_scope(call.scope, id)?.clone();
        if revision.is_some_and(|revision| u64::try_from(revision) != Ok(bucket.revision)) {
            return Err(Refusal::new(409, "conflict", "simultaneous updates to bucket"));
        }
        if let Some(kind) = call.params.text("bucketType")? {
            bucket.kind = bucket_type(kind)?;
        }
        self.change_settings(&mut bucket, call.params)?;
        bucket.revision += 1;
        let shown = self.bucket_view(&bucket, call.scope);
        self.apply(Step::Bucket(Box::new(bucket)));
        Ok(shown)
    }

    pub(super) fn delete_bucket(&mut self, call: &Call<'_>) -> Checked<Value> {
        call.scope.require(Cap::DeleteBuckets)?;
        let id = call.params.required_text("bucketId")?;
        self.require_account(call.params.required_text("accountId")?)?;
        let mut bucket = self.bucket_in_scope(call.scope, id)?.clone();
        if self.state.shelf(id).is_some_and(|shelf| !shelf.slots.is_empty()) {
            let message = format!("Cannot delete non-empty bucket {}", bucket.name);
            return Err(Refusal::new(400, "cannot_delete_non_empty_bucket", message));
        }
        bucket.revision += 1;
        let shown = self.bucket_view(&bucket, call.scope);
        self.apply(Step::BucketGone(id.to_owned()));
        Ok(shown)
    }

    pub(super) fn list_buckets(&mut self, call: &Call<'_>) -> Checked<Value> {
        call.scope.require(Cap::ListBuckets)?;
        self.require_account(call.params.required_text("accountId")?)?;
        let id = call.params.text("bucketId")?;
        let name = call.params.text("bucketName")?;
        let kinds = bucket_types(call.params)?;
        let named = name.map(|name| self.state.bucket_ids.get(name).map_or("", String::as_str));
        if call.scope.bucket_ids.is_some() {
            match id.or(named) {
                Some(asked) => call.scope.require_bucket(asked)?,
                // Version 1 shows a restricted key its own buckets; later ones want it to ask.
                None if call.scope.version == 1 => {}
                None => return Err(Refusal::unauthorized()),
            }
        }
        let buckets: Vec<Value> = self
            .state
            .bucket_ids
            .values()
            .filter(|own| id.is_none_or(|id| *own == id))
            .filter(|own| named.is_none_or(|named| *own == named))
            .filter(|own| call.scope.allows_bucket(own))
            .filter_map(|own| self.state.buckets.get(own))
            .filter(|bucket| kinds.as_ref().is_none_or(|kinds| kinds.contains(&&*bucket.kind)))
            .map(|bucket| self.bucket_view(bucket, call.scope))
            .collect();
        Ok(json!({ "buckets": buckets }))
    }

    fn name_is_taken(&self, name: &str) -> bool {
        self.state.bucket_ids.keys().any(|taken| taken.eq_ignore_ascii_case(name))
    }

    /// Takes the settings that creating and updating share.
    fn change_settings(&self, bucket: &mut Bucket, params: &Params) -> Checked<()> {
        if let Some(info) = params.text_map("bucketInfo")? {
            check_info(&info)?;
            bucket.info = info;
        }
        if let Some(rules) = params.list("corsRules")? {
            check_cors(rules)?;
            bucket.cors = json!(rules);
        }
        if let Some(rules) = params.list("lifecycleRules")? {
            check_lifecycle(rules)?;
            bucket.lifecycle = json!(rules);
        }
        if params.has("defaultServerSideEncryption") {
            bucket.default_sse_b2 = match sse::from_params(params, "defaultServerSideEncryption")? {
                Sse::None => false,
                Sse::B2 => true,
                Sse::Customer { .. } => {
                    let message = "SSE-C cannot be the default of a bucket";
                    return Err(Refusal::bad_request(message));
                }
            };
        }
        let replication = params.object("replicationConfiguration")?;
        if let Some(enabled) = params.flag("fileLockEnabled")? {
            enable_lock(bucket, enabled)?;
        }
        if let Some(retention) = params.object("defaultRetention")? {
            let retention = default_retention(&retention)?;
            if !bucket.lock_enabled && retention.is_some() {
                return Err(Refusal::lock_missing());
            }
            bucket.default_retention = retention;
        }
        if let Some(replication) = replication {
            bucket.replication = self.checked_replication(bucket, &replication)?;
        }
        Ok(())
    }
}

/// The capabilities that some settings need besides `writeBuckets`.
fn require_setting_caps(call: &Call<'_>) -> Checked<()> {
    for (setting, cap) in [
        ("defaultServerSideEncryption", Cap::WriteBucketEncryption),
        ("defaultRetention", Cap::WriteBucketRetentions),
        ("replicationConfiguration", Cap::WriteBucketReplications),
    ] {
        if call.params.has(setting) {
            call.scope.require(cap)?;
        }
    }
    if call.params.flag("fileLockEnabled")? == Some(true) {
        call.scope.require(Cap::WriteBucketRetentions)?;
    }
    Ok(())
}

fn bucket_type(text: &str) -> Checked<String> {
    match text {
        "allPublic" | "allPrivate" => Ok(text.to_owned()),
        _ => Err(Refusal::bad_request(format!("Bad bucketType: {text}"))),
    }
}

fn bucket_types(params: &Params) -> Checked<Option<Vec<&str>>> {
    const KNOWN: &[&str] = &["allPublic", "allPrivate", "snapshot", "restricted", "shared"];
    let bad = || Refusal::bad_request("Bad bucketTypes");
    match params.texts("bucketTypes")? {
        None => Ok(Some(KNOWN[..3].to_vec())),
        Some(kinds) if kinds == ["all"] => Ok(None),
        Some(kinds) if kinds.is_empty() || kinds.iter().any(|k| !KNOWN.contains(k)) => Err(bad()),
        Some(kinds) => Ok(Some(kinds)),
    }
}

fn check_info(info: &BTreeMap<String, String>) -> Checked<()> {
    if info.len() > limits::BUCKET_INFO_ENTRIES_MAX {
        return Err(Refusal::bad_request("bucketInfo has too many entries"));
    }
    match info.keys().find(|key| check_key(key).is_err()) {
        None => Ok(()),
        Some(key) => Err(Refusal::bad_request(format!("Bad bucketInfo name: {key}"))),
    }
}

fn enable_lock(bucket: &mut Bucket, enabled: bool) -> Checked<()> {
    if !enabled {
        let message = "File lock cannot be disabled";
        let conflict = || Refusal::new(400, "file_lock_conflict", message);
        return if bucket.lock_enabled { Err(conflict()) } else { Ok(()) };
    }
    if !bucket.lock_enabled && !bucket.replication["asReplicationSource"].is_null() {
        let message = "File lock cannot be enabled on a bucket with source replication";
        return Err(Refusal::new(400, "source_replication_conflict", message));
    }
    if !matches!(bucket.kind.as_str(), "allPublic" | "allPrivate") {
        let message = "File lock cannot be enabled on a restricted bucket";
        return Err(Refusal::new(400, "restricted_bucket_conflict", message));
    }
    bucket.lock_enabled = true;
    Ok(())
}

fn default_retention(params: &Params) -> Checked<Option<RetentionPeriod>> {
    let Some(mode) = params.text("mode")? else { return Ok(None) };
    let mode = RetentionMode::parse(mode)
        .ok_or_else(|| Refusal::bad_request(format!("Bad retention mode: {mode}")))?;
    let period = params.object("period")?.ok_or_else(|| missing("period"))?;
    let in_years = match period.required_text("unit")? {
        "days" => false,
        "years" => true,
        unit => return Err(Refusal::bad_request(format!("Bad retention unit: {unit}"))),
    };
    let duration = u64::try_from(period.required_number("duration")?).unwrap_or(0);
    let retention = RetentionPeriod { mode, duration, in_years };
    if duration == 0 || retention.days() > u64::from(limits::DEFAULT_RETENTION_DAYS_MAX) {
        return Err(Refusal::bad_request("Retention period out of range"));
    }
    Ok(Some(retention))
}
