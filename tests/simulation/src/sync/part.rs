//! One job of a sync as a job of the engine, made as the drivers make it.

use core::cell::RefCell;

use b2_local::sync::{Copy, Download, Job as Wanted, Upload};
use b2_proto::error::{Error, ErrorKind};
use b2_proto::machine::copy::{CopyOptions, FileCopy};
use b2_proto::machine::download::{Download as Fetch, DownloadOptions, GrowingLanes};
use b2_proto::machine::engine::{AnyOutput, JobId};
use b2_proto::machine::incremental::Incremental;
use b2_proto::machine::put::{Put, PutOptions};
use b2_proto::machine::single::Single;
use b2_proto::machine::upload::Payload;
use b2_proto::model::{DownloadInfo, FileVersion};
use b2_proto::op::new_download::NewDownload;
use b2_proto::plan::sizes::SizeOptions;
use b2_proto::plan::sync::UploadMode;

use crate::checkers::repeats_have_reasons::{Needs, of_partly_copied};
use crate::jobs::{After, Job, Seat};

/// The shortest part the simulated service takes.
pub(super) const PART_LEN_MIN: u64 = 100;
/// Further ranges of a download that others may leave or take over.
const RANGES_MAX: u64 = 200;

/// How files are sent and fetched.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manner {
    pub(crate) lanes: u16,
    pub(crate) part_len: u64,
}

impl Manner {
    pub(super) fn sizes(self) -> SizeOptions {
        let (min, recommended) = (Some(PART_LEN_MIN), Some(self.part_len));
        SizeOptions { min, recommended, ..SizeOptions::default() }
    }
}

/// What is known of the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts {
    pub(super) len: u64,
    pub(super) modified_ms: u64,
}

/// A job of a sync.
#[derive(Debug)]
pub(super) struct Part {
    /// Until it begins.
    wanted: RefCell<Option<Wanted>>,
    what: What,
    manner: Manner,
    facts: Facts,
    /// Whether another life may have done the same, or be done with it late.
    was_begun: bool,
}

/// The kinds of jobs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum What {
    List(&'static str),
    Put,
    Grow,
    /// Whether what it has stays when it fails.
    Get(bool),
    Copy,
    Hide,
    Delete,
}

impl Part {
    pub(super) fn new(wanted: Wanted, facts: Facts, manner: Manner, was_begun: bool) -> Self {
        let what = match &wanted {
            Wanted::Names(_) => What::List("b2_list_file_names"),
            Wanted::Versions(_) => What::List("b2_list_file_versions"),
            Wanted::Upload(it) if it.mode == UploadMode::Incremental => What::Grow,
            Wanted::Upload(_) => What::Put,
            Wanted::Download(it) => What::Get(it.target.replaces.is_some()),
            Wanted::Copy(_) => What::Copy,
            Wanted::Hide(_) => What::Hide,
            Wanted::Delete(_) => What::Delete,
            Wanted::Local(_) => unreachable!("what is local is not for the engine"),
        };
        Self { wanted: RefCell::new(Some(wanted)), what, manner, facts, was_begun }
    }

    fn upload(&self, it: Upload, seat: &mut Seat<'_>) -> JobId {
        let file = it.file.default_modified_ms(self.facts.modified_ms);
        let payload = Payload::seekable(seat.source, self.facts.len);
        let (lanes, sizes) = (self.manner.lanes, self.manner.sizes());
        let options = PutOptions { lanes, sizes, ..PutOptions::default() };
        if it.mode == UploadMode::Incremental {
            return seat.add(Incremental::new(file, payload, options));
        }
        seat.add(Put::<FileVersion>::new(file, payload, options))
    }

    fn download(&self, it: &Download, seat: &mut Seat<'_>) -> JobId {
        let request = NewDownload::of_version(&it.version).kept(seat.kept.clone());
        let lane_len_min = self.manner.part_len;
        let options = DownloadOptions { lane_len_min, ..DownloadOptions::whole(seat.sink) };
        let lanes = GrowingLanes::up_to(self.manner.lanes);
        seat.add(Fetch::<_, _, DownloadInfo>::new(request, options, lanes))
    }

    fn copy(&self, it: Copy, seat: &mut Seat<'_>) -> JobId {
        let (lanes, sizes) = (self.manner.lanes, self.manner.sizes());
        let options = CopyOptions { lanes, sizes, fetch_metadata: true, ..CopyOptions::default() };
        seat.add(FileCopy::new(it.source, it.target, options))
    }
}

impl Job for Part {
    fn add(&self, seat: &mut Seat<'_>) -> JobId {
        match self.wanted.take().expect("it begins once") {
            Wanted::Names(page) => seat.add(page),
            Wanted::Versions(page) => seat.add(page),
            Wanted::Upload(it) => self.upload(*it, seat),
            Wanted::Download(it) => self.download(&it, seat),
            Wanted::Copy(it) => self.copy(*it, seat),
            Wanted::Hide(hide) => seat.add(Single::new(hide)),
            Wanted::Delete(delete) => seat.add(Single::new(delete)),
            Wanted::Local(_) => unreachable!("what is local is not for the engine"),
        }
    }

    fn needs(&self) -> Needs {
        // Of a version and of the rest, each cut by itself, of whatever it was before.
        let parts = self.facts.len / PART_LEN_MIN + 4;
        let lanes = u64::from(self.manner.lanes);
        match self.what {
            What::List(operation) => Needs::from([(operation, 1)]),
            What::Hide => Needs::from([("b2_hide_file", 1)]),
            What::Delete => Needs::from([("b2_delete_file_version", 1)]),
            What::Get(_) => Needs::from([("b2_download_file_by_id", 2 + lanes + RANGES_MAX)]),
            What::Put | What::Grow | What::Copy => {
                let mut needs = of_partly_copied(lanes, parts);
                needs.insert("b2_list_file_names", 1);
                needs
            }
        }
    }

    /// The sync is judged as a whole.
    fn check(&self, _outcome: &Result<AnyOutput, Error>, _after: &After<'_>) -> Result<(), String> {
        Ok(())
    }

    fn is_part(&self) -> bool {
        true
    }

    fn has_sink(&self) -> bool {
        matches!(self.what, What::Get(_))
    }

    fn keeps_what_it_has(&self) -> bool {
        self.what == What::Get(true)
    }

    /// What a life before has sent may come late, and get in the way.
    fn is_overtaken(&self, error: &Error) -> bool {
        let is_gone = error.kind == ErrorKind::NotFound;
        match self.what {
            What::Delete => is_gone && self.was_begun,
            What::Hide => self.was_begun && (is_gone || error.kind == ErrorKind::Conflict),
            What::Put | What::Grow | What::Copy => {
                let is_finished = error.message.starts_with("No active upload");
                self.was_begun && (is_finished || error.kind == ErrorKind::Conflict)
            }
            // What a run before has stored can be damaged, which shows only now.
            What::Get(is_continued) => {
                self.was_begun && is_continued && error.kind == ErrorKind::Corrupted
            }
            What::List(_) => false,
        }
    }
}
