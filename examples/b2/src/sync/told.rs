//! What was told of a sync, and how it ends.

use core::fmt::Display;

use b2_local::sync::{Action, Event, Moved, Place, Report, Side, Summary};
use b2_local::walk::{SkipReason, Skipped};
use b2_proto::error::{Error, ErrorKind};
use b2_proto::plan::sync::{Direction, Entry as _, HeldBack, Totals, Work};
use serde_json::{Value, json};

use super::ending;
use super::estimate::{Prices, Takes, Uploads};
use super::json;
use super::lines;
use super::progress::{Now, Screen};
use super::ticker::Ticker;
use crate::args::{Progress, SyncArgs};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{note, progress};

/// Names that are shown, unasked, before somebody is asked about them.
const SHOWN_MAX: usize = 100;

/// Tells what happens, in lines for people or in JSON.
pub(super) struct Told<'a> {
    context: &'a Context,
    args: &'a SyncArgs,
    pub(super) source: &'a Place,
    pub(super) destination: &'a Place,
    screen: Screen,
    prices: Option<Prices>,
    /// What a dry run would take.
    takes: Takes,
    planned: Option<Totals>,
    /// The first names that are held back because they are too many.
    held: Vec<String>,
    copied: u64,
    /// Versions and files that were hidden or deleted.
    removed: u64,
    /// Actions that have ended.
    ended: u64,
    failed: u64,
    warned: u64,
}

impl<'a> Told<'a> {
    pub(super) fn new(
        context: &'a Context,
        args: &'a SyncArgs,
        source: &'a Place,
        destination: &'a Place,
    ) -> Result<Self, Failure> {
        let telling = &args.telling;
        let prices = telling.prices.as_deref().map(Prices::read).transpose()?;
        let is_wanted = !context.out.is_quiet() && !telling.no_progress;
        let is_line = is_wanted && telling.progress == Progress::Line && telling.events.is_none();
        let ticker = if is_line { Ticker::new(args, source)? } else { None };
        Ok(Self {
            context,
            args,
            source,
            destination,
            screen: Screen::new(
                progress::is_wanted(context.out.is_quiet(), telling.no_progress),
                ticker,
            ),
            prices,
            takes: Takes::default(),
            planned: None,
            held: Vec::new(),
            copied: 0,
            removed: 0,
            ended: 0,
            failed: 0,
            warned: 0,
        })
    }

    pub(super) fn begin(&self) -> Result<(), Failure> {
        let (source, destination) = (&self.args.source, &self.args.destination);
        self.json(|| {
            json!({"event": "started", "version": json::VERSION, "source": source,
                "destination": destination, "dryRun": self.args.dry_run})
        })
    }

    /// A run begins. Another one goes on from what the first one did.
    pub(super) fn moves(&mut self, moved: Moved) {
        self.screen.moves(moved);
    }

    /// The first names that are held back because they are too many.
    pub(super) fn held(&self) -> &[String] {
        &self.held
    }

    pub(super) fn clear(&self) {
        self.screen.clear();
    }

    pub(super) fn flush(&self) -> Result<(), Failure> {
        self.screen.suspend(|| self.context.out.flush())
    }

    pub(super) fn tick(&self) {
        if self.screen.is_shown() {
            self.screen.draw(&Now {
                copied: self.copied,
                removed: self.removed,
                ended: self.ended,
                failed: self.failed,
                planned: self.planned.as_ref(),
                meter: self.context.client().meter(),
                prices: self.prices.as_ref(),
            });
        }
    }

    pub(super) fn tell(&mut self, event: Event) -> Result<(), Failure> {
        self.json(|| json::event(&event, self.destination))?;
        match event {
            Event::Done(action) => self.done(&action)?,
            Event::Failed(action, error) => self.action_failed(&action, &error)?,
            Event::Left(report, reason) => {
                if let Report::HeldBack { entry, why: HeldBack::Limit } = &report {
                    // Each of its versions is told.
                    let name = b2_proto::name::Hexed(entry.path()).to_string();
                    if self.held.len() < SHOWN_MAX && self.held.last() != Some(&name) {
                        self.held.push(name);
                    }
                    return Ok(());
                }
                let ends = (self.source, self.destination);
                let text = lines::left(&report, reason.as_ref(), ends);
                let is_kept = matches!(report, Report::HeldBack { .. });
                self.complain(if is_kept { "WARNING" } else { "ERROR" }, text);
            }
            Event::Skipped(side, skipped) => self.skipped(side, &skipped),
            Event::Unlisted(side, error) => {
                let what = if side == Side::Source { "source" } else { "destination" };
                let why = self.context.sentence(&error);
                let rest = "and nothing behind that is copied or removed";
                let text = format_args!("the {what} could not be listed to its end, {rest}: {why}");
                self.complain("ERROR", text);
            }
            Event::Planned(totals) => self.planned = Some(totals),
            Event::Index(note) => self.complain("WARNING", note),
            Event::Notice(text) => self.complain("WARNING", text),
            Event::Contested => self.complain("WARNING", lines::CONTESTED),
            Event::Begun { .. } | Event::Undone(_) | Event::Again { .. } => {}
        }
        Ok(())
    }

