//! The upload of a large file: start, parts in parallel lanes, finish.
//!
//! ```text
//! Unchecked ─► Starting ─► (Claiming) ─► Parts ─► Finishing ─► Ended
//!              │   ▲ │          │ refused  │           │ answer lost
//!  answer lost?▼   │ └──────────┘          │           ▼
//!           is it there?                   │       Verifying ─► Ended
//!                                          ▼ a part fails, or cancel
//!                                       Aborting ─► (CleaningUp) ─► Ended
//! ```
//!
//! A part is sent from the payload, or copied by the service, as the plan says
//! ([`Origin`](cut::Origin)). One that fails is tried again in its lane; the next part comes from
//! a cursor, so an action costs the same with ten parts and with ten thousand. On failure the
//! unfinished file stays at the service, to be continued, unless [`Leftover::Remove`] was asked
//! for.

use crate::error::{Error, ErrorKind};
use crate::id::{BufferId, ReqId};
use crate::machine::call::Call;
use crate::machine::event::{Event, Events};
use crate::machine::login::LOGIN_SLOT;
use crate::machine::session::{LeaseFor, Session};
use crate::machine::settle::Settling;
use crate::machine::upload::{Payload, Uploaded};
use crate::machine::{Action, Input, LANES_MAX, Machine};
use crate::op::Operation as _;
use crate::op::cancel_large_file::CancelLargeFile;
use crate::op::file_spec::DescribeFile;
use crate::op::finish_large_file::FinishLargeFile;
use crate::op::receipt::{FileRef, Receipt};
use crate::op::start_large_file::StartLargeFile;
use crate::plan::parts::PartPlan;
use crate::time::{Deadline, Instant};
use crate::wire::text::{Sha1, Text};

mod control;
pub mod cut;
pub mod digests;
mod doubt;
mod finish;
#[cfg(feature = "alloc")]
pub mod known;
pub mod lane;
mod look;
#[cfg(feature = "alloc")]
pub mod open;
pub(crate) mod part;
mod parts;
#[cfg(feature = "alloc")]
mod resumed;
mod steps;

use cut::Cut;
use digests::Digests;
pub use lane::Lane;
use look::Look;

/// What becomes of the unfinished file when the upload fails or is cancelled.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Leftover {
    /// It stays, so that a later upload can continue it. Its parts are billed as storage. Only
    /// where what was to be copied is gone, or is not what it should be, it is cancelled: nobody
    /// could finish it.
    #[default]
    Keep,
    /// It is cancelled with all its parts, if the job has started it. One that was continued stays,
    /// since it may be another job, of another machine, that goes on with it.
    Remove,
}

type FileId = Text<{ crate::limits::FILE_ID_LEN_MAX }>;

/// Uploads one file in parts (spec 4.3.3).
///
/// `D` keeps a digest for each part and `L` the lanes: arrays on the bare core, vectors otherwise.
/// `P` says how it is cut into parts.
///
/// ```
/// use b2_proto::id::SourceId;
/// use b2_proto::machine::large::{Lane, LargeUpload, Leftover};
/// use b2_proto::machine::upload::Payload;
/// use b2_proto::op::file_spec::FileSpec;
/// use b2_proto::op::receipt::FileRef;
/// use b2_proto::plan::parts::PartPlan;
/// use b2_proto::plan::sizes::{SizeOptions, Sizes};
///
/// // A recording of 250 MB in three parts, two at a time, without a heap.
/// let len = 250_000_000;
/// let payload = Payload::seekable(SourceId(0), len);
/// let plan = PartPlan::for_file(len, &Sizes::resolve(SizeOptions::default())?)?;
/// let file = FileSpec::new("8d625eb63be2775577c70e1a", "2026/a.mkv");
/// let (digests, lanes) = ([None; 3], [const { Lane::new() }; 2]);
/// let job = LargeUpload::<_, _, _, FileRef>::new(file, payload, plan, digests, lanes)
///     .leftover(Leftover::Remove);
/// assert_eq!(job.file_id(), None);
/// # Ok::<(), b2_proto::error::Error>(())
/// ```
#[derive(Debug)]
pub struct LargeUpload<F, D, L, R = FileRef, P = PartPlan> {
    start: StartLargeFile<F, FileRef>,
    finish: FinishLargeFile<Digests<D>, R>,
    look: Look<R>,
    clean_up: CancelLargeFile<FileId, FileRef>,
    payload: Payload,
    plan: P,
    leftover: Leftover,
    lanes: L,
    control: Call,
    settling: Settling,
    stage: Stage,
    /// Given when the job has ended. An error is noted as soon as it is known.
    outcome: Option<Result<Uploaded<R>, Error>>,
    parts: Parts,
    /// Files that were started and taken over by others.
    lost_files: u8,
    /// How often it was looked how the finish went.
    looks: u8,
    /// The file was there before, and others may be at it too.
    is_continued: bool,
    is_cancelled: bool,
    step: Option<Step>,
    events: Events,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    Unchecked,
    Starting,
    /// Making sure that nobody else continues the file.
    Claiming,
    Parts,
    Finishing,
    /// Looking whether a finish whose answer was lost has taken effect; else its error counts.
    Verifying,
    Aborting,
    CleaningUp,
    Ended,
}

