//! The upload of a large file: start, parts in parallel lanes, finish.
//!
//! ```text
//! Unchecked ─► Starting ─► Parts ─► Finishing ─► Ended
//!                            │           │ answer lost
//!                            │           ▼
//!                            │       Verifying ─► Ended
//!                            ▼ a part fails, or cancel
//!                         Aborting ─► (CleaningUp) ─► Ended
//! ```
//!
//! A part that fails is tried again in its lane; the next part comes from a cursor, so an action
//! costs the same with ten parts and with ten thousand. On failure the unfinished file stays at
//! the service, to be continued, unless [`Leftover::Remove`] was asked for.

use crate::error::{Error, ErrorKind};
use crate::id::ReqId;
use crate::machine::call::{Call, Verdict};
use crate::machine::delivery::Delivered;
use crate::machine::event::{Event, Events};
use crate::machine::session::{LeaseFor, Session};
use crate::machine::upload::{Payload, Uploaded};
use crate::machine::{Action, Input, LANES_MAX, Machine};
use crate::op::cancel_large_file::CancelLargeFile;
use crate::op::file_spec::DescribeFile;
use crate::op::finish_large_file::FinishLargeFile;
use crate::op::get_file_info::GetFileInfo;
use crate::op::receipt::{FileRef, Receipt};
use crate::op::start_large_file::StartLargeFile;
use crate::op::{Operation as _, Spec};
use crate::plan::parts::PartPlan;
use crate::time::{Deadline, Instant};
use crate::wire::reply::Reply;
use crate::wire::text::{Sha1, Text};

pub mod digests;
pub mod lane;
mod steps;

use digests::Digests;
pub use lane::Lane;

/// What becomes of the unfinished file when the upload fails or is cancelled.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Leftover {
    /// It stays, so that a later upload can continue it. Its parts are billed as storage.
    #[default]
    Keep,
    /// It is cancelled with all its parts.
    Remove,
}

type FileId = Text<{ crate::limits::FILE_ID_LEN_MAX }>;

/// Uploads one file in parts (spec 4.3.3).
///
/// `D` keeps a digest for each part and `L` the lanes: arrays on the bare core, vectors otherwise.
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
/// let payload = Payload::seekable(SourceId(0), 250_000_000);
/// let plan = PartPlan::for_file(payload.len, &Sizes::resolve(SizeOptions::default())?)?;
/// let file = FileSpec::new("8d625eb63be2775577c70e1a", "2026/a.mkv");
/// let (digests, lanes) = ([None; 3], [const { Lane::new() }; 2]);
/// let job = LargeUpload::<_, _, _, FileRef>::new(file, payload, plan, digests, lanes)
///     .leftover(Leftover::Remove);
/// assert_eq!(job.file_id(), None);
/// # Ok::<(), b2_proto::error::Error>(())
/// ```
#[derive(Debug)]
pub struct LargeUpload<F, D, L, R = FileRef> {
    start: StartLargeFile<F, FileRef>,
    finish: FinishLargeFile<Digests<D>, R>,
    verify: GetFileInfo<FileId, R>,
    clean_up: CancelLargeFile<FileId, FileRef>,
    payload: Payload,
    plan: PartPlan,
    leftover: Leftover,
    lanes: L,
    control: Call,
    stage: Stage<R>,
    parts: Parts,
    is_cancelled: bool,
    step: Option<Step>,
    events: Events,
}

