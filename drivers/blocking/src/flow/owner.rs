//! The thread that waits for a job.

use core::task::Waker;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use b2_local::account::Keeping;
use b2_local::hub::{After, Job, Next, Order, Work};
pub(crate) use b2_local::job::Listener;
use b2_local::job::Teller;
use b2_local::job::news::TICK;
use b2_local::sink::Sink;
use b2_proto::error::{Error, ErrorKind};

use super::Flow;
use super::exchange::{Place, carry_out};
use super::io::JobIo;
use crate::cancel::{Cancel, Watched};
use crate::http::watch::{Hand, Unpark};

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
    teller: Teller,
    own_sink: Option<&'a dyn Sink>,
    watched: Watched,
    waker: Waker,
}

impl<'a, T: Send + 'static> Owner<'a, T> {
    pub(super) fn new(flow: &'a Flow, job: Job<JobIo, T>, terms: Terms<'a>) -> Self {
        let watched = Watched::new(terms.cancel);
        Self {
            flow,
            job: Some(job),
            outcome: None,
            keeping: None,
            teller: Teller::new(terms.listener),
            own_sink: terms.own_sink,
            watched,
            waker: Waker::from(Arc::new(Unpark(thread::current()))),
        }
    }

    /// Runs the job, and then tells the listener that all bytes have been moved: a short job may
    /// end before anything was told. `len` gives how many they are, where that is known.
    ///
    /// # Errors
    /// Those of the job.
    pub(super) fn attend(mut self, len: impl Fn(&T) -> Option<u64>) -> Result<T, Error> {
        let output = self.run()?;
        self.teller.ended(len(&output));
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
                Next::Progress(progress) => self.teller.progress(progress),
                Next::Started(file_id) => self.teller.started(&file_id),
                Next::Order(order) => self.take_on(order),
                Next::Wait { deadline, is_moving } => {
                    let until = self.teller.next_look(deadline, is_moving);
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
                Work::Digest { sink, offset, len } => {
                    let sink = order.io.sink(*sink);
                    !sink.is_ok_and(|sink| sink.may_wait(*offset, *len))
                }
            }
    }

    /// Carries an order out in this thread; what is next in the job then.
    fn carry_out(&mut self, order: Order<JobIo>) -> Option<Order<JobIo>> {
        self.watched.begin(order.flight.meter());
        let (line, own_sink) = (self.flow.line().clone(), self.own_sink);
        let next_look = Some(Instant::now() + TICK);
        let place = Place { line: &line, hand: self, next_look, own_sink };
        let (flight, outcome) = carry_out(place, order);
        self.watched.end();
        if self.watched.is_cancelled() {
            // Before the flight ends, so that the job does not go on from there.
            self.give_up();
            return None;
        }
        match flight.finish_own(&outcome) {
            After::Order(order) => Some(order),
            After::Ended(end) => {
                self.outcome = self.job.take().map(|job| job.ended(end));
                None
            }
            After::Other => None,
        }
    }

    /// Gives the job up. What it has to tidy up at the service is done before the caller goes on.
    fn give_up(&mut self) {
        self.watched.is_heeded();
        self.job = self.job.take().and_then(Job::cancel);
    }

    /// Lets a listener know how far the requests are, when it is time.
    fn tick(&mut self) {
        if let Some(job) = self.job.as_mut().filter(|_| self.teller.is_due()) {
            job.tick();
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
                Next::Progress(progress) => self.teller.progress(progress),
                Next::Started(file_id) => self.teller.started(&file_id),
                Next::Outcome(outcome) => self.outcome = Some(outcome),
                Next::Wait { deadline, is_moving } => {
                    let tick = Instant::now() + TICK;
                    let next = self.teller.next_look(deadline, is_moving);
                    return Some(next.map_or(tick, |next| next.min(tick)));
                }
            }
        }
    }
}

fn cancelled() -> Error {
    Error::new(ErrorKind::Cancelled, "cancelled")
}