    fn done(&mut self, action: &Action) -> Result<(), Failure> {
        self.ended += 1;
        let is_copied = matches!(action.work, Work::Transfer { .. } | Work::Rename { .. });
        self.copied += u64::from(is_copied);
        self.removed += u64::from(!is_copied);
        if self.args.dry_run {
            let api = &self.context.login.account.authorization.storage_api;
            let ends = (self.source, self.destination);
            let by_blocks = self.args.by_blocks;
            let blocks_min = by_blocks.then_some(api.absolute_minimum_part_size);
            let uploads = Uploads { part_len: api.recommended_part_size, blocks_min };
            self.takes.add(action, ends, uploads);
        }
        self.line(action.line(self.direction()))
    }

    fn action_failed(&mut self, action: &Action, error: &Error) -> Result<(), Failure> {
        self.ended += 1;
        self.failed += 1;
        let (what, text) = (lines::attempt(action, self.destination), self.context.sentence(error));
        self.line(format_args!("{what}: {:?}() {text}", error.kind))?;
        if let Some(line) = lines::exception(action, error)
            && self.args.telling.events.is_none()
        {
            self.screen.suspend(|| note!("{line}"));
        }
        Ok(())
    }

    fn skipped(&mut self, side: Side, skipped: &Skipped) {
        let is_asked_for = skipped.reason == SkipReason::Link;
        // What else a destination holds is no trouble of the source's.
        if is_asked_for || (side == Side::Destination && !lines::hides_files(side, skipped)) {
            return;
        }
        self.warned += u64::from(skipped.reason == SkipReason::LinkLoop);
        self.complain("WARNING", lines::skipped(skipped));
    }

    /// A line for people, at once: somebody may look on.
    fn line(&self, line: impl Display) -> Result<(), Failure> {
        if self.args.telling.events.is_some() {
            return Ok(());
        }
        let out = &self.context.out;
        self.screen.suspend(|| out.result(line).and_then(|()| out.flush()))
    }

    fn complain(&self, word: &str, text: impl Display) {
        if self.args.telling.events.is_none() {
            self.screen.suspend(|| note!("{word}: {text}"));
        }
    }

    fn json(&self, value: impl FnOnce() -> Value) -> Result<(), Failure> {
        if self.args.telling.events.is_none() {
            return Ok(());
        }
        let out = &self.context.out;
        self.screen.suspend(|| out.result(value()).and_then(|()| out.flush()))
    }

    const fn direction(&self) -> Direction {
        match (self.source, self.destination) {
            (Place::Folder(_), _) => Direction::Up,
            (Place::Bucket { .. }, Place::Folder(_)) => Direction::Down,
            (Place::Bucket { .. }, Place::Bucket { .. }) => Direction::Copy,
        }
    }

    /// Says in JSON what stopped all of it.
    pub(super) fn stopped(&self, error: &Error) -> Result<(), Failure> {
        self.json(|| json::stopped(error))
    }

    /// Says the same of what no client has told of, which is of this kind.
    pub(super) fn broken(&self, kind: ErrorKind, failure: Failure) -> Failure {
        let error = if let Failure::Client(error) = &failure {
            Error::clone(error)
        } else if let Failure::Message(text) = &failure {
            Error::with_message(kind, format_args!("{text}"))
        } else {
            Error::with_message(kind, format_args!("{failure}"))
        };
        self.stopped(&error).err().map_or(failure, Failure::of_work)
    }

    /// Says how the whole went.
    pub(super) fn end(&self, summary: &Summary) -> Result<(), Failure> {
        self.screen.clear();
        let meter = self.context.client().meter();
        let told = self.json(|| json::summary(summary, self.warned > 0, &meter));
        if self.args.telling.summary || self.prices.is_some() {
            let planned = self.args.dry_run.then_some(&self.takes);
            let prices = self.prices.as_ref();
            ending::summarize(self.args, summary, &Takes::counted(&meter), planned, prices);
        }
        ending::outcome(self.args, summary, self.warned > 0).and(told)
    }
}
