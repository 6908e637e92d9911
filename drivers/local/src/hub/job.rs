//! A job, in the hands of whoever waits for it.

use core::marker::PhantomData;
use core::task::Waker;
use std::sync::Arc;
use std::time::Instant as SystemInstant;

use b2_proto::error::{Error, ErrorKind};
use b2_proto::machine::Progress;
use b2_proto::machine::engine::{AnyOutput, JobId};

use super::{End, Flight, Hub, JobIo, Order, State};
use crate::account::Keeping;

/// A job of a [`Hub`].
///
/// Whoever has it asks for what is [next](Self::next) until the outcome is there. One that is
/// dropped before ends, with whatever it has to tidy up at the service left undone, so it should
/// be [cancelled](Self::cancel) first.
#[derive(Debug)]
pub struct Job<Io: JobIo, T> {
    hub: Arc<Hub<Io>>,
    id: JobId,
    /// What there was to do at once, unless it was handed out.
    pub(super) first: Option<Order<Io>>,
    is_seated: bool,
    /// The epoch of the login that was to be kept last.
    kept: u32,
    output: PhantomData<fn() -> T>,
}

/// What a listener is told of a job.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum News<'a> {
    /// How far it is.
    Progress(Progress),
    /// The large file with this ID is there.
    LargeFileStarted(&'a str),
}

/// What is next in a job.
#[derive(Debug)]
pub enum Next<Io: JobIo, T> {
    /// Carry this out.
    Order(Order<Io>),
    /// The client has logged in anew: have this kept before the job goes on, so that the store
    /// has it when the job ends.
    Keep(Keeping),
    /// Tell the listener.
    Progress(Progress),
    /// Tell whoever wants to know that the large file with this ID is there.
    Started(String),
    /// It has ended.
    Outcome(Result<T, Error>),
    /// Nothing now: the waker is woken when there is. Ask again at the deadline, if there is one.
    Wait {
        /// When something is to be done even if nothing arrives.
        deadline: Option<SystemInstant>,
        /// Whether bytes may be moving, so that a listener wants [`Job::tick`] now and then.
        is_moving: bool,
    },
}

impl<Io: JobIo, T: 'static> Job<Io, T> {
    pub(super) const fn new(hub: Arc<Hub<Io>>, id: JobId, first: Option<Order<Io>>) -> Self {
        Self { hub, id, first, is_seated: true, kept: 0, output: PhantomData }
    }

    /// What is next. `waker` is woken when there is something after [`Next::Wait`].
    pub fn next(&mut self, waker: &Waker) -> Next<Io, T> {
        if let Some(first) = self.first.take() {
            return Next::Order(first.begun());
        }
        let mut state = self.hub.lock();
        if state.engine.deadline_of(self.id).is_some_and(|it| it.at <= self.hub.now()) {
            drop(state);
            self.hub.enter(|_, _| (), |state| state.desk.is_looked_at(self.id));
            state = self.hub.lock();
        }
        let mut stale = None;
        let next = self.look(&mut state, waker, &mut stale);
        let later = state.desk.take_later();
        drop(state);
        later.run();
        drop(stale);
        match next {
            Next::Order(order) => Next::Order(order.begun()),
            Next::Outcome(outcome) => {
                self.is_seated = false;
                Next::Outcome(outcome)
            }
            Next::Keep(keeping) => {
                self.kept = keeping.epoch();
                Next::Keep(keeping)
            }
            Next::Progress(_) | Next::Started(_) | Next::Wait { .. } => next,
        }
    }

    fn look(&self, state: &mut State<Io>, waker: &Waker, stale: &mut Option<Waker>) -> Next<Io, T> {
        if let Some(login) = state.desk.logins.pop_front() {
            // It belongs to the client, not to this job.
            return Next::Order(Flight::order(&self.hub, JobId::LOGIN, None, login));
        }
        let deadline = state.engine.deadline_of(self.id).map(|deadline| deadline.at);
        let Some(seat) = state.desk.seats.get_mut(&self.id) else {
            return Next::Outcome(Err(super::gone()));
        };
        if let Some(order) = seat.orders.pop_front() {
            return Next::Order(Flight::order(&self.hub, self.id, Some(seat), order));
        }
        // Once in each job, so that a store that fails does not hold it up again and again.
        let epoch = state.engine.session().epoch();
        if epoch != self.kept
            && self.hub.accounts.is_behind(epoch)
            && let Some(known) = state.engine.session().account()
            && let Some(keeping) = self.hub.accounts.keeping(epoch, known)
        {
            return Next::Keep(keeping);
        }
        if let Some(file_id) = seat.started.take() {
            return Next::Started(file_id);
        }
        if let Some(progress) = seat.progress.take() {
            return Next::Progress(progress);
        }
        if let Some(outcome) = seat.outcome.take() {
            state.desk.unseat(self.id);
            return Next::Outcome(outcome.and_then(downcast));
        }
        *stale = seat.wait(waker, deadline);
        let is_moving = seat.is_watched && seat.in_flight > 0;
        Next::Wait { deadline: deadline.map(|at| self.hub.moment(at)), is_moving }
    }

    /// What the job gives, which has ended.
    ///
    /// # Errors
    /// Those of the job; of another job's end, that there is none.
    pub fn ended(mut self, end: End) -> Result<T, Error> {
        if end.job != self.id {
            return Err(super::gone());
        }
        self.is_seated = false;
        end.outcome.and_then(downcast)
    }

    /// Tells a job that is watched how far its requests are, which may give progress.
    pub fn tick(&mut self) {
        let job = self.id;
        let tell = |state: &mut State<Io>, now| {
            let State { engine, desk } = state;
            desk.moved(job).for_each(|moved| engine.handle_input(job, now, moved));
        };
        self.hub.enter(tell, |state| state.desk.is_looked_at(job));
    }

    /// Gives the job up: its requests are aborted. `None` if that was all; else the job has
    /// something to tidy up at the service, and wants to be driven to its outcome.
    pub fn cancel(mut self) -> Option<Self> {
        let job = self.id;
        let has_ended = |state: &mut State<Io>| {
            state.desk.is_looked_at(job);
            let seat = state.desk.seats.get(&job);
            let has_ended = seat.is_none_or(|seat| seat.outcome.is_some());
            if has_ended {
                state.desk.unseat(job);
            }
            has_ended
        };
        self.is_seated = !self.hub.enter(|state, _| state.engine.cancel(job), has_ended);
        // Aborted by now: what becomes of it tells the engine nothing more.
        self.first = None;
        if self.is_seated { Some(self) } else { None }
    }
}

impl<Io: JobIo, T> Drop for Job<Io, T> {
    fn drop(&mut self) {
        if self.is_seated {
            let job = self.id;
            // Nobody is left to carry out its orders: they are refused, and so it ends.
            let leave = |state: &mut State<Io>, _| {
                state.engine.cancel(job);
                state.desk.unseat(job);
            };
            self.hub.enter(leave, |_| ());
        }
    }
}

fn downcast<T: 'static>(output: AnyOutput) -> Result<T, Error> {
    match output.downcast::<T>() {
        Ok(output) => Ok(*output),
        Err(_) => Err(Error::new(ErrorKind::Unknown, "the job gave something else")),
    }
}
