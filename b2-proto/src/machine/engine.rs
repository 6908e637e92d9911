//! Many machines, one session, one loop.
//!
//! The engine is what a driver of a whole client runs: jobs are added at any time, each drain
//! takes one action from each job in turn, and no more requests are in flight than the limit
//! allows. Only jobs that something happened to are looked at.
//!
//! ```
//! use b2_proto::machine::engine::Engine;
//! use b2_proto::machine::session::{Credentials, Session};
//! use b2_proto::machine::single::Single;
//! use b2_proto::machine::Action;
//! use b2_proto::op::list_buckets::ListBuckets;
//! use b2_proto::time::Instant;
//!
//! let session = Session::new(Credentials::new("id", "key", "production")?, 1);
//! let mut engine = Engine::new(session, 16);
//! let job = engine.add(Single::new(ListBuckets::default()));
//!
//! // The job waits for a login, so that is what the engine sends first.
//! let (_, action) = engine.poll_action(Instant::from_ms(0)).unwrap();
//! assert!(matches!(action, Action::Send(request) if request.operation == "b2_authorize_account"));
//! # let _ = job;
//! # Ok::<(), b2_proto::error::Error>(())
//! ```

use crate::error::Error;
use crate::id::ReqId;
#[cfg(debug_assertions)]
use crate::machine::contract::custody::{self, Custody};
use crate::machine::login::Login;
use crate::machine::session::Session;
use crate::machine::session::limits::Limits;
use crate::machine::{Accept, Action, Event, Input, Machine, Version};
use crate::op::Spec;
use crate::op::authorize_account::AuthorizeAccount;
use crate::policy::meter::{Budget, Meter};
use crate::policy::window::Kind;
use crate::time::{Deadline, Instant};
use crate::wire::reply::Headers;
use alloc::boxed::Box;
use alloc::collections::VecDeque;
use core::any::Any;

mod flights;
mod job;
mod rounds;
mod table;

use table::Table;

/// Events of ended jobs that are kept for a driver that polls rarely.
const LAST_EVENTS_MAX: usize = 1_024;

/// A job of an engine. Never used for another job.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct JobId {
    slot: u32,
    generation: u32,
}

impl JobId {
    /// The engine's own requests: logins.
    pub const LOGIN: Self = Self { slot: u32::MAX, generation: 0 };

    #[cfg(debug_assertions)]
    fn number(self) -> u64 {
        u64::from(self.slot) << 32 | u64::from(self.generation)
    }
}

/// The result of a job, to be downcast to what its machine gives.
pub type AnyOutput = Box<dyn Any + Send>;

/// More turns than jobs ever need to find out who can go on.
const TURNS_MAX: u32 = 100_000;

/// Owns a session and the jobs that use it.
pub struct Engine {
    session: Session,
    /// Lent to the session while a machine decides, so always there between two calls.
    limits: Option<Box<Limits>>,
    login: Login,
    table: Table,
    /// Jobs to be polled, in turn.
    ready: VecDeque<u32>,
    /// Jobs that wait for a place for a request, in turn: they were polled while there was none.
    held: VecDeque<u32>,
    /// Jobs that may have something to tell.
    eventful: VecDeque<u32>,
    outcomes: VecDeque<(JobId, Result<AnyOutput, Error>)>,
    /// What jobs had to tell when they ended.
    last_events: VecDeque<(JobId, Event)>,
    /// Requests of jobs that ended before them.
    orphans: VecDeque<(JobId, ReqId)>,
    in_flight: usize,
    in_flight_max: usize,
    /// No job has a deadline before this.
    next_due: Option<Instant>,
    now: Instant,
    /// Nothing has happened since there was nothing more to do.
    is_drained: bool,
    #[cfg(debug_assertions)]
    custody: Custody,
}

impl Engine {
    /// An engine with at most `in_flight_max` requests at the same time, 64 MiB for all buffers
    /// of jobs and no budget.
    pub fn new(session: Session, in_flight_max: usize) -> Self {
        Self {
            session,
            limits: Some(Box::new(Limits::new(in_flight_max))),
            login: Login::default(),
            table: Table::default(),
            ready: VecDeque::new(),
            held: VecDeque::new(),
            eventful: VecDeque::new(),
            outcomes: VecDeque::new(),
            last_events: VecDeque::new(),
            orphans: VecDeque::new(),
            in_flight: 0,
            in_flight_max: in_flight_max.max(1),
            next_due: None,
            now: Instant::default(),
            is_drained: true,
            #[cfg(debug_assertions)]
            custody: Custody::default(),
        }
    }

