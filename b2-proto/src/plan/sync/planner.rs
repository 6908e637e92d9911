//! The merge of both sides, and what it asks for and hands out.

use core::cmp::Ordering;

use super::action::{Action, After, Ending, HeldBack, LocalFile, Report, Step, Work};
use super::entry::Entry;
use super::held::{Flush, Held};
use super::left::LeftOut;
use super::options::{DeleteLimit, Direction, Options, OptionsError};
use super::renames::NewFiles;
use super::select::{PathFilter, Selection};
use super::side::Side;
use super::totals::Totals;
use super::turn::Turn;

/// Plans one sync; see the [module](super).
#[derive(Debug)]
pub struct Planner<S, D, F> {
    pub(super) options: Options,
    pub(super) selection: Selection<F>,
    pub(super) source: Side<S>,
    pub(super) destination: Side<D>,
    pub(super) turn: Turn<D>,
    /// Names that vanish, until it is known whether they may.
    pub(super) held: Held<D>,
    /// New files, until it is known whether they are old ones renamed.
    pub(super) new_files: Option<NewFiles<S>>,
    pub(super) flush: Option<Flush<D>>,
    pub(super) ask: Option<Ask>,
    pub(super) totals: Totals,
    pub(super) ending: Option<Ending>,
    /// The only names that may be removed, if this plan follows another one.
    pub(super) left: Option<LeftOut>,
    next_id: u64,
}

/// Whose SHA-1 is asked for, and why.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Ask {
    /// Of the source's file, to compare it.
    Source,
    /// Of the destination's file, to compare it.
    Destination,
    /// Of the source's file, which is new, to find its old name.
    New,
    /// Of a new file that is held back, for the name that just vanished.
    Held(u64),
}

/// What one turn of the loop came to.
#[derive(Debug)]
pub(super) enum Turned<S, D> {
    /// Nothing to say.
    On,
    NeedSource,
    NeedDestination,
    NeedSha1,
    Act(Action<S, D>),
    Tell(Report<S, D>),
    Done(Ending),
}

impl<S: Entry, D: Entry + Clone, F: PathFilter> Planner<S, D, F> {
    /// A plan that has not begun. `filter` decides which files of the source take part.
    ///
    /// # Errors
    /// Options that contradict each other.
    pub fn new(options: Options, filter: F) -> Result<Self, OptionsError> {
        options.check()?;
        Ok(Self {
            options,
            selection: Selection::new(filter),
            source: Side::new(),
            destination: Side::new(),
            turn: Turn::new(),
            held: Held::new(options.held_max, options.left_max),
            new_files: options.renames.map(NewFiles::new),
            flush: None,
            ask: None,
            totals: Totals::default(),
            ending: None,
            left: None,
            next_id: 0,
        })
    }

    /// The plan after one that ended with [`Ending::PlanAgain`]: it removes the names that were
    /// left to it, as far as the source has not got them by then either, and does nothing else.
    /// Their number was allowed, so they go while it goes on, and it never asks for another plan.
    ///
    /// # Errors
    /// Options that contradict each other.
    pub fn again(options: Options, left: LeftOut, filter: F) -> Result<Self, OptionsError> {
        let next_id = left.next_id;
        let delete_limit = DeleteLimit::Unlimited;
        let options = Options { delete_limit, renames: None, ..options };
        Ok(Self { left: Some(left), next_id, ..Self::new(options, filter)? })
    }

    /// The names that are left to another plan, once this one has ended: with
    /// [`Ending::TooManyDeletes`] all that it has refused to remove for its limit, as far as there
    /// was room to remember them. Somebody may allow just those.
    ///
    /// Of names that were renamed, only those whose copy `has_succeeded` (S1): another plan knows
    /// nothing of what the removals of this one wait for. A [`Schedule`](super::Schedule) says so
    /// when all is done.
    pub fn take_left_out(&mut self, has_succeeded: impl Fn(After) -> bool) -> LeftOut {
        self.held.take_left_out(self.next_id, has_succeeded)
    }

    /// Sets the present, from which ages count, where only an answer of the service tells it.
    pub const fn set_now_ms(&mut self, now_ms: i64) {
        self.options.now_ms = now_ms;
    }

    /// The filter, for what it is told while the plan goes on.
    pub const fn filter(&mut self) -> &mut F {
        &mut self.selection.filter
    }

    /// What the plan comes to so far.
    pub const fn totals(&self) -> &Totals {
        &self.totals
    }

