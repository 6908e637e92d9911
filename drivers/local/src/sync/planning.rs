//! The plan of a run: what it is fed with, and what it says.

use b2_proto::error::{Error, ErrorKind};
use b2_proto::plan::sync::{self, Choice, Input, LocalFile, Planner, Schedule, Step};

use super::event::{Ending, Event, Reason, Report, Side};
use super::feed::Row;
use super::item::Item;
use super::job::{Job, LocalJob, Ticket};
use super::judging::PlanRules;
use super::run::Run;
use crate::walk::Skipped;

impl Run {
    /// Lets the plan go on as far as possible; whether there is anything new.
    pub(super) fn plan(&mut self) -> bool {
        while self.plan_ended.is_none()
            && !self.hashes.is_asked()
            && self.schedule.has_room()
            && self.events.is_empty()
        {
            match self.planner.step() {
                Step::NeedSource => {
                    let Some(row) = self.source.next() else { return false };
                    if let Some(input) = self.row(Side::Source, row) {
                        self.planner.source(input);
                    }
                }
                Step::NeedDestination => {
                    let Some(row) = self.destination.next() else { return false };
                    if let Some(input) = self.row(Side::Destination, row) {
                        self.planner.destination(input);
                    }
                }
                Step::NeedSha1(file) => {
                    let (LocalFile::Source(item) | LocalFile::Destination(item)) = file;
                    let Item::Local(file) = item else {
                        self.planner.hashed(None);
                        continue;
                    };
                    let file = file.clone();
                    self.ask_sha1(&file);
                    return true;
                }
                Step::Act(action) if self.setup.is_dry_run => self.done(action),
                Step::Act(action) => {
                    self.schedule.add(action);
                    return true;
                }
                Step::Tell(report) => self.left(report),
                Step::Done(ending) => {
                    self.planned(ending);
                    // What waited for that may be all there is to do.
                    return true;
                }
            }
        }
        !self.events.is_empty()
    }

    /// What the plan is told of a row, unless it has ended over it or the row says nothing to it,
    /// and what others are told.
    fn row(&mut self, side: Side, (row, choice): (Row, Option<Choice>)) -> Option<Input<Item>> {
        if let Some(choice) = choice {
            self.planner.filter().tell(side, &row, choice);
        }
        match &row {
            // What is left out is not told of either.
            Row::Skipped(it) if self.leaves_out(side, it) => {}
            Row::Skipped(skipped) => {
                // Another round comes to the same.
                self.summary.skipped += u64::from(!self.is_again);
                if side == Side::Destination && skipped.reason.is_of_no_bucket() {
                    // Neither is anything to come there, nor to be removed.
                    self.events.push_back(Event::Skipped(side, skipped.clone()));
                    return None;
                }
                self.trouble = Some((skipped.name.clone(), skipped.reason.to_string()));
                self.events.push_back(Event::Skipped(side, skipped.clone()));
            }
            Row::Failed { error, .. } if error.kind == ErrorKind::Cancelled => {
                self.fatal = Some(error.clone());
            }
            Row::Failed { error, is_first: true } if self.is_again => {
                self.give_round_up(side, error);
                return None;
            }
            Row::Failed { error, is_first: true } => self.fatal = Some(error.clone()),
            Row::Failed { error, is_first: false } => {
                self.trouble = Some((String::new(), error.to_string()));
                self.events.push_back(Event::Unlisted(side, Box::new(error.clone())));
            }
            Row::Entry(_) => self.setup.moved.see(side),
            Row::End => {}
        }
        Some(row.input())
    }

    /// Whether the rules leave out what takes no part anyway.
    fn leaves_out(&mut self, side: Side, skipped: &Skipped) -> bool {
        match side {
            Side::Source => self.planner.leaves_out(&skipped.name),
            Side::Destination => self.planner.protects(&skipped.name),
        }
    }

    /// The second round cannot begin: what it was for stays, and all else is done.
    fn give_round_up(&mut self, side: Side, error: &Error) {
        self.events.push_back(Event::Unlisted(side, Box::new(error.clone())));
        self.summary.planned.unknown += 1;
        self.summary.planned.held_back += self.names_left;
        self.plan_ended = Some(sync::Ending::Complete);
    }

    fn left(&mut self, report: Report) {
        let path = match &report {
            Report::NotCompared(item) | Report::DestinationUnknown(item) => {
                Some(sync::Entry::path(item))
            }
            Report::DestinationNewer { .. }
            | Report::UnsafeName { .. }
            | Report::HeldBack { .. } => None,
        };
        let covers = |place: &str, path: &str| {
            let rest = path.strip_prefix(place.trim_end_matches('/'));
            rest.is_some_and(|rest| place.is_empty() || rest.is_empty() || rest.starts_with('/'))
        };
        let trouble = self.trouble.as_ref();
        let trouble = path.and_then(|path| trouble.filter(|(place, _)| covers(place, path)));
        let reason = trouble.map(|(place, why)| match place.trim_end_matches('/') {
            "" => Reason(why.clone()),
            place => Reason(format!("{place} {why}")),
        });
        self.events.push_back(Event::Left(report, reason));
    }

    fn planned(&mut self, ending: sync::Ending) {
        self.hashes.forget();
        if self.is_again && ending == sync::Ending::EmptySource {
            let empty = Error::new(ErrorKind::Source, "nothing takes part there any more");
            return self.give_round_up(Side::Source, &empty);
        }
        self.plan_ended = Some(ending);
        let totals = *self.planner.totals();
        self.summary.plan(&totals, !self.is_again);
        self.summary.ending = match ending {
            // The first round has said how it ends.
            sync::Ending::Complete if self.is_again => self.summary.ending,
            sync::Ending::Complete | sync::Ending::PlanAgain { .. } => {
                self.setup.over_limit(&totals).unwrap_or(Ending::Complete)
            }
            sync::Ending::EmptySource => Ending::EmptySource,
            sync::Ending::TooManyDeletes { wanted, allowed } => {
                Ending::TooManyDeletes { wanted, allowed }
            }
            sync::Ending::OutOfOrder => Ending::OutOfOrder,
        };
        if !self.schedule.is_idle() {
            self.events.push_back(Event::Planned(self.summary.planned));
        }
    }

    /// What hashing has learned is written when the plan has ended, or the run does.
    pub(super) fn keep_job(&mut self) -> Option<(Ticket, Job)> {
        // Who stops does not wait for what is still being read.
        let is_time = self.is_stopped() || (self.plan_ended.is_some() && !self.hashes.is_busy());
        if !is_time || !self.digests.has_index() {
            return None;
        }
        if !core::mem::take(&mut self.has_hashed) {
            return None;
        }
        self.is_keeping = true;
        Some((Ticket::Index, Job::Local(LocalJob::Keep(self.digests.clone()))))
    }

    /// Plans once more, for what the plan left, if it asked for that.
    pub(super) fn plan_again(&mut self) -> bool {
        let Some(sync::Ending::PlanAgain { names }) = self.plan_ended else {
            self.note_refused();
            return false;
        };
        // The options were good for the first plan.
        let rules = PlanRules::new(self.setup.rules.clone());
        let left = self.planner.take_left_out(|after| self.schedule.has_succeeded(after));
        let Ok(planner) = Planner::again(self.setup.options, left, rules) else { return false };
        self.planner = planner;
        self.names_left = names;
        self.is_again = true;
        self.schedule = Schedule::new(self.setup.in_flight_max);
        (self.source, self.destination) = self.setup.feeds(&self.roots);
        self.plan_ended = None;
        self.trouble = None;
        self.events.push_back(Event::Again { names });
        true
    }
}
