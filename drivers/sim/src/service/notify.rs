//! Event notification rules (spec sections 3.13, 3.14, 4.11). Nothing is delivered: the service
//! opens no connections.

use b2_proto::limits;
use b2_proto::name::encoded_len;
use serde_json::{Value, json};

use super::bucket_rules::check_rule_name;
use super::caps::Cap;
use super::params::{Params, missing};
use super::reply::{Checked, Refusal};
use super::state::Step;
use super::{Call, Service};

const SECRET_LEN: usize = 32;
const CUSTOM_HEADERS_MAX: usize = 10;
const CUSTOM_HEADERS_LEN_MAX: u64 = 2_048;

const EVENT_TYPES: &[&str] = &[
    "b2:ObjectCreated:*",
    "b2:ObjectCreated:Upload",
    "b2:ObjectCreated:MultipartUpload",
    "b2:ObjectCreated:Copy",
    "b2:ObjectCreated:Replica",
    "b2:ObjectCreated:MultipartReplica",
    "b2:ObjectDeleted:*",
    "b2:ObjectDeleted:Delete",
    "b2:ObjectDeleted:LifecycleRule",
    "b2:HideMarkerCreated:*",
    "b2:HideMarkerCreated:Hide",
    "b2:HideMarkerCreated:LifecycleRule",
    "b2:MultipartUploadCreated:*",
    "b2:MultipartUploadCreated:LiveRead",
];

impl Service {
    pub(super) fn notification_rules(&mut self, call: &Call<'_>) -> Checked<Value> {
        call.scope.require(Cap::ReadBucketNotifications)?;
        let bucket = self.bucket_in_scope(call.scope, call.params.required_text("bucketId")?)?;
        Ok(json!({ "bucketId": bucket.id, "eventNotificationRules": bucket.notifications }))
    }

    pub(super) fn set_notification_rules(&mut self, call: &Call<'_>) -> Checked<Value> {
        call.scope.require(Cap::WriteBucketNotifications)?;
        let id = call.params.required_text("bucketId")?;
        call.scope.require_bucket(id)?;
        let asked = call.params.list("eventNotificationRules")?;
        let asked = asked.ok_or_else(|| missing("eventNotificationRules"))?;
        let mut rules = checked_rules(asked)?;
        let mut bucket = self.bucket(id)?.clone();
        keep_suspensions(&mut rules, &bucket.notifications);
        bucket.notifications = json!(rules);
        self.apply(Step::Bucket(Box::new(bucket)));
        Ok(json!({ "bucketId": id, "eventNotificationRules": rules }))
    }

    /// Suspends a notification rule as the service does when deliveries keep failing, or resumes
    /// it with no reason. Says whether the rule exists.
    pub fn suspend_notification_rule(
        &mut self,
        bucket_id: &str,
        rule_name: &str,
        reason: Option<&str>,
    ) -> bool {
        let Some(mut bucket) = self.state.buckets.get(bucket_id).cloned() else { return false };
        let rules = bucket.notifications.as_array_mut().into_iter().flatten();
        let Some(rule) = rules.into_iter().find(|rule| rule["name"] == json!(rule_name)) else {
            return false;
        };
        rule["isSuspended"] = json!(reason.is_some());
        rule["suspensionReason"] = json!(reason.unwrap_or_default());
        self.apply(Step::Bucket(Box::new(bucket)));
        true
    }
}

/// A rule that is written again is as suspended as it was.
fn keep_suspensions(rules: &mut [Value], before: &Value) {
    for rule in rules {
        let named = |old: &&Value| old["name"] == rule["name"];
        if let Some(old) = before.as_array().into_iter().flatten().find(named) {
            rule["isSuspended"] = old["isSuspended"].clone();
            rule["suspensionReason"] = old["suspensionReason"].clone();
        }
    }
}

/// Checks rules and gives them the form they are read back in: sorted, with nulls for what is
/// unset.
fn checked_rules(asked: &[Value]) -> Checked<Vec<Value>> {
    if asked.len() > limits::NOTIFICATION_RULES_MAX {
        return Err(Refusal::bad_request("Too many event notification rules"));
    }
    let mut rules = asked.iter().map(checked_rule).collect::<Checked<Vec<Value>>>()?;
    rules.sort_by(|a, b| a["name"].as_str().cmp(&b["name"].as_str()));
    for (index, rule) in rules.iter().enumerate() {
        for other in &rules[index + 1..] {
            if rule["name"] == other["name"] {
                let message = format!("Duplicate rule name: {}", rule["name"]);
                return Err(Refusal::bad_request(message));
            }
            if prefixes_meet(rule, other) && events_meet(rule, other) {
                let message = "Two rules watch the same events of the same files";
                return Err(Refusal::bad_request(message));
            }
        }
    }
    Ok(rules)
}

