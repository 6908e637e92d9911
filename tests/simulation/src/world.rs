//! One run: an engine, the service, a virtual clock, and everything between them.

use std::collections::{BTreeMap, BTreeSet};

use b2_proto::error::Cause;
use b2_proto::id::{BufferId, ReqId};
use b2_proto::machine::Action;
use b2_proto::machine::engine::{Engine, JobId};
use b2_proto::machine::session::{Credentials, Session};
use b2_proto::rng::Rng;
use b2_proto::time::Instant;
use b2_proto::wire::text::Sha1;
use b2_sim::service::Service;

use crate::checkers::Checkers;
use crate::clock::Agenda;
use crate::exchange::{Answered, End, Exchange, Payloads, Told};
use crate::faults::Faults;
use crate::jobs::Running;
use crate::network::{self, Wire};
use crate::service::{BEGIN_MS, REALM, Side};
use crate::sink::Sink;
use crate::source::Source;
use crate::trace::Trace;

/// Everything of a run.
pub(crate) struct World {
    pub(crate) engine: Engine,
    pub(crate) side: Side,
    pub(crate) agenda: Agenda<Happening>,
    pub(crate) faults: Faults,
    pub(crate) rng: Rng,
    pub(crate) trace: Trace,
    pub(crate) checks: Checkers,
    pub(crate) running: Running,
    pub(crate) store: Store,
    /// All requests that have not got to their end, by number.
    pub(crate) flights: BTreeMap<u64, Exchange>,
    /// The numbers of those whose end the core waits for.
    pub(crate) numbers: BTreeMap<(JobId, ReqId), u64>,
    /// Buffers and digests that are not told yet.
    local: BTreeSet<(JobId, ReqId)>,
    /// Who may continue a large file.
    pub(crate) claims: BTreeMap<String, JobId>,
    pub(crate) requests: u64,
}

/// What the driver keeps for jobs: sources and sinks by number, buffers by job.
#[derive(Debug, Default)]
pub(crate) struct Store {
    pub(crate) sources: Vec<Source>,
    pub(crate) sinks: Vec<Sink>,
    buffers: BTreeMap<(JobId, BufferId), Vec<u8>>,
}

/// Something that happens at some time.
#[derive(Debug)]
pub(crate) enum Happening {
    Wire(Wire),
    /// The next bytes of a download arrive: all up to `to`.
    Chunk {
        number: u64,
        sink: u16,
        offset: u64,
        body: Answered,
        from: usize,
        to: usize,
        len: usize,
    },
    /// A buffer or a digest is ready.
    Local(JobId, ReqId, Told),
    /// An input is told that was told before, or is not wanted any more.
    Stray(JobId, ReqId, Told),
    Start(usize),
    Cancel(usize),
    Replace {
        name: String,
        seed: u64,
        len: usize,
    },
}

impl From<Wire> for Happening {
    fn from(wire: Wire) -> Self {
        Self::Wire(wire)
    }
}

/// No run has more events than this, and none takes longer than a week: S3.
const EVENTS_MAX: u64 = 2_000_000;
const TIME_MS_MAX: u64 = 7 * 24 * 3_600_000;

impl World {
    pub(crate) fn new(seed: u64, rng: Rng, faults: Faults, side: Side, in_flight: usize) -> Self {
        let host = side.host();
        let credentials = Credentials::new(&host.key_id(), &host.key(), REALM).expect("valid");
        let checks = Checkers::default();
        checks.secrets.add(&host.key());
        Self {
            engine: Engine::new(Session::new(credentials, seed), in_flight),
            side,
            agenda: Agenda::new(BEGIN_MS),
            faults,
            rng,
            trace: Trace::new(),
            checks,
            running: Running::default(),
            store: Store::default(),
            flights: BTreeMap::new(),
            numbers: BTreeMap::new(),
            local: BTreeSet::new(),
            claims: BTreeMap::new(),
            requests: 0,
        }
    }

    pub(crate) const fn store(&mut self) -> &mut Store {
        &mut self.store
    }

