//! `b2 file large …`

use b2_proto::error::ErrorKind;

use crate::args::uri::Uri;
use crate::args::{LargeCommand, UnfinishedCommand};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::table;

pub(crate) async fn run(context: &Context, command: LargeCommand) -> Result<(), Failure> {
    match command {
        LargeCommand::Parts(args) => {
            let mut parts = context.client().parts(args.file_id.clone());
            loop {
                let not_present = || format!("File not present: {}", args.file_id);
                let next = parts.try_next().await;
                match next.map_err(|it| Failure::or(it, ErrorKind::NotFound, not_present))? {
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
    }
}

async fn cancel(context: &Context, id: &str) -> Result<(), Failure> {
    let not_present = || format!("File not present: {id}");
    let cancelled = context.client().cancel_large_file(id).await;
    cancelled.map_err(|error| Failure::or(error, ErrorKind::NotFound, not_present))?;
    context.out.say(format_args!("{id} canceled"))
}
