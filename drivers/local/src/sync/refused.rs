//! Names that a run has not removed because they were too many, and the run that somebody allows
//! them.

use core::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use b2_proto::error::Error;
use b2_proto::plan::sync::{LeftOut, Planner, Totals};

use super::end::{End, Setup};
use super::event::{Ending, Event, Summary};
use super::judging::PlanRules;
use super::moved::Moved;
use super::root::Roots;
use super::run::Run;
use super::unplaced::Unplaced;

/// Names that a sync has not removed because they were too many: those that somebody may be asked
/// about. A clone is the same.
///
/// A sync that [ends](Ending::TooManyDeletes) so notes them here, and one that is to remove only
/// what was noted goes by them: whatever its source lacks by then besides was shown to nobody, and
/// stays. Eight bytes are kept of each name, and of no more names than
/// [`Options::left_max`](b2_proto::plan::sync::Options::left_max).
#[derive(Clone, Default)]
pub struct Refused(Arc<Mutex<Option<Noted>>>);

#[derive(Clone)]
struct Noted {
    left: LeftOut,
    /// How many there were.
    wanted: u64,
    ends: (End, End),
    /// The folders that were walked.
    roots: Roots,
    unplaced: Arc<Unplaced>,
    summary: Summary,
    moved: Moved,
}

impl Refused {
    /// Nothing so far.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many names are remembered.
    pub fn names(&self) -> u64 {
        self.noted().as_ref().map_or(0, |it| it.left.len() as u64)
    }

    /// How many of those that were refused are not among them, since the files that were to have
    /// their content by a copy have not got it (S1).
    pub fn waiting(&self) -> u64 {
        self.noted().as_ref().map_or(0, |it| it.left.waiting())
    }

    /// Whether all are remembered that the sync has refused to remove; not where there was none,
    /// nor where they were more than there was room for, nor where some [wait](Self::waiting).
    pub fn is_whole(&self) -> bool {
        self.noted().as_ref().is_some_and(|it| it.left.len() as u64 == it.wanted)
    }

    /// What the sync has moved that noted them.
    pub fn moved(&self) -> Moved {
        self.noted().as_ref().map(|it| it.moved.clone()).unwrap_or_default()
    }

    fn noted(&self) -> MutexGuard<'_, Option<Noted>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was noted of a sync between these ends.
    fn of(&self, setup: &Setup) -> Result<Noted, Error> {
        if !self.is_whole() {
            return Err(Error::invalid("not all names are known that another sync has refused"));
        }
        let noted = self.noted().clone();
        let is_of = |it: &Noted| (&it.ends.0, &it.ends.1) == (&setup.source, &setup.destination);
        let other = || Error::invalid("the names were refused by a sync between other places");
        noted.filter(is_of).ok_or_else(other)
    }
}

impl fmt::Debug for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Refused").field(&self.names()).finish()
    }
}

impl Run {
    /// Notes here what it refuses to remove for the limit, and forgets what another run has noted
    /// here.
    #[must_use]
    pub fn refusing(mut self, refused: Refused) -> Self {
        *refused.noted() = None;
        self.refused = Some(refused);
        self
    }

    /// A run that removes what another one has refused, as far as the source still has not got it,
    /// and does nothing else. Its summary is that of both.
    ///
    /// # Errors
    /// As [`Run::new`]; and not all of these names are known, or they are of a sync between other
    /// places.
    pub fn allowing(setup: Setup, refused: &Refused) -> Result<Self, Error> {
        let Noted { left, roots, unplaced, summary, .. } = refused.of(&setup)?;
        let names = left.len() as u64;
        let planned = summary.planned;
        let held_back = planned.held_back.saturating_sub(left.held_back());
        let planned = Totals { held_back, ..planned };
        let rules = PlanRules::new(setup.rules.clone());
        let planner = Planner::again(setup.options, left, rules);
        let planner = planner.map_err(|it| Error::invalid(&it.to_string()))?;
        let mut run = Self::new(setup)?;
        (run.source, run.destination) = run.setup.feeds(&roots);
        run.planner = planner;
        run.roots = roots;
        // Whatever stands in for those files stays; somebody may have changed it since.
        run.unplaced = Arc::new(unplaced.anew());
        run.summary = Summary { ending: Ending::Complete, planned, ..summary };
        run.names_left = names;
        run.is_again = true;
        run.events.push_back(Event::Again { names });
        Ok(run)
    }

    /// It is over; what it has refused is noted for whoever wants it.
    pub(super) fn note_refused(&mut self) {
        let Ending::TooManyDeletes { wanted, .. } = self.summary.ending else { return };
        let Some(refused) = &self.refused else { return };
        *refused.noted() = Some(Noted {
            left: self.planner.take_left_out(|after| self.schedule.has_succeeded(after)),
            wanted,
            ends: (self.setup.source.clone(), self.setup.destination.clone()),
            roots: self.roots.clone(),
            unplaced: Arc::clone(&self.unplaced),
            summary: self.summary,
            moved: self.setup.moved.clone(),
        });
    }
}
