//! `b2 key …` (spec 6.6).

use std::collections::BTreeMap;

use b2_proto::model::Capability;
use b2_proto::op::CreateKey;

use crate::args::{KeyCommand, KeyCreateArgs, values};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::table;

pub(crate) async fn run(context: &Context, command: KeyCommand) -> Result<(), Failure> {
    match command {
        KeyCommand::Create(args) => create(context, args).await,
        KeyCommand::List(args) => list(context, args.long).await,
        KeyCommand::Delete(args) => {
            context.client().delete_key(&args.key_id).await?;
            context.out.say(&args.key_id)
        }
    }
}

async fn create(context: &Context, args: KeyCreateArgs) -> Result<(), Failure> {
    let capabilities = match &args.capabilities {
        Some(list) => values::capabilities(list),
        None => all_capabilities(context),
    };
    let mut operation = CreateKey::new(args.name, capabilities);
    if let Some(seconds) = args.duration {
        operation = operation.valid_for_seconds(seconds);
    }
    if let Some(prefix) = args.name_prefix {
        operation = operation.prefix(prefix);
    }
    let mut missing = Vec::new();
    for name in &args.bucket {
        match context.find_bucket(name).await? {
            Some(bucket) => operation = operation.bucket(bucket.id()),
            None => missing.push(name.as_str()),
        }
    }
    if !missing.is_empty() {
        return Err(Failure::Line(context.no_bucket(&missing)));
    }
    let created = context.client().create_key(operation).await?;
    // Shown this once only, so that --quiet must not swallow it.
    let (id, key) = (&created.key.application_key_id, created.application_key.expose());
    context.out.result(format_args!("{id} {key}"))
}

/// All that are known and those the present key has, in order.
fn all_capabilities(context: &Context) -> Vec<Capability> {
    let own = &context.login.account.authorization.storage_api.allowed.capabilities;
    let known = Capability::KNOWN.iter().filter(|it| !it.as_str().contains("BucketNotifications"));
    let mut all: Vec<Capability> = known.chain(own).cloned().collect();
    all.sort_unstable_by(|a, b| a.as_str().cmp(b.as_str()));
    all.dedup();
    all
}

async fn list(context: &Context, is_long: bool) -> Result<(), Failure> {
    let names = if is_long {
        let buckets = context.client().buckets().await?;
        buckets.into_iter().map(|it| (it.bucket_id, it.bucket_name)).collect()
    } else {
        BTreeMap::new()
    };
    let mut keys = context.client().keys();
    while let Some(key) = keys.try_next().await? {
        context.out.say(if is_long { table::key_long(&key, &names) } else { table::key(&key) })?;
    }
    Ok(())
}
