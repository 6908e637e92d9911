//! The jobs of a run: adding them, and judging what came of each.

use core::fmt::Debug;
use std::collections::BTreeMap;

use b2_proto::error::{Error, ErrorKind};
use b2_proto::id::{SinkId, SourceId};
use b2_proto::machine::Machine;
use b2_proto::machine::engine::{AnyOutput, Engine, JobId};

use crate::checkers::LOGIN;
use crate::checkers::errors::Suffered;
use crate::checkers::repeats::Needs;
use crate::service::Held;
use crate::sink::Sink;
use crate::source::Source;
use crate::watch::{Watch, Watched};
use crate::world::World;

/// Something to do, and how to tell whether it was done.
pub(crate) trait Job: Debug {
    /// Adds its machine to the engine.
    fn add(&self, seat: &mut Seat<'_>) -> JobId;

    /// How often it needs each operation when nothing fails.
    fn needs(&self) -> Needs;

    /// Judges the end against what the service and the sink hold.
    fn check(&self, outcome: &Result<AnyOutput, Error>, after: &After<'_>) -> Result<(), String>;
}

/// Where a job sits: its source and sink have its own number.
pub(crate) struct Seat<'a> {
    engine: &'a mut Engine,
    watch: Watch,
    pub(crate) bucket_id: &'a str,
    pub(crate) source: SourceId,
    pub(crate) sink: SinkId,
}

impl Seat<'_> {
    /// Adds a machine under watch.
    pub(crate) fn add<M>(&mut self, machine: M) -> JobId
    where
        M: Machine + Debug + Send + 'static,
        M::Output: Send + 'static,
    {
        self.engine.add(Watched::new(machine, self.watch.clone()))
    }
}

/// What there is when everything is over.
pub(crate) struct After<'a> {
    pub(crate) held: &'a [Held],
    pub(crate) unfinished: &'a [String],
    pub(crate) replaced: &'a [Replaced],
    pub(crate) source: &'a Source,
    pub(crate) sink: &'a Sink,
    pub(crate) suffered: &'a Suffered,
    /// Logins that failed: without one there is no cleaning up.
    pub(crate) login_failures: u64,
}

/// A version that took the place of another while the run went on.
#[derive(Debug)]
pub(crate) struct Replaced {
    pub(crate) name: String,
    pub(crate) file_id: String,
    pub(crate) bytes: Vec<u8>,
}

/// All jobs of a run.
#[derive(Debug, Default)]
pub(crate) struct Running {
    jobs: Vec<Entry>,
    by_id: BTreeMap<JobId, usize>,
    replaced: Vec<Replaced>,
    pub(crate) watch: Watch,
}

#[derive(Debug)]
struct Entry {
    job: Box<dyn Job>,
    id: Option<JobId>,
    outcome: Option<Result<AnyOutput, Error>>,
}

/// How many jobs ended how.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Tally {
    /// With what was asked for.
    pub done: u32,
    /// With an error that the faults explain.
    pub failed: u32,
}

impl Running {
    /// Notes a version that the run itself puts in place.
    pub(crate) fn replaced(&mut self, name: String, file_id: String, bytes: Vec<u8>) {
        self.replaced.push(Replaced { name, file_id, bytes });
    }
}

impl World {
    /// Takes on a job that begins at some time; gives its number.
    pub(crate) fn add_job(&mut self, job: Box<dyn Job>, source: Source, sink: Sink) -> usize {
        let entry = Entry { job, id: None, outcome: None };
        self.running.jobs.push(entry);
        self.store().sources.push(source);
        self.store().sinks.push(sink);
        self.running.jobs.len() - 1
    }

    pub(crate) fn start(&mut self, index: usize) {
        let entry = &mut self.running.jobs[index];
        let number = u16::try_from(index).expect("few jobs");
        let mut seat = Seat {
            engine: &mut self.engine,
            watch: self.running.watch.clone(),
            bucket_id: &self.side.bucket_id,
            source: SourceId(number),
            sink: SinkId(number),
        };
        let id = entry.job.add(&mut seat);
        self.trace.note(self.agenda.now_ms(), format_args!("{id:?} is {:?}", entry.job));
        entry.id = Some(id);
        self.running.by_id.insert(id, index);
    }

    pub(crate) fn cancel(&mut self, index: usize) {
        let entry = &self.running.jobs[index];
        if let (Some(id), None) = (entry.id, &entry.outcome) {
            self.checks.suffered(id).is_cancelled = true;
            self.engine.cancel(id);
            self.trace.note(self.agenda.now_ms(), format_args!("{id:?} is cancelled"));
        }
    }

    /// A job gives its outcome.
    pub(crate) fn ended(&mut self, id: JobId, outcome: Result<AnyOutput, Error>) {
        let index = self.running.by_id[&id];
        self.claims.retain(|_, holder| *holder != id);
        let kind = outcome.as_ref().err().map(|error| error.kind);
        self.trace.note(self.agenda.now_ms(), format_args!("{id:?} ends with {kind:?}"));
        let entry = &mut self.running.jobs[index];
        self.checks.ended(id, &entry.job.needs());
        if let Err(error) = &outcome {
            self.checks.secrets.check(&format!("{error:?} {error}"));
            let of_login = error.operation == LOGIN && error.kind != ErrorKind::Cancelled;
            let suffered = self.checks.suffered(if of_login { JobId::LOGIN } else { id });
            let explained = suffered.explains(error, &self.engine.session().policy);
            explained.unwrap_or_else(|why| panic!("a false failure of {:?}: {why}", entry.job));
        }
        let before = entry.outcome.replace(outcome);
        assert!(before.is_none(), "rule 9: a second outcome");
    }

    /// Judges all jobs when everything is over.
    pub(crate) fn judge(&mut self) -> Tally {
        let now_ms = self.agenda.now_ms();
        self.side.log_in(now_ms);
        let (held, unfinished) = (self.side.held(now_ms), self.side.unfinished(now_ms));
        let login_failures = self.checks.suffered(JobId::LOGIN).count(LOGIN);
        let mut tally = Tally::default();
        for (index, entry) in self.running.jobs.iter().enumerate() {
            let id = entry.id.expect("every job was started");
            let outcome = entry.outcome.as_ref().expect("S3: every job ends");
            match outcome {
                Ok(_) => tally.done += 1,
                Err(_) => tally.failed += 1,
            }
            let after = After {
                held: &held,
                unfinished: &unfinished,
                replaced: &self.running.replaced,
                source: &self.store.sources[index],
                sink: &self.store.sinks[index],
                suffered: self.checks.suffered(id),
                login_failures,
            };
            let checked = entry.job.check(outcome, &after);
            checked.unwrap_or_else(|why| panic!("{why}\n{:?}: {outcome:?}", entry.job));
        }
        tally
    }
}
