//! A sync on its way: what its driver is to do next, and what it is told.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use b2_proto::error::{Error, ErrorKind};
use b2_proto::plan::sync::{self, Planner, Schedule, Turn, Work};

use super::clock::Clock;
use super::contest::Presence;
use super::digests::Digests;
use super::end::Setup;
use super::event::{Action, Event, Summary};
use super::feed::Feed;
use super::hashes::Hashes;
use super::item::Item;
use super::job::{Ended, Job, Ticket};
use super::judging::PlanRules;
use super::looking::Looks;
use super::pause::Pause;
use super::pruning::EMPTIED_MAX;
use super::refusal::{is_as_wanted, is_of_all};
use super::refused::Refused;
use super::root::Roots;
use super::stop::Stop;
use super::unplaced::Unplaced;

/// A sync on its way; see the [module](super).
#[derive(Debug)]
pub struct Run {
    pub(super) setup: Setup,
    pub(super) planner: Planner<Item, Item, PlanRules>,
    pub(super) source: Feed,
    pub(super) destination: Feed,
    /// The folders of the first round, for all of them.
    pub(super) roots: Roots,
    pub(super) schedule: Schedule<Item, Item>,
    /// Actions under way.
    pub(super) flying: BTreeMap<u64, Action>,
    /// Those of them for which the source is looked at once more.
    pub(super) looks: Looks,
    pub(super) events: VecDeque<Event>,
    pub(super) hashes: Hashes,
    pub(super) digests: Digests,
    /// Whether files were hashed since the index was written.
    pub(super) has_hashed: bool,
    /// Whether the index is being written.
    pub(super) is_keeping: bool,
    pub(super) plan_ended: Option<sync::Ending>,
    /// Whether this is the second round.
    pub(super) is_again: bool,
    /// Names that were left for it.
    pub(super) names_left: u64,
    /// Files that could not be stored in a folder.
    pub(super) unplaced: Arc<Unplaced>,
    /// Folders that may be empty now.
    pub(super) emptied: BTreeSet<String>,
    pub(super) is_pruning: bool,
    /// Actions in a row that failed for what will happen to all.
    pub(super) unreached: u32,
    /// The kind of the last failure.
    pub(super) refusal: ErrorKind,
    /// Why the last thing was skipped or could not be read, for the report that follows.
    pub(super) trouble: Option<(String, String)>,
    pub(super) summary: Summary,
    /// What ends the whole run.
    pub(super) fatal: Option<Error>,
    /// Whom others at the same destination notice.
    pub(super) presence: Option<Presence>,
    /// Tells the service's time, until it has.
    pub(super) clock: Option<Clock>,
    /// Tells it to stop.
    pub(super) stop: Option<Stop>,
    /// Holds it up.
    pub(super) pause: Option<Pause>,
    /// Told what is refused.
    pub(super) refused: Option<Refused>,
    was_held_up: bool,
}

/// What comes next.
#[derive(Debug)]
pub enum Next {
    /// Begin this; [`Run::ended`] is told when it has ended.
    Begin(Ticket, Job),
    /// Tell this to whoever looks on.
    Tell(Event),
    /// Nothing before one of the jobs under way has ended, or, where the run is held up, before it
    /// may go on.
    Wait,
    /// It is over.
    Over(Result<Summary, Error>),
}

impl Run {
    /// A run that has not begun.
    ///
    /// # Errors
    /// Options that contradict each other, and ends that cannot be synchronized.
    pub fn new(setup: Setup) -> Result<Self, Error> {
        let planner = setup.planner()?;
        let roots = setup.roots();
        let (source, destination) = setup.feeds(&roots);
        Ok(Self {
            planner,
            source,
            destination,
            roots,
            schedule: Schedule::new(setup.in_flight_max),
            digests: Digests::new(setup.index.clone()),
            setup,
            flying: BTreeMap::new(),
            looks: Looks::default(),
            events: VecDeque::new(),
            hashes: Hashes::default(),
            has_hashed: false,
            is_keeping: false,
            plan_ended: None,
            is_again: false,
            names_left: 0,
            unplaced: Arc::default(),
            emptied: BTreeSet::new(),
            is_pruning: false,
            unreached: 0,
            refusal: ErrorKind::Unknown,
            trouble: None,
            summary: Summary::new(),
            fatal: None,
            presence: None,
            clock: None,
            stop: None,
            pause: None,
            refused: None,
            was_held_up: false,
        })
    }

