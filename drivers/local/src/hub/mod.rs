//! One engine, driven by whoever has news.
//!
//! Nobody owns the engine. Who adds a job, brings an answer or notices that a deadline has come
//! takes the lock, tells the engine, and hands out what it wants done: *orders*, which borrow
//! nothing. Each order goes to the seat of its job, and whoever waits for the job carries it out
//! or has somebody do it; the lock is held for microseconds, never while bytes move, and never
//! while code of others runs: wakers, observers, readers and sinks that are dropped.
//!
//! ```text
//!   caller ── add ──► Job ──── next ───► Order ─── exchange ───► Flight::finish ──┐
//!                      ▲                                                          │
//!                      └───────── orders, progress, the outcome ◄── engine ◄──────┘
//! ```
//!
//! So a job of one request at a time needs no other task or thread: its caller sends the request
//! and takes the answer. Requests of a job that proceed in parallel get tasks or threads of their
//! own, each of which goes on with the next order of the job.
//!
//! A driver's part is to carry out [`Order`]s (with the pieces of [`exchange`](crate::exchange)),
//! to tell how they ended ([`Flight::finish`], or [`Flight::finish_own`] where whoever waits for
//! the job did it, who then may get the job's [`End`], for [`Job::ended`]), to wait as
//! [`Next::Wait`] says, and to go on with a job whose caller has left ([`Job::cancel`]).

mod clock;
mod desk;
mod flight;
mod job;
mod later;
mod observer;
mod order;
mod seat;

use core::cell::Cell;
use core::time::Duration;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Instant as SystemInstant, SystemTime};

use b2_proto::error::Error;
use b2_proto::id::{BufferId, SinkId};
use b2_proto::machine::engine::{Engine, JobId};
use b2_proto::machine::{Event, Machine, Session, Version};
use b2_proto::policy::clock::WallClock;
use b2_proto::policy::meter::{Budget, Meter};
use b2_proto::time::Instant;
use http::HeaderValue;

use crate::account::Accounts;
use crate::claims::Claims;
use crate::exchange::Pace;
use crate::exchange::request::Manner;
use clock::Clock;
use desk::Desk;

pub use b2_proto::machine::Repeat;
pub use flight::{After, End, Flight};
pub use job::{Job, News, Next};
pub use observer::{Observer, ReplyInfo, RequestInfo};
pub use order::{Order, Work};

/// What a hub is made with.
pub struct HubSettings {
    /// A session that has not logged in, or starts from a login of before.
    pub session: Session,
    /// Most requests at the same time, for all jobs together.
    pub connections: usize,
    /// Bytes of all buffers of jobs together.
    pub buffers: u64,
    /// How much may be asked of the service.
    pub budget: Option<Budget>,
    /// How many bytes may pass in a second.
    pub pace: Pace,
    /// Sent with each request.
    pub user_agent: HeaderValue,
    /// Longest silence in the middle of a request, where the operation allows more.
    pub silence_max: Option<Duration>,
    /// Whether the session may compare this machine's clock with the service's.
    pub checks_clock: bool,
    /// Told about each request.
    pub observer: Option<Arc<dyn Observer>>,
    /// Where unfinished large files are claimed.
    pub claims: Claims,
    /// Where logins are kept.
    pub accounts: Arc<Accounts>,
}

/// What the requests of a job read from and write to. The default is that of a login: nothing.
pub trait JobIo: Default + Send + Sync + 'static {
    /// Forgets what was read into a buffer. Called while the hub is locked, or filling the buffer
    /// anew could overtake it, so it must not come back to the hub.
    fn release(&self, slot: BufferId);

    /// Learns what a sink gets; the same for each answer. Called while the hub is locked, so it
    /// must neither wait nor come back to the hub.
    fn pin(&self, sink: SinkId, version: &Version<'_>);

    /// The job has ended or is given up: lets go of what others may have then, although what is
    /// left of requests may still hold this. Called before the outcome is told, without the lock.
    fn end(&self);
}

/// The engine of one client. `Io` is what the requests of a job read from and write to.
pub struct Hub<Io> {
    state: Mutex<State<Io>>,
    clock: Clock,
    manner: Manner,
    checks_clock: bool,
    observer: Option<Arc<dyn Observer>>,
    pace: Pace,
    accounts: Arc<Accounts>,
}

struct State<Io> {
    engine: Engine,
    desk: Desk<Io>,
}

impl<Io: JobIo> Hub<Io> {
    /// A hub without jobs; the zero of its time is now.
    pub fn new(settings: HubSettings) -> Arc<Self> {
        settings.accounts.starts_at(settings.session.epoch());
        let mut engine = Engine::new(settings.session, settings.connections);
        engine.set_buffers(settings.buffers);
        engine.set_budget(settings.budget);
        Arc::new(Self {
            state: Mutex::new(State { engine, desk: Desk::default() }),
            clock: Clock::start(),
            manner: Manner { user_agent: settings.user_agent, silence_max: settings.silence_max },
            checks_clock: settings.checks_clock,
            observer: settings.observer,
            pace: settings.pace,
            accounts: settings.accounts,
        })
    }

