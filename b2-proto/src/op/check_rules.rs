//! Checks of the rules a bucket can have.

use alloc::string::String;

use crate::error::Error;
use crate::limits;
use crate::model::{CorsRule, LifecycleRule, NotificationRule, ReplicationConfiguration};
use crate::op::check::{ensure, rule_name};

/// Lifecycle rules (spec 4.9).
pub(crate) fn lifecycle(rules: &[LifecycleRule]) -> Result<(), Error> {
    ensure(rules.len() <= limits::LIFECYCLE_RULES_MAX, "a bucket has 100 lifecycle rules at most")?;
    for rule in rules {
        let days = [
            rule.days_from_uploading_to_hiding,
            rule.days_from_hiding_to_deleting,
            rule.days_from_starting_to_canceling_unfinished_large_files,
        ];
        ensure(days.iter().any(Option::is_some), "a lifecycle rule needs a number of days")?;
        ensure(!days.contains(&Some(0)), "a lifecycle rule waits for at least one day")?;
    }
    // Whether rules about unfinished files alone may overlap is not known.
    let is_about_versions = |rule: &&LifecycleRule| {
        rule.days_from_uploading_to_hiding.is_some() || rule.days_from_hiding_to_deleting.is_some()
    };
    let prefixes = || rules.iter().filter(is_about_versions).map(|rule| &rule.file_name_prefix);
    let overlap = prefixes().enumerate().any(|(index, prefix)| {
        prefixes().enumerate().any(|(other, text)| other != index && text.starts_with(prefix))
    });
    ensure(!overlap, "no two lifecycle rules may apply to the same file")
}

/// CORS rules (spec 4.10).
pub(crate) fn cors(rules: &[CorsRule]) -> Result<(), Error> {
    ensure(rules.len() <= limits::CORS_RULES_MAX, "a bucket has 100 CORS rules at most")?;
    unique(rules.len(), |index| &rules[index].cors_rule_name)?;
    for rule in rules {
        rule_name(&rule.cors_rule_name, limits::CORS_RULE_NAME_LEN_MAX)?;
        ensure(!rule.allowed_origins.is_empty(), "a CORS rule needs an origin")?;
        ensure(!rule.allowed_operations.is_empty(), "a CORS rule needs an operation")?;
        let fits = rule.max_age_seconds <= limits::CORS_MAX_AGE_S_MAX;
        ensure(fits, "browsers may keep the answer of a CORS rule for 86,400 seconds at most")?;
        let operations = rule.allowed_operations.iter().map(|each| each.as_str().len());
        let headers = rule.allowed_headers.iter().chain(&rule.expose_headers).flatten();
        let texts = rule.allowed_origins.iter().chain(headers).map(String::len);
        let len = rule.cors_rule_name.len() + operations.chain(texts).sum::<usize>();
        ensure(len < limits::CORS_RULE_LEN_LIMIT, "a CORS rule has less than 1,000 bytes")?;
    }
    Ok(())
}

/// Replication (spec 4.8).
pub(crate) fn replication(configuration: &ReplicationConfiguration) -> Result<(), Error> {
    let Some(source) = &configuration.as_replication_source else { return Ok(()) };
    let rules = &source.replication_rules;
    let fits = rules.len() <= limits::REPLICATION_RULES_MAX;
    ensure(fits, "a bucket has 2 replication rules at most")?;
    unique(rules.len(), |index| &rules[index].replication_rule_name)?;
    let in_range = rules.iter().all(|rule| (1..=i32::MAX.unsigned_abs()).contains(&rule.priority));
    ensure(in_range, "the priority of a replication rule is at least 1 and fits 31 bits")?;
    let named = rules.iter().all(|rule| !rule.replication_rule_name.is_empty());
    ensure(named, "a replication rule needs a name")
}

/// Notification rules (spec 4.11).
pub(crate) fn notification(rules: &[NotificationRule]) -> Result<(), Error> {
    let fits = rules.len() <= limits::NOTIFICATION_RULES_MAX;
    ensure(fits, "a bucket has 25 notification rules at most")?;
    unique(rules.len(), |index| &rules[index].name)?;
    for rule in rules {
        rule_name(&rule.name, limits::NOTIFICATION_RULE_NAME_LEN_MAX)?;
        ensure(!rule.event_types.is_empty(), "a notification rule needs an event type")?;
        let target = &rule.target_configuration;
        ensure(target.url.starts_with("https://"), "notifications are sent to https URLs only")?;
        let is_key = target.hmac_sha256_signing_secret.as_ref().is_none_or(|secret| {
            let text = secret.expose();
            text.len() == SIGNING_SECRET_LEN && text.bytes().all(|b| b.is_ascii_alphanumeric())
        });
        ensure(is_key, "a signing secret has 32 letters and digits")?;
        let headers = target.custom_headers.as_deref().unwrap_or_default();
        ensure(headers.len() <= CUSTOM_HEADERS_MAX, "a notification has 10 headers at most")?;
        let is_reserved = |name: &str| {
            name.get(..RESERVED_HEADER.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(RESERVED_HEADER))
        };
        let is_free = headers.iter().all(|header| !is_reserved(&header.name));
        ensure(is_free, "headers of notifications must not begin with X-Bz-")?;
        let batch = rule.max_events_per_batch.is_none_or(|count| (1..=EVENTS_MAX).contains(&count));
        ensure(batch, "a notification has 1 to 50 events")?;
    }
    Ok(())
}

