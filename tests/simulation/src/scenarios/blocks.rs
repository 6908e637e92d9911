//! Uploads by blocks of files that have changed, step by step as drivers take them: each step is a
//! job of its own, which may fail, die and be begun again.

mod base;
mod kept;

use std::sync::Arc;

use b2_local::face::{BlocksRead, UploadSpec};
use b2_local::source::Facts;
use b2_proto::error::{Error, ErrorKind};
use b2_proto::machine::basis::{Basis, FindBasis};
use b2_proto::machine::engine::{AnyOutput, JobId};
use b2_proto::machine::large::Leftover;
use b2_proto::machine::put::PutOptions;
use b2_proto::machine::synthesis::Synthesized;
use b2_proto::machine::upload::Uploaded;
use b2_proto::model::FileVersion;
use b2_proto::op::new_file::NewFile;
use b2_proto::plan::sizes::SizeOptions;
use b2_proto::rng::Rng;

use crate::checkers::repeats_have_reasons::{Needs, of_partly_copied};
use crate::checkers::versions_match_outcomes::Makes;
use crate::jobs::{After, Job, Reading, Seat, Step};
use crate::scenarios::Guard;
use crate::service::Side;
use crate::world::index;
use base::State;
use kept::Keep;
pub(crate) use kept::check_manifest;

/// The upload of one file, as all its steps know it.
#[derive(Debug)]
struct Plan {
    name: String,
    seed: u64,
    len: u64,
    /// What was there before.
    state: State,
    bucket_id: String,
    guard: Guard,
    options: PutOptions,
}

/// One step of it.
#[derive(Clone, Debug)]
pub(crate) struct BlocksJob {
    plan: Arc<Plan>,
    step: Which,
}

#[derive(Clone, Debug)]
enum Which {
    /// Looking what the service has.
    Find,
    /// Building the file of what matches.
    Build(Box<BlocksRead>),
    /// Sending it as it is.
    Send(Box<BlocksRead>),
}

/// The shortest part the simulated service takes.
const PART_LEN_MIN: u64 = 100;
const START: &str = "b2_start_large_file";

impl Plan {
    fn file(&self) -> NewFile {
        self.guard.set(NewFile::new(self.bucket_id.as_str(), self.name.as_str()))
    }
}

impl BlocksJob {
    /// An upload after a version that is put there now, or none.
    pub(crate) fn draw(name: String, rng: &mut Rng, side: &Side) -> Self {
        let (seed, len) = (rng.next_u64(), rng.below(8_000));
        let guard = Guard::draw(rng, side);
        let state = State::draw((&name, &guard), (seed, len), rng, side);
        let sizes = SizeOptions {
            min: Some(PART_LEN_MIN),
            recommended: Some(PART_LEN_MIN << rng.below(5)),
            ..SizeOptions::default()
        };
        let lanes = u16::try_from(1 + rng.below(6)).unwrap_or(1);
        let leftover = if rng.below(2) == 0 { Leftover::Remove } else { Leftover::Keep };
        let options = PutOptions { lanes, sizes, leftover, ..PutOptions::default() };
        let bucket_id = guard.bucket_id(&side.bucket_id).to_owned();
        let plan = Plan { name, seed, len, state, bucket_id, guard, options };
        Self { plan: Arc::new(plan), step: Which::Find }
    }

    pub(crate) fn seed(&self) -> u64 {
        self.plan.seed
    }

    pub(crate) fn len(&self) -> u64 {
        self.plan.len
    }

    /// The step `which` with the same source.
    fn follow(&self, which: Which, now: Reading<'_>) -> Step {
        let job = Self { plan: self.plan.clone(), step: which };
        (Box::new(job), now.source.clone())
    }

    /// Reads the source as a driver does, unless that fails.
    fn read(&self, mut basis: Basis, now: Reading<'_>) -> Option<BlocksRead> {
        let Plan { len, options, .. } = &*self.plan;
        let matched = if basis.is_worth_reading() {
            let bytes = now.source.read(now.now_ms, 0, index(*len)).ok()?;
            let mut matcher = basis.matcher(*len);
            matcher.update(&bytes);
            Some(matcher.finish())
        } else {
            None
        };
        let file = self.plan.file();
        let spec = UploadSpec { file, sha1: None, options: options.clone(), is_incremental: false };
        let facts = Facts { len: Some(*len), can_reread: true, modified_ms: None };
        Some(BlocksRead::new(spec, facts, basis, matched).expect("no SHA-1 was told"))
    }
}

