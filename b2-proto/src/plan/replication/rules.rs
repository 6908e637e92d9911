//! The rules of a source bucket: the next one, and changes of one that is there.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::Options;
use crate::error::{Error, ErrorKind};
use crate::model::{Bucket, KeyId, ReplicationConfiguration, ReplicationRule, ReplicationSource};
use crate::op::UpdateBucket;

/// The priority of the first rule of a bucket.
pub const PRIORITY_FIRST: u32 = 128;
/// By how much each further rule has a higher one.
pub const PRIORITY_STEP: u32 = 5;
/// The highest priority there is.
pub const PRIORITY_MAX: u32 = i32::MAX as u32;

/// What is known about the replication of a bucket.
///
/// # Errors
/// [`Unauthorized`](ErrorKind::Unauthorized) when the key may not see it: what is not known cannot
/// be written back.
pub(super) fn configuration(bucket: &Bucket) -> Result<ReplicationConfiguration, Error> {
    let known = bucket.replication_configuration.readable();
    let withheld = || {
        let why = "the key may not read the replication of the bucket, so it cannot be changed";
        Error::new(ErrorKind::Unauthorized, why)
    };
    Ok(known.ok_or_else(withheld)?.clone().unwrap_or(ReplicationConfiguration::NONE))
}

/// The rule that comes behind `rules`.
pub(super) fn next_rule(
    rules: &[ReplicationRule],
    destination: &Bucket,
    options: Options,
) -> ReplicationRule {
    let highest = rules.iter().map(|rule| rule.priority).max();
    let next = |highest: u32| highest.saturating_add(PRIORITY_STEP).min(PRIORITY_MAX);
    let priority = options.priority.or_else(|| highest.map(next)).unwrap_or(PRIORITY_FIRST);
    let name = options.name.unwrap_or_else(|| free_name(rules, &destination.bucket_name));
    ReplicationRule::new(name, destination.bucket_id.clone())
        .prefix(options.prefix)
        .priority(priority)
        .include_existing_files(options.include_existing_files)
}

/// `name`, or with the first number from 2 on that no rule has.
fn free_name(rules: &[ReplicationRule], name: &str) -> String {
    let is_free = |name: &String| rules.iter().all(|rule| rule.replication_rule_name != *name);
    let numbered = (2..=rules.len() + 2).map(|number| format!("{name}{number}"));
    core::iter::once(String::from(name)).chain(numbered).find(is_free).unwrap_or_default()
}

/// The rule of this name.
///
/// # Errors
/// [`NotFound`](ErrorKind::NotFound), and when the key may not see the rules.
pub fn find(bucket: &Bucket, name: &str) -> Result<ReplicationRule, Error> {
    let source = configuration(bucket)?.as_replication_source;
    let rules = source.into_iter().flat_map(|source| source.replication_rules);
    rules.into_iter().find(|rule| rule.replication_rule_name == name).ok_or_else(no_rule)
}

fn no_rule() -> Error {
    Error::new(ErrorKind::NotFound, "there is no replication rule of this name")
}

/// What lets a rule work or rest; `None` when it does already.
///
/// # Errors
/// As of [`find`].
pub fn switched(bucket: &Bucket, name: &str, enabled: bool) -> Result<Option<UpdateBucket>, Error> {
    if find(bucket, name)?.is_enabled == enabled {
        return Ok(None);
    }
    let change = |rule: ReplicationRule| {
        let is_it = rule.replication_rule_name == name;
        Some(if is_it { rule.enabled(enabled) } else { rule })
    };
    changed(bucket, change).map(Some)
}

/// What takes a rule away.
///
/// # Errors
/// As of [`find`].
pub fn without(bucket: &Bucket, name: &str) -> Result<UpdateBucket, Error> {
    find(bucket, name)?;
    changed(bucket, |rule| Some(rule).filter(|rule| rule.replication_rule_name != name))
}

fn changed(
    bucket: &Bucket,
    change: impl FnMut(ReplicationRule) -> Option<ReplicationRule>,
) -> Result<UpdateBucket, Error> {
    let mut configuration = configuration(bucket)?;
    let source = configuration.as_replication_source.take().ok_or_else(no_rule)?;
    let rules: Vec<_> = source.replication_rules.into_iter().filter_map(change).collect();
    // A source without a rule is none.
    configuration.as_replication_source = (!rules.is_empty())
        .then(|| ReplicationSource::new(source.source_application_key_id, rules));
    Ok(update(bucket, configuration))
}

/// The change of a bucket, if nobody has changed it since it was read.
pub(super) fn update(bucket: &Bucket, configuration: ReplicationConfiguration) -> UpdateBucket {
    UpdateBucket::new(bucket.bucket_id.clone())
        .replication(configuration)
        .if_revision_is(bucket.revision)
}

/// The change of a source bucket that adds a rule.
pub(super) fn with_rule(
    bucket: &Bucket,
    mut configuration: ReplicationConfiguration,
    key: &KeyId,
    rule: ReplicationRule,
) -> UpdateBucket {
    let before = configuration.as_replication_source.take();
    let mut rules = before.map(|source| source.replication_rules).unwrap_or_default();
    rules.push(rule);
    update(bucket, configuration.source(ReplicationSource::new(key.clone(), rules)))
}
