//! A run that nobody owns: whoever has done a job tells it, and goes on with the next one.
//!
//! A loop that hands jobs out would be woken after each file, and would wake somebody for the next
//! one: two turns of other threads for each file. So there are *lanes*, each a task or thread that
//! does one job after the other. A lane that has done its job tells the run how it ended, tells the
//! onlooker what happened, and takes the next job. Where there is more to begin than one lane can
//! do, further ones are begun; where there is nothing, the lane ends. Whoever waits for the sync is
//! called when it is over, when it may go on after it was held up, and when a lane breaks off: then
//! it is a lane itself for a while.

use core::any::Any;
use core::mem;
use core::panic::AssertUnwindSafe;
use core::sync::atomic::{AtomicBool, Ordering};
use std::collections::VecDeque;
use std::panic::{catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use b2_proto::error::{Error, ErrorKind};

use super::contest::Presence;
use super::event::{Event, Summary};
use super::job::{Ended, Job, Ticket};
use super::listeners::Listening;
use super::run::{Next, Run};

/// Told each event.
pub type Onlooker = Box<dyn FnMut(&Event) + Send>;

/// A run and its onlooker, for all lanes together.
pub struct Lanes {
    state: Mutex<State>,
    /// Nobody waits for the run any more.
    is_given_up: AtomicBool,
    /// A lane broke off, and whoever waits is to be one in its place.
    is_short: AtomicBool,
    /// Has whoever waits for the run look at it.
    call: Arc<dyn Fn() + Send + Sync>,
    /// Calls for signals that nobody else would notice.
    _listening: Vec<Listening>,
}

struct State {
    run: Run,
    onlooker: Onlooker,
    /// Jobs for which lanes are on their way.
    waiting: VecDeque<(Ticket, Job)>,
    end: End,
}

/// What a run came to.
enum End {
    NotYet,
    Result(Result<Summary, Error>),
    /// Something of the caller's panicked.
    Panic(Box<dyn Any + Send>),
    Told,
}

impl Lanes {
    /// A run that has not begun. The onlooker is told by one lane at a time; `call` is called when
    /// whoever waits is to look for a [`result`](Self::result), [`begin`](Self::begin) again if
    /// there is none, and be a lane if one [broke off](Self::is_short).
    pub fn new(run: Run, onlooker: Onlooker, call: impl Fn() + Send + Sync + 'static) -> Self {
        let call: Arc<dyn Fn() + Send + Sync> = Arc::new(call);
        let called = || {
            let call = call.clone();
            move || call()
        };
        // A run that is held up may have no job whose end would show that it may go on, or is to
        // stop.
        let pause = run.pause().into_iter();
        let listening = pause.map(|pause| pause.listen(called()));
        let stop = run.stop_signal().filter(|_| run.pause().is_some()).into_iter();
        let listening = listening.chain(stop.map(|stop| stop.listen(called()))).collect();
        let state = State { run, onlooker, waiting: VecDeque::new(), end: End::NotYet };
        Self {
            state: Mutex::new(state),
            is_given_up: AtomicBool::new(false),
            is_short: AtomicBool::new(false),
            call,
            _listening: listening,
        }
    }

    /// Begins the run, or goes on with it; so many lanes are to be begun.
    pub fn begin(&self) -> usize {
        self.go_on(|state| state.step(None, &self.is_given_up))
    }

    /// Whether a lane broke off since this was asked for.
    pub fn is_short(&self) -> bool {
        self.is_short.swap(false, Ordering::AcqRel)
    }

    /// What the run came to, once it is over. Told once; a panic of what the caller gave goes on
    /// here.
    pub fn result(&self) -> Option<Result<Summary, Error>> {
        let end = {
            let mut state = self.lock();
            if let End::NotYet = state.end {
                return None;
            }
            mem::replace(&mut state.end, End::Told)
        };
        match end {
            End::Result(result) => Some(result),
            End::Panic(payload) => resume_unwind(payload),
            End::NotYet | End::Told => None,
        }
    }

    /// Begins and tells nothing more, but for an event that is being told.
    pub fn give_up(&self) {
        self.is_given_up.store(true, Ordering::SeqCst);
        self.let_go();
    }

    /// Lets go what belongs to whoever gave the run up: lanes may live on for a moment. Where one
    /// has the state, it does so afterwards; the lock is not waited for, since that one may be
    /// telling.
    fn let_go(&self) {
        if self.is_given_up.load(Ordering::SeqCst)
            && let Ok(mut state) = self.state.try_lock()
        {
            let gone = state.let_go();
            drop(state);
            drop(gone);
        }
    }

    /// Changes the state, and calls whoever waits if that was the end.
    fn go_on<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.lock();
        let was_over = state.is_over();
        let changed = change(&mut state);
        // Lanes may live on for a moment; what belongs to whoever waits does not.
        let gone = (state.is_over() && !was_over).then(|| state.let_go());
        drop(state);
        if gone.is_some() {
            drop(gone);
            (self.call)();
        }
        self.let_go();
        changed
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    const fn is_over(&self) -> bool {
        !matches!(self.end, End::NotYet)
    }

    /// Tells the run how a job ended, if one did, and takes all steps that can be taken then; so
    /// many jobs came to those that wait for lanes.
    fn step(&mut self, ended: Option<(Ticket, Ended)>, is_given_up: &AtomicBool) -> usize {
        let before = self.waiting.len();
        // Filters, providers and onlookers are other people's. What panics ends the run, and goes
        // on where that is waited for.
        let steps = AssertUnwindSafe(|| self.steps(ended, is_given_up));
        if let Err(payload) = catch_unwind(steps) {
            self.end = End::Panic(payload);
        }
        self.waiting.len() - before
    }

    fn steps(&mut self, ended: Option<(Ticket, Ended)>, is_given_up: &AtomicBool) {
        if let (Some((ticket, ended)), false) = (ended, self.is_over()) {
            self.run.ended(ticket, ended);
        }
        while !self.is_over() && !is_given_up.load(Ordering::Relaxed) {
            match self.run.step() {
                Next::Tell(event) => (self.onlooker)(&event),
                Next::Begin(ticket, job) => self.waiting.push_back((ticket, job)),
                Next::Wait => break,
                Next::Over(result) => self.end = End::Result(result),
            }
        }
    }

    /// What is of no use any more once the run is over.
    fn let_go(&mut self) -> (Onlooker, Option<Presence>) {
        (mem::replace(&mut self.onlooker, Box::new(|_| {})), self.run.leave())
    }
}

impl core::fmt::Debug for Lanes {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Lanes").finish_non_exhaustive()
    }
}

