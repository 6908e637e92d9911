//! Uploads of files that have grown: the service copies what it has of them, and only the rest is
//! sent (behaviour b.7).
//!
//! ```text
//! Undecided ─► Looking ─► Comparing ─► Searching ─► Growing ─► Ended
//!     │           │           ├─► Copying (nothing is new) ────►│
//!     │           │           │            (gone) ▼             │
//!     └───────────┴───────────┴─────────────► Whole ───────────►│
//! ```
//!
//! Whatever stands against it, the file is sent whole, with the SHA-1 of each part as it is then
//! read. What is copied is what was read: the service tells the SHA-1 of each copied part. A
//! version that is gone when it is to be copied, or other, is done without.

use crate::error::{Error, ErrorKind};
use crate::id::ReqId;
use crate::machine::apart::Apart;
use crate::machine::append::{Append, Appended};
use crate::machine::copy::{CopySource, FileCopy};
use crate::machine::event::Event;
use crate::machine::large::{Lane, LargeUpload};
use crate::machine::login::LOGIN_SLOT;
use crate::machine::put::{Put, PutOptions};
use crate::machine::resume::{Resume, Resumed};
use crate::machine::session::Session;
use crate::machine::single::Single;
use crate::machine::upload::{Payload, Reused, Uploaded};
use crate::machine::{Accept, Action, Input, Machine};
use crate::model::FileVersion;
use crate::op::ListFileNames;
use crate::op::list_file_names::FileNamesPage;
use crate::op::new_file::NewFile;
use crate::time::{Deadline, Instant};
use crate::wire::reply::Headers;
use crate::wire::text::Sha1;
use alloc::boxed::Box;
use alloc::vec::Vec;

mod plan;
mod steps;

use plan::Cuts;
pub use plan::GrownPlan;
pub(super) use steps::{key_of, newest, visible};

type Large = LargeUpload<NewFile, Vec<Option<Sha1>>, Vec<Lane>, FileVersion, GrownPlan>;

/// Apart from the slots of what comes before and after it.
const LOOK_SLOT: u16 = LOGIN_SLOT - 9;

/// Uploads one file, but copies what the newest version of its name has of it.
///
/// The source is read to be compared, as long as it is the same, and if something is copied its
/// SHA-1 is kept with the new version even if the options ask for one pass. A version that is
/// encrypted with a customer key is copied only if the file goes up with the same key.
///
/// ```
/// use b2_proto::id::SourceId;
/// use b2_proto::machine::incremental::Incremental;
/// use b2_proto::machine::put::PutOptions;
/// use b2_proto::machine::upload::Payload;
/// use b2_proto::op::new_file::NewFile;
///
/// let file = NewFile::new("8d625eb63be2775577c70e1a", "log/2026.txt");
/// let payload = Payload::seekable(SourceId(0), 12_000_000);
/// let job = Incremental::new(file, payload, PutOptions::default());
/// # let _ = job;
/// ```
#[derive(Debug)]
pub struct Incremental {
    file: NewFile,
    payload: Payload,
    options: PutOptions,
    /// The version that is looked at, and how the file would be cut beside it.
    base: Option<Base>,
    /// What was read of the source when it was compared. If it is read again to be sent whole, its
    /// parts have digests of their own, and this one is not noted beside other bytes.
    read_sha1: Option<Sha1>,
    reused: Reused,
    /// What is known of a file that is continued, when parts are sent.
    resumed: Resumed,
    stage: Stage,
    /// The last news of a machine that has ended.
    news: Option<Event>,
}

/// The newest version, whose bytes the file may begin with.
#[derive(Debug)]
struct Base {
    source: CopySource,
    has_sha1: bool,
    cuts: Option<Cuts>,
}

#[derive(Debug)]
enum Stage {
    /// Nobody has looked yet.
    Undecided,
    Looking(Box<Single<ListFileNames>>),
    Comparing(Box<Append>),
    /// For an unfinished large file of the same upload.
    Searching(Box<Resume>, GrownPlan),
    Copying(Box<FileCopy>),
    Growing(Box<Large>),
    /// Parts of the file may have been under way before.
    Whole(Box<Apart<Put<FileVersion>>>),
    Ended(Option<Result<Uploaded<FileVersion>, Error>>),
}

