//! The jobs of a run: adding them, and judging what came of each.

use core::fmt::Debug;
use std::collections::BTreeMap;

use b2_proto::error::{Cause, Error, ErrorKind};
use b2_proto::id::{SinkId, SourceId};
use b2_proto::machine::Machine;
use b2_proto::machine::engine::{AnyOutput, Engine, JobId};
use b2_proto::machine::synthesis::WriteIntent;
use b2_proto::op::new_download::KeptRanges;

use crate::account::Account;
use crate::checkers::LOGIN;
use crate::checkers::errors_are_explained::Around;
use crate::checkers::repeats_have_reasons::Needs;
use crate::checkers::suffered::Suffered;
use crate::checkers::versions_match_outcomes::Makes;
use crate::checkers::work_is_kept::Kept;
use crate::exchange::End;
use crate::held::Held;
use crate::scenarios::Guard;
use crate::sink::{COMMIT, REPLACED, Sink};
use crate::source::Source;
use crate::watch::{Watch, Watched};
use crate::who::Who;
use crate::world::{Happening, World};

/// How a download ends whose target is another one than it was to replace.
const CHANGED: Cause = Cause::SinkFailed;

/// Something to do, and how to tell whether it was done.
pub(crate) trait Job: Debug {
    /// Adds its machine to the engine.
    fn add(&self, seat: &mut Seat<'_>) -> JobId;

    /// How often it needs each operation when nothing fails.
    fn needs(&self) -> Needs;

    /// Judges the end against what the service and the sink hold.
    fn check(&self, outcome: &Result<AnyOutput, Error>, after: &After<'_>) -> Result<(), String>;

    /// The name and the number of parts of an upload that goes on where a life before has ended.
    fn continues(&self) -> Option<(&str, u64)> {
        None
    }

    /// Whether another job has taken what this one was about to work on.
    fn is_overtaken(&self, error: &Error) -> bool {
        let _ = error;
        false
    }

    /// Whether an error says that the work is done already, which a life before can have done
    /// without being told so.
    fn is_done_before(&self, error: &Error) -> bool {
        let _ = error;
        false
    }

    /// What it told about a version that it makes.
    fn makes(&self, outcome: &Result<AnyOutput, Error>, after: &After<'_>) -> Option<Makes> {
        let _ = (outcome, after);
        None
    }

    /// The name of the version that it makes, and how that is to be guarded.
    fn guard(&self) -> Option<(&str, &Guard)> {
        None
    }

    /// What its file is to be built of, if that is told while it is built.
    fn intents(&self) -> Vec<WriteIntent> {
        Vec::new()
    }

    /// The second of its sources, if it has two.
    fn second_source(&self) -> Option<Source> {
        None
    }

    /// Whether it is asked for what cannot be, and an error says so.
    fn is_refused(&self, error: &Error) -> bool {
        let _ = error;
        false
    }

    /// What follows when it has ended like this, and the source of that.
    fn next(&self, outcome: &Result<AnyOutput, Error>, now: Reading<'_>) -> Option<Step> {
        let _ = (outcome, now);
        None
    }

    /// How the piece of work of a sync has ended of which this was the last job, if its outcome
    /// does not say so by itself.
    fn part_result(&self, outcome: &Result<AnyOutput, Error>) -> Option<Result<(), Error>> {
        let _ = outcome;
        None
    }

    /// Whether the job stores something in its sink.
    fn has_sink(&self) -> bool {
        false
    }

    /// Whether it is part of a sync, which is begun anew and judged as a whole.
    fn is_part(&self) -> bool {
        false
    }

    /// Whether what is in its sink stays when it fails.
    fn keeps_what_it_has(&self) -> bool {
        false
    }

    /// Whether its target may hold these bytes, when it is not as it was.
    fn gives(&self, bytes: &[u8], sink: &Sink, replaced: &[Replaced]) -> bool {
        let _ = (bytes, sink, replaced);
        false
    }
}

/// The source of a job, as it is at a moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading<'a> {
    pub(crate) source: &'a Source,
    pub(crate) now_ms: u64,
}

/// A job that follows another one, and its source.
pub(crate) type Step = (Box<dyn Job>, Source);

/// Where a job sits: its source is the first it has, its sink has its own number.
pub(crate) struct Seat<'a> {
    engine: &'a mut Engine,
    watch: Watch,
    pub(crate) bucket_id: &'a str,
    /// What a life before has left of a download.
    pub(crate) kept: Option<KeptRanges>,
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

