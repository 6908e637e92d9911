//! Server-side copies: of a whole version or a range of it, within a bucket or to another one
//! (behaviour c).
//!
//! ```text
//! Undecided ─► Small ─► Ended
//!    │   ▲       │ too big
//!    │   ├───────┘
//!    │   └─ Asking: what has to be known of the source
//!    │   └─ Searching: an unfinished file of the same copy
//!    └─► Large ─► Ended
//! ```
//!
//! Whenever more is known of the source, it is decided anew what to do: one call for what it
//! takes, a large file with copied parts for the rest. The small form keeps content type and file
//! info by itself; for the large form they are asked for, unless they are known or replaced.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::error::{ApiCode, Error};
use crate::limits::FILE_ID_LEN_MAX;
use crate::machine::event::Event;
use crate::machine::large::{Lane, LargeUpload};
use crate::machine::login::LOGIN_SLOT;
use crate::machine::resume::{Resume, Resumed};
use crate::machine::session::Session;
use crate::machine::single::Single;
use crate::machine::upload::{Continued, Uploaded};
use crate::machine::{Action, Input, Machine};
use crate::model::{FileId, FileVersion};
use crate::op::GetFileInfo;
use crate::op::new_file::NewFile;
use crate::time::{Deadline, Instant};
use crate::wire::text::{Sha1, Text};

pub(in crate::machine) mod form;
mod made;
mod metadata;
mod options;
mod plan;
mod small;
mod source;
mod steps;
mod target;

use options::Continuing;
pub use options::CopyOptions;
pub use plan::CopyPlan;
use small::SmallCopy;
pub use source::CopySource;
pub use target::CopyTarget;

pub use crate::op::target_encryption::{NamedKey, TargetEncryption};

/// What a copy gives.
pub type Copied = Uploaded<FileVersion>;

type Large = LargeUpload<NewFile, Vec<Option<Sha1>>, Vec<Lane>, FileVersion, CopyPlan>;

/// Slots of requests above all those of a large file and its parts, and beside those of the search
/// for one to continue, so that a late answer is taken for none of these.
const ASK_SLOT: u16 = LOGIN_SLOT - 5;
const COPY_SLOT: u16 = LOGIN_SLOT - 6;
const QUESTION_SLOT: u16 = LOGIN_SLOT - 7;
const SOURCE_SLOT: u16 = LOGIN_SLOT - 12;

/// Copies one file on the server.
///
/// ```
/// use b2_proto::machine::copy::{CopyOptions, CopySource, CopyTarget, FileCopy};
///
/// let source = CopySource::new("4_z8d625eb63be2775577c70e1a_f1").range(0, 6_000_000_000);
/// let target = CopyTarget::new("8d625eb63be2775577c70e1a", "first-6-gb.bin");
/// let job = FileCopy::new(source, target, CopyOptions::default());
/// # let _ = job;
/// ```
#[derive(Debug)]
pub struct FileCopy {
    source: CopySource,
    target: CopyTarget,
    options: CopyOptions,
    continuing: Option<Continuing>,
    stage: Stage,
    /// The last news of a machine that has ended.
    news: Option<Event>,
}

#[derive(Debug)]
enum Stage {
    /// What is to be done next has to be decided.
    Undecided,
    Asking(Box<Single<GetFileInfo<FileId>>>),
    Searching(Box<Resume>),
    Small(Box<SmallCopy>),
    Large(Box<Large>),
    Ended(Option<Result<Copied, Error>>),
}

/// How the work of a stage has ended.
enum Ended {
    Asking(Result<FileVersion, Error>),
    Searching(Result<Resumed, Error>),
    Small(Result<Copied, Error>),
    Large(Result<Copied, Error>),
}

/// Runs an expression for whichever machine does the work.
macro_rules! delegate {
    ($stage:expr, $machine:ident => $do:expr, $otherwise:expr) => {
        match $stage {
            Stage::Asking($machine) => $do,
            Stage::Searching($machine) => $do,
            Stage::Small($machine) => $do,
            Stage::Large($machine) => $do,
            Stage::Undecided | Stage::Ended(_) => $otherwise,
        }
    };
}

impl FileCopy {
    /// A copy of `source` as `target`.
    pub const fn new(source: CopySource, target: CopyTarget, options: CopyOptions) -> Self {
        Self { source, target, options, continuing: None, stage: Stage::Undecided, news: None }
    }