    /// What the jobs share.
    pub const fn session(&self) -> &Session {
        &self.session
    }

    /// What the jobs share, to change its settings.
    pub const fn session_mut(&mut self) -> &mut Session {
        &mut self.session
    }

    /// Sets how many bytes the buffers of all jobs may have together. Jobs that have begun keep
    /// what they have.
    pub fn set_buffers(&mut self, len: u64) {
        if let Some(limits) = &mut self.limits {
            limits.buffers.set_total(len);
        }
    }

    /// Sets how much the jobs may ask of the service, counted from the beginning; `None` takes
    /// the limit away. Jobs that have ended over it do not come back.
    pub fn set_budget(&mut self, budget: Option<Budget>) {
        if let Some(limits) = &mut self.limits {
            limits.budget = budget;
        }
    }

    /// What the jobs have asked of the service so far.
    pub fn meter(&self) -> Meter {
        self.limits.as_ref().map_or_else(Meter::default, |limits| limits.meter.clone())
    }

    /// Bytes in the buffers of all jobs.
    pub fn buffered(&self) -> u64 {
        self.limits.as_ref().map_or(0, |limits| limits.buffers.held())
    }

    /// How many requests of a kind may be in flight, as the service bears them at present.
    pub fn window(&self, kind: Kind) -> u32 {
        self.limits.as_ref().map_or(0, |limits| limits.window(kind))
    }

    /// Takes a job on.
    pub fn add<M>(&mut self, machine: M) -> JobId
    where
        M: Machine + Send + 'static,
        M::Output: Send + 'static,
    {
        self.add_boxed(Box::new(machine))
    }

    /// The same without moving the machine, which may have some kilobytes.
    pub fn add_boxed<M>(&mut self, machine: Box<M>) -> JobId
    where
        M: Machine + Send + 'static,
        M::Output: Send + 'static,
    {
        self.is_drained = false;
        let id = self.table.insert(machine);
        self.wake(id.slot);
        id
    }

    /// Jobs that have not ended.
    pub const fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether there are no jobs.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Gives a job up. Its outcome still comes, after its requests have been aborted.
    pub fn cancel(&mut self, job: JobId) {
        let now = self.now;
        if let Some(entry) = self.table.get_mut(job) {
            entry.machine.cancel_any(now);
            entry.is_given_up = true;
            self.is_drained = false;
            self.wake(job.slot);
        }
    }

    /// The next thing to do and for which job; call it until `None`.
    pub fn poll_action(&mut self, now: Instant) -> Option<(JobId, Action<'_>)> {
        self.now = self.now.max(now);
        if let Some((job, id)) = self.orphans.pop_front() {
            #[cfg(debug_assertions)]
            self.custody.note(job.number(), &self.session, &Action::Abort(id));
            return Some((job, Action::Abort(id)));
        }
        self.wake_due();
        // Who leaves a place to others has them woken: each turn ends the wait of one at least.
        let mut turns = 0;
        loop {
            turns += 1;
            debug_assert!(turns <= TURNS_MAX, "jobs leave places to each other without end");
            self.wake_able();
            if let Some(job) = self.decide() {
                return self.act(job);
            }
            if !self.limits.as_ref().is_some_and(|limits| limits.has_news()) {
                break;
            }
        }
        if self.table.waiting() > 0 {
            if self.login.decide(&mut self.session, self.now) {
                if let Some(limits) = &mut self.limits {
                    let Spec { name, class, .. } = AuthorizeAccount::SPEC;
                    limits.meter.note(name, class, self.login.attempt(), (0, 0));
                }
                let action = self.login.action(&self.session)?;
                #[cfg(debug_assertions)]
                self.custody.note(JobId::LOGIN.number(), &self.session, &action);
                return Some((JobId::LOGIN, action));
            }
        } else if self.login.is_waiting() && self.ready.is_empty() {
            // Those who needed the login have gone.
            self.login.abandon(&mut self.session);
        }
        if self.ready.is_empty() {
            self.session.forget_failed_login();
        }
        self.is_drained = true;
        None
    }