    /// Adds a machine that cannot be shown. The engine asserts the contract in debug builds.
    pub(crate) fn add_unseen<M>(&mut self, machine: M) -> JobId
    where
        M: Machine + Send + 'static,
        M::Output: Send + 'static,
    {
        self.engine.add(machine)
    }
}

/// What there is when everything is over.
pub(crate) struct After<'a> {
    pub(crate) held: &'a [Held],
    /// Names of large files that are not finished.
    pub(crate) unfinished: &'a [String],
    pub(crate) account: &'a Account,
    /// Jobs of this run that cancel what was left from before.
    pub(crate) cleaners: u64,
    pub(crate) replaced: &'a [Replaced],
    pub(crate) source: &'a Source,
    /// Where a download went.
    pub(crate) sink: &'a Sink,
    /// What the target of a download holds.
    pub(crate) target: Option<&'a [u8]>,
    /// In these lives.
    pub(crate) suffered: Suffered,
    /// Lives of the client in which the job began and did not end.
    pub(crate) deaths: u64,
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
    pub(crate) jobs: Vec<Entry>,
    by_id: BTreeMap<Who, usize>,
    pub(crate) replaced: Vec<Replaced>,
    pub(crate) watch: Watch,
    /// Jobs that cancel what was left from before.
    pub(crate) cleaners: u64,
}

/// A job and what has become of it.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) job: Box<dyn Job>,
    /// Whom it was in each life so far.
    pub(crate) lives: Vec<Who>,
    /// What of an upload was there when it was begun again.
    kept: Option<Kept>,
    /// What it downloaded is in the target's place.
    pub(crate) has_replaced: bool,
    pub(crate) outcome: Option<Result<AnyOutput, Error>>,
    /// The end of a run whose budget was used up. Another run has gone on.
    pub(crate) limited: Option<Limited>,
}

/// What a job has told when the client's budget was used up.
#[derive(Debug)]
pub(crate) struct Limited {
    /// So many of its lives are of that run.
    pub(crate) lives: usize,
    pub(crate) outcome: Result<AnyOutput, Error>,
}

/// How many jobs ended how.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Tally {
    /// With what was asked for.
    pub done: u64,
    /// With an error that the faults explain.
    pub failed: u64,
    /// Because another job of the same content had taken the file they had started.
    pub overtaken: u64,
    /// Jobs that were begun again after a crash.
    pub begun_again: u64,
    /// Jobs that another run went on with after a budget was used up.
    pub limited: u64,
}

impl Tally {
    pub(crate) const fn add(&mut self, other: &Self) {
        self.done += other.done;
        self.failed += other.failed;
        self.overtaken += other.overtaken;
        self.begun_again += other.begun_again;
        self.limited += other.limited;
    }
}

impl Entry {
    /// Whether the target may be new although the job has failed: a life that died before it could
    /// tell had got to the end, or only the new name could not be made safe.
    pub(crate) const fn may_have_replaced(&self) -> bool {
        self.lives.len() > 1 || self.has_replaced
    }
}

impl Entry {
    /// Whether somebody goes on with what it has stored. What is damaged serves nobody.
    fn leaves(&self, error: &Error) -> bool {
        error.kind == ErrorKind::Limit
            || (self.job.keeps_what_it_has() && error.kind != ErrorKind::Corrupted)
    }
}

