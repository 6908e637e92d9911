//! Who waits for what: the jobs' seats, the orders laid out there, and what is in flight.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use b2_proto::error::{Cause, Error};
use b2_proto::id::{ReqId, SinkId};
use b2_proto::machine::engine::{AnyOutput, JobId};
use b2_proto::machine::{Action, Event, Input, Repeat, Request, Version};
use b2_proto::time::Instant;

use super::JobIo;
use super::later::Later;
use super::observer::Observer;
use super::order::Work;
use super::seat::{Seat, Waiting};
use crate::exchange::meter::Meter;
use crate::exchange::outcome::Outcome;
use crate::exchange::request::{Manner, Payload, prepare};

/// The seats of all jobs.
pub(super) struct Desk<Io> {
    /// Apart: those beside one that comes or goes are not moved with all they have.
    pub(super) seats: BTreeMap<JobId, Box<Seat<Io>>>,
    pub(super) flights: BTreeMap<(JobId, ReqId), Arc<Meter>>,
    /// Logins belong to no job; whoever looks first carries them out.
    pub(super) logins: VecDeque<Waiting>,
    /// Inputs that are known before anything was started.
    refused: Vec<(JobId, ReqId, Outcome)>,
    /// Jobs whose owners should look.
    news: Vec<JobId>,
    later: Later<Io>,
}

impl<Io> Default for Desk<Io> {
    fn default() -> Self {
        Self {
            seats: BTreeMap::new(),
            flights: BTreeMap::new(),
            logins: VecDeque::new(),
            refused: Vec::new(),
            news: Vec::new(),
            later: Later::default(),
        }
    }
}

impl<Io: JobIo> Desk<Io> {
    /// Makes a place for a job.
    pub(super) fn seat(&mut self, job: JobId, io: Io, is_watched: bool) {
        self.seats.insert(job, Box::new(Seat::new(io, is_watched)));
    }

    /// Lays an action out as an order, or stops what it says to stop.
    pub(super) fn take_on(&mut self, job: JobId, action: Action<'_>, manner: &Manner) {
        let (id, work) = match action {
            Action::Abort(id) => return self.abort(job, id),
            Action::Release(slot) => {
                if let Some(seat) = self.seats.get(&job) {
                    seat.io.release(slot);
                }
                return;
            }
            Action::Shorten { id, len } => {
                if let Some(meter) = self.flights.get(&(job, id)) {
                    meter.shorten(len);
                }
                return;
            }
            Action::Send(request) => match self.sending(job, &request, manner) {
                Ok(work) => (request.id, work),
                Err(outcome) => return self.refused.push((job, request.id, outcome)),
            },
            Action::Fill { id, slot, source, len } => (id, Work::Fill { slot, source, len }),
            Action::Hash { id, source, offset, len } => (id, Work::Hash { source, offset, len }),
            Action::HashJoined { id, pieces } => {
                let mut list = Vec::new();
                pieces.each(&mut |piece| list.push(piece));
                (id, Work::HashJoined { pieces: list })
            }
            Action::Take { id, closed, len, count } => {
                (id, Work::Take { closed: closed.to_vec(), len, count })
            }
            Action::Claim { id, file } => (id, Work::Claim { file: file.to_owned() }),
            Action::Digest { id, sink, offset, len } => (id, Work::Digest { sink, offset, len }),
        };
        let meter = Arc::new(Meter::new());
        if let Work::Send(out) = &work
            && let Payload::Joined { held_max, .. } = out.payload
        {
            meter.pipe().open(held_max);
        }
        let waiting = Waiting { id, work, meter: meter.clone() };
        if job == JobId::LOGIN {
            self.logins.push_back(waiting);
            self.news.extend(self.seats.keys());
        } else if let Some(seat) = self.seats.get_mut(&job) {
            seat.orders.push_back(waiting);
            seat.in_flight += 1;
            self.news.push(job);
        } else {
            // Its owner has left and could not leave it to anybody.
            return self.refused.push((
                job,
                id,
                Outcome::failed(Cause::Closed, "nobody is left to do it"),
            ));
        }
        self.flights.insert((job, id), meter);
    }

    /// A request as it is sent. One that feeds another is told which; where that has ended, nobody
    /// takes the bytes.
    fn sending(&self, job: JobId, request: &Request<'_>, manner: &Manner) -> Result<Work, Outcome> {
        let mut out =
            prepare(request, manner).map_err(|(cause, detail)| Outcome::failed(cause, detail))?;
        if let Some(fed) = request.feeds {
            let gone = || Outcome::failed(Cause::SinkFailed, "the request to be fed has ended");
            out.fed = Some(self.flights.get(&(job, fed)).cloned().ok_or_else(gone)?);
        }
        Ok(Work::Send(Box::new(out)))
    }

