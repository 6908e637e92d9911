//! Replication: the configuration, the status of files, and writing the replicas (spec 4.8).

use b2_proto::limits;
use serde_json::{Value, json};
use std::collections::BTreeSet;

use super::files::file_id;
use super::model::{Action, Bucket, Sse, Version};
use super::params::{Params, missing};
use super::reply::{Checked, Refusal};
use super::state::Step;
use super::{Service, sse};

const PRIORITY_MAX: i64 = 0x7fff_ffff;

impl Service {
    /// Checks a configuration and gives it the form it is read back in; an empty one is null.
    pub(super) fn checked_replication(&self, bucket: &Bucket, asked: &Params) -> Checked<Value> {
        let source = asked.object("asReplicationSource")?;
        let destination = asked.object("asReplicationDestination")?;
        let source = source.map(|source| self.checked_source(bucket, &source)).transpose()?;
        let destination = match destination {
            None => Value::Null,
            Some(destination) => {
                let keys = destination.text_map("sourceToDestinationKeyMapping")?;
                let keys = keys.ok_or_else(|| missing("sourceToDestinationKeyMapping"))?;
                json!({ "sourceToDestinationKeyMapping": keys })
            }
        };
        let source = source.unwrap_or_default();
        if source.is_null() && destination.is_null() {
            return Ok(Value::Null);
        }
        Ok(json!({
            "asReplicationSource": source,
            "asReplicationDestination": destination,
        }))
    }

    fn checked_source(&self, bucket: &Bucket, source: &Params) -> Checked<Value> {
        let key = source.required_text("sourceApplicationKeyId")?;
        let rules = source.list("replicationRules")?.ok_or_else(|| missing("replicationRules"))?;
        if rules.is_empty() || rules.len() > limits::REPLICATION_RULES_MAX {
            return Err(Refusal::bad_request("replicationRules must have one or two rules"));
        }
        let mut names = BTreeSet::new();
        let mut checked = Vec::new();
        for rule in rules {
            let rule = Params::of(rule, "replicationRules")?;
            let name = rule.required_text("replicationRuleName")?;
            if name.is_empty() || !names.insert(name.to_owned()) {
                return Err(Refusal::bad_request(format!("Bad replication rule name: {name}")));
            }
            let to = rule.required_text("destinationBucketId")?;
            if to == bucket.id {
                return Err(Refusal::bad_request("A bucket cannot replicate to itself"));
            }
            self.bucket(to)?;
            let priority = rule.number("priority")?.unwrap_or(1);
            if !(1..=PRIORITY_MAX).contains(&priority) {
                return Err(Refusal::bad_request("Replication priority out of range"));
            }
            checked.push(json!({
                "destinationBucketId": to,
                "fileNamePrefix": rule.text("fileNamePrefix")?.unwrap_or_default(),
                "includeExistingFiles": rule.flag("includeExistingFiles")?.unwrap_or(false),
                "isEnabled": rule.flag("isEnabled")?.unwrap_or(true),
                "priority": priority,
                "replicationRuleName": name,
            }));
        }
        Ok(json!({ "sourceApplicationKeyId": key, "replicationRules": checked }))
    }

    /// The status a new version starts with.
    pub(super) fn replication_status(&self, bucket: &Bucket, name: &str) -> Option<String> {
        destination_of(bucket, name).map(|_| "PENDING".to_owned())
    }

    /// Writes the replicas that are due and settles the status of their sources. Returns how
    /// many versions were settled.
    pub fn run_replication(&mut self, now_ms: u64) -> usize {
        let pending: Vec<u64> = self
            .state
            .versions
            .values()
            .filter(|version| version.action == Action::Upload)
            .filter(|version| match version.replication.as_deref() {
                Some("PENDING") => true,
                None => self.covers_existing(version),
                Some(_) => false,
            })
            .map(|version| version.seq)
            .collect();
        for seq in &pending {
            self.replicate(now_ms, *seq);
        }
        pending.len()
    }

    fn covers_existing(&self, version: &Version) -> bool {
        let bucket = self.state.buckets.get(&version.bucket_id);
        bucket
            .and_then(|bucket| destination_of(bucket, &version.name))
            .is_some_and(|rule| rule["includeExistingFiles"] == json!(true))
    }

    fn replicate(&mut self, now_ms: u64, seq: u64) {
        let Some(mut source) = self.state.versions.get(&seq).cloned() else { return };
        let replica = self
            .state
            .buckets
            .get(&source.bucket_id)
            .and_then(|bucket| destination_of(bucket, &source.name))
            .and_then(|rule| rule["destinationBucketId"].as_str())
            .and_then(|to| self.state.buckets.get(to))
            // The service has no customer's key to read such a file with.
            .filter(|_| !matches!(source.sse, Sse::Customer { .. }))
            .map(|to| (to.id.clone(), sse::effective(source.sse.clone(), to), to.lock_enabled));
        source.replication =
            Some(if replica.is_some() { "COMPLETED" } else { "FAILED" }.to_owned());
        if let Some((bucket_id, sse, lock_enabled)) = replica {
            let seq = self.next_seq();
            let large = source.sha1 == "none";
            self.apply(Step::Version(Box::new(Version {
                seq,
                file_id: file_id(&bucket_id, seq, now_ms, large),
                bucket_id,
                sse,
                retention: source.retention.filter(|_| lock_enabled),
                legal_hold: source.legal_hold.filter(|_| lock_enabled),
                replication: Some("REPLICA".to_owned()),
                ..source.clone()
            })));
        }
        self.apply(Step::Version(Box::new(source)));
    }
}

/// The rule with the highest priority that covers a name.
fn destination_of<'a>(bucket: &'a Bucket, name: &str) -> Option<&'a Value> {
    let rules = bucket.replication["asReplicationSource"]["replicationRules"].as_array()?;
    rules
        .iter()
        .filter(|rule| rule["isEnabled"] == json!(true))
        .filter(|rule| rule["fileNamePrefix"].as_str().is_some_and(|p| name.starts_with(p)))
        .max_by_key(|rule| rule["priority"].as_i64())
}
