//! Files that are built while it is still told what of (behaviour d, streaming form).
//!
//! ```text
//! Undecided ─► Looking ─► Large ────────► Ended
//!                 ├─────► Small ───────►│
//!                 └─────► Copying ─────►│
//! ```
//!
//! Intents are asked for ([`Action::Take`]) when parts run short. As soon as two parts are known it
//! is a large file; until then nothing has been asked of the service. What is kept are the parts
//! that are on their way or next, and their intents, however many there are in all.
//!
//! Nothing is read beforehand, and the whole plan is known only in the end. So the file has no
//! `plan_id`, none is continued, and no size is raised to keep the number of parts.

use super::fed::Fed;
use super::told::Told;
use super::{SynthesisOptions, Synthesized};
use crate::error::Error;
use crate::id::ReqId;
use crate::machine::copy::FileCopy;
use crate::machine::event::Event;
use crate::machine::session::Session;
use crate::machine::{Accept, Action, Input, Machine};
use crate::op::new_file::NewFile;
use crate::plan::synthesis::Totals;
use crate::time::{Deadline, Instant};
use crate::wire::reply::Headers;
use alloc::boxed::Box;

mod intake;
mod plan;

use intake::Intake;
pub use plan::StreamPlan;

/// Intents that are kept at the same time, for all parts that are on their way or next. A file of
/// which a single part has more pieces cannot be built of a stream.
pub const INTENTS_MAX: usize = 1 << 15;

/// Parts that are known and not begun, unless one intent brings more.
const AHEAD: u64 = 2;

/// Builds one file of intents that come in the order of the file.
///
/// ```
/// use b2_proto::machine::synthesis::{SynthesisOptions, SynthesizeStream};
/// use b2_proto::op::new_file::NewFile;
///
/// let file = NewFile::new("8d625eb63be2775577c70e1a", "log/2026.txt");
/// let job = SynthesizeStream::new(file, SynthesisOptions::default());
/// # let _ = job;
/// ```
#[derive(Debug)]
pub struct SynthesizeStream {
    file: NewFile,
    options: SynthesisOptions,
    totals: Totals,
    intake: Intake,
    stage: Stage,
    step: Option<Step>,
    /// A request for intents that nobody waits for any more.
    to_abort: Option<ReqId>,
    /// Bytes that all buffers of the client may have, as it was told when the job began.
    buffers_len: u64,
    /// The large file that was told.
    told: Told,
    /// The last news of a machine that has ended.
    news: Option<Event>,
}

#[derive(Debug)]
enum Stage {
    /// The login is still to come.
    Undecided,
    /// For a second part, or the end.
    Looking(Box<StreamPlan>),
    Large(Box<Fed<super::Large<StreamPlan>>>),
    Small(Box<Fed<super::Small<StreamPlan>>>),
    Copying(Box<FileCopy>),
    Ended(Option<Result<Synthesized, Error>>),
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Take,
    Abort(ReqId),
    Machine,
}

/// Runs an expression for whichever machine does the work.
macro_rules! delegate {
    ($stage:expr, $machine:ident => $do:expr, $otherwise:expr) => {
        match $stage {
            Stage::Large($machine) => $do,
            Stage::Small($machine) => $do,
            Stage::Copying($machine) => $do,
            Stage::Undecided | Stage::Looking(_) | Stage::Ended(_) => $otherwise,
        }
    };
}

mod steps;

impl SynthesizeStream {
    /// Builds `file` of the intents that the driver has for it. Local sources can be read again.
    ///
    /// The planner is the reference's, overlaps are not compared, and no unfinished file can be
    /// continued: options that ask for something else are an error before anything is sent.
    pub const fn new(file: NewFile, options: SynthesisOptions) -> Self {
        Self {
            file,
            options,
            totals: Totals::NOTHING,
            intake: Intake::new(),
            stage: Stage::Undecided,
            step: None,
            to_abort: None,
            buffers_len: u64::MAX,
            told: Told::nothing(),
            news: None,
        }
    }

    fn end(&mut self, result: Result<Synthesized, Error>) {
        self.stage = Stage::Ended(Some(result));
    }
}

impl Machine for SynthesizeStream {
    type Output = Synthesized;

    fn decide(&mut self, cx: &mut Session, now: Instant) -> bool {
        self.step = self.next_step(cx, now);
        self.step.is_some()
    }

    fn action<'a>(&'a mut self, cx: &'a Session) -> Option<Action<'a>> {
        match self.step.take()? {
            Step::Take => Some(self.intake.action()),
            Step::Abort(id) => Some(Action::Abort(id)),
            Step::Machine => delegate!(&mut self.stage, machine => machine.action(cx), None),
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
        match self.intake.taken(cx, &input) {
            Some(Ok(taken)) => self.take(now, taken.intents, taken.is_all),
            Some(Err(error)) => self.fail(now, error),
            None => {
                delegate!(&mut self.stage, machine => machine.handle_input(cx, now, input), ());
            }
        }
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
        let news = delegate!(&mut self.stage, machine => machine.poll_event(), None);
        news.or_else(|| self.news.take())
    }

    fn cancel(&mut self, now: Instant) {
        self.to_abort = self.to_abort.or_else(|| self.intake.abandon());
        delegate!(&mut self.stage, machine => return machine.cancel(now), ());
        if !matches!(self.stage, Stage::Ended(_)) {
            self.end(Err(Error::cancelled()));
        }
    }

    fn outcome(&mut self) -> Option<Result<Synthesized, Error>> {
        if self.to_abort.is_some() {
            return None;
        }
        if let Stage::Ended(result) = &mut self.stage { result.take() } else { None }
    }
}