    fn abort(&mut self, job: JobId, id: ReqId) {
        let aborted = self.landed(job, id);
        self.later.aborted.extend(aborted);
        if let Some(seat) = self.seats.get_mut(&job) {
            seat.orders.retain(|order| order.id != id);
        } else if job == JobId::LOGIN {
            self.logins.retain(|order| order.id != id);
        }
    }

    pub(super) fn abort_all(&mut self) {
        self.logins.clear();
        self.seats.values_mut().for_each(|seat| seat.orders.clear());
        self.later.aborted.extend(core::mem::take(&mut self.flights).into_values());
    }

    /// Something is no longer in flight; `None` when it was not, because it had been aborted.
    pub(super) fn landed(&mut self, job: JobId, id: ReqId) -> Option<Arc<Meter>> {
        let meter = self.flights.remove(&(job, id))?;
        if let Some(seat) = self.seats.get_mut(&job) {
            seat.in_flight -= 1;
        }
        Some(meter)
    }

    /// Tells the sink of a job what it gets, before the first byte.
    pub(super) fn pin(&self, job: JobId, sink: SinkId, version: &Version<'_>) {
        if let Some(seat) = self.seats.get(&job) {
            seat.io.pin(sink, version);
        }
    }

    /// How far the other requests of a job are.
    pub(super) fn moved(&self, job: JobId) -> impl Iterator<Item = Input<'static>> + '_ {
        let from = (job, ReqId { slot: 0, generation: 0 });
        let flights = self.flights.range(from..).take_while(move |((owner, _), _)| *owner == job);
        flights.map(|((_, id), meter)| Input::Moved { id: *id, bytes: meter.moved() })
    }

    pub(super) fn end(&mut self, job: JobId, outcome: Result<AnyOutput, Error>) {
        if let Some(seat) = self.seats.get_mut(&job) {
            seat.outcome = Some(outcome);
            self.news.push(job);
        }
    }

    /// How a job ended, which gives its place up, unless there is something else for its owner.
    pub(super) fn take_end(&mut self, job: JobId) -> Option<Result<AnyOutput, Error>> {
        let seat = self.seats.get_mut(&job).filter(|_| self.logins.is_empty())?;
        let outcome = seat.take_end()?;
        self.unseat(job);
        Some(outcome)
    }

    /// A request is sent again after a wait.
    pub(super) fn note_repeat(&mut self, observer: &Arc<dyn Observer>, repeat: Repeat) {
        self.later.repeats.push((observer.clone(), repeat));
    }

    /// Lays news out for whoever waits for the job; `large_file_id` gives the ID it may be about.
    pub(super) fn tell(
        &mut self,
        job: JobId,
        event: Event,
        large_file_id: impl FnOnce() -> Option<String>,
    ) {
        let Some(seat) = self.seats.get_mut(&job).filter(|seat| seat.is_watched) else { return };
        match event {
            Event::Progress(progress) => seat.progress = Some(progress),
            Event::LargeFileStarted => seat.started = large_file_id(),
            Event::Retry(_) => return,
        }
        self.news.push(job);
    }

    /// Takes the place of a job away. Logins it may have been woken for are left to the others.
    pub(super) fn unseat(&mut self, job: JobId) {
        self.later.left.extend(self.seats.remove(&job));
        if !self.logins.is_empty() {
            self.news.extend(self.seats.keys());
        }
    }

    pub(super) fn take_refused(&mut self) -> Vec<(JobId, ReqId, Outcome)> {
        core::mem::take(&mut self.refused)
    }

    /// Notes for the owners of jobs that have something to do before they would look again.
    pub(super) fn note_deadlines(&mut self, deadline_of: impl Fn(JobId) -> Option<Instant>) {
        for (job, seat) in &mut self.seats {
            if let Some(waited_for) = seat.waits_until()
                && let Some(deadline) = deadline_of(*job)
                && waited_for.is_none_or(|alarm| deadline < alarm)
            {
                self.later.woken.extend(seat.wake());
            }
        }
    }

    /// Whether there is something for whoever waits for a job.
    pub(super) fn has_news(&self, job: JobId) -> bool {
        !self.logins.is_empty() || self.seats.get(&job).is_some_and(|seat| seat.has_news())
    }

    /// `job` is being looked at right now, so its owner need not be woken for what is there.
    pub(super) fn is_looked_at(&mut self, job: JobId) {
        if let Some(seat) = self.seats.get_mut(&job) {
            seat.is_looked_at();
        }
    }

    /// What is to be done when the lock is free, and the owners of the jobs that have something
    /// for them.
    pub(super) fn take_later(&mut self) -> Later<Io> {
        for job in self.news.drain(..) {
            if let Some(seat) = self.seats.get_mut(&job)
                && (seat.has_news() || !self.logins.is_empty())
            {
                self.later.woken.extend(seat.wake());
            }
        }
        core::mem::take(&mut self.later)
    }
}
