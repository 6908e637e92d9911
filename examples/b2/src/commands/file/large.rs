//! `b2 file large …`

use core::time::Duration;
use std::time::{SystemTime, UNIX_EPOCH};

use b2_proto::machine::leftovers::{Fate, LeftoverOptions};
use b2_tokio::Error;

use crate::args::uri::Uri;
use crate::args::{LargeCommand, UnfinishedCleanArgs, UnfinishedCommand};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{note, table};

pub(crate) async fn run(context: &Context, command: LargeCommand) -> Result<(), Failure> {
    match command {
        LargeCommand::Parts(args) => {
            let mut parts = context.client().parts(args.file_id.clone());
            loop {
                let not_present = || format!("File not present: {}", args.file_id);
                let next = parts.try_next().await;
                match next.map_err(|it| missing(it, not_present))? {
                    Some(part) => context.out.say(table::part(&part))?,
                    None => return Ok(()),
                }
            }
        }
        LargeCommand::Unfinished(UnfinishedCommand::List(args)) => {
            let mut files = context.bucket(&args.bucket).await?.unfinished();
            while let Some(file) = files.try_next().await? {
                context.out.say(table::unfinished(&file))?;
            }
            Ok(())
        }
        LargeCommand::Unfinished(UnfinishedCommand::Cancel(args)) => match args.uri {
            Uri::Path { bucket, .. } => {
                let mut files = context.bucket(&bucket).await?.unfinished();
                while let Some(file) = files.try_next().await? {
                    cancel(context, file.file_id.as_str()).await?;
                }
                Ok(())
            }
            Uri::Id(id) => cancel(context, &id).await,
            Uri::Buckets => Err(Failure::message("name a bucket or a file")),
        },
        LargeCommand::Unfinished(UnfinishedCommand::Clean(args)) => clean(context, &args).await,
    }
}

/// Cancels what is old, and tells what each file held and what all of them did.
async fn clean(context: &Context, args: &UnfinishedCleanArgs) -> Result<(), Failure> {
    const DAY_S: u64 = 24 * 60 * 60;
    let age = Duration::from_secs(u64::from(args.older_than_days) * DAY_S);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let before = now.saturating_sub(age).as_millis();
    let options =
        LeftoverOptions { started_before_ms: u64::try_from(before).ok(), cancels: !args.dry_run };
    let found = context.bucket(&args.bucket).await?.leftovers(options).await?;
    let (mut files, mut bytes, mut failure) = (0, 0, None);
    for leftover in &found.files {
        match &leftover.fate {
            Fate::Kept | Fate::Cancelled => {
                (files, bytes) = (files + 1, bytes + leftover.bytes);
                context.out.say(table::leftover(leftover))?;
            }
            Fate::InUse => note!(
                "NOTE: {} is left alone: an upload of this machine is at work on it",
                leftover.file.file_id
            ),
            Fate::Failed(error) => {
                note!("ERROR: {} is not canceled: {error}", leftover.file.file_id);
                failure = Some(error.clone());
            }
        }
    }
    let done = if args.dry_run { "would be canceled" } else { "canceled" };
    context.out.say(format_args!("{files} files with {bytes} bytes {done}"))?;
    if found.has_more {
        context.out.say("there are more; run it again")?;
    }
    failure.map_or(Ok(()), |error| Err(error.into()))
}

async fn cancel(context: &Context, id: &str) -> Result<(), Failure> {
    let not_present = || format!("File not present: {id}");
    let cancelled = context.client().cancel_large_file(id).await;
    cancelled.map_err(|error| missing(error, not_present))?;
    context.out.say(format_args!("{id} canceled"))
}

fn missing(error: Error, not_present: impl FnOnce() -> String) -> Failure {
    if error.says_not_unfinished() {
        return Failure::Message(not_present());
    }
    error.into()
}
