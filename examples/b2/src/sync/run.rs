//! The copies of a sync under way, and what is said about them.

use core::future::Future;

use b2_local::walk::{SkipReason, Skipped};
use b2_proto::error::{Error, ErrorKind};
use b2_proto::name::Hexed;
use indicatif::ProgressBar;
use tokio::task::JoinSet;

use super::compare::Looks;
use crate::args::SyncArgs;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::progress;

/// Most files at the same time, whatever is asked for.
const THREADS_MAX: usize = 256;
/// Most copies in a row that may fail for want of a service before the rest is not tried: each has
/// used up its own attempts by then, which took minutes.
const UNREACHED_MAX: usize = 16;

/// A sync under way.
pub(super) struct Run<'a> {
    pub(super) context: &'a Context,
    pub(super) args: &'a SyncArgs,
    running: JoinSet<Outcome>,
    bar: ProgressBar,
    done: u64,
    failed: u64,
    warned: u64,
    /// Copies in a row that failed because the service could not be reached.
    unreached: usize,
}

/// What became of a copy.
struct Outcome {
    /// For its line: `upload name`.
    line: String,
    /// For a line about its failure: `b2_upload(…)`.
    action: String,
    result: Result<(), Error>,
}

impl<'a> Run<'a> {
    pub(super) fn new(context: &'a Context, args: &'a SyncArgs) -> Self {
        let is_wanted = progress::is_wanted(context.out.is_quiet(), args.no_progress);
        Self {
            context,
            args,
            running: JoinSet::new(),
            bar: progress::counter("{spinner} compared: {pos}  {msg}", is_wanted),
            done: 0,
            failed: 0,
            warned: 0,
            unreached: 0,
        }
    }

    /// One more name was compared.
    pub(super) fn compared(&self) {
        self.bar.inc(1);
    }

    /// Starts a copy as soon as there is a place for it; in a dry run only says so.
    pub(super) async fn copy(
        &mut self,
        line: String,
        action: String,
        work: impl Future<Output = Result<(), Error>> + Send + 'static,
    ) -> Result<(), Failure> {
        if self.args.dry_run {
            return self.context.out.result(line);
        }
        if self.unreached > UNREACHED_MAX {
            return Err(Failure::message(format_args!(
                "the service cannot be reached any more: {} files in a row failed for it. {} were \
                 copied; run the same again when it can be reached, and it goes on from there.",
                self.unreached, self.done
            )));
        }
        while self.running.len() >= self.args.threads.clamp(1, THREADS_MAX) {
            self.take_one().await?;
        }
        // What has ended meanwhile is told at once.
        while let Some(joined) = self.running.try_join_next() {
            self.tell(joined)?;
        }
        self.running.spawn(async move { Outcome { line, action, result: work.await } });
        Ok(())
    }

    /// A file that cannot be copied; the others go on.
    pub(super) fn fail(&mut self, message: &str) {
        self.failed += 1;
        self.bar.suspend(|| eprintln!("ERROR: {message}"));
    }

    /// A file whose newer copy at the destination stands in the way.
    pub(super) fn fail_older(
        &mut self,
        (from, from_looks): (&str, Looks),
        (to, to_looks): (&str, Looks),
    ) {
        let (from_ms, to_ms) = (from_looks.modified_ms, to_looks.modified_ms);
        self.fail(&format!(
            "source file is older than destination: {} with a time of {from_ms} cannot be synced \
             to {} with a time of {to_ms}, unless a valid newer_file_mode is provided \
             (--skip-newer or --replace-newer)",
            Hexed(from),
            Hexed(to),
        ));
    }

    /// Something in a folder that is left out.
    pub(super) fn warn(&mut self, skipped: &Skipped) {
        // A download to this folder that did not end is nothing this sync could have copied.
        self.warned += u64::from(skipped.reason != SkipReason::Leftover);
        let path = skipped.path.to_string_lossy();
        self.bar.suspend(|| eprintln!("WARNING: {} {}", Hexed(&path), skipped.reason));
    }

    /// Waits for all copies.
    pub(super) async fn finish(&mut self) -> Result<(), Failure> {
        while !self.running.is_empty() {
            self.take_one().await?;
        }
        Ok(())
    }

    /// Waits for all copies and says how the whole went.
    pub(super) async fn end(mut self) -> Result<(), Failure> {
        self.finish().await?;
        self.bar.finish_and_clear();
        if self.failed > 0 {
            return Err(Failure::message(format_args!(
                "Incomplete sync: sync is incomplete ({} failed, {} copied). What failed and why \
                 is told above; run the same again when that is settled.",
                self.failed, self.done
            )));
        }
        if self.warned > 0 { Err(Failure::Told) } else { Ok(()) }
    }

    async fn take_one(&mut self) -> Result<(), Failure> {
        match self.running.join_next().await {
            Some(joined) => self.tell(joined),
            None => Ok(()),
        }
    }

    fn tell(&mut self, joined: Result<Outcome, tokio::task::JoinError>) -> Result<(), Failure> {
        let outcome =
            joined.map_err(|error| Failure::message(format_args!("a copy broke off: {error}")))?;
        let out = &self.context.out;
        match outcome.result {
            Ok(()) => {
                self.done += 1;
                self.unreached = 0;
                self.bar.set_message(format!("copied: {}", self.done));
                self.bar.suspend(|| out.result(outcome.line).and_then(|()| out.flush()))
            }
            Err(error) => {
                self.failed += 1;
                let is_unreached =
                    matches!(error.kind, ErrorKind::Network | ErrorKind::Unavailable);
                self.unreached = if is_unreached { self.unreached + 1 } else { 0 };
                let Outcome { action, .. } = outcome;
                let text = self.context.sentence(&error);
                self.bar.suspend(|| {
                    out.result(format_args!("{action}: {:?}() {text}", error.kind))
                        .and_then(|()| out.flush())
                })
            }
        }
    }
}
