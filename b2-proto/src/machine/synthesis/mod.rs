//! Files that are built of local data and of ranges of files at the service (behaviour d).
//!
//! ```text
//! Undecided ─► Reading ─► Searching ─► Large ─────────► Ended
//!     │           ├──────────────────► Small ─────────►│
//!     └───────────┴──────────────────► Copying ───────►│
//! ```
//!
//! The plan says what is sent, copied and fetched. Local bytes are read once before, for the
//! identity by which an unfinished file of the same plan is found again (`plan_id`), and for the
//! copied parts that are to be compared with them. A plan of one part is one upload or one copy.
//!
//! A part that consists of several pieces is one body. Those that are at the service are fetched
//! while it is sent, and go from one connection to the other through a bounded pipe of the driver:
//! never is a part in memory.

use crate::error::Error;
use crate::id::ReqId;
use crate::machine::copy::FileCopy;
use crate::machine::event::Event;
use crate::machine::large::{Lane, LargeUpload};
use crate::machine::resume::{Resume, Resumed, Skipped};
use crate::machine::session::Session;
use crate::machine::upload::{Continued, Upload, Uploaded};
use crate::machine::{Accept, Action, Input, Machine};
use crate::model::FileVersion;
use crate::op::new_file::NewFile;
use crate::plan::synthesis::{Overlap, Plan, Totals};
use crate::time::{Deadline, Instant};
use crate::wire::reply::Headers;
use crate::wire::text::Sha1;
use alloc::boxed::Box;
use alloc::vec::Vec;

mod fed;
mod feed;
mod form;
mod hungry;
mod intent;
mod options;
mod plan;
mod reading;
mod steps;
mod stream;
mod told;

use fed::Fed;
pub use intent::{WriteIntent, WriteOrigin};
pub use options::{Planner, SynthesisOptions, Synthesized};
pub use plan::SynthesisPlan;
use reading::Reading;
pub use stream::{INTENTS_MAX, StreamPlan, SynthesizeStream};
use told::Told;

/// Most lanes of a file of which bytes are fetched: each may have two requests in flight.
pub const FEEDING_LANES_MAX: usize = crate::machine::LANES_MAX / 2;

type Large<P> = LargeUpload<NewFile, Vec<Option<Sha1>>, Vec<Lane>, FileVersion, P>;
type Small<P> = Upload<NewFile, FileVersion, P>;

/// Builds one file.
///
/// ```
/// use b2_proto::id::SourceId;
/// use b2_proto::machine::copy::CopySource;
/// use b2_proto::machine::synthesis::{SynthesisOptions, Synthesize, WriteIntent};
/// use b2_proto::op::new_file::NewFile;
///
/// // A log of which the service has the first 150 MB.
/// let old = CopySource::new("4_z8d625eb63be2775577c70e1a_f1").range(0, 150_000_000);
/// let intents = vec![
///     WriteIntent::remote(0, old),
///     WriteIntent::local(150_000_000, SourceId(0), 150_000_000, 30_000_000),
/// ];
/// let file = NewFile::new("8d625eb63be2775577c70e1a", "log/2026.txt");
/// let job = Synthesize::new(file, intents, SynthesisOptions::default());
/// # let _ = job;
/// ```
#[derive(Debug)]
pub struct Synthesize {
    file: NewFile,
    intents: Vec<WriteIntent>,
    options: SynthesisOptions,
    totals: Totals,
    overlap: Option<Overlap>,
    continued: Continued,
    skipped: Vec<Skipped>,
    stage: Stage,
    /// A part may be read again once the file is planned anew.
    last_read: ReqId,
    /// Bytes that all buffers of the client may have, as it was told when the job began.
    buffers_len: u64,
    /// The large file that was told.
    told: Told,
    /// The last news of a machine that has ended.
    news: Option<Event>,
}

#[derive(Debug)]
enum Stage {
    /// Nothing is planned yet.
    Undecided,
    Reading(Box<Reading>, Box<Plan>),
    /// For an unfinished large file of the same plan.
    Searching(Box<Resume>, Box<SynthesisPlan>),
    Large(Box<Fed<Large<SynthesisPlan>>>),
    Small(Box<Fed<Small<SynthesisPlan>>>),
    Copying(Box<FileCopy>),
    /// Given up while the source is read.
    Aborting(ReqId),
    Ended(Option<Result<Synthesized, Error>>),
}

/// How the work of a stage has ended.
enum Ended {
    Searching(Result<Resumed, Error>),
    Uploaded(Result<Uploaded<FileVersion>, Error>),
}

