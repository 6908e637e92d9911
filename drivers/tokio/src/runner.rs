//! The task that owns the engine.
//!
//! It hands out what the machines want done and tells them what became of it; each request runs
//! in a task of its own, so requests proceed in parallel. The task ends when the last handle of
//! the client is gone.

use crate::builder::Config;
use crate::job::JobIo;
use crate::step::{Step, translate};
use crate::transport::Meter;
use crate::transport::exchange::{Arrival, Line, exchange};
use crate::transport::outcome::Outcome;
use b2_proto::error::{Cause, Error};
use b2_proto::id::ReqId;
use b2_proto::machine::engine::{AnyOutput, Engine, JobId};
use b2_proto::machine::{Event, Input, Progress};
use b2_proto::policy::clock::WallClock;
use b2_proto::time::Instant;
use core::time::Duration;
use http::HeaderValue;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::{AbortHandle, JoinError, JoinSet};

/// How often listeners are told about bytes that moved within a request.
const TICK: Duration = Duration::from_millis(100);

/// A job on its way to the engine.
pub(crate) struct NewJob {
    pub(crate) ticket: u64,
    pub(crate) add: Box<dyn FnOnce(&mut Engine) -> JobId + Send>,
    pub(crate) io: JobIo,
    pub(crate) listener: Option<watch::Sender<Progress>>,
    pub(crate) reply: oneshot::Sender<Result<AnyOutput, Error>>,
}

/// Owns the engine and the tasks of its requests.
pub(crate) struct Runner {
    engine: Engine,
    line: Line,
    user_agent: HeaderValue,
    checks_clock: bool,
    started: tokio::time::Instant,
    jobs: BTreeMap<JobId, Job>,
    tickets: BTreeMap<u64, JobId>,
    flights: BTreeMap<(JobId, ReqId), Flight>,
    tasks: JoinSet<Done>,
    /// Inputs that are known before anything was started.
    refused: Vec<Done>,
    commands: mpsc::Receiver<NewJob>,
    cancels: mpsc::UnboundedReceiver<u64>,
    arrivals: mpsc::Receiver<Arrival>,
    is_closed: bool,
}

struct Job {
    ticket: u64,
    io: Arc<JobIo>,
    listener: Option<watch::Sender<Progress>>,
    reply: oneshot::Sender<Result<AnyOutput, Error>>,
}

struct Flight {
    task: AbortHandle,
    meter: Option<Arc<Meter>>,
}

type Done = (JobId, ReqId, Outcome);

/// What the task was woken by.
enum Wake {
    Done(Option<Result<Done, JoinError>>),
    Arrival(Option<Arrival>),
    Command(Option<NewJob>),
    Cancel(Option<u64>),
    Time,
    Tick,
}

/// The other ends of the channels of a [`Runner`].
pub(crate) struct Ends {
    pub(crate) commands: mpsc::Receiver<NewJob>,
    pub(crate) cancels: mpsc::UnboundedReceiver<u64>,
    pub(crate) arrivals: mpsc::Receiver<Arrival>,
}

impl Runner {
    /// The zero of the engine's time is now.
    pub(crate) fn new(engine: Engine, line: Line, config: &Config, ends: Ends) -> Self {
        Self {
            engine,
            line,
            user_agent: config.user_agent.clone(),
            checks_clock: config.checks_clock,
            started: tokio::time::Instant::now(),
            jobs: BTreeMap::new(),
            tickets: BTreeMap::new(),
            flights: BTreeMap::new(),
            tasks: JoinSet::new(),
            refused: Vec::new(),
            commands: ends.commands,
            cancels: ends.cancels,
            arrivals: ends.arrivals,
            is_closed: false,
        }
    }

    /// Runs until nobody can give jobs any more and the last one has ended.
    pub(crate) async fn run(mut self) {
        loop {
            self.drain();
            if self.is_closed && self.jobs.is_empty() {
                return;
            }
            let wake = self.wait().await;
            self.tell_time();
            self.take(wake);
            self.take_queued();
        }
    }

    async fn wait(&mut self) -> Wake {
        let deadline = self.engine.poll_deadline().map(|deadline| deadline.at);
        let until = self.started + Duration::from_millis(deadline.map_or(0, Instant::as_ms));
        let has_tasks = !self.tasks.is_empty();
        let is_watched = has_tasks && self.jobs.values().any(|job| job.listener.is_some());
        tokio::select! {
            done = self.tasks.join_next(), if has_tasks => Wake::Done(done),
            arrival = self.arrivals.recv() => Wake::Arrival(arrival),
            command = self.commands.recv(), if !self.is_closed => Wake::Command(command),
            cancel = self.cancels.recv() => Wake::Cancel(cancel),
            () = tokio::time::sleep_until(until), if deadline.is_some() => Wake::Time,
            () = tokio::time::sleep(TICK), if is_watched => Wake::Tick,
        }
    }

    fn take(&mut self, wake: Wake) {
        match wake {
            Wake::Done(Some(done)) => self.done(done),
            Wake::Arrival(Some(arrival)) => self.arrived(arrival),
            Wake::Command(Some(job)) => self.start(job),
            Wake::Command(None) => self.is_closed = true,
            Wake::Cancel(Some(ticket)) => self.cancel(ticket),
            Wake::Tick => self.tick(),
            Wake::Done(None) | Wake::Arrival(None) | Wake::Cancel(None) | Wake::Time => {}
        }
    }