impl Stage {
    /// Whether a request of the job itself is what moves it on.
    const fn has_control(self) -> bool {
        matches!(self, Self::Starting | Self::Finishing | Self::Verifying | Self::CleaningUp)
    }

    /// Whether it matters what became of a request whose answer was lost.
    const fn may_be_lost(self) -> bool {
        matches!(self, Self::Starting | Self::Finishing)
    }
}

/// How far the parts are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Parts {
    /// The next part nobody has, by its index.
    cursor: u64,
    /// Parts the service has.
    done: u64,
    /// Bytes in them.
    bytes_done: u64,
}

const CONTROL_SLOT: u16 = 0;
/// Behind the slots of all lanes, and none that a larger job has for what comes before the start:
/// an answer to that may be told twice.
const QUESTION_SLOT: u16 = LOGIN_SLOT - 11;

impl<F, D, L, R, P> LargeUpload<F, D, L, R, P>
where
    F: DescribeFile,
    D: AsRef<[Option<Sha1>]> + AsMut<[Option<Sha1>]>,
    L: AsRef<[Lane]> + AsMut<[Lane]>,
    R: Receipt,
    P: Cut,
{
    /// An upload of `payload` as `file`, cut as `plan` says.
    ///
    /// `digests` must have room for every part; each of the `lanes` sends one part at a time. Too
    /// few of either, or more than [`LANES_MAX`] lanes, are an error before anything is sent.
    pub fn new(file: F, payload: Payload, plan: P, digests: D, lanes: L) -> Self {
        let events = Events::of_parts(plan.bytes_total(), plan.parts_total());
        Self {
            start: StartLargeFile::new(file),
            finish: FinishLargeFile::new(FileId::new(), Digests::new(digests, plan.parts_max())),
            look: Look::new(FileId::new()),
            clean_up: CancelLargeFile::new(FileId::new()),
            payload,
            plan,
            leftover: Leftover::Keep,
            lanes,
            control: Call::new(&StartLargeFile::<F, FileRef>::SPEC, CONTROL_SLOT),
            settling: Settling::new(QUESTION_SLOT),
            stage: Stage::Unchecked,
            outcome: None,
            parts: Parts::default(),
            lost_files: 0,
            looks: 0,
            is_continued: false,
            is_cancelled: false,
            step: None,
            events,
        }
    }

    /// Says what becomes of the unfinished file on failure.
    #[must_use]
    pub const fn leftover(mut self, leftover: Leftover) -> Self {
        self.leftover = leftover;
        self
    }

    /// Continues a file that was started before instead of starting one: parts that have a digest
    /// are not sent again.
    #[must_use]
    pub fn continuing(mut self, file_id: FileId) -> Self {
        self.set_file_id(&file_id);
        self.is_continued = true;
        self
    }

    /// The large file's ID, once it is started.
    pub fn file_id(&self) -> Option<&str> {
        Some(self.finish.file_id.as_str()).filter(|id| !id.is_empty())
    }

    /// The plan, and what is sent of it now: the request and the index of the part.
    #[cfg(feature = "alloc")]
    pub(crate) fn sending(&self) -> (&P, impl Iterator<Item = (ReqId, u64)> + '_) {
        let lanes = self.lanes.as_ref().iter();
        (&self.plan, lanes.filter_map(|lane| Some((lane.sending()?, lane.index()))))
    }

    fn set_file_id(&mut self, id: &FileId) {
        self.finish.file_id = id.clone();
        self.look.by_id.file_id = id.clone();
        self.clean_up.file_id = id.clone();
    }

    // Apart, so that its temporaries do not stay on the stack of a small device.
    #[inline(never)]
    fn check(&self) -> Result<(), Error> {
        let spec = self.start.file.spec();
        self.start.check()?;
        crate::op::check_id("bucket", spec.bucket_id)?;
        self.plan.check_for(&self.payload)?;
        self.payload.check()?;
        if !self.finish.digests.has_room() || self.lanes.as_ref().is_empty() {
            return Err(Error::invalid("there is no room for the parts of this file"));
        }
        if self.lanes.as_ref().len() > LANES_MAX {
            return Err(Error::invalid("that many lanes are not supported"));
        }
        let is_new = self.file_id().is_none();
        if is_new && self.plan.parts_total() == Some(1) {
            return Err(Error::invalid("a large file needs two parts"));
        }
        let has_parts = self.finish.digests.as_ref().iter().any(Option::is_some);
        if !is_new && has_parts && !self.payload.can_reread {
            // Nobody would read past the bytes of the parts that are there.
            return Err(Error::invalid("a source that is read once cannot continue a large file"));
        }
        Ok(())
    }

    fn begin(&mut self) {
        match self.check() {
            Err(error) => self.end(Err(error)),
            Ok(()) if self.file_id().is_some() => self.begin_parts(),
            Ok(()) => self.stage = Stage::Starting,
        }
    }

    fn begin_parts(&mut self) {
        let target = LeaseFor::LargeFile(self.finish.file_id.clone());
        for (index, lane) in self.lanes.as_mut().iter_mut().enumerate() {
            lane.aim(index, &target);
        }
        let digests = &self.finish.digests;
        for index in 0..self.plan.parts_total().unwrap_or(0) {
            if digests.is_done(index)
                && let Some(span) = self.plan.part(index, 0)
            {
                self.parts.done += 1;
                self.parts.bytes_done += span.len;
            }
        }
        if P::IS_OPEN {
            // Those that were read to find out that there is more than one.
            let is_taken = |lane: &&Lane| !lane.is_free();
            self.parts.cursor = self.lanes.as_ref().iter().filter(is_taken).count() as u64;
            self.note_end();
        }
        self.note_progress();
        self.stage = Stage::Parts;
    }

    /// Notes the session's fault as the outcome, and goes on to `stage`.
    #[inline(never)]
    fn fail(&mut self, cx: &mut Session, stage: Stage) {
        let mut error = cx.take_error();
        if cfg!(feature = "alloc") {
            self.say_what_is_left(&mut error);
        }
        self.outcome = Some(Err(error));
        self.stage = stage;
    }

    /// Where a budget is used up, what was sent is of use if the file stays and its parts can be
    /// read past. Of such a source, nothing but a budget is a limit.
    fn say_what_is_left(&self, error: &mut Error) {
        let is_kept = self.leftover == Leftover::Keep && self.payload.can_reread && P::IS_RESUMABLE;
        if error.kind == ErrorKind::Limit && is_kept && self.file_id().is_some() {
            error
                .message
                .push_truncated("; the unfinished large file is kept and can be continued");
        }
    }

    // Inlined, it would be in the bare core many times.
    #[inline(never)]
    fn end(&mut self, result: Result<Uploaded<R>, Error>) {
        self.outcome = Some(result);
        self.stage = Stage::Ended;
    }
}