#[derive(Debug)]
enum Stage<R> {
    Unchecked,
    Starting,
    Parts,
    Finishing,
    /// Asking whether a finish whose answer was lost has taken effect; else this is the error.
    Verifying(Error),
    Aborting(Error),
    CleaningUp(Error),
    Ended(Option<Result<Uploaded<R>, Error>>),
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

impl<F, D, L, R> LargeUpload<F, D, L, R>
where
    F: DescribeFile,
    D: AsRef<[Option<Sha1>]> + AsMut<[Option<Sha1>]>,
    L: AsRef<[Lane]> + AsMut<[Lane]>,
    R: Receipt,
{
    /// An upload of `payload` as `file`, cut as `plan` says.
    ///
    /// `digests` must have room for every part; each of the `lanes` sends one part at a time. Too
    /// few of either, or more than [`LANES_MAX`] lanes, are an error before anything is sent.
    pub fn new(file: F, payload: Payload, plan: PartPlan, digests: D, lanes: L) -> Self {
        let mut events = Events::default();
        events.update(|progress| {
            progress.bytes_total = Some(payload.len);
            progress.parts_total = u32::try_from(plan.count()).ok();
        });
        Self {
            start: StartLargeFile::new(file),
            finish: FinishLargeFile::new(FileId::new(), Digests::new(digests, plan.count())),
            verify: GetFileInfo::new(FileId::new()),
            clean_up: CancelLargeFile::new(FileId::new()),
            payload,
            plan,
            leftover: Leftover::Keep,
            lanes,
            control: Call::new(&StartLargeFile::<F, FileRef>::SPEC, CONTROL_SLOT),
            stage: Stage::Unchecked,
            parts: Parts::default(),
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
        self
    }

    /// The large file's ID, once it is started.
    pub fn file_id(&self) -> Option<&str> {
        Some(self.finish.file_id.as_str()).filter(|id| !id.is_empty())
    }

    fn set_file_id(&mut self, id: &FileId) {
        self.finish.file_id = id.clone();
        self.verify.file_id = id.clone();
        self.clean_up.file_id = id.clone();
    }

    fn check(&self) -> Result<(), Error> {
        let spec = self.start.file.spec();
        self.start.check()?;
        crate::op::check_id("bucket", spec.bucket_id)?;
        self.plan.check()?;
        self.payload.check()?;
        if self.plan.len() != self.payload.len {
            return Err(Error::invalid("the plan is for a file of another length"));
        }
        if !self.finish.digests.has_room() || self.lanes.as_ref().is_empty() {
            return Err(Error::invalid("there is no room for the parts of this file"));
        }
        if self.lanes.as_ref().len() > LANES_MAX {
            return Err(Error::invalid("that many lanes are not supported"));
        }
        let is_new = self.file_id().is_none();
        if is_new && !self.plan.is_large() {
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
            *lane = Lane::at(index, target.clone());
        }
        let digests = &self.finish.digests;
        for (index, span) in self.plan.parts().enumerate() {
            if digests.is_done(index as u64) {
                self.parts.done += 1;
                self.parts.bytes_done += span.len;
            }
        }
        self.note_progress();
        self.stage = Stage::Parts;
    }

    fn control(&mut self, spec: &'static Spec) {
        self.control.restart(spec);
    }

    fn begin_finish(&mut self) {
        self.control(&FinishLargeFile::<Digests<D>, R>::SPEC);
        self.stage = Stage::Finishing;
    }

    /// Stops the other lanes, then ends with `error`.
    fn fail(&mut self, error: Error) {
        self.stage = Stage::Aborting(error);
    }

    fn end(&mut self, result: Result<Uploaded<R>, Error>) {
        self.stage = Stage::Ended(Some(result));
    }

    fn finished(&mut self, cx: &mut Session, file: R) {
        cx.leases.forget(&LeaseFor::LargeFile(self.finish.file_id.clone()));
        let sha1 = self.payload.sha1;
        self.end(Ok(Uploaded { file, sha1, may_be_duplicate: false }));
    }

    fn note_progress(&mut self) {
        let moving: u64 = self.lanes.as_ref().iter().map(Lane::moved).sum();
        let Parts { done, bytes_done, .. } = self.parts;
        self.events.update(|progress| {
            progress.bytes_done = bytes_done + moving;
            progress.parts_done = u32::try_from(done).unwrap_or(u32::MAX);
        });
    }

    fn handle_lane(&mut self, cx: &mut Session, now: Instant, at: usize, input: &Input<'_>) {
        let Some(lane) = self.lanes.as_mut().get_mut(at) else { return };
        match lane.handle(cx, now, input, &self.plan, &mut self.events) {
            Delivered::Ignored | Delivered::Again => {}
            Delivered::Failed(error) => self.fail(error),
            Delivered::Done { reply, sent } => match lane.take_done(&reply, sent, &self.plan) {
                Err(error) => self.fail(error),
                Ok(done) => {
                    self.finish.digests.set(done.index, done.sha1);
                    self.parts.done += 1;
                    self.parts.bytes_done += done.len;
                }
            },
        }
        self.note_progress();
    }

    fn handle_control(&mut self, cx: &mut Session, now: Instant, input: &Input<'_>) {
        let verdict = self.control.judge(cx, now, input, &mut self.events);
        match (core::mem::replace(&mut self.stage, Stage::Unchecked), verdict) {
            (stage, Verdict::Ignored | Verdict::Again) => self.stage = stage,
            (Stage::Starting, Verdict::Done(reply)) => match self.start.parse(&reply) {
                Ok(file) => {
                    self.set_file_id(&file.file_id);
                    self.finish.digests.clear();
                    self.begin_parts();
                }
                Err(error) => self.end(Err(error.in_operation("b2_start_large_file"))),
            },
            (Stage::Finishing, Verdict::Done(reply)) => self.read_finish(cx, &reply),
            (Stage::Finishing, Verdict::Failed(error)) if error.may_have_taken_effect => {
                self.control(&GetFileInfo::<FileId, R>::SPEC);
                self.stage = Stage::Verifying(error);
            }
            (Stage::Verifying(error), Verdict::Done(reply)) => self.settle(cx, error, &reply),
            (Stage::Verifying(error), Verdict::Failed(asked)) => {
                self.end(Err(unsettled(error, asked)));
            }
            (Stage::Finishing, Verdict::Failed(error)) => self.fail(error),
            (Stage::CleaningUp(error), _) | (_, Verdict::Failed(error)) => self.end(Err(error)),
            (stage, Verdict::Done(_)) => self.stage = stage,
        }
    }

    fn read_finish(&mut self, cx: &mut Session, reply: &Reply<'_>) {
        match self.finish.parse(reply) {
            Ok(file) => self.finished(cx, file),
            Err(mut error) => {
                error.may_have_taken_effect = true;
                self.end(Err(error.in_operation("b2_finish_large_file")));
            }
        }
    }

    /// The finish was answered with an error after an answer was lost: the file tells which it is.
    fn settle(&mut self, cx: &mut Session, error: Error, reply: &Reply<'_>) {
        match steps::is_finished(reply.body).then(|| self.verify.parse(reply)) {
            Some(Ok(file)) => self.finished(cx, file),
            Some(Err(_)) => self.end(Err(error)),
            None => self.fail(Error { may_have_taken_effect: false, ..error }),
        }
    }
}

/// The error of a finish that may have taken effect when asking for the file failed too (S10): it
/// is not for the caller to correct the finish.
fn unsettled(finish: Error, mut asked: Error) -> Error {
    if matches!(asked.kind, ErrorKind::NotFound | ErrorKind::BadRequest) {
        return finish;
    }
    asked.may_have_taken_effect = true;
    asked
}

impl<F, D, L, R> Machine for LargeUpload<F, D, L, R>
where
    F: DescribeFile,
    D: AsRef<[Option<Sha1>]> + AsMut<[Option<Sha1>]>,
    L: AsRef<[Lane]> + AsMut<[Lane]>,
    R: Receipt,
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
        if input.id().slot == CONTROL_SLOT {
            self.handle_control(cx, now, &input);
        } else if let (Stage::Parts, Some(at)) = (&self.stage, lane::of_slot(input.id().slot)) {
            self.handle_lane(cx, now, at, &input);
        }
    }

