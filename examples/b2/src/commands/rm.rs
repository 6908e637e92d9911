//! `b2 rm` (spec 6.5).

use core::future::{Future as _, poll_fn};
use core::task::Poll;
use std::sync::Arc;

use b2_proto::error::ErrorKind;
use b2_proto::model::FileVersion;
use b2_proto::op::delete_file_version::DeleteFileVersion;
use b2_proto::plan::selection::Row;
use b2_tokio::{Client, Error};
use indicatif::ProgressBar;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::args::RmArgs;
use crate::args::uri::Uri;
use crate::commands::ls;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::progress;
use crate::select::rows;

pub(crate) async fn run(context: &Context, args: RmArgs) -> Result<(), Failure> {
    let (bucket, path) = match &args.uri {
        Uri::Path { bucket, path } => (context.listed_bucket(bucket).await?, path),
        Uri::Id(id) => {
            let file = ls::version(context, id).await?;
            if args.dry_run {
                return context.out.say(context.out.name(&file.file_name));
            }
            let mut deletions = Deletions::new(context, &args);
            deletions.add(file).await?;
            return deletions.end().await;
        }
        Uri::Buckets => return Err(Failure::message("name a bucket to delete files in")),
    };
    let mut files = rows(&bucket, path, &args.selection.0)?;
    let mut deletions = Deletions::new(context, &args);
    while let Some(row) = files.try_next().await? {
        match row {
            Row::File(file) if args.dry_run => {
                context.out.say(context.out.name(&file.file_name))?;
            }
            Row::Folder { name, .. } if args.dry_run => {
                context.out.say(context.out.name(&name))?;
            }
            Row::Folder { .. } => {}
            Row::File(file) => {
                deletions.add(*file).await?;
                if deletions.is_over() {
                    break;
                }
            }
        }
    }
    deletions.end().await
}

type Outcome = (FileVersion, Result<(), Error>);

/// Deletions under way: at most as many wait as the queue is long.
struct Deletions<'a> {
    context: &'a Context,
    args: &'a RmArgs,
    running: JoinSet<Outcome>,
    permits: Arc<Semaphore>,
    queue_len: usize,
    failed: u64,
    done: u64,
    bar: ProgressBar,
}

impl<'a> Deletions<'a> {
    fn new(context: &'a Context, args: &'a RmArgs) -> Self {
        let threads = args.threads.clamp(1, 1000);
        let is_wanted = progress::is_wanted(context.out.is_quiet(), args.no_progress);
        Self {
            context,
            args,
            running: JoinSet::new(),
            permits: Arc::new(Semaphore::new(threads)),
            queue_len: args.queue_size.unwrap_or(threads * 2).clamp(threads, 10_000),
            failed: 0,
            done: 0,
            bar: progress::counter("{spinner} deleted: {pos}/{len} {per_sec}", is_wanted),
        }
    }

    async fn add(&mut self, file: FileVersion) -> Result<(), Failure> {
        while self.running.len() >= self.queue_len {
            self.take_one().await?;
        }
        self.bar.inc_length(1);
        let (client, permits) = (self.context.client().clone(), self.permits.clone());
        let bypass = self.args.bypass_governance;
        // Takes its place in the line here: tasks begin in any order. The semaphore is never
        // closed.
        let mut turn = Box::pin(permits.acquire_owned());
        let early = poll_fn(|cx| Poll::Ready(turn.as_mut().poll(cx))).await;
        self.running.spawn(async move {
            let _permit = match early {
                Poll::Ready(permit) => permit,
                Poll::Pending => turn.await,
            };
            let outcome = delete(&client, &file, bypass).await;
            (file, outcome)
        });
        Ok(())
    }

    /// Whether no more is to be deleted.
    const fn is_over(&self) -> bool {
        self.args.fail_fast && self.failed > 0
    }

    async fn take_one(&mut self) -> Result<(), Failure> {
        let Some(joined) = self.running.join_next().await else { return Ok(()) };
        let (file, outcome) = joined
            .map_err(|error| Failure::message(format_args!("a deletion broke off: {error}")))?;
        match outcome {
            Ok(()) => {
                self.done += 1;
                self.bar.inc(1);
            }
            // After the first failure the rest is not told any more.
            Err(_) if self.is_over() => {}
            Err(error) => {
                self.failed += 1;
                let out = &self.context.out;
                self.bar.suspend(|| {
                    out.result(format_args!(
                        "Deletion of file \"{}\" ({}) failed: {}",
                        file.file_name,
                        file.file_id,
                        self.context.sentence(&error)
                    ))
                    .and_then(|()| out.flush())
                })?;
            }
        }
        Ok(())
    }

    async fn end(mut self) -> Result<(), Failure> {
        while !self.running.is_empty() {
            self.take_one().await?;
        }
        self.bar.finish_and_clear();
        if self.failed > 0 { Err(Failure::Told) } else { Ok(()) }
    }
}

/// A version that is gone already counts as deleted.
async fn delete(client: &Client, file: &FileVersion, bypass: bool) -> Result<(), Error> {
    let mut operation =
        DeleteFileVersion::new(file.file_id.as_str().to_owned(), file.file_name.clone());
    operation.bypass_governance = bypass;
    let deleted: Result<b2_proto::model::DeletedFileVersion, Error> = client.run(operation).await;
    match deleted {
        Ok(_) => Ok(()),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}