fn checked_rule(rule: &Value) -> Checked<Value> {
    let params = Params::of(rule, "eventNotificationRules")?;
    let name = params.required_text("name")?;
    check_rule_name(name, limits::NOTIFICATION_RULE_NAME_LEN_MAX)?;
    let events = params.texts("eventTypes")?.ok_or_else(|| missing("eventTypes"))?;
    check_events(&events)?;
    let batch = params.number("maxEventsPerBatch")?.unwrap_or(1);
    let batch_max = i64::try_from(limits::NOTIFICATION_EVENTS_MAX).unwrap_or(i64::MAX);
    if !(1..=batch_max).contains(&batch) {
        return Err(Refusal::bad_request("maxEventsPerBatch out of range"));
    }
    let target = params.object("targetConfiguration")?;
    let target = checked_target(&target.ok_or_else(|| missing("targetConfiguration"))?)?;
    Ok(json!({
        "eventTypes": events,
        "isEnabled": params.flag("isEnabled")?.ok_or_else(|| missing("isEnabled"))?,
        "isSuspended": false,
        "maxEventsPerBatch": batch,
        "name": name,
        "objectNamePrefix": params.required_text("objectNamePrefix")?,
        "suspensionReason": "",
        "targetConfiguration": target,
    }))
}

fn check_events(events: &[&str]) -> Checked<()> {
    let refuse = |code, message: &str| Err(Refusal::new(400, code, message));
    if events.is_empty() {
        return refuse("event_types_empty", "eventTypes must not be empty");
    }
    if events.iter().any(|event| !EVENT_TYPES.contains(event)) {
        return refuse("event_type_invalid", "unknown event type");
    }
    for (index, event) in events.iter().enumerate() {
        for other in &events[index + 1..] {
            if event_meets(event, other) {
                return refuse("event_type_overlap", "event types overlap");
            }
            if category(event) != category(other) {
                return refuse("event_type_categories", "event types of several categories");
            }
        }
    }
    Ok(())
}

fn checked_target(target: &Params) -> Checked<Value> {
    if target.required_text("targetType")? != "webhook" {
        return Err(Refusal::bad_request("targetType must be webhook"));
    }
    let url = target.required_text("url")?;
    if !url.starts_with("https://") {
        return Err(Refusal::bad_request("url must start with https://"));
    }
    let secret = target.text("hmacSha256SigningSecret")?;
    let secret_fits = |text: &str| {
        text.len() == SECRET_LEN && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    if secret.is_some_and(|text| !secret_fits(text)) {
        let message = "hmacSha256SigningSecret must have 32 letters and digits";
        return Err(Refusal::bad_request(message));
    }
    let headers = target.list("customHeaders")?.map(|list| custom_headers(list)).transpose()?;
    Ok(json!({
        "customHeaders": headers,
        "hmacSha256SigningSecret": secret,
        "targetType": "webhook",
        "url": url,
    }))
}

fn custom_headers(list: &[Value]) -> Checked<Vec<Value>> {
    let mut total = 0;
    let mut headers = Vec::new();
    for header in list {
        let header = Params::of(header, "customHeaders")?;
        let name = header.required_text("name")?;
        let value = header.required_text("value")?;
        if name.is_empty() || name.to_ascii_lowercase().starts_with("x-bz-") {
            return Err(Refusal::bad_request(format!("Bad custom header: {name}")));
        }
        total += encoded_len(name) + encoded_len(value);
        headers.push(json!({ "name": name, "value": value }));
    }
    if headers.len() > CUSTOM_HEADERS_MAX || total > CUSTOM_HEADERS_LEN_MAX {
        return Err(Refusal::bad_request("Too many custom headers"));
    }
    Ok(headers)
}

fn category(event: &str) -> &str {
    event.rsplit_once(':').map_or(event, |(category, _)| category)
}

fn event_meets(a: &str, b: &str) -> bool {
    a == b || (category(a) == category(b) && (a.ends_with('*') || b.ends_with('*')))
}

fn events_meet(a: &Value, b: &Value) -> bool {
    let of = |rule: &Value| -> Vec<String> {
        let list = rule["eventTypes"].as_array().into_iter().flatten();
        list.filter_map(|event| event.as_str().map(str::to_owned)).collect()
    };
    of(a).iter().any(|a| of(b).iter().any(|b| event_meets(a, b)))
}

fn prefixes_meet(a: &Value, b: &Value) -> bool {
    let of = |rule: &'_ Value| rule["objectNamePrefix"].as_str().unwrap_or_default().to_owned();
    of(a).starts_with(&of(b)) || of(b).starts_with(&of(a))
}
