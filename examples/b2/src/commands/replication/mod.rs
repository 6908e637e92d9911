//! `b2 replication …` (spec 6.6).

mod status;
mod table;

use b2_proto::error::ErrorKind;
use b2_proto::plan::replication::Options;
use b2_tokio::{Bucket, Client, Error};

use crate::args::{ReplicationCommand, ReplicationRuleArgs, SetupArgs};
use crate::context::Context;
use crate::failure::Failure;
use crate::login::Login;

pub(crate) async fn run(context: &Context, command: ReplicationCommand) -> Result<(), Failure> {
    match command {
        ReplicationCommand::Setup(args) => setup(context, *args).await,
        ReplicationCommand::Status(args) => status::run(context, *args).await,
        ReplicationCommand::Pause(args) => switch(context, args, false).await,
        ReplicationCommand::Unpause(args) => switch(context, args, true).await,
        ReplicationCommand::Delete(args) => delete(context, args).await,
    }
}

async fn setup(context: &Context, args: SetupArgs) -> Result<(), Failure> {
    let mut source = context.bucket(&args.source).await?;
    let other = other_login(context, args.destination_profile.as_deref())?;
    let mut destination = match &other {
        Some(login) => login.client.bucket(args.destination.as_str()).await.map_err(|error| {
            Failure::or(error, ErrorKind::NotFound, || context.no_bucket(&[&args.destination]))
        })?,
        None => context.bucket(&args.destination).await?,
    };
    let options = Options {
        name: args.name,
        priority: args.priority,
        prefix: args.file_name_prefix,
        include_existing_files: args.include_existing_files,
    };
    source.replicate_to(&mut destination, options).await?;
    Ok(())
}

/// The login of the destination's account, if that is another.
fn other_login(context: &Context, profile: Option<&str>) -> Result<Option<Login>, Failure> {
    profile.map(|profile| Login::of_profile(&context.global, profile)).transpose()
}

fn client_of<'a>(context: &'a Context, other: Option<&'a Login>) -> &'a Client {
    other.map_or_else(|| context.client(), |login| &login.client)
}

async fn switch(
    context: &Context,
    args: ReplicationRuleArgs,
    enabled: bool,
) -> Result<(), Failure> {
    let mut source = context.bucket(&args.source).await?;
    match source.switch_replication_rule(&args.rule, enabled).await {
        Ok(true) => Ok(()),
        Ok(false) => told(context, "ERROR: replication rule was found, but could not be changed!"),
        Err(error) => no_rule(context, &source, error),
    }
}

async fn delete(context: &Context, args: ReplicationRuleArgs) -> Result<(), Failure> {
    let mut source = context.bucket(&args.source).await?;
    match source.delete_replication_rule(&args.rule).await {
        Ok(()) => Ok(()),
        Err(error) => no_rule(context, &source, error),
    }
}

/// A rule that is not there is told like a result; a bucket that is not there is another trouble.
fn no_rule(context: &Context, bucket: &Bucket, error: Error) -> Result<(), Failure> {
    if error.kind == ErrorKind::NotFound
        && error.operation.is_empty()
        && bucket.known_info().is_some()
    {
        return told(context, "ERROR: replication rule could not be found!");
    }
    Err(error.into())
}

/// Scripts look for these two on standard output.
fn told(context: &Context, text: &str) -> Result<(), Failure> {
    context.out.result(text)?;
    Err(Failure::Told)
}