    /// What is wanted, to do or to tell next.
    pub fn step(&mut self) -> Step<'_, S, D> {
        loop {
            match self.turn() {
                Turned::On => {}
                Turned::NeedSource => return Step::NeedSource,
                Turned::NeedDestination => return Step::NeedDestination,
                Turned::NeedSha1 => break,
                Turned::Act(action) => return Step::Act(action),
                Turned::Tell(report) => return Step::Tell(report),
                Turned::Done(ending) => return Step::Done(ending),
            }
        }
        // There is no question without its file.
        self.asked().map_or(Step::Done(Ending::OutOfOrder), Step::NeedSha1)
    }

    /// The file whose SHA-1 was asked for.
    fn asked(&self) -> Option<LocalFile<'_, S, D>> {
        match self.ask? {
            Ask::Source | Ask::New => self.source.head().map(LocalFile::Source),
            Ask::Destination => self.destination.head().map(LocalFile::Destination),
            Ask::Held(id) => self.new_files.as_ref()?.file(id).map(LocalFile::Source),
        }
    }

    fn turn(&mut self) -> Turned<S, D> {
        if let Some(ending) = self.ending {
            return Turned::Done(ending);
        }
        if let Some(turned) = self.flush() {
            return turned;
        }
        if let Some(flush) = self.release() {
            self.flush = Some(flush);
            return Turned::On;
        }
        if self.ask.is_some() {
            return Turned::NeedSha1;
        }
        if let Some(group) = self.turn.vanished.take() {
            return self.vanished(group);
        }
        if self.source.is_again && self.source.head().is_some() {
            // An older version: the newest stands for the name.
            self.source.take();
        }
        if self.turn.is_open {
            return match self.destination.head() {
                Some(_) if self.destination.is_again => self.version(),
                None if !self.destination.has_ended => Turned::NeedDestination,
                Some(_) | None => self.close(),
            };
        }
        if self.destination.is_lost() && !self.lacks_source() {
            // Nothing of the rest can be compared, whatever the source has.
            return self.finish();
        }
        match (self.source.head(), self.destination.head()) {
            (Some(source), Some(destination)) => {
                let order = source.path().cmp(destination.path());
                self.open(order)
            }
            (Some(source), None) if self.destination.is_past(source.path()) => {
                self.open(Ordering::Less)
            }
            (None, Some(destination)) if self.source.is_past(destination.path()) => {
                self.open(Ordering::Greater)
            }
            (Some(_), None) => Turned::NeedDestination,
            (None, Some(_)) => Turned::NeedSource,
            (None, None) => self.need_either(),
        }
    }

    /// Asks the side that is behind, so that neither runs ahead with places it could not see.
    fn need_either(&mut self) -> Turned<S, D> {
        let is_behind = self.destination.position() <= self.source.position();
        match (self.source.has_ended, self.destination.has_ended) {
            (true, true) => self.finish(),
            (true, false) => Turned::NeedDestination,
            (false, false) if is_behind => Turned::NeedDestination,
            (false, true | false) => Turned::NeedSource,
        }
    }

    /// Numbers and counts an action.
    pub(super) fn act(&mut self, after: After, work: Work<S, D>) -> Turned<S, D> {
        self.hand_out(after, work, false)
    }

    pub(super) fn hand_out(
        &mut self,
        after: After,
        work: Work<S, D>,
        must_look: bool,
    ) -> Turned<S, D> {
        let id = self.next_id;
        self.next_id += 1;
        self.totals.add(&work);
        let is_down = self.options.direction == Direction::Down;
        let after_transfers = is_down && matches!(work, Work::Delete { .. });
        Turned::Act(Action { id, after, work, must_look, after_transfers })
    }

    /// Names that may vanish, as far as the destination is known.
    pub(super) fn allowed(&self) -> u64 {
        self.options.delete_limit.allowed(self.totals.removable)
    }

    pub(super) const fn next_id(&self) -> u64 {
        self.next_id
    }

    /// Both sides have ended, or the destination is lost: what was held back is decided now.
    fn finish(&mut self) -> Turned<S, D> {
        if let Some(source) = self.new_files.as_mut().and_then(NewFiles::pop) {
            return self.upload_new(source);
        }
        let wanted = self.totals.vanishing;
        let allowed = self.allowed();
        let is_allowed = self.options.delete_limit == DeleteLimit::Unlimited || wanted <= allowed;
        let is_unknown = self.lacks_source();
        if let Some(group) = self.held.pop() {
            let held_back = match is_allowed || !group.is_counted {
                _ if is_unknown => Some(HeldBack::SourceUnknown),
                false => Some(HeldBack::Limit),
                true => None,
            };
            if held_back == Some(HeldBack::Limit) {
                self.held.refuse(&group);
            }
            self.flush = Some(Flush::new(group, held_back));
            return Turned::On;
        }
        // What is still on its way from the source must not come to another plan, and what cannot
        // be listed is not there for it either.
        let is_last = !is_allowed || is_unknown || self.destination.is_lost();
        let ending = match self.held.left_out() {
            names if is_last => {
                // At least one version of each stays.
                self.totals.held_back += names;
                match is_allowed {
                    true => Ending::Complete,
                    false => {
                        self.held.end_refused(is_unknown);
                        Ending::TooManyDeletes { wanted, allowed }
                    }
                }
            }
            0 => Ending::Complete,
            names => Ending::PlanAgain { names },
        };
        self.ending = Some(ending);
        Turned::Done(ending)
    }
}
