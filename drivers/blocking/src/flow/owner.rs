//! The thread that waits for a job.

use core::task::Waker;
use core::time::Duration;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use b2_local::account::Keeping;
use b2_local::hub::{Job, News, Next, Order, Work};
use b2_local::sink::Sink;
use b2_proto::error::{Error, ErrorKind};
use b2_proto::machine::Progress;

use super::Flow;
use super::exchange::{Place, carry_out};
use super::io::JobIo;
use crate::cancel::{Cancel, Watched};
use crate::http::watch::{Hand, Unpark};

/// Called with each news.
pub(crate) type Listener = Box<dyn Fn(News<'_>) + Send>;

/// How often listeners are told about bytes that moved within a request, and how long at most a
/// job whose owner is busy waits for it to look.
const TICK: Duration = Duration::from_millis(100);

/// What a job is run with besides its machine.
#[derive(Default)]
pub(crate) struct Terms<'a> {
    /// Called with each news.
    pub(crate) listener: Option<Listener>,
    /// Gives the job up.
    pub(crate) cancel: Option<&'a Cancel>,
    /// Where a download goes that only the caller's thread can write.
    pub(crate) own_sink: Option<&'a dyn Sink>,
}

/// Carries a job out to its outcome.
///
/// A request that is all there is to do for the job is made here, without any other thread;
/// several at the same time are given to workers. While this thread is busy with a request of its
/// own, the job may get other lanes, and those may have news or deadlines: so between its bytes
/// and at least every tenth of a second it looks after the job as it would otherwise. That is why
/// a request may be made here even if others are to come.
pub(super) struct Owner<'a, T: 'static> {
    flow: &'a Flow,
    job: Option<Job<JobIo, T>>,
    /// Came while a request was under way here.
    outcome: Option<Result<T, Error>>,
    /// The same: a login that is to be kept.
    keeping: Option<Keeping>,
    terms: Terms<'a>,
    watched: Watched,
    waker: Waker,
    last: Progress,
    next_tick: Instant,
}