    /// Runs until nothing happens any more.
    pub(crate) fn run(&mut self) {
        for _ in 0..EVENTS_MAX {
            self.drain();
            let deadline_ms = self.engine.poll_deadline().map(|deadline| deadline.at.as_ms());
            let now_ms = self.agenda.now_ms();
            assert!(deadline_ms.is_none_or(|at_ms| at_ms > now_ms), "rule 2: a deadline is past");
            assert!(now_ms - BEGIN_MS < TIME_MS_MAX, "S3: no end within a week");
            match (self.agenda.next_ms(), deadline_ms) {
                (None, None) => return self.over(),
                (next_ms, Some(at_ms)) if next_ms.is_none_or(|next_ms| at_ms < next_ms) => {
                    self.agenda.pass_to(at_ms);
                }
                (_, _) => {
                    if let Some(happening) = self.agenda.pop() {
                        self.happen(happening);
                    }
                }
            }
        }
        panic!("S3: no end after {EVENTS_MAX} events");
    }

    fn over(&self) {
        assert!(self.engine.is_empty(), "S3: a job waits for nothing: {:?}", self.running);
        assert!(self.numbers.is_empty(), "a request of a job that ended is not aborted");
        self.checks.over();
        self.checks.secrets.check(&format!("{:?}", self.engine));
    }

    /// The time as the driver tells it, which the core must not take on trust.
    pub(crate) fn told_now(&mut self) -> Instant {
        let now_ms = self.agenda.now_ms();
        let is_back = self.faults.clock_back.hits(&mut self.rng);
        let back_ms = self.rng.below(5_000);
        Instant::from_ms(if is_back { now_ms - back_ms } else { now_ms })
    }

    /// Rule 1: polls until there is nothing more to do.
    fn drain(&mut self) {
        let now = Instant::from_ms(self.agenda.now_ms());
        while let Some((job, action)) = self.engine.poll_action(now) {
            match action {
                Action::Send(request) => {
                    self.checks.secrets.check(&format!("{request:?}"));
                    let payloads = JobPayloads { store: &self.store, job, now_ms: now.as_ms() };
                    let exchange = Exchange::new(job, &request, &payloads);
                    self.send(exchange);
                }
                Action::Abort(id) => self.abort(job, id),
                Action::Fill { id, slot, source, len } => {
                    self.fill(job, id, slot, source.0, len);
                }
                Action::Release(slot) => self.release(job, slot),
                Action::Hash { id, source, offset, len } => {
                    let told = self.hash(source.0, index(offset), index(len));
                    self.begin_local(job, id, told);
                }
                Action::Claim { id, file } => {
                    let granted = *self.claims.entry(file.to_owned()).or_insert(job) == job;
                    self.begin_local(job, id, Told::Claimed { granted });
                }
                Action::Shorten { id, len } => self.shorten(job, id, len),
                Action::Digest { id, sink, offset, len } => {
                    let sink = &self.store.sinks[usize::from(sink.0)];
                    let told = match sink.digest(index(offset), index(len)) {
                        Ok(digest) => Told::Digested { digest },
                        Err(cause) => Told::failed(cause),
                    };
                    self.begin_local(job, id, told);
                }
            }
        }
        self.running.watch.check_drained();
        while let Some((job, event)) = self.engine.poll_event() {
            self.checks.secrets.check(&format!("{job:?} {event:?}"));
        }
        while let Some((job, outcome)) = self.engine.take_outcome() {
            self.ended(job, outcome);
        }
    }

    fn send(&mut self, mut exchange: Exchange) {
        let now_ms = self.agenda.now_ms();
        self.checks.sent(&exchange);
        let operation = Service::operation(&exchange.request);
        exchange.injected = self.faults.plan.decide(operation, exchange.request.uri.path());
        exchange.hangs = self.faults.hang.hits(&mut self.rng);
        self.requests += 1;
        let number = self.requests;
        let (job, id, operation) = (exchange.job, exchange.id, exchange.operation);
        self.trace.note(now_ms, format_args!("{job:?} {id:?} sends {operation} as {number}"));
        network::send(&mut self.agenda, &mut self.rng, number, &exchange);
        let before = self.numbers.insert((job, id), number);
        assert!(before.is_none(), "rule 4: {id:?} is in flight already");
        self.flights.insert(number, exchange);
    }

    fn abort(&mut self, job: JobId, id: ReqId) {
        self.trace.note(self.agenda.now_ms(), format_args!("{job:?} {id:?} is aborted"));
        if self.local.remove(&(job, id)) {
            return;
        }
        // What has ended meanwhile may be aborted all the same.
        let Some(number) = self.numbers.remove(&(job, id)) else { return };
        if let Some(exchange) = self.flights.get_mut(&number) {
            exchange.is_over = true;
            self.checks.aborted(exchange);
        }
    }

