//! `b2 bucket notification-rule …` (spec 6.2). Each change reads the rules of a bucket, changes one
//! and writes all of them back.

use b2_proto::model::{EventType, NotificationRule};
use b2_tokio::Bucket;
use serde_json::{Map, Value, json};

use crate::args::{
    NotificationCommand, RuleArgs, RuleChangeArgs, RuleCreateArgs, RuleOptions, RulesArgs,
};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::readable;

pub(crate) async fn run(context: &Context, command: NotificationCommand) -> Result<(), Failure> {
    match command {
        NotificationCommand::List(args) => list(context, args).await,
        NotificationCommand::Create(args) => create(context, *args).await,
        NotificationCommand::Update(args) => update(context, *args).await,
        NotificationCommand::Enable(args) => {
            change(context, &args.rule, args.json, |rule| rule.is_enabled = true).await
        }
        NotificationCommand::Disable(args) => {
            change(context, &args.rule, args.json, |rule| rule.is_enabled = false).await
        }
        NotificationCommand::Delete(args) => delete(context, args).await,
    }
}

async fn list(context: &Context, args: RulesArgs) -> Result<(), Failure> {
    let (bucket, path) = args.place.place;
    let mut rules = context.bucket(&bucket).await?.notification_rules().await?;
    rules.retain(|rule| rule.object_name_prefix.starts_with(&path));
    rules.sort_by(|a, b| a.name.cmp(&b.name));
    let shapes = Value::Array(rules.iter().map(shape).collect());
    if args.json {
        return context.out.json(&shapes);
    }
    if rules.is_empty() {
        return context.out.say(format_args!("No notification rules for b2://{bucket}/{path}"));
    }
    context.out.say(format_args!("Notification rules for b2://{bucket}/{path} :"))?;
    context.out.say(readable::text(&shapes).trim_end_matches('\n'))
}

async fn create(context: &Context, args: RuleCreateArgs) -> Result<(), Failure> {
    let (bucket_name, path) = &args.rule.place.place;
    let bucket = context.bucket(bucket_name).await?;
    let mut rules = bucket.notification_rules().await?;
    let name = &args.rule.name;
    if rules.iter().any(|rule| rule.name == *name) {
        return Err(Failure::message(format_args!(
            "rule with name '{name}' already exists on bucket '{bucket_name}'"
        )));
    }
    let mut rule = NotificationRule::new(name, event_types(&args.event_type), args.webhook_url);
    rule.object_name_prefix.clone_from(path);
    apply(&mut rule, &args.more);
    rules.push(rule);
    write(context, &bucket, rules, name, args.more.json).await
}

async fn update(context: &Context, args: RuleChangeArgs) -> Result<(), Failure> {
    change(context, &args.rule, args.more.json, |rule| {
        rule.object_name_prefix.clone_from(&args.rule.place.place.1);
        if !args.event_type.is_empty() {
            rule.event_types = event_types(&args.event_type);
        }
        if let Some(url) = &args.webhook_url {
            rule.target_configuration.url.clone_from(url);
        }
        apply(rule, &args.more);
    })
    .await
}

/// Changes one rule.
async fn change(
    context: &Context,
    args: &RuleArgs,
    as_json: bool,
    change: impl FnOnce(&mut NotificationRule),
) -> Result<(), Failure> {
    let (bucket_name, _) = &args.place.place;
    let bucket = context.bucket(bucket_name).await?;
    let mut rules = bucket.notification_rules().await?;
    let Some(rule) = rules.iter_mut().find(|rule| rule.name == args.name) else {
        return Err(Failure::message(format_args!(
            "rule with name '{}' does not exist on bucket '{bucket_name}', available rules: [{}]",
            args.name,
            names(&rules)
        )));
    };
    change(rule);
    write(context, &bucket, rules, &args.name, as_json).await
}

async fn delete(context: &Context, args: RuleArgs) -> Result<(), Failure> {
    let (bucket_name, path) = &args.place.place;
    let bucket = context.bucket(bucket_name).await?;
    let mut rules = bucket.notification_rules().await?;
    let (before, all) = (rules.len(), names(&rules));
    rules.retain(|rule| rule.name != args.name);
    if rules.len() == before {
        return Err(Failure::message(format_args!(
            "no such rule to delete: '{}', available rules: [{all}]; No rules have been deleted.",
            args.name
        )));
    }
    bucket.set_notification_rules(rules).await?;
    context
        .out
        .say(format_args!("Rule '{}' has been deleted from b2://{bucket_name}/{path}", args.name))
}

/// Writes all rules and prints one as the service has it then.
async fn write(
    context: &Context,
    bucket: &Bucket,
    rules: Vec<NotificationRule>,
    name: &str,
    as_json: bool,
) -> Result<(), Failure> {
    let written = bucket.set_notification_rules(rules).await?;
    let rule = written.iter().find(|rule| rule.name == name);
    let rule = rule.map(shape).ok_or_else(|| {
        Failure::message(format_args!("the service does not tell of the rule '{name}' any more"))
    })?;
    if as_json {
        return context.out.json(&rule);
    }
    context.out.say(readable::text(&rule).trim_end_matches('\n'))
}

/// What is given takes the place of what was; headers are added to those there are.
fn apply(rule: &mut NotificationRule, options: &RuleOptions) {
    if options.enable || options.disable {
        rule.is_enabled = options.enable;
    }
    let mut changed = rule.clone();
    if let Some(secret) = &options.sign_secret {
        changed = changed.signed_with(secret);
    }
    for (name, value) in &options.custom_header {
        if let Some(headers) = &mut changed.target_configuration.custom_headers {
            headers.retain(|header| header.name != *name);
        }
        changed = changed.header(name, value);
    }
    *rule = changed;
}

fn event_types(names: &[String]) -> Vec<EventType> {
    names.iter().map(|name| EventType::from(name.as_str())).collect()
}

fn names(rules: &[NotificationRule]) -> String {
    let quoted: Vec<_> = rules.iter().map(|rule| format!("'{}'", rule.name)).collect();
    quoted.join(", ")
}

/// A rule as scripts know it: headers by their names.
fn shape(rule: &NotificationRule) -> Value {
    let target = &rule.target_configuration;
    let headers = target.custom_headers.as_ref().map(|headers| {
        let pair = |header: &b2_proto::model::CustomHeader| {
            (header.name.clone(), Value::from(header.value.expose()))
        };
        headers.iter().map(pair).collect::<Map<String, Value>>()
    });
    let secret = target.hmac_sha256_signing_secret.as_ref();
    let mut out = json!({
        "eventTypes": rule.event_types,
        "isEnabled": rule.is_enabled,
        "isSuspended": rule.is_suspended.unwrap_or_default(),
        "name": rule.name,
        "objectNamePrefix": rule.object_name_prefix,
        "suspensionReason": rule.suspension_reason.as_deref().unwrap_or_default(),
        "targetConfiguration": {
            "customHeaders": headers,
            "hmacSha256SigningSecret": secret.map(|secret| secret.expose()),
            "targetType": target.target_type,
            "url": target.url,
        },
    });
    if let (Some(object), Some(count)) = (out.as_object_mut(), rule.max_events_per_batch) {
        object.insert("maxEventsPerBatch".to_owned(), count.into());
    }
    out
}
