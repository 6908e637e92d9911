//! One run: an engine, the service, a virtual clock, and everything between them.

use std::collections::{BTreeMap, BTreeSet};

use b2_local::sync::Ticket;
use b2_proto::error::{Cause, Error};
use b2_proto::id::{BufferId, ReqId};
use b2_proto::machine::engine::Engine;
use b2_proto::rng::Rng;
use b2_proto::time::Instant;

use crate::checkers::Checkers;
use crate::checkers::runs_end::Ends;
use crate::clock::Agenda;
use crate::customer_key;
use crate::disk::Disk;
use crate::exchange::{Answered, Exchange, Told};
use crate::faults::Faults;
use crate::jobs::Running;
use crate::life::Life;
use crate::network::Wire;
use crate::pace::Pace;
use crate::service::{BEGIN_MS, Side};
use crate::sink::Sink;
use crate::source::Source;
use crate::sync::{Apart, Sync};
use crate::trace::Trace;
use crate::who::Who;

/// Everything of a run.
pub(crate) struct World {
    pub(crate) engine: Engine,
    pub(crate) life: Life,
    pub(crate) side: Side,
    pub(crate) disk: Disk,
    pub(crate) agenda: Agenda<Happening>,
    /// What holds the bytes of the present life back.
    pub(crate) pace: Pace,
    pub(crate) faults: Faults,
    pub(crate) rng: Rng,
    pub(crate) trace: Trace,
    pub(crate) checks: Checkers,
    pub(crate) running: Running,
    pub(crate) store: Store,
    /// All requests that have not got to their end, by number.
    pub(crate) flights: BTreeMap<u64, Exchange>,
    /// The numbers of those whose end the core waits for.
    pub(crate) numbers: BTreeMap<(Who, ReqId), u64>,
    /// Buffers and digests that are not told yet.
    pub(crate) local: BTreeSet<(Who, ReqId)>,
    /// Who may go on with a large file.
    pub(crate) claims: BTreeMap<String, Who>,
    pub(crate) requests: u64,
    /// The sync that is played, in some seeds.
    pub(crate) sync: Option<Sync>,
}

/// What the driver keeps for jobs: sources and sinks by number, buffers by job.
#[derive(Debug, Default)]
pub(crate) struct Store {
    pub(crate) sources: Vec<Source>,
    /// Of jobs that have two sources the second, by number.
    pub(crate) seconds: BTreeMap<usize, Source>,
    pub(crate) sinks: Vec<Sink>,
    pub(crate) buffers: BTreeMap<(Who, BufferId), Vec<u8>>,
    /// How many intents a job has taken.
    pub(crate) taken: BTreeMap<Who, usize>,
}

impl Store {
    /// A source of the job with this number.
    pub(crate) fn source(&self, number: usize, source: u16) -> &Source {
        match source {
            0 => &self.sources[number],
            _ => self.seconds.get(&number).expect("a second source"),
        }
    }
}

/// Where the bytes of an answer go.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    Sink(u16),
    /// Into the body of this request.
    Body(ReqId),
}

/// Something that happens at some time.
#[derive(Debug)]
pub(crate) enum Happening {
    Wire(Wire),
    /// The next bytes of a download arrive: all up to `to`.
    Chunk {
        number: u64,
        place: Place,
        offset: u64,
        body: Answered,
        from: usize,
        to: usize,
        len: usize,
    },
    /// No byte of an answer has come for too long.
    Stalled {
        number: u64,
        stored: u64,
    },
    /// A buffer or a digest is ready.
    Local(Who, ReqId, Told),
    /// An input is told that was told before, or is not wanted any more.
    Stray(Who, ReqId, Told),
    Start(usize),
    Cancel(usize),
    Replace {
        name: String,
        seed: u64,
        len: usize,
    },
    /// Somebody deletes a version.
    Remove {
        name: String,
        file_id: String,
    },
    /// A run of the sync begins, if this life still lasts.
    BeginSync(u32),
    /// Something is done in a folder.
    Apart(Box<Apart>),
    /// A job of the sync has failed before it began.
    Refused(Box<(u32, Ticket, Error)>),
    /// A file of the sync's folder becomes another one, or goes.
    Change(usize),
    GiveUpSync,
    /// Somebody else uploads to a bucket of the sync, or hides a name.
    Strange(usize),
}