impl Job for BlocksJob {
    fn add(&self, seat: &mut Seat<'_>) -> JobId {
        match &self.step {
            Which::Find => seat.add(FindBasis::new(self.plan.file(), self.plan.len)),
            Which::Build(read) => seat.add(read.building().expect("something matches")),
            Which::Send(read) => seat.add_unseen(read.sending()),
        }
    }

    fn needs(&self) -> Needs {
        if let Which::Find = self.step {
            return Needs::from([("b2_list_file_names", 2), ("b2_download_file_by_id", 1)]);
        }
        let parts = self.plan.len / PART_LEN_MIN + 4;
        of_partly_copied(self.plan.options.lanes.into(), parts)
    }

    fn next(&self, outcome: &Result<AnyOutput, Error>, now: Reading<'_>) -> Option<Step> {
        match (&self.step, outcome) {
            (Which::Find, Ok(output)) => {
                let basis = output.downcast_ref::<Basis>().expect("what was found");
                let read = Box::new(self.read(basis.clone(), now)?);
                let is_built = read.building().is_some();
                Some(
                    self.follow(if is_built { Which::Build(read) } else { Which::Send(read) }, now),
                )
            }
            (Which::Build(read), Ok(output)) => {
                let built = output.downcast_ref::<Synthesized>().expect("a file that was built");
                Keep::of(&self.plan, read, &built.file)
            }
            (Which::Send(read), Ok(output)) => Keep::of(&self.plan, read, &sent(output).file),
            (Which::Build(read), Err(error)) => {
                let mut read = read.clone();
                read.is_refuted(error).then(|| self.follow(Which::Send(read), now))
            }
            (Which::Find | Which::Send(_), Err(_)) => None,
        }
    }

    /// A manifest that says what is not so.
    fn is_overtaken(&self, error: &Error) -> bool {
        let is_built = matches!(self.step, Which::Build(_));
        is_built && self.plan.state.is_forged && error.kind == ErrorKind::Corrupted
    }

    fn guard(&self) -> Option<(&str, &Guard)> {
        Some((&self.plan.name, &self.plan.guard))
    }

    fn makes(&self, outcome: &Result<AnyOutput, Error>, after: &After<'_>) -> Option<Makes> {
        let told = match (&self.step, outcome) {
            (Which::Find, _) => return None,
            (Which::Build(_), Ok(output)) => {
                let built = output.downcast_ref::<Synthesized>().expect("a file that was built");
                Ok((built.file.file_id.as_str().to_owned(), built.may_be_duplicate))
            }
            (Which::Send(_), Ok(output)) => {
                let sent = sent(output);
                Ok((sent.file.file_id.as_str().to_owned(), sent.may_be_duplicate))
            }
            (_, Err(error)) => Err(error.may_have_taken_effect && error.operation != START),
        };
        let is_refuted = outcome.as_ref().is_err_and(|error| self.is_overtaken(error));
        let removes_leftover = self.plan.options.leftover == Leftover::Remove || is_refuted;
        Some(makes(self.plan.name.clone(), told, removes_leftover, after))
    }

    fn check(&self, outcome: &Result<AnyOutput, Error>, after: &After<'_>) -> Result<(), String> {
        let wanted = after.source.bytes();
        let mut mine = after.held.iter().filter(|held| held.is_made && held.name == self.plan.name);
        if let Some(other) = mine.find(|held| held.bytes != wanted) {
            let len = other.bytes.len();
            return Err(format!("the service holds {len} other bytes than were asked for"));
        }
        let Ok(output) = outcome else { return Ok(()) };
        // Another life may have made the newest version.
        match &self.step {
            Which::Find if after.deaths == 0 => {
                let basis = output.downcast_ref::<Basis>().expect("what was found");
                self.plan.state.check(basis)
            }
            Which::Find | Which::Build(_) | Which::Send(_) => Ok(()),
        }
    }
}

/// What a step has told that stores a file.
fn makes(
    name: String,
    told: Result<(String, bool), bool>,
    removes_leftover: bool,
    after: &After<'_>,
) -> Makes {
    let operations = &["b2_finish_large_file", "b2_upload_file", "b2_copy_file"];
    let may_stay = after.suffered.count("b2_delete_file_version") > 0
        || after.suffered.is_cancelled
        || after.deaths > 0
        || after.login_failures > 0;
    let damaged = if may_stay { after.suffered.lies } else { 0 };
    Makes { name, operations, told, damaged, is_asked: true, removes_leftover }
}

fn sent(output: &AnyOutput) -> &Uploaded<FileVersion> {
    output.downcast_ref().expect("an upload")
}
