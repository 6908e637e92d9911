//! An upload of a sync by blocks, step by step as the drivers take it: each step is a job of the
//! engine, and the run is told when the last one has ended.

use std::rc::Rc;

use b2_local::face::{BlocksRead, UploadSpec};
use b2_local::source::Facts as Told;
use b2_local::sync::Upload;
use b2_proto::error::{Error, ErrorKind};
use b2_proto::machine::basis::{Basis, FindBasis};
use b2_proto::machine::engine::{AnyOutput, JobId};
use b2_proto::machine::put::PutOptions;
use b2_proto::machine::single::Single;
use b2_proto::machine::synthesis::Synthesized;
use b2_proto::machine::upload::Uploaded;
use b2_proto::model::FileVersion;
use b2_proto::op::DeleteFileVersion;
use b2_proto::op::list_file_names::FileNamesPage;
use b2_proto::op::new_file::NewFile;

use super::part::{Facts, Manner, PART_LEN_MIN};
use crate::checkers::repeats_have_reasons::{Needs, of_partly_copied};
use crate::jobs::{After, Job, Reading, Seat, Step};
use crate::source::Source;
use crate::world::index;

/// A step of an upload.
#[derive(Debug)]
pub(super) struct ByBlocks {
    plan: Rc<Plan>,
    which: Which,
}

/// What all steps know.
#[derive(Debug)]
struct Plan {
    file: NewFile,
    facts: Facts,
    options: PutOptions,
    /// Whether another life may have done the same, or be done with it late.
    was_begun: bool,
}

#[derive(Debug)]
enum Which {
    /// Looking what the service has.
    Find,
    /// Building the file of what matches.
    Build(BlocksRead),
    /// Sending it as it is.
    Send(BlocksRead),
    /// Looking once more what has the manifest's name.
    Look(BlocksRead, FileVersion),
    /// Keeping the manifest.
    Keep(BlocksRead, FileVersion),
    /// Deleting the one before.
    Replace(DeleteFileVersion<String>),
}

const NAMES: &str = "b2_list_file_names";
const DELETE: &str = "b2_delete_file_version";

impl ByBlocks {
    pub(super) fn new(it: Upload, facts: Facts, manner: Manner, was_begun: bool) -> Self {
        let (lanes, sizes) = (manner.lanes, manner.sizes());
        let options = PutOptions { lanes, sizes, ..PutOptions::default() };
        let plan = Plan { file: it.file, facts, options, was_begun };
        Self { plan: Rc::new(plan), which: Which::Find }
    }

    fn follow(&self, which: Which, source: Source) -> Step {
        (Box::new(Self { plan: self.plan.clone(), which }), source)
    }

    /// Reads the source, unless that fails.
    fn read(&self, mut basis: Basis, now: Reading<'_>) -> Option<BlocksRead> {
        let Plan { file, facts: Facts { len, modified_ms }, options, .. } = &*self.plan;
        let matched = if basis.is_worth_reading() {
            let bytes = now.source.read(now.now_ms, 0, index(*len)).ok()?;
            let mut matcher = basis.matcher(*len);
            matcher.update(&bytes);
            Some(matcher.finish())
        } else {
            None
        };
        let (file, options) = (file.clone(), options.clone());
        let spec = UploadSpec { file, sha1: None, options, is_incremental: false };
        let told = Told { len: Some(*len), can_reread: true, modified_ms: Some(*modified_ms) };
        Some(BlocksRead::new(spec, told, basis, matched).expect("no SHA-1 was told"))
    }

    /// What follows when the file is there.
    fn look(&self, read: &BlocksRead, version: &FileVersion) -> Option<Step> {
        read.last_look()?;
        Some(self.follow(Which::Look(read.clone(), version.clone()), Source::none()))
    }
}