    fn poll_deadline(&self, _cx: &Session) -> Option<Deadline> {
        match self.stage {
            Stage::Parts => {
                let deadlines = self.lanes.as_ref().iter().map(Lane::deadline);
                deadlines.fold(None, Deadline::earlier)
            }
            Stage::Starting | Stage::Finishing | Stage::Verifying(_) | Stage::CleaningUp(_) => {
                self.control.deadline()
            }
            Stage::Unchecked | Stage::Aborting(_) | Stage::Ended(_) => None,
        }
    }

    fn waits_for_login(&self, cx: &Session) -> bool {
        match self.stage {
            Stage::Parts => self.lanes.as_ref().iter().any(|lane| lane.waits_for_login(cx)),
            Stage::Starting | Stage::Finishing | Stage::Verifying(_) | Stage::CleaningUp(_) => {
                self.control.waits_for_login(cx)
            }
            Stage::Unchecked | Stage::Aborting(_) | Stage::Ended(_) => false,
        }
    }

    fn is_aborting(&self) -> bool {
        matches!(self.stage, Stage::Aborting(_))
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.events.poll()
    }

    fn cancel(&mut self, _now: Instant) {
        self.is_cancelled = true;
    }

    fn outcome(&mut self) -> Option<Result<Self::Output, Error>> {
        match &mut self.stage {
            Stage::Ended(result) => result.take(),
            Stage::Unchecked
            | Stage::Starting
            | Stage::Parts
            | Stage::Finishing
            | Stage::Verifying(_)
            | Stage::Aborting(_)
            | Stage::CleaningUp(_) => None,
        }
    }
}

/// What a drain can hand out; the action is put together afterwards, when nothing changes any
/// more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Step {
    Control,
    Fill(usize),
    GetUrl(usize),
    Part(usize),
    Abort(ReqId),
}