    fn shorten(&mut self, job: JobId, id: ReqId, len: u64) {
        self.trace.note(self.agenda.now_ms(), format_args!("{job:?} {id:?} is cut to {len}"));
        let number = self.numbers.get(&(job, id)).expect("what is in flight is cut short");
        if let Some(exchange) = self.flights.get_mut(number) {
            exchange.stored_max = index(len);
        }
    }

    fn fill(&mut self, job: JobId, id: ReqId, slot: BufferId, source: u16, len: u64) {
        assert!(!self.is_sent(job, slot), "a buffer is filled while it is sent");
        let now_ms = self.agenda.now_ms();
        let source = &mut self.store.sources[usize::from(source)];
        let open = source.open;
        if let Some(len_max) = open {
            self.store.buffers.remove(&(job, slot));
            let of_job = self.store.buffers.iter().filter(|((each, _), _)| *each == job);
            let held: usize = of_job.map(|(_, bytes)| bytes.len()).sum();
            assert!(held + index(len) <= len_max, "S12: buffers of {held} bytes and {len} more");
        }
        let told = match source.read_next(now_ms, index(len)) {
            Err(cause) => Told::failed(cause),
            Ok(bytes) => {
                if bytes.len() < index(len) && open.is_none() {
                    self.checks.settled_locally(job, End::Broken(Cause::SourceUnreadable));
                }
                let told = Told::Filled { len: bytes.len() as u64, digest: Sha1::of(&bytes) };
                self.store.buffers.insert((job, slot), bytes);
                told
            }
        };
        self.begin_local(job, id, told);
    }

    /// The driver has read the source in order from its start, or reads it so now.
    fn hash(&self, source: u16, offset: usize, len: usize) -> Told {
        let now_ms = self.agenda.now_ms();
        let source = &self.store.sources[usize::from(source)];
        match (source.read(now_ms, offset, len), source.read(now_ms, 0, offset + len)) {
            (Ok(range), Ok(all)) => {
                Told::Hashed { digest: Sha1::of(range), through: Some(Sha1::of(all)) }
            }
            (Err((_, cause)), _) | (_, Err((_, cause))) => {
                Told::Failed { cause, stored: 0, sent: None }
            }
        }
    }

    fn is_sent(&self, job: JobId, slot: BufferId) -> bool {
        let of_job = |each: &&Exchange| each.job == job && !each.is_over;
        self.flights.values().filter(of_job).any(|each| each.buffer == Some(slot))
    }

    fn release(&mut self, job: JobId, slot: BufferId) {
        assert!(!self.is_sent(job, slot), "a buffer is released while it is sent");
        let before = self.store.buffers.remove(&(job, slot));
        assert!(before.is_some(), "a buffer is released that has nothing");
    }

    fn begin_local(&mut self, job: JobId, id: ReqId, told: Told) {
        self.trace.note(self.agenda.now_ms(), format_args!("{job:?} {id:?} begins locally"));
        self.local.insert((job, id));
        let delay_ms = self.rng.below(3);
        self.agenda.put(delay_ms, Happening::Local(job, id, told));
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Wire(wire) => self.wire(wire),
            Happening::Chunk { .. } => self.chunk(happening),
            Happening::Local(job, id, told) => {
                if self.local.remove(&(job, id)) {
                    self.checks.settled_locally(job, told.end());
                    self.tell(job, id, told);
                }
            }
            Happening::Stray(job, id, told) => {
                let now = self.told_now();
                self.engine.handle_input(job, now, told.input(id));
            }
            Happening::Start(index) => self.start(index),
            Happening::Cancel(index) => self.cancel(index),
            Happening::Replace { name, seed, len } => {
                let bytes = crate::source::bytes_of(seed, len);
                self.side.log_in(self.agenda.now_ms());
                let file_id = self.side.put(self.agenda.now_ms(), &name, &bytes);
                self.running.replaced(name, file_id, bytes);
            }
        }
    }
}

struct JobPayloads<'a> {
    store: &'a Store,
    job: JobId,
    now_ms: u64,
}

impl Payloads for JobPayloads<'_> {
    fn range(&self, source: u16, offset: u64, len: u64) -> Result<&[u8], (&[u8], Cause)> {
        self.store.sources[usize::from(source)].read(self.now_ms, index(offset), index(len))
    }

    fn buffer(&self, slot: BufferId) -> &[u8] {
        self.store.buffers.get(&(self.job, slot)).expect("a buffer that was filled")
    }
}

/// Simulated files fit into memory.
pub(crate) fn index(len: u64) -> usize {
    usize::try_from(len).expect("fits into memory")
}