impl Job for ByBlocks {
    fn add(&self, seat: &mut Seat<'_>) -> JobId {
        match &self.which {
            Which::Find => seat.add(FindBasis::new(self.plan.file.clone(), self.plan.facts.len)),
            Which::Build(read) => seat.add(read.building().expect("something matches")),
            Which::Send(read) => seat.add_unseen(read.sending()),
            Which::Look(read, _) => seat.add(read.last_look().expect("a manifest is to be kept")),
            Which::Keep(read, version) => {
                let (put, _) = read.clone().manifest(version).expect("as before");
                seat.add_unseen(put)
            }
            Which::Replace(delete) => seat.add(Single::new(delete.clone())),
        }
    }

    fn needs(&self) -> Needs {
        let lanes = u64::from(self.plan.options.lanes);
        match &self.which {
            Which::Find => Needs::from([(NAMES, 2), ("b2_download_file_by_id", 1)]),
            Which::Build(_) | Which::Send(_) => {
                of_partly_copied(lanes, self.plan.facts.len / PART_LEN_MIN + 4)
            }
            Which::Look(..) => Needs::from([(NAMES, 1)]),
            // No more blocks than bytes.
            Which::Keep(..) => of_partly_copied(64, 100),
            Which::Replace(_) => Needs::from([(DELETE, 1)]),
        }
    }

    fn next(&self, outcome: &Result<AnyOutput, Error>, now: Reading<'_>) -> Option<Step> {
        let source = || now.source.clone();
        match (&self.which, outcome) {
            (Which::Find, Ok(output)) => {
                let basis = output.downcast_ref::<Basis>().expect("what was found");
                let read = self.read(basis.clone(), now)?;
                let is_built = read.building().is_some();
                let which = if is_built { Which::Build(read) } else { Which::Send(read) };
                Some(self.follow(which, source()))
            }
            (Which::Build(read), Ok(output)) => {
                let built = output.downcast_ref::<Synthesized>().expect("a file that was built");
                self.look(read, &built.file)
            }
            (Which::Build(read), Err(error)) => {
                let mut read = read.clone();
                read.is_refuted(error).then(|| self.follow(Which::Send(read), source()))
            }
            (Which::Send(read), Ok(output)) => {
                let sent = output.downcast_ref::<Uploaded<FileVersion>>().expect("an upload");
                self.look(read, &sent.file)
            }
            (Which::Look(read, version), Ok(output)) => {
                let page = output.downcast_ref::<FileNamesPage>().expect("names");
                let mut read = read.clone();
                read.looked_last(page.clone());
                let (_, bytes) = read.clone().manifest(version)?;
                Some(self.follow(Which::Keep(read, version.clone()), Source::literal(bytes)))
            }
            (Which::Keep(read, _), Ok(_)) => {
                Some(self.follow(Which::Replace(read.replaced()?), Source::none()))
            }
            (Which::Replace(_), Ok(_)) | (_, Err(_)) => None,
        }
    }

    /// Without its manifest an upload is as good.
    fn part_result(&self, outcome: &Result<AnyOutput, Error>) -> Option<Result<(), Error>> {
        Some(match (&self.which, outcome) {
            (Which::Find, Ok(_)) => Err(Error::new(ErrorKind::Source, "it cannot be read")),
            (Which::Find | Which::Build(_) | Which::Send(_), Err(error)) => Err(error.clone()),
            (Which::Build(_) | Which::Send(_), Ok(_))
            | (Which::Look(..) | Which::Keep(..) | Which::Replace(_), _) => Ok(()),
        })
    }

    /// The sync is judged as a whole.
    fn check(&self, _outcome: &Result<AnyOutput, Error>, _after: &After<'_>) -> Result<(), String> {
        Ok(())
    }

    fn is_part(&self) -> bool {
        true
    }

    /// What a life before has sent may come late, and get in the way.
    fn is_overtaken(&self, error: &Error) -> bool {
        let is_gone = error.kind == ErrorKind::NotFound;
        let is_finished = error.message.starts_with("No active upload");
        let is_in_the_way = is_gone || is_finished || error.kind == ErrorKind::Conflict;
        self.plan.was_begun && is_in_the_way
    }
}