    /// See [`Machine::accept`].
    pub fn accept(
        &mut self,
        job: JobId,
        now: Instant,
        id: ReqId,
        status: u16,
        headers: &dyn Headers,
    ) -> Accept {
        self.now = self.now.max(now);
        self.is_drained = false;
        let Some(entry) = self.table.get_mut(job) else { return Accept::Collect { len_max: 0 } };
        self.session.limits = self.limits.take();
        let accept = entry.machine.accept_any(&mut self.session, self.now, id, status, headers);
        self.limits = self.session.limits.take();
        if let (Accept::Store { len, .. } | Accept::Feed { len }, Some(limits)) =
            (accept, &mut self.limits)
        {
            entry.flights.expect(id, len, limits);
        }
        // The first answer of a download tells how much there is for its other lanes.
        self.wake(job.slot);
        accept
    }

    /// See [`Machine::version`].
    pub fn version(&self, job: JobId) -> Option<Version<'_>> {
        self.table.get(job)?.machine.version_any()
    }

    /// See [`Machine::large_file_id`].
    pub fn large_file_id(&self, job: JobId) -> Option<&str> {
        self.table.get(job)?.machine.large_file_id_any()
    }

    /// Takes what happened to a request of a job. Late and repeated inputs change nothing.
    pub fn handle_input(&mut self, job: JobId, now: Instant, input: Input<'_>) {
        self.now = self.now.max(now);
        self.is_drained = false;
        if job == JobId::LOGIN {
            self.login.handle_input(&mut self.session, self.now, &input);
            self.wake_all();
            return;
        }
        let Some(entry) = self.table.get_mut(job) else { return };
        if input.is_final() {
            let Some(flight) = entry.flights.settled(input.id()) else { return };
            self.in_flight -= usize::from(flight.has_place());
            if let Some(limits) = &mut self.limits {
                flight.ended(job.slot, &input, limits);
            }
            #[cfg(debug_assertions)]
            self.custody.settled(job.number(), &self.session, &input);
        }
        let is_final = input.is_final();
        entry.machine.handle_any(&mut self.session, self.now, input);
        if !core::mem::replace(&mut entry.is_eventful, true) {
            self.eventful.push_back(job.slot);
        }
        if !is_final {
            return;
        }
        // An outcome must not wait until a place for a request is free.
        match entry.machine.outcome_any() {
            Some(outcome) => self.remove(job, outcome),
            None => self.wake(job.slot),
        }
    }

    /// When to poll again even if nothing arrives. Ask after a drain.
    pub fn poll_deadline(&self) -> Option<Deadline> {
        debug_assert!(self.is_drained, "rule 1: a deadline is asked for before a drain");
        let jobs = self.table.iter().filter(|entry| !entry.is_ready);
        let first = jobs.map(|entry| entry.deadline).fold(None, Deadline::earlier);
        Deadline::earlier(self.login.poll_deadline(), first)
    }

    /// Whether any job may have a deadline, told without looking at the jobs.
    pub fn may_have_deadlines(&self) -> bool {
        self.next_due.is_some() || self.login.poll_deadline().is_some()
    }

    /// When there is something to do for this job even if nothing arrives: its own deadline, or
    /// that of the login it waits for. Ask after a drain.
    pub fn deadline_of(&self, job: JobId) -> Option<Deadline> {
        debug_assert!(self.is_drained, "rule 1: a deadline is asked for before a drain");
        let entry = self.table.get(job).filter(|entry| !entry.is_ready)?;
        let login = if entry.is_waiting() { self.login.poll_deadline() } else { None };
        Deadline::earlier(entry.deadline, login)
    }

    /// The result of a job that has ended.
    pub fn take_outcome(&mut self) -> Option<(JobId, Result<AnyOutput, Error>)> {
        self.outcomes.pop_front()
    }

    /// Progress of some job, or that the login is repeated.
    pub fn poll_event(&mut self) -> Option<(JobId, Event)> {
        if let Some(repeat) = self.login.take_repeat() {
            return Some((JobId::LOGIN, Event::Retry(repeat)));
        }
        if let Some(last) = self.last_events.pop_front() {
            return Some(last);
        }
        while let Some(slot) = self.eventful.front().copied() {
            if let Some((id, entry)) = self.table.at(slot) {
                if let Some(event) = entry.machine.poll_event_any() {
                    return Some((id, event));
                }
                entry.is_eventful = false;
            }
            self.eventful.pop_front();
        }
        None
    }
}

impl core::fmt::Debug for Engine {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Engine")
            .field("session", &self.session)
            .field("jobs", &self.len())
            .field("in_flight", &self.in_flight)
            .finish_non_exhaustive()
    }
}

/// Erases what a job gives.
fn erase<T: Send + 'static>(result: Result<T, Error>) -> Result<AnyOutput, Error> {
    result.map(|output| -> AnyOutput { Box::new(output) })
}