    /// What is to be done, told or waited for.
    pub fn step(&mut self) -> Next {
        loop {
            if self.is_held_up() {
                self.was_held_up = true;
                return Next::Wait;
            }
            if core::mem::take(&mut self.was_held_up) {
                self.look_anew();
            }
            if let Some(event) = self.events.pop_front() {
                return Next::Tell(event);
            }
            if self.is_stopped() {
                return self.end_early();
            }
            if let Some(next) = self.look_again_job().or_else(|| self.second_job()) {
                return next;
            }
            if let Some((ticket, job)) = self.feed_job().or_else(|| self.prune_job()) {
                return Next::Begin(ticket, job);
            }
            match self.turn() {
                Some(Turn::Begin(action)) => match self.begin(action) {
                    Some(next) => return next,
                    None => continue,
                },
                Some(Turn::LeaveUndone(action)) => {
                    self.summary.undone += 1;
                    self.events.push_back(Event::Undone(action));
                    continue;
                }
                None => {}
            }
            if self.plan() {
                continue;
            }
            if let Some((ticket, job)) = self.look_job().or_else(|| self.keep_job()) {
                return Next::Begin(ticket, job);
            }
            if self.plan_ended.is_none() || !self.is_idle() {
                return Next::Wait;
            }
            if !self.plan_again() {
                return Next::Over(Ok(self.summary));
            }
        }
    }

    /// Tells how a job ended.
    pub fn ended(&mut self, ticket: Ticket, mut ended: Ended) {
        self.note_time();
        if let Ended::Walked(Ok(walked)) = &mut ended {
            self.events.extend(walked.notices.drain(..).map(Event::Notice));
        }
        match (ticket, ended) {
            (Ticket::Source, ended) => self.source.take(ended),
            (Ticket::Destination, ended) => self.destination.take(ended),
            (Ticket::Hash(number), Ended::Hashed(hashed)) => self.hash_ended(number, hashed),
            (Ticket::Action(id), Ended::Done(result)) => self.job_ended(id, result),
            (Ticket::Action(id), Ended::Looked(result)) => self.looked(id, result),
            (Ticket::Look, Ended::Names(page)) => self.page_looked(page),
            (Ticket::Prune, _) => self.is_pruning = false,
            (Ticket::Index, Ended::Kept(note)) => {
                self.is_keeping = false;
                self.events.extend(note.map(Event::Index));
            }
            // No driver answers something else.
            (Ticket::Hash(_) | Ticket::Action(_) | Ticket::Look | Ticket::Index, _) => {
                self.fatal = Some(Error::invalid("an answer to something else"));
            }
        }
    }

    /// What it came to so far.
    pub const fn summary(&self) -> &Summary {
        &self.summary
    }

    fn feed_job(&mut self) -> Option<(Ticket, Job)> {
        if self.plan_ended.is_some() {
            return None;
        }
        if let Some(job) = self.hash_job() {
            return Some(job);
        }
        if let Some(job) = self.source.judge().or_else(|| self.source.ask()) {
            return Some((Ticket::Source, job));
        }
        let job = self.destination.judge().or_else(|| self.destination.ask());
        job.map(|job| (Ticket::Destination, job))
    }

    fn turn(&mut self) -> Option<Turn<Item, Item>> {
        let must_wait = self.is_pruning || self.emptied.len() >= EMPTIED_MAX;
        if must_wait { None } else { self.schedule.turn() }
    }

    fn is_idle(&self) -> bool {
        let is_hashing = self.digests.has_index() && self.hashes.is_busy();
        let is_busy = self.is_pruning || self.is_keeping || is_hashing;
        self.schedule.is_idle() && !is_busy && self.emptied.is_empty()
    }

    fn begin(&mut self, action: Action) -> Option<Next> {
        let (id, path, len) = (action.id, action.path().to_owned(), action.content_len());
        let job = self.first_job(&action);
        self.flying.insert(id, action);
        self.events.push_back(Event::Begun { id, path, len });
        match job {
            Ok(job) => job.map(|job| Next::Begin(Ticket::Action(id), job)),
            Err(error) => {
                self.action_ended(id, Err(error));
                None
            }
        }
    }

    pub(super) fn action_ended(&mut self, id: u64, result: Result<(), Error>) {
        let Some(action) = self.flying.remove(&id) else { return };
        let result =
            result.or_else(|error| if is_as_wanted(&action, &error) { Ok(()) } else { Err(error) });
        self.schedule.ended(id, result.is_ok());
        match result {
            Ok(()) => {
                self.count_unreached(false);
                self.done(action);
            }
            Err(error) if error.kind == ErrorKind::Cancelled => {
                self.summary.broken_off += 1;
                self.fatal = Some(error);
            }
            Err(error) => {
                self.note_unplaced(&action);
                self.summary.failed += 1;
                self.count_unreached(is_of_all(error.kind));
                self.refusal = error.kind;
                self.events.push_back(Event::Failed(action, Box::new(error)));
            }
        }
    }

    /// Counts actions in a row that came to nothing because nobody could be reached. A run that is
    /// given up stays so: what it has not begun is lost, whatever ends well after that.
    fn count_unreached(&mut self, is_unreached: bool) {
        if !self.is_stopped() {
            self.unreached = if is_unreached { self.unreached + 1 } else { 0 };
        }
    }

    pub(super) fn done(&mut self, action: Action) {
        self.summary.count(&action);
        if let Work::Delete { entry: Item::Local(file), .. } = &action.work
            && let Some((folder, _)) = file.name.rsplit_once('/')
            && !self.setup.is_dry_run
        {
            self.emptied.insert(folder.to_owned());
        }
        self.events.push_back(Event::Done(action));
    }
}