impl Running {
    /// The number of a job that has not died.
    pub(crate) fn index_of(&self, who: Who) -> Option<usize> {
        self.by_id.get(&who).copied()
    }

    /// Notes a version that the run itself puts in place.
    pub(crate) fn replaced(&mut self, name: String, file_id: String, bytes: Vec<u8>) {
        self.replaced.push(Replaced { name, file_id, bytes });
    }

    /// The process is gone.
    pub(crate) fn die(&mut self) {
        self.by_id.clear();
        self.watch = self.watch.of_next_life();
    }

    /// Jobs that have ended because the client may ask for no more, to be gone on with by a run
    /// that may.
    pub(crate) fn reopen_limited(&mut self) -> Vec<usize> {
        let mut reopened = Vec::new();
        for (index, entry) in self.jobs.iter_mut().enumerate() {
            let is_limited = |outcome: &mut Result<AnyOutput, Error>| {
                outcome.as_ref().is_err_and(|error| error.kind == ErrorKind::Limit)
            };
            if let Some(outcome) = entry.outcome.take_if(is_limited) {
                entry.limited = Some(Limited { lives: entry.lives.len(), outcome });
                reopened.push(index);
            }
        }
        reopened
    }

    /// The jobs that have begun and not ended.
    pub(crate) fn unfinished(&self) -> Vec<usize> {
        let jobs = self.jobs.iter().enumerate();
        let unfinished = jobs
            .filter(|(_, it)| !it.lives.is_empty() && it.outcome.is_none() && !it.job.is_part());
        unfinished.map(|(index, _)| index).collect()
    }
}

impl World {
    /// Takes on a job that begins at some time; gives its number.
    pub(crate) fn add_job(&mut self, job: Box<dyn Job>, source: Source) -> usize {
        let number = self.running.jobs.len();
        self.store.seconds.extend(job.second_source().map(|source| (number, source)));
        self.running.jobs.push(Entry {
            job,
            lives: Vec::new(),
            kept: None,
            has_replaced: false,
            outcome: None,
            limited: None,
        });
        self.store.sources.push(source);
        self.store.sinks.push(Sink::new(format!("target-{number}")));
        number
    }

    /// Begins a job, or begins it again in a new life.
    pub(crate) fn start(&mut self, index: usize) {
        let entry = &mut self.running.jobs[index];
        let is_running = entry.lives.last().is_some_and(|who| who.life == self.life.number);
        if is_running || entry.outcome.is_some() {
            // Two deaths in short order both have it begun again.
            return;
        }
        entry.kept =
            entry.job.continues().filter(|_| !entry.lives.is_empty()).map(|(name, parts)| {
                let stored = self.side.stored_parts(self.agenda.now_ms(), name);
                Kept { parts, stored }
            });
        let number = u16::try_from(index).expect("few jobs");
        self.store.sources[index].rewind();
        if let Some(second) = self.store.seconds.get_mut(&index) {
            second.rewind();
        }
        self.store.sinks[index].begin(&mut self.disk);
        let kept = self.store.sinks[index].kept.clone();
        let mut seat = Seat {
            kept,
            engine: &mut self.engine,
            watch: self.running.watch.clone(),
            bucket_id: &self.side.bucket_id,
            source: SourceId(0),
            sink: SinkId(number),
        };
        let who = Who { life: self.life.number, job: entry.job.add(&mut seat) };
        self.trace.note(self.agenda.now_ms(), format_args!("{who:?} is {:?}", entry.job));
        entry.lives.push(who);
        self.running.by_id.insert(who, index);
    }

    pub(crate) fn cancel(&mut self, index: usize) {
        let entry = &self.running.jobs[index];
        let now = entry.lives.last().filter(|who| who.life == self.life.number);
        if let (Some(&who), None) = (now, &entry.outcome) {
            self.checks.suffered(who).is_cancelled = true;
            self.engine.cancel(who.job);
            self.trace.note(self.agenda.now_ms(), format_args!("{who:?} is cancelled"));
        }
    }