    /// How many bytes may pass in a second.
    pub const fn pace(&self) -> &Pace {
        &self.pace
    }

    /// What is shared with the account store.
    pub const fn accounts(&self) -> &Arc<Accounts> {
        &self.accounts
    }

    /// What all jobs have asked of the service so far.
    pub fn meter(&self) -> Meter {
        self.lock().engine.meter()
    }

    /// The service's clock, in milliseconds since 1970, as its last answer told it; `None` until
    /// one has.
    pub fn service_ms(&self) -> Option<u64> {
        let now = self.now();
        self.lock().engine.session_mut().service_ms_at(now)
    }

    /// Changes how much may be asked of the service.
    pub fn set_budget(&self, budget: Option<Budget>) {
        self.lock().engine.set_budget(budget);
    }

    /// Takes a job on. A job that is watched collects progress for [`Next::Progress`].
    pub fn add<M>(self: &Arc<Self>, machine: Box<M>, io: Io, is_watched: bool) -> Job<Io, M::Output>
    where
        M: Machine + Send + 'static,
        M::Output: Send + 'static,
    {
        let id = Cell::new(JobId::LOGIN);
        let add = |state: &mut State<Io>, _| {
            id.set(state.engine.add_boxed(machine));
            state.desk.seat(id.get(), io, is_watched);
        };
        // Most jobs begin with a request: it is taken along, rather than asked for at once.
        let first = self.enter(add, |state| Flight::next_of(self, id.get(), state));
        Job::new(self.clone(), id.get(), first)
    }

    /// Ends everything: what is in flight is aborted. For when the last handle of a client goes.
    pub fn close(&self) {
        let later = {
            let desk = &mut self.lock().desk;
            desk.abort_all();
            desk.take_later()
        };
        later.run();
    }

    fn lock(&self) -> MutexGuard<'_, State<Io>> {
        // A panic in here is a programmer's mistake; the others may as well go on.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Instant {
        self.clock.now()
    }

    /// When a moment of the engine's time comes.
    fn moment(&self, at: Instant) -> SystemInstant {
        self.clock.moment(at)
    }

    /// Changes something, does what the engine wants done then, takes something of that, and wakes
    /// whom the rest concerns. Neither closure may run code of others.
    fn enter<T>(
        &self,
        change: impl FnOnce(&mut State<Io>, Instant),
        take: impl FnOnce(&mut State<Io>) -> T,
    ) -> T {
        let (taken, later) = {
            let mut state = self.lock();
            let now = self.now();
            self.tell_time(&mut state.engine, now);
            change(&mut state, now);
            self.drain(&mut state, now);
            let taken = take(&mut state);
            let State { engine, desk } = &mut *state;
            if engine.may_have_deadlines() {
                desk.note_deadlines(|job| engine.deadline_of(job).map(|it| it.at));
            }
            (taken, state.desk.take_later())
        };
        later.run();
        taken
    }

    /// The system's clock goes on while the machine sleeps and may be set, so it is told anew
    /// each time.
    fn tell_time(&self, engine: &mut Engine, at: Instant) {
        if self.checks_clock {
            let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok();
            let unix_ms = since.and_then(|since| u64::try_from(since.as_millis()).ok());
            let clock = unix_ms.map(|unix_ms| WallClock { at, unix_ms });
            engine.session_mut().set_wall_clock(clock);
        }
    }

    /// Hands out what the machines want done until they want nothing more.
    fn drain(&self, state: &mut State<Io>, now: Instant) {
        let State { engine, desk } = state;
        loop {
            while let Some((job, action)) = engine.poll_action(now) {
                desk.take_on(job, action, &self.manner);
            }
            let mut is_settled = true;
            for (job, id, outcome) in desk.take_refused() {
                is_settled = false;
                engine.handle_input(job, now, outcome.input(id));
            }
            while let Some((job, outcome)) = engine.take_outcome() {
                is_settled = false;
                desk.end(job, outcome);
            }
            if is_settled {
                break;
            }
        }
        while let Some((job, event)) = engine.poll_event() {
            if let (Event::Retry(repeat), Some(observer)) = (event, &self.observer) {
                desk.note_repeat(observer, repeat);
            }
            desk.tell(job, event, || engine.large_file_id(job).map(str::to_owned));
        }
    }
}

impl<Io> core::fmt::Debug for Hub<Io> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Hub").finish_non_exhaustive()
    }
}

/// A driver that has gone before its jobs.
pub(crate) fn gone() -> Error {
    let kind = b2_proto::error::ErrorKind::Cancelled;
    Error::new(kind, "the runtime that ran this client has shut down")
}

#[cfg(test)]
mod tests;