/// Runs an expression for whichever machine does the work.
macro_rules! delegate {
    ($stage:expr, $machine:ident => $do:expr, $otherwise:expr) => {
        match $stage {
            Stage::Searching($machine, _) => $do,
            Stage::Large($machine) => $do,
            Stage::Small($machine) => $do,
            Stage::Copying($machine) => $do,
            Stage::Undecided | Stage::Reading(..) | Stage::Aborting(_) | Stage::Ended(_) => {
                $otherwise
            }
        }
    };
}

impl Synthesize {
    /// Builds `file` of the `intents`, in any order. Local sources can be read again.
    pub fn new(file: NewFile, intents: Vec<WriteIntent>, options: SynthesisOptions) -> Self {
        Self {
            file,
            intents,
            options,
            totals: Totals::default(),
            overlap: None,
            continued: Continued::NotTried,
            skipped: Vec::new(),
            stage: Stage::Undecided,
            last_read: Reading::NO_ID,
            buffers_len: u64::MAX,
            told: Told::nothing(),
            news: None,
        }
    }

    fn end(&mut self, result: Result<Synthesized, Error>) {
        self.stage = Stage::Ended(Some(result));
    }

    /// Takes the end of the machine that did the work; whether it has ended.
    fn move_on(&mut self) -> bool {
        let ended = match &mut self.stage {
            Stage::Searching(search, _) => search.resumed().map(Ended::Searching),
            Stage::Large(large) => large.outcome().map(Ended::Uploaded),
            Stage::Small(small) => small.outcome().map(Ended::Uploaded),
            Stage::Copying(copy) => copy.outcome().map(Ended::Uploaded),
            Stage::Undecided | Stage::Reading(..) | Stage::Aborting(_) | Stage::Ended(_) => None,
        };
        let Some(ended) = ended else { return false };
        while let Some(event) = delegate!(&mut self.stage, machine => machine.poll_event(), None) {
            self.news = Some(event);
        }
        match ended {
            Ended::Searching(Ok(resumed)) => self.searched(resumed),
            Ended::Searching(Err(error)) => self.end(Err(error)),
            Ended::Uploaded(done) => self.uploaded(done),
        }
        true
    }
}

impl Machine for Synthesize {
    type Output = Synthesized;

    fn decide(&mut self, cx: &mut Session, now: Instant) -> bool {
        // Each turn begins with a further machine, and there are only so many.
        loop {
            // It may be planned anew once.
            while let Stage::Undecided = self.stage {
                if !self.begin(cx) {
                    return false;
                }
            }
            if let Stage::Reading(reading, _) = &self.stage {
                return reading.decide();
            }
            if let Stage::Aborting(_) = self.stage {
                return true;
            }
            if delegate!(&mut self.stage, machine => machine.decide(cx, now), false) {
                return true;
            }
            if !self.move_on() {
                return false;
            }
        }
    }

    fn action<'a>(&'a mut self, cx: &'a Session) -> Option<Action<'a>> {
        if let Stage::Aborting(id) = self.stage {
            self.end(Err(Error::cancelled()));
            return Some(Action::Abort(id));
        }
        match &mut self.stage {
            Stage::Reading(reading, _) => reading.action(),
            Stage::Searching(search, _) => search.action(cx),
            Stage::Large(large) => large.action(cx),
            Stage::Small(small) => small.action(cx),
            Stage::Copying(copy) => copy.action(cx),
            Stage::Undecided | Stage::Aborting(_) | Stage::Ended(_) => None,
        }
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
        if let Stage::Reading(reading, _) = &mut self.stage {
            if let Some(read) = reading.handle(cx, &input) {
                self.was_read(read);
            }
            return;
        }
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
        delegate!(&self.stage, machine => machine.large_file_id(), None)
    }

    fn poll_event(&mut self) -> Option<Event> {
        let large = delegate!(&self.stage, machine => machine.large_file_id(), None);
        if let Some(news) = self.told.news_of(large) {
            return Some(news);
        }
        if let Stage::Reading(reading, _) = &mut self.stage {
            return reading.poll_event();
        }
        let news = delegate!(&mut self.stage, machine => machine.poll_event(), None);
        news.or_else(|| self.news.take())
    }

    fn cancel(&mut self, now: Instant) {
        delegate!(&mut self.stage, machine => return machine.cancel(now), ());
        let reading = match &mut self.stage {
            Stage::Reading(reading, _) => reading.abandon(),
            Stage::Undecided => None,
            Stage::Searching(..)
            | Stage::Large(_)
            | Stage::Small(_)
            | Stage::Copying(_)
            | Stage::Aborting(_)
            | Stage::Ended(_) => return,
        };
        let ended = || Stage::Ended(Some(Err(Error::cancelled())));
        self.stage = reading.map_or_else(ended, Stage::Aborting);
    }

    fn outcome(&mut self) -> Option<Result<Synthesized, Error>> {
        if let Stage::Ended(result) = &mut self.stage { result.take() } else { None }
    }
}