    /// A job gives its outcome.
    pub(crate) fn ended(&mut self, who: Who, outcome: Result<AnyOutput, Error>) {
        let index = self.running.by_id[&who];
        self.claims.retain(|_, holder| *holder != who);
        self.store.buffers.retain(|(each, _), _| *each != who);
        let Some(outcome) = self.conclude(who, index, outcome) else { return };
        let kind = outcome.as_ref().err().map(|error| error.kind);
        self.trace.note(self.agenda.now_ms(), format_args!("{who:?} ends with {kind:?}"));
        let is_at_limit = self.is_at_limit();
        let entry = &mut self.running.jobs[index];
        self.checks.ended(who, &entry.job.needs(), &outcome);
        if let (Some(kept), Ok(_)) = (&entry.kept, &outcome) {
            kept.check(self.checks.suffered(who));
        }
        if let Err(error) = &outcome {
            self.checks.secrets.check(&format!("{error:?} {error}"));
            let of_login = error.operation == LOGIN && error.kind != ErrorKind::Cancelled;
            let sufferer = if of_login { Who::login(who.life) } else { who };
            let around = Around {
                is_skewed: self.checks.is_skewed,
                has_limits: is_at_limit,
                is_damaged: !self.store.sinks[index].changed.is_empty(),
            };
            let suffered = self.checks.suffered(sufferer);
            let policy = &self.engine.session().policy;
            // What a life before has done, nobody was told of.
            let is_known = (entry.lives.len() > 1 && entry.job.is_done_before(error))
                || entry.job.is_overtaken(error)
                || entry.job.is_refused(error);
            let explained =
                if is_known { Ok(()) } else { suffered.explains(error, policy, around) };
            explained.unwrap_or_else(|why| panic!("a false failure of {:?}: {why}", entry.job));
        }
        let reading = Reading { source: &self.store.sources[index], now_ms: self.agenda.now_ms() };
        let next = entry.job.next(&outcome, reading);
        let before = entry.outcome.replace(outcome);
        assert!(before.is_none(), "rule 9: a second outcome");
        let Some((job, source)) = next else { return self.part_ended(index) };
        let next = self.add_job(job, source);
        if let Some(sync) = &mut self.sync {
            sync.part_goes_on(index, next);
        }
        self.agenda.put(0, Happening::Start(next));
    }

    /// Puts a download in its place, or takes away what is left of it, before anybody is told.
    /// Nothing is told when the client dies meanwhile.
    fn conclude(
        &mut self,
        who: Who,
        index: usize,
        outcome: Result<AnyOutput, Error>,
    ) -> Option<Result<AnyOutput, Error>> {
        let sink = &mut self.store.sinks[index];
        if !self.running.jobs[index].job.has_sink() {
            return Some(outcome);
        }
        if outcome.is_ok() {
            for (number, step) in COMMIT.into_iter().enumerate() {
                self.running.jobs[index].has_replaced |= number == REPLACED;
                self.life.pass_point();
                if self.life.is_over() {
                    return None;
                }
                let is_next = number + 1 == REPLACED;
                if is_next {
                    self.note_time(index);
                }
                let may_replace = !is_next || self.may_replace(index);
                let sink = &self.store.sinks[index];
                let done = if may_replace { step(sink, &mut self.disk) } else { Err(CHANGED) };
                if let Err(cause) = done {
                    self.checks.settled_locally(who, End::Broken(cause));
                    sink.abandon(&mut self.disk);
                    return Some(Err(Error::new(ErrorKind::Sink, "the disk of the simulation")));
                }
            }
        } else if outcome.as_ref().is_err_and(|error| self.running.jobs[index].leaves(error)) {
            sink.save(&mut self.disk);
        } else {
            // What was noted could be gone on with, but nobody comes.
            sink.abandon(&mut self.disk);
        }
        self.life.pass_point();
        (!self.life.is_over()).then_some(outcome)
    }
}