impl<'a, T: Send + 'static> Owner<'a, T> {
    pub(super) fn new(flow: &'a Flow, job: Job<JobIo, T>, terms: Terms<'a>) -> Self {
        let watched = Watched::new(terms.cancel);
        Self {
            flow,
            job: Some(job),
            outcome: None,
            keeping: None,
            terms,
            watched,
            waker: Waker::from(Arc::new(Unpark(thread::current()))),
            last: Progress::default(),
            next_tick: Instant::now() + TICK,
        }
    }

    /// Runs the job, and then tells the listener that all bytes have been moved: a short job may
    /// end before anything was told. `len` gives how many they are.
    ///
    /// # Errors
    /// Those of the job.
    pub(super) fn attend(mut self, len: impl Fn(&T) -> u64) -> Result<T, Error> {
        let output = self.run()?;
        if let Some(listener) = &self.terms.listener {
            let mut progress = self.last;
            progress.bytes_done = len(&output);
            progress.bytes_total = Some(progress.bytes_done);
            progress.parts_done = progress.parts_total.unwrap_or(progress.parts_done);
            listener(News::Progress(progress));
        }
        Ok(output)
    }

    fn run(&mut self) -> Result<T, Error> {
        loop {
            if let Some(keeping) = self.keeping.take() {
                keeping.keep();
            }
            if let Some(outcome) = self.outcome.take() {
                return outcome;
            }
            // Asked for before the job, as an order that nobody carries out counts as broken off.
            if self.watched.is_cancelled() {
                self.give_up();
            }
            let Some(job) = &mut self.job else { return Err(cancelled()) };
            match job.next(&self.waker) {
                Next::Outcome(outcome) => return outcome,
                Next::Keep(keeping) => self.keeping = Some(keeping),
                Next::Progress(progress) => self.tell(progress),
                Next::Started(file_id) => self.tell_started(&file_id),
                Next::Order(order) => self.take_on(order),
                Next::Wait { deadline, is_moving } => {
                    let until = self.next_look(deadline, is_moving);
                    match until.map(|until| until.saturating_duration_since(Instant::now())) {
                        Some(left) => thread::park_timeout(left),
                        None => thread::park(),
                    }
                    self.tick();
                }
            }
        }
    }

    /// Carries an order out, or has it done.
    fn take_on(&mut self, order: Order<JobIo>) {
        let mut next = Some(order);
        while let Some(order) = next {
            next = if self.is_own(&order) {
                self.carry_out(order)
            } else {
                self.flow.workers().give(order);
                None
            };
        }
    }

    /// Whether this thread does it. What cannot be left alone when the job is given up is not for
    /// it: a login, which belongs to the client and is no job's only order, and what may wait for
    /// a reader or a disk.
    fn is_own(&self, order: &Order<JobIo>) -> bool {
        order.is_only
            && match &order.work {
                Work::Send(_) => true,
                Work::Claim { .. } => true,
                Work::Fill { .. }
                | Work::Hash { .. }
                | Work::HashJoined { .. }
                | Work::Take { .. } => false,
                Work::Digest { sink, offset, len } => !order.io.may_wait(*sink, *offset, *len),
            }
    }

    /// Carries an order out in this thread; what is next in the job then.
    fn carry_out(&mut self, mut order: Order<JobIo>) -> Option<Order<JobIo>> {
        order.flight.by_owner();
        self.watched.begin(order.flight.meter());
        let (line, own_sink) = (self.flow.line().clone(), self.terms.own_sink);
        let next_look = Some(Instant::now() + TICK);
        let place = Place { line: &line, hand: self, next_look, own_sink };
        let (flight, outcome) = carry_out(place, order);
        self.watched.end();
        if self.watched.is_cancelled() {
            // Before the flight ends, so that the job does not go on from there.
            self.give_up();
            return None;
        }
        flight.finish(&outcome)
    }

    /// Gives the job up. What it has to tidy up at the service is done before the caller goes on.
    fn give_up(&mut self) {
        self.watched.is_heeded();
        self.job = self.job.take().and_then(Job::cancel);
    }

    fn tell(&mut self, progress: Progress) {
        self.last = progress;
        if let Some(listener) = &self.terms.listener {
            listener(News::Progress(progress));
        }
    }

    fn tell_started(&self, file_id: &str) {
        if let Some(listener) = &self.terms.listener {
            listener(News::LargeFileStarted(file_id));
        }
    }

    /// When to look after the job even if nothing arrives.
    fn next_look(&self, deadline: Option<Instant>, is_moving: bool) -> Option<Instant> {
        let tick = is_moving.then_some(self.next_tick);
        [deadline, tick].into_iter().flatten().min()
    }

    /// Lets a listener know how far the requests are, when it is time.
    fn tick(&mut self) {
        if self.terms.listener.is_some() && self.next_tick <= Instant::now() {
            self.next_tick = Instant::now() + TICK;
            if let Some(job) = &mut self.job {
                job.tick();
            }
        }
    }
}

/// Looks after the job in the middle of a request that is made in its thread.
impl<T: Send + 'static> Hand for Owner<'_, T> {
    fn look(&mut self) -> Option<Instant> {
        self.tick();
        loop {
            let next = match (&mut self.job, &self.outcome) {
                (Some(job), None) => job.next(&self.waker),
                (Some(_) | None, _) => return None,
            };
            match next {
                Next::Order(order) => self.flow.workers().give(order),
                // When this request has ended: a store may wait longer than its peer.
                Next::Keep(keeping) => self.keeping = Some(keeping),
                Next::Progress(progress) => self.tell(progress),
                Next::Started(file_id) => self.tell_started(&file_id),
                Next::Outcome(outcome) => self.outcome = Some(outcome),
                Next::Wait { deadline, is_moving } => {
                    let tick = Instant::now() + TICK;
                    return self
                        .next_look(deadline, is_moving)
                        .map(|at| at.min(tick))
                        .or(Some(tick));
                }
            }
        }
    }
}

fn cancelled() -> Error {
    Error::new(ErrorKind::Cancelled, "cancelled")
}