    /// Goes on with a large file that was started for the same copy, without looking for one. Parts
    /// that have a digest are not copied again: whoever gives it has seen that the service's part
    /// has the length that this copy's part has (defect U3).
    #[must_use]
    pub fn continuing(
        mut self,
        file_id: Text<FILE_ID_LEN_MAX>,
        digests: Vec<Option<Sha1>>,
    ) -> Self {
        let (file_id, continued) = (Some(file_id), Continued::NotTried);
        self.continuing = Some(Continuing { file_id, digests, continued });
        self
    }

    /// The ID of the large file, once one is started.
    pub fn file_id(&self) -> Option<&str> {
        match &self.stage {
            Stage::Large(large) => large.file_id(),
            Stage::Undecided
            | Stage::Asking(_)
            | Stage::Searching(_)
            | Stage::Small(_)
            | Stage::Ended(_) => None,
        }
    }

    fn end(&mut self, result: Result<Copied, Error>) {
        self.stage = Stage::Ended(Some(result));
    }

    /// Takes the end of the machine that did the work; whether it has ended.
    fn move_on(&mut self, cx: &mut Session) -> bool {
        let ended = match &mut self.stage {
            Stage::Asking(ask) => ask.outcome().map(Ended::Asking),
            Stage::Searching(search) => search.resumed().map(Ended::Searching),
            Stage::Small(small) => small.outcome().map(Ended::Small),
            Stage::Large(large) => large.outcome().map(Ended::Large),
            Stage::Undecided | Stage::Ended(_) => None,
        };
        let Some(ended) = ended else { return false };
        while let Some(event) = delegate!(&mut self.stage, machine => machine.poll_event(), None) {
            self.news = Some(event);
        }
        match ended {
            Ended::Asking(Ok(version)) => {
                self.source.learn(&version);
                self.stage = Stage::Undecided;
            }
            Ended::Searching(Ok(resumed)) => match Continuing::found(resumed) {
                Ok(found) => {
                    self.continuing = Some(found);
                    self.stage = Stage::Undecided;
                }
                Err(error) => self.end(Err(error)),
            },
            Ended::Asking(Err(error)) | Ended::Searching(Err(error)) => self.end(Err(error)),
            Ended::Small(Err(error)) if error.code == ApiCode::SourceTooLarge => {
                self.too_large(error);
            }
            Ended::Small(result) => self.end(result),
            Ended::Large(result) => {
                if let Ok(copied) = &result {
                    cx.given.note(copied.file.file_id.as_str().as_bytes());
                }
                let continued = self.continuing.as_ref().map(|continuing| continuing.continued);
                let continued = continued.unwrap_or_default();
                self.end(result.map(|copied| Copied { continued, ..copied }));
            }
        }
        true
    }
}

impl Machine for FileCopy {
    type Output = Copied;

    fn decide(&mut self, cx: &mut Session, now: Instant) -> bool {
        // Each turn begins with a further machine, and there are only so many.
        loop {
            if let Stage::Undecided = self.stage
                && !self.choose(cx)
            {
                return false;
            }
            if delegate!(&mut self.stage, machine => machine.decide(cx, now), false) {
                return true;
            }
            if !self.move_on(cx) {
                return false;
            }
        }
    }

    fn action<'a>(&'a mut self, cx: &'a Session) -> Option<Action<'a>> {
        delegate!(&mut self.stage, machine => machine.action(cx), None)
    }

    fn handle_input(&mut self, cx: &mut Session, now: Instant, input: Input<'_>) {
        delegate!(&mut self.stage, machine => machine.handle_input(cx, now, input), ());
    }

    fn poll_deadline(&self, cx: &Session) -> Option<Deadline> {
        delegate!(&self.stage, machine => machine.poll_deadline(cx), None)
    }

    fn waits_for_login(&self, cx: &Session) -> bool {
        let is_undecided = matches!(self.stage, Stage::Undecided);
        delegate!(&self.stage, machine => machine.waits_for_login(cx), is_undecided)
    }

    fn large_file_id(&self) -> Option<&str> {
        self.file_id()
    }

    fn poll_event(&mut self) -> Option<Event> {
        let news = delegate!(&mut self.stage, machine => machine.poll_event(), None);
        news.or_else(|| self.news.take())
    }

    fn cancel(&mut self, now: Instant) {
        delegate!(&mut self.stage, machine => return machine.cancel(now), ());
        if let Stage::Undecided = self.stage {
            self.end(Err(Error::cancelled()));
        }
    }

    fn outcome(&mut self) -> Option<Result<Copied, Error>> {
        match &mut self.stage {
            Stage::Ended(result) => result.take(),
            Stage::Undecided
            | Stage::Asking(_)
            | Stage::Searching(_)
            | Stage::Small(_)
            | Stage::Large(_) => None,
        }
    }
}