    /// Takes everything else that is there already, so that one drain serves all of it.
    fn take_queued(&mut self) {
        while let Some(done) = self.tasks.try_join_next() {
            self.done(done);
        }
        while let Ok(arrival) = self.arrivals.try_recv() {
            self.arrived(arrival);
        }
        while let Ok(ticket) = self.cancels.try_recv() {
            self.cancel(ticket);
        }
        while let Ok(job) = self.commands.try_recv() {
            self.start(job);
        }
    }

    fn now(&self) -> Instant {
        let ms = self.started.elapsed().as_millis();
        Instant::from_ms(u64::try_from(ms).unwrap_or(u64::MAX))
    }

    /// The system's clock goes on while the machine sleeps and may be set, so it is told anew
    /// each time.
    fn tell_time(&mut self) {
        if self.checks_clock {
            let at = self.now();
            let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok();
            let unix_ms = since.and_then(|since| u64::try_from(since.as_millis()).ok());
            let clock = unix_ms.map(|unix_ms| WallClock { at, unix_ms });
            self.engine.session_mut().set_wall_clock(clock);
        }
    }

    /// Does what the machines want done until they want nothing more.
    fn drain(&mut self) {
        loop {
            let now = self.now();
            while let Some((job, action)) = self.engine.poll_action(now) {
                let io = self.jobs.get(&job).map(|job| job.io.clone()).unwrap_or_default();
                let (id, step) = translate(action, io, &self.user_agent);
                self.act(job, id, step);
            }
            let mut is_settled = true;
            for (job, id, outcome) in core::mem::take(&mut self.refused) {
                is_settled = false;
                self.engine.handle_input(job, now, outcome.input(id));
            }
            while let Some((job, outcome)) = self.engine.take_outcome() {
                is_settled = false;
                self.tell_events();
                if let Some(job) = self.jobs.remove(&job) {
                    self.tickets.remove(&job.ticket);
                    // Nobody may be waiting any more.
                    let _ = job.reply.send(outcome);
                }
            }
            if is_settled {
                break;
            }
        }
        self.tell_events();
    }

    fn act(&mut self, job: JobId, id: ReqId, step: Step) {
        let (task, meter) = match step {
            Step::Abort => {
                if let Some(flight) = self.flights.remove(&(job, id)) {
                    flight.task.abort();
                }
                return;
            }
            Step::Refused(cause, detail) => {
                self.refused.push((job, id, Outcome::failed(cause, detail)));
                return;
            }
            Step::Send(out, io) => {
                let meter = out.meter.clone();
                let line = self.line.clone();
                let task = async move { (job, id, exchange(line, job, io, *out).await) };
                (self.tasks.spawn(task), Some(meter))
            }
            Step::Local(work) => (self.tasks.spawn(async move { (job, id, work.await) }), None),
        };
        self.flights.insert((job, id), Flight { task, meter });
    }

    fn done(&mut self, done: Result<Done, JoinError>) {
        let (job, id, outcome) = match done {
            Ok(done) => done,
            Err(error) => {
                let ended = |flight: &&(JobId, ReqId)| {
                    self.flights.get(*flight).is_some_and(|flight| flight.task.id() == error.id())
                };
                // Aborted tasks have been forgotten; only one that panicked is still known.
                let Some((job, id)) = self.flights.keys().find(ended).copied() else { return };
                (job, id, Outcome::failed(Cause::Transport, "the request's task broke off"))
            }
        };
        if self.flights.remove(&(job, id)).is_some() {
            let now = self.now();
            self.engine.handle_input(job, now, outcome.input(id));
        }
    }

    fn arrived(&mut self, arrival: Arrival) {
        let Arrival { job, id, status, headers, verdict } = arrival;
        if self.flights.contains_key(&(job, id)) {
            let accept = self.engine.accept(job, self.now(), id, status, &headers);
            // A request that was aborted meanwhile does not listen.
            let _ = verdict.send(accept);
        }
    }

    fn start(&mut self, job: NewJob) {
        if job.reply.is_closed() {
            return;
        }
        let id = (job.add)(&mut self.engine);
        self.tickets.insert(job.ticket, id);
        let NewJob { ticket, io, listener, reply, .. } = job;
        self.jobs.insert(id, Job { ticket, io: Arc::new(io), listener, reply });
    }

    fn cancel(&mut self, ticket: u64) {
        if let Some(job) = self.tickets.get(&ticket) {
            self.engine.cancel(*job);
        }
    }

    /// Tells the machines that are watched how far their requests are.
    fn tick(&mut self) {
        let now = self.now();
        for ((job, id), flight) in &self.flights {
            let is_watched = self.jobs.get(job).is_some_and(|job| job.listener.is_some());
            if let (true, Some(meter)) = (is_watched, &flight.meter) {
                let moved = Input::Moved { id: *id, bytes: meter.moved() };
                self.engine.handle_input(*job, now, moved);
            }
        }
    }

    fn tell_events(&mut self) {
        while let Some((job, event)) = self.engine.poll_event() {
            let listener = self.jobs.get(&job).and_then(|job| job.listener.as_ref());
            if let (Some(listener), Event::Progress(progress)) = (listener, event) {
                listener.send_replace(progress);
            }
        }
    }
}