const SIGNING_SECRET_LEN: usize = 32;
const CUSTOM_HEADERS_MAX: usize = 10;
const RESERVED_HEADER: &str = "X-Bz-";
const EVENTS_MAX: u32 = 50;
const _: () = assert!(EVENTS_MAX as usize == limits::NOTIFICATION_EVENTS_MAX);

/// Whether the names of the `count` rules, at most some dozens, differ.
fn unique<'a>(count: usize, name: impl Fn(usize) -> &'a String) -> Result<(), Error> {
    let repeats = (1..count).any(|index| (0..index).any(|before| name(before) == name(index)));
    ensure(!repeats, "two rules have the same name")
}

#[cfg(test)]
mod tests {
    use std::string::ToString as _;
    use std::vec;
    use std::vec::Vec;

    use super::*;
    use crate::model::{CorsOperation, EventType, ReplicationRule, ReplicationSource};

    #[track_caller]
    fn refused(result: Result<(), Error>, fragment: &str) {
        let text = result.expect_err(fragment).to_string();
        assert!(text.contains(fragment), "{text}");
    }

    #[test]
    fn lifecycle_rules_do_something_and_do_not_overlap() {
        let rule = |prefix: &str| LifecycleRule::for_prefix(prefix);
        let fine = [
            rule("a/").hide_after_days(1),
            rule("b/").delete_after_days(1),
            rule("").cancel_unfinished_after_days(1),
        ];
        assert_eq!(lifecycle(&fine), Ok(()));
        refused(lifecycle(&[rule("a/")]), "needs a number");
        refused(lifecycle(&[rule("a/").hide_after_days(0)]), "at least one day");
        let overlap = [rule("a/b").hide_after_days(1), rule("a/").hide_after_days(1)];
        refused(lifecycle(&overlap), "same file");
        refused(lifecycle(&[overlap[0].clone(), overlap[0].clone()]), "same file");
        let many: Vec<_> =
            (100..201).map(|n: u32| rule(&n.to_string()).hide_after_days(1)).collect();
        refused(lifecycle(&many), "100");
    }

    #[test]
    fn cors_rules_are_complete() {
        let rule =
            || CorsRule::new("everybody").allow_origin("*").allow_operation(CorsOperation::S3Get);
        assert_eq!(cors(&[rule()]), Ok(()));
        refused(cors(&[rule(), rule()]), "same name");
        refused(cors(&[CorsRule::new("everybody")]), "origin");
        refused(cors(&[CorsRule::new("everybody").allow_origin("*")]), "operation");
        refused(cors(&[rule().max_age_seconds(86_401)]), "86,400");
        refused(cors(&[rule().expose_header("x".repeat(990))]), "1,000");
        refused(cors(&[CorsRule::new("b2-mine").allow_origin("*")]), "letters");
    }

    #[test]
    fn replication_rules_are_few_and_ordered() {
        let with =
            |rules| ReplicationConfiguration::NONE.source(ReplicationSource::new("002a", rules));
        let rule = |name: &str| ReplicationRule::new(name, "8d62");
        assert_eq!(replication(&with(vec![rule("a"), rule("b")])), Ok(()));
        assert_eq!(replication(&ReplicationConfiguration::NONE), Ok(()));
        refused(replication(&with(vec![rule("a"), rule("a")])), "same name");
        refused(replication(&with(vec![rule("a"), rule("b"), rule("c")])), "2");
        refused(replication(&with(vec![rule("a").priority(0)])), "priority");
        refused(replication(&with(vec![rule("a").priority(1 << 31)])), "priority");
        refused(replication(&with(vec![rule("")])), "name");
    }

    #[test]
    fn notification_rules_can_be_delivered() {
        let to = |url: &str| NotificationRule::new("new-photos", [EventType::ObjectCreated], url);
        let rule = || to("https://example.com");
        let fine = rule().signed_with("rrzaVL6BqYt83s2Q5R2I79AilaxVBJUS").max_events_per_batch(50);
        assert_eq!(notification(&[fine]), Ok(()));
        refused(notification(&[to("http://example.com")]), "https");
        refused(notification(&[rule(), rule()]), "same name");
        refused(notification(&[rule().signed_with("short")]), "32");
        refused(notification(&[rule().header("x-bz-test", "1")]), "X-Bz-");
        refused(notification(&[rule().max_events_per_batch(51)]), "50");
        let many = (0..11).fold(rule(), |rule, _| rule.header("A", "b"));
        refused(notification(&[many]), "10");
        let none = NotificationRule::new("new-photos", [], "https://example.com");
        refused(notification(&[none]), "event type");
    }
}