impl<F, D, L, R, P> Machine for LargeUpload<F, D, L, R, P>
where
    F: DescribeFile,
    D: AsRef<[Option<Sha1>]> + AsMut<[Option<Sha1>]>,
    L: AsRef<[Lane]> + AsMut<[Lane]>,
    R: Receipt,
    P: Cut,
{
    type Output = Uploaded<R>;

    fn decide(&mut self, cx: &mut Session, now: Instant) -> bool {
        self.step = self.next_step(cx, now);
        self.step.is_some()
    }

    fn action<'a>(&'a mut self, cx: &'a Session) -> Option<Action<'a>> {
        let step = self.step.take()?;
        self.action_of(cx, step)
    }

    fn handle_input(&mut self, cx: &mut Session, now: Instant, input: Input<'_>) {
        if P::CLAIMS && self.stage == Stage::Claiming {
            self.handle_claim(&input);
        } else if input.id().slot == CONTROL_SLOT {
            self.handle_control(cx, now, &input);
        } else if let (Stage::Parts, Some(at)) = (&self.stage, lane::of_slot(input.id().slot)) {
            self.handle_lane(cx, now, at, &input);
        } else {
            self.settling.handle_input(cx, now, input);
        }
    }

    fn poll_deadline(&self, cx: &Session) -> Option<Deadline> {
        if self.stage == Stage::Parts {
            let deadlines = self.lanes.as_ref().iter().map(Lane::deadline::<P>);
            return deadlines.fold(None, Deadline::earlier);
        }
        if self.settling.is_asking() {
            return self.settling.deadline(cx);
        }
        if self.stage.has_control() { self.control.deadline() } else { None }
    }

    fn waits_for_login(&self, cx: &Session) -> bool {
        if self.stage == Stage::Parts {
            return self.lanes.as_ref().iter().any(|lane| lane.waits_for_login::<P>(cx));
        }
        if self.settling.is_asking() {
            return self.settling.waits_for_login(cx);
        }
        self.stage.has_control() && self.control.waits_for_login(cx)
    }

    #[cfg(feature = "alloc")]
    fn large_file_id(&self) -> Option<&str> {
        self.file_id()
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.events.poll()
    }

    fn cancel(&mut self, _now: Instant) {
        self.is_cancelled = true;
    }

    fn outcome(&mut self) -> Option<Result<Self::Output, Error>> {
        if self.stage == Stage::Ended { self.outcome.take() } else { None }
    }
}

/// What a drain can hand out; the action is put together afterwards, when nothing changes any
/// more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Step {
    Control,
    Ask,
    Claim,
    Fill(usize),
    GetUrl(usize),
    Part(usize),
    Copy(usize),
    Release(BufferId),
    Abort(ReqId),
}