impl From<Wire> for Happening {
    fn from(wire: Wire) -> Self {
        Self::Wire(wire)
    }
}

impl World {
    pub(crate) fn new(seed: u64, rng: Rng, faults: Faults, side: Side, in_flight: usize) -> Self {
        let life = Life::new(seed, in_flight, &side);
        let checks = Checkers::default();
        checks.secrets.add(&side.host().key());
        checks.secrets.add(&customer_key::secret());
        Self {
            engine: life.engine(),
            life,
            side,
            disk: Disk::default(),
            agenda: Agenda::new(BEGIN_MS),
            pace: Pace::new(BEGIN_MS, None, None),
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
            sync: None,
        }
    }

    /// Runs until nothing happens any more.
    pub(crate) fn run(&mut self) {
        loop {
            self.drain();
            if self.pump() {
                continue;
            }
            if self.life.is_over() {
                self.crash();
                continue;
            }
            let deadline_ms = self.engine.poll_deadline().map(|deadline| deadline.at.as_ms());
            let now_ms = self.agenda.now_ms();
            assert!(deadline_ms.is_none_or(|at_ms| at_ms > now_ms), "rule 2: a deadline is past");
            self.checks.ends.happens(now_ms);
            match (self.agenda.next_ms(), deadline_ms) {
                (None, None) => {
                    self.over();
                    if !self.go_on_without_budget() && !self.go_on_with_sync() {
                        return;
                    }
                }
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
    }

    fn over(&self) {
        Ends::over(&self.engine, &self.running);
        assert!(self.numbers.is_empty(), "a request of a job that ended is not aborted");
        self.checks.over(&self.engine.meter());
        self.checks.secrets.check(&format!("{:?}", self.engine));
    }

    /// The time as the driver tells it, which the core must not take on trust.
    pub(crate) fn told_now(&mut self) -> Instant {
        let now_ms = self.agenda.now_ms();
        let is_back = self.faults.clock_back.hits(&mut self.rng);
        // With what the service's hosts differ it is less than the slack for lost answers.
        let back_ms = self.rng.below(3_000);
        Instant::from_ms(if is_back { now_ms - back_ms } else { now_ms })
    }

    fn happen(&mut self, happening: Happening) {
        self.life.pass_point();
        match happening {
            Happening::Wire(wire) => self.wire(wire),
            Happening::Chunk { .. } => self.chunk(happening),
            Happening::Stalled { number, stored } => {
                if let Some(exchange) = self.flights.get(&number) {
                    let broken = exchange.broken_off(Cause::ReadTimeout, stored);
                    self.end(number, broken);
                }
            }
            Happening::Local(who, id, told) => {
                if self.local.remove(&(who, id)) {
                    self.checks.settled_locally(who, told.end());
                    self.tell(who, id, told);
                }
            }
            // Nobody is there any more whom anything of an earlier life could be told.
            Happening::Stray(who, ..) if who.life != self.life.number => {}
            Happening::Stray(who, id, told) => {
                let now = self.told_now();
                self.engine.handle_input(who.job, now, told.input(id));
            }
            Happening::Start(index) => self.start(index),
            Happening::Cancel(index) => self.cancel(index),
            Happening::Replace { name, seed, len } => {
                let bytes = crate::source::bytes_of(seed, len);
                self.side.log_in(self.agenda.now_ms());
                let file_id = self.side.put(self.agenda.now_ms(), &name, &bytes);
                self.running.replaced(name, file_id, bytes);
            }
            Happening::Remove { name, file_id } => {
                self.side.log_in(self.agenda.now_ms());
                self.side.delete(self.agenda.now_ms(), &name, &file_id);
            }
            Happening::BeginSync(life) => self.begin_sync(life),
            Happening::Apart(apart) => self.do_apart(*apart),
            Happening::Refused(refused) => self.refused(*refused),
            Happening::Change(number) => self.change(number),
            Happening::Strange(number) => self.act_as_stranger(number),
            Happening::GiveUpSync => self.give_up_sync(),
        }
    }
}

/// Simulated files fit into memory.
pub(crate) fn index(len: u64) -> usize {
    usize::try_from(len).expect("fits into memory")
}