/// How the work of a stage has ended.
enum Ended {
    Looking(Result<FileNamesPage, Error>),
    Comparing(Result<Appended, Error>),
    Searching(Result<Resumed, Error>),
    Uploaded(Result<Uploaded<FileVersion>, Error>),
}

/// Runs an expression for whichever machine does the work.
macro_rules! delegate {
    ($stage:expr, $machine:ident => $do:expr, $otherwise:expr) => {
        match $stage {
            Stage::Looking($machine) => $do,
            Stage::Comparing($machine) => $do,
            Stage::Searching($machine, _) => $do,
            Stage::Copying($machine) => $do,
            Stage::Growing($machine) => $do,
            Stage::Whole($machine) => $do,
            Stage::Undecided | Stage::Ended(_) => $otherwise,
        }
    };
}

impl Incremental {
    /// An upload of `payload` as `file`. The payload can be read again and has a known length;
    /// else the job ends with an error before anything is sent.
    pub const fn new(file: NewFile, payload: Payload, options: PutOptions) -> Self {
        Self {
            file,
            payload,
            options,
            base: None,
            read_sha1: None,
            reused: Reused::NotTried,
            resumed: Resumed::none(crate::machine::upload::Continued::NotTried),
            stage: Stage::Undecided,
            news: None,
        }
    }

    fn end(&mut self, result: Result<Uploaded<FileVersion>, Error>) {
        self.stage = Stage::Ended(Some(result));
    }

    /// Takes the end of the machine that did the work; whether it has ended.
    fn move_on(&mut self, cx: &mut Session) -> bool {
        let ended = match &mut self.stage {
            Stage::Looking(look) => look.outcome().map(Ended::Looking),
            Stage::Comparing(compare) => compare.outcome().map(Ended::Comparing),
            Stage::Searching(search, _) => search.resumed().map(Ended::Searching),
            Stage::Copying(copy) => copy.outcome().map(Ended::Uploaded),
            Stage::Growing(large) => large.outcome().map(|done| {
                let continued = self.resumed.continued;
                Ended::Uploaded(done.map(|done| Uploaded { continued, ..done }))
            }),
            Stage::Whole(put) => put.outcome().map(Ended::Uploaded),
            Stage::Undecided | Stage::Ended(_) => None,
        };
        let Some(ended) = ended else { return false };
        while let Some(event) = delegate!(&mut self.stage, machine => machine.poll_event(), None) {
            self.news = Some(event);
        }
        match ended {
            // That the key may not list shows here where its login did not tell.
            Ended::Looking(Err(error))
                if matches!(error.kind, ErrorKind::Unauthorized | ErrorKind::AccessDenied) =>
            {
                self.upload_whole(Reused::NotAllowed);
            }
            Ended::Looking(Ok(page)) => self.compare(cx, page),
            Ended::Comparing(Ok(appended)) => self.compared(appended),
            Ended::Searching(Ok(resumed)) => self.searched(resumed),
            Ended::Looking(Err(error))
            | Ended::Comparing(Err(error))
            | Ended::Searching(Err(error)) => self.end(Err(error)),
            Ended::Uploaded(Err(error)) if self.is_refuted(&error) => self.upload_instead(),
            Ended::Uploaded(done) => {
                let reused = self.reused;
                self.end(done.map(|done| Uploaded { reused, ..done }));
            }
        }
        true
    }
}

impl Machine for Incremental {
    type Output = Uploaded<FileVersion>;

    fn decide(&mut self, cx: &mut Session, now: Instant) -> bool {
        // Each turn begins with a further machine, and there are only so many.
        loop {
            if let Stage::Undecided = self.stage
                && !self.begin(cx)
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

    fn accept(
        &mut self,
        cx: &mut Session,
        now: Instant,
        id: ReqId,
        status: u16,
        headers: &dyn Headers,
    ) -> Accept {
        let refused = Accept::Collect { len_max: 0 };
        delegate!(&mut self.stage, m => m.accept(cx, now, id, status, headers), refused)
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

    fn outcome(&mut self) -> Option<Result<Self::Output, Error>> {
        match &mut self.stage {
            Stage::Ended(result) => result.take(),
            Stage::Undecided
            | Stage::Looking(_)
            | Stage::Comparing(_)
            | Stage::Searching(..)
            | Stage::Copying(_)
            | Stage::Growing(_)
            | Stage::Whole(_) => None,
        }
    }
}
