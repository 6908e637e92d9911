//! What is under way, and whom to tell how it ended.

use std::sync::Arc;

use b2_proto::error::{Cause, Error};
use b2_proto::id::ReqId;
use b2_proto::machine::Accept;
use b2_proto::machine::engine::{AnyOutput, JobId};
use b2_proto::wire::reply::Headers;

use super::observer::Watched;
use super::seat::{Seat, Waiting};
use super::{Hub, JobIo, Order, State, Work};
use crate::exchange::outcome::Outcome;
use crate::exchange::{Meter, Phase};

/// An order under way. If it is dropped before its end, because its task or thread broke off, the
/// engine is told so.
pub struct Flight<Io: JobIo> {
    hub: Arc<Hub<Io>>,
    job: JobId,
    id: ReqId,
    meter: Arc<Meter>,
    watched: Option<Box<Watched>>,
    is_open: bool,
}

/// What comes after an order that whoever waits for the job has carried out.
#[derive(Debug)]
#[must_use = "an end that is not told to its job is lost"]
pub enum After<Io: JobIo> {
    /// The next one.
    Order(Order<Io>),
    /// The job has ended, and there is no news of it: [tell it](super::Job::ended) so.
    Ended(End),
    /// The job is to be asked.
    Other,
}

/// How a job ended.
#[must_use = "its job is to be told"]
pub struct End {
    pub(super) job: JobId,
    pub(super) outcome: Result<AnyOutput, Error>,
}

impl<Io: JobIo> Flight<Io> {
    /// The next order of a job that waits for somebody to take it.
    pub(super) fn next_of(
        hub: &Arc<Hub<Io>>,
        job: JobId,
        state: &mut State<Io>,
    ) -> Option<Order<Io>> {
        let seat = state.desk.seats.get_mut(&job)?;
        let waiting = seat.orders.pop_front()?;
        Some(Self::order(hub, job, Some(seat), waiting))
    }

    /// What was waiting, as an order for whoever takes it. It has [begun](Order::begun) only when
    /// the lock is free again.
    pub(super) fn order(
        hub: &Arc<Hub<Io>>,
        job: JobId,
        seat: Option<&mut Seat<Io>>,
        waiting: Waiting,
    ) -> Order<Io> {
        let Waiting { id, work, meter } = waiting;
        meter.touch(Phase::Waiting);
        let is_only = seat.as_ref().is_some_and(|seat| seat.in_flight == 1);
        let io = seat.map_or_else(Arc::default, |seat| seat.io.clone());
        let hub = hub.clone();
        let flight = Self { hub, job, id, meter, watched: None, is_open: true };
        Order { work, io, flight, is_only }
    }

    /// The work begins: tells whoever wants to know.
    pub(super) fn begin(&mut self, work: &Work) {
        if let Work::Send(out) = work {
            self.watched = Watched::begin(self.hub.observer.as_ref(), || out.info());
        }
    }

    /// What is known about the bytes that move.
    pub const fn meter(&self) -> &Arc<Meter> {
        &self.meter
    }

    /// The head of an answer has arrived: notes it, and tells whoever wants to know.
    pub fn answered(&self, status: u16) {
        self.meter.note_status(status);
        if let Some(watched) = &self.watched {
            watched.answered(status);
        }
    }

    /// Asks what becomes of the body of an answer whose head has arrived. Tells, too, whether there
    /// is something for whoever waits for the job, such as further orders.
    pub fn accept(&self, status: u16, headers: &dyn Headers) -> (Accept, bool) {
        let mut accept = Accept::Collect { len_max: 0 };
        let ask = |state: &mut State<Io>, now| {
            // A request that was aborted meanwhile does not count.
            if state.desk.flights.contains_key(&(self.job, self.id)) {
                accept = state.engine.accept(self.job, now, self.id, status, headers);
                let version = state.engine.version(self.job);
                if let (Accept::Store { sink, .. }, Some(version)) = (accept, version) {
                    state.desk.pin(self.job, sink, &version);
                }
            }
        };
        let has_news = self.hub.enter(ask, |state| state.desk.has_news(self.job));
        (accept, has_news)
    }

    /// It has ended. Gives the next order of the same job, if there is one, so that whoever did
    /// this can go on.
    pub fn finish(self, outcome: &Outcome) -> Option<Order<Io>> {
        let (hub, job) = (self.hub.clone(), self.job);
        self.end(outcome, |state| Self::next_of(&hub, job, state)).map(Order::begun)
    }

    /// The same for whoever waits for the job, and nobody else: it looks for news itself afterwards
    /// and is not woken. Where nothing is left to look for, the outcome is taken along.
    pub fn finish_own(self, outcome: &Outcome) -> After<Io> {
        let (hub, job) = (self.hub.clone(), self.job);
        let after = self.end(outcome, |state| {
            state.desk.is_looked_at(job);
            if let Some(order) = Self::next_of(&hub, job, state) {
                return After::Order(order);
            }
            let is_kept = !hub.accounts.is_behind(state.engine.session().epoch());
            let outcome = if is_kept { state.desk.take_end(job) } else { None };
            outcome.map_or(After::Other, |outcome| After::Ended(End { job, outcome }))
        });
        match after {
            After::Order(order) => After::Order(order.begun()),
            After::Ended(_) | After::Other => after,
        }
    }

    fn end<T>(mut self, outcome: &Outcome, take: impl FnOnce(&mut State<Io>) -> T) -> T {
        // An observer that panics must not leave the engine without an answer: the flight is
        // open until then.
        if let Some(watched) = self.watched.take() {
            watched.end(outcome, &self.meter);
        }
        self.settle(outcome, take)
    }

    fn settle<T>(&mut self, outcome: &Outcome, take: impl FnOnce(&mut State<Io>) -> T) -> T {
        self.is_open = false;
        // Whoever brings bytes for it need not wait any more.
        self.meter.pipe().close();
        let (job, id) = (self.job, self.id);
        let tell = |state: &mut State<Io>, now| {
            let State { engine, desk } = state;
            if desk.landed(job, id).is_some() {
                // What is left is shared out by how far the others are.
                desk.moved(job).for_each(|moved| engine.handle_input(job, now, moved));
                engine.handle_input(job, now, outcome.input(id));
            }
        };
        self.hub.enter(tell, take)
    }
}

impl<Io: JobIo> Drop for Flight<Io> {
    fn drop(&mut self) {
        if self.is_open {
            let broke_off = match self.meter.is_aborted_now() {
                true => Outcome::failed(Cause::Closed, "given up"),
                false => Outcome::failed(Cause::Transport, "the request's task broke off"),
            };
            self.settle(&broke_off, |_| ());
            if let Some(watched) = self.watched.take() {
                watched.end(&broke_off, &self.meter);
            }
        }
    }
}

impl core::fmt::Debug for End {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("End").field("job", &self.job).finish_non_exhaustive()
    }
}

impl<Io: JobIo> core::fmt::Debug for Flight<Io> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Flight")
            .field("job", &self.job)
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