/// What follows for a lane.
#[derive(Debug)]
pub struct Turn {
    /// Its next job; without one it has ended.
    pub job: Option<Job>,
    /// So many further lanes are to be begun.
    pub begin: usize,
}

/// How a job ends with an error.
type Failing = fn(Error) -> Ended;

/// One lane. Dropped before it has ended, it lets its job count as failed, and whoever waits for
/// the run looks after what is left.
#[derive(Debug)]
pub struct Lane {
    lanes: Arc<Lanes>,
    under_way: Option<(Ticket, Failing)>,
    has_ended: bool,
}

impl Lane {
    /// A lane that has not begun.
    pub const fn new(lanes: Arc<Lanes>) -> Self {
        Self { lanes, under_way: None, has_ended: false }
    }

    /// Tells how the job ended, if there was one, and takes the next.
    pub fn next(&mut self, ended: Option<Ended>) -> Turn {
        let done = self.under_way.take().zip(ended);
        let lanes = self.lanes.clone();
        let (taken, begin) = lanes.go_on(|state| {
            let more = done.map_or(0, |((ticket, _), ended)| {
                state.step(Some((ticket, ended)), &lanes.is_given_up)
            });
            // Perhaps what another lane was begun for: that finds nothing then, and ends.
            let is_over = state.is_over() || lanes.is_given_up.load(Ordering::Relaxed);
            let taken = if is_over { None } else { state.waiting.pop_front() };
            (taken, more.saturating_sub(1))
        });
        self.has_ended = taken.is_none();
        let job = taken.map(|(ticket, job)| {
            self.under_way = Some((ticket, job.failing()));
            job
        });
        Turn { job, begin }
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        if self.has_ended {
            return;
        }
        if let Some((ticket, failing)) = self.under_way.take() {
            let broke_off = "the task or thread that did it broke off";
            let lost = failing(Error::new(ErrorKind::Unknown, broke_off));
            self.lanes.go_on(|state| state.step(Some((ticket, lost)), &self.lanes.is_given_up));
        }
        self.lanes.is_short.store(true, Ordering::Release);
        (self.lanes.call)();
    }
}
