//! The upload of a file in one request.

use crate::error::{ApiCode, Cause, Error, ErrorKind};
use crate::id::{BufferId, ReqId};
use crate::machine::call::{Call, Ready, Verdict};
use crate::machine::delivery::{Delivered, Delivery, Next, SLOTS};
use crate::machine::event::{Event, Events};
use crate::machine::large::lane;
use crate::machine::session::{LeaseFor, Pass, Session};
use crate::machine::settle::{Settling, Turn};
use crate::machine::{Action, Input, Machine};
use crate::op::file_spec::DescribeFile;
use crate::op::receipt::{FileRef, Receipt};
use crate::op::upload_file;
use crate::time::{Deadline, Instant};
use crate::wire::body::{Body, DigestMode};
use crate::wire::head::FieldSet;
use crate::wire::text::{Decimal, Sha1, Text};

mod damaged;
mod doubt;
mod payload;
mod reused;
mod stored;

use damaged::Damaged;
pub use payload::{Content, Continued, Payload, Uploaded};
pub use reused::{Reason, Reused};
pub(crate) use stored::{no_sha1, unproven};

/// Uploads one file in one request (spec 3.30).
///
/// The bytes of a seekable source are read by the driver while they are sent, with the digest
/// behind them; those of a stream are read into a buffer first. `B` says what is sent where that
/// is not in one source.
///
/// ```
/// use b2_proto::id::SourceId;
/// use b2_proto::machine::upload::{Payload, Upload};
/// use b2_proto::op::file_spec::FileSpec;
/// use b2_proto::op::receipt::FileRef;
///
/// let mut file = FileSpec::new("8d625eb63be2775577c70e1a", "2026/a.jpg");
/// file.content_type = "image/jpeg";
/// let job = Upload::<_, FileRef>::new(file, Payload::seekable(SourceId(0), 12_345));
/// # let _ = job;
/// ```
#[derive(Debug)]
pub struct Upload<F, R = FileRef, B = ()> {
    new: Damaged<F>,
    payload: Payload,
    content: B,
    state: State,
    /// Given when the job has ended.
    outcome: Option<Result<Uploaded<R>, Error>>,
    delivery: Delivery,
    deletion: Call,
    settling: Settling,
    fill: ReqId,
    buffered: Option<Sha1>,
    is_cancelled: bool,
    step: Option<Step>,
    events: Events,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Unchecked,
    FillDue,
    Filling,
    Delivering,
    /// An answer was lost, and the service is asked what became of the upload.
    Asking,
    /// What was stored is not what was sent.
    Deleting,
    Ended,
}

const DELETE_SLOT: u16 = SLOTS;
/// Apart from the buffer's, which may be told twice.
const QUESTION_SLOT: u16 = FILL_SLOT + 1;
/// The same as that of a lane, from which an upload may take the buffer over.
const FILL_SLOT: u16 = lane::FILL_SLOT;

impl<F: DescribeFile, R: Receipt> Upload<F, R> {
    /// An upload of `payload` as `file`.
    pub fn new(file: F, payload: Payload) -> Self {
        Self::of_content(file, payload, ())
    }

    /// An upload of what the first buffer has already.
    #[cfg(feature = "alloc")]
    pub(crate) fn of_buffer(file: F, payload: Payload, sha1: Sha1) -> Self {
        Self { buffered: Some(sha1), ..Self::new(file, payload) }
    }
}

impl<F: DescribeFile, R: Receipt, B: Content> Upload<F, R, B> {
    /// An upload of `content` as `file`; `payload` tells what is known of it.
    pub(crate) fn of_content(file: F, payload: Payload, content: B) -> Self {
        Self {
            new: Damaged::none(file),
            payload,
            content,
            state: State::Unchecked,
            outcome: None,
            delivery: Delivery::new(&upload_file::SPEC),
            deletion: damaged::call(DELETE_SLOT),
            settling: Settling::new(QUESTION_SLOT),
            fill: ReqId { slot: FILL_SLOT, generation: 0 },
            buffered: None,
            is_cancelled: false,
            step: None,
            events: Events::of_parts(payload.len, Some(1)),
        }
    }

    /// What is sent, and the request that sends it now.
    #[cfg(feature = "alloc")]
    pub(crate) fn sending(&self) -> (&B, Option<ReqId>) {
        (&self.content, self.delivery.sending())
    }

    fn len(&self) -> u64 {
        self.payload.len.unwrap_or(0)
    }

    // Inlined, it would be in the bare core many times.
    #[inline(never)]
    fn end(&mut self, result: Result<Uploaded<R>, Error>) {
        self.outcome = Some(result);
        self.state = State::Ended;
    }

    /// Ends with the session's fault.
    #[inline(never)]
    fn fail(&mut self, cx: &mut Session) {
        self.end(Err(cx.take_error()));
    }

    // Apart, so that its temporaries do not stay on the stack of a small device.
    #[inline(never)]
    fn check(&self) -> Result<Text<200>, Error> {
        let spec = self.new.file.spec();
        spec.check()?;
        crate::op::check_id("bucket", spec.bucket_id)?;
        self.payload.check()?;
        if self.payload.len.is_none_or(|len| len > crate::limits::SINGLE_UPLOAD_LEN_MAX) {
            let message = "more than one upload can take, or nobody knows; upload it in parts";
            return Err(Error::invalid(message));
        }
        Text::try_from(spec.bucket_id).map_err(|_| Error::invalid("the bucket ID is too long"))
    }

    fn begin(&mut self) {
        match self.check() {
            Err(error) => self.end(Err(error.in_operation(upload_file::SPEC.name))),
            Ok(bucket) => {
                self.delivery.aim(&LeaseFor::Bucket(bucket), 0);
                self.delivery.begin();
                let is_ready = self.payload.can_reread || self.buffered.is_some();
                self.state = if is_ready { State::Delivering } else { State::FillDue };
            }
        }
    }

    /// What to do now; ends the job when that is impossible.
    fn next(&mut self, cx: &mut Session, now: Instant) -> Option<Step> {
        if let State::Unchecked = self.state {
            self.begin();
        }
        match self.state {
            State::Ended => return None,
            _ if self.is_cancelled => return self.cancelled(cx).map(Step::Abort),
            State::FillDue => {
                let len = self.len();
                match cx.room(&upload_file::SPEC, BufferId(0), len, len) {
                    Pass::Now => {}
                    Pass::Later => return None,
                    Pass::Never => {
                        self.fail(cx);
                        return None;
                    }
                }
                self.state = State::Filling;
                self.fill.generation = self.fill.generation.wrapping_add(1);
                return Some(Step::Fill);
            }
            State::Deleting => match self.deletion.is_ready(cx, now) {
                Ready::Now => return Some(Step::Delete),
                Ready::Later => return None,
                Ready::Never => {
                    self.deleted(false);
                    return None;
                }
            },
            State::Asking => match self.settling.decide(cx, now) {
                Turn::Act => return Some(Step::Ask),
                Turn::Nothing => return None,
                Turn::Answered(facts) => {
                    self.settle(cx, facts);
                    if self.state == State::Ended {
                        return None;
                    }
                }
            },
            State::Delivering => {}
            State::Unchecked | State::Filling => return None,
        }
        match self.delivery.next(cx, now, self.len()) {
            Next::GetUrl => Some(Step::GetUrl),
            Next::SendBody => {
                self.settling.note_sent(cx, now);
                Some(Step::SendBody)
            }
            Next::Nothing => None,
            Next::Failed => {
                self.fail(cx);
                None
            }
        }
    }

    fn cancelled(&mut self, cx: &mut Session) -> Option<ReqId> {
        if self.state == State::Deleting {
            let in_flight = self.deletion.in_flight();
            self.deleted(false);
            return in_flight;
        }
        let filling = self.state == State::Filling;
        let in_flight = self.settling.abandon().or_else(|| self.delivery.abandon());
        self.delivery.release(cx);
        let mut error = Error::cancelled().in_operation(upload_file::SPEC.name);
        error.may_have_taken_effect = self.delivery.is_ambiguous();
        self.end(Err(error));
        in_flight.or_else(|| filling.then_some(self.fill))
    }

    fn handle_fill(&mut self, cx: &mut Session, input: &Input<'_>) {
        if let Input::Filled { len, digest, .. } = input {
            return self.filled(*len, *digest);
        }
        cx.fault.set_input(upload_file::SPEC.name, input);
        self.fail(cx);
    }

    fn handle_delivery(&mut self, cx: &mut Session, now: Instant, input: &Input<'_>) {
        let delivery = &mut self.delivery;
        if let Input::Moved { id, bytes } = input {
            if delivery.sending() == Some(*id) {
                let done = (*bytes).min(self.payload.len.unwrap_or(0));
                self.events.done(done, 0);
            }
            return;
        }
        let delivered = delivery.judge(cx, now, input, &mut self.events);
        if delivery.take_lost() {
            self.settling.note_lost(cx, now, input);
        }
        match delivered {
            Delivered::Ignored => {}
            Delivered::Again => {
                self.events.done(0, 0);
                self.ask(cx);
            }
            Delivered::Failed => self.failed(cx, now),
            Delivered::Done { reply, sent } => self.delivered(cx, reply.body, sent),
        }
    }

    /// The damaged version was deleted, or will not be.
    fn deleted(&mut self, is_deleted: bool) {
        self.end(Err(self.new.error(is_deleted)));
    }

    fn handle_deletion(&mut self, cx: &mut Session, now: Instant, input: &Input<'_>) {
        match self.deletion.judge(cx, now, input, &mut self.events) {
            Verdict::Ignored | Verdict::Again => {}
            Verdict::Done(_) => self.deleted(true),
            // An attempt whose answer was lost may have deleted it.
            Verdict::Failed => self.deleted(cx.fault.error.code == ApiCode::FileNotPresent),
        }
    }

    fn filled(&mut self, len: u64, digest: Sha1) {
        if len == self.len() {
            self.buffered = Some(digest);
            self.state = State::Delivering;
        } else {
            let (len, planned) = (Decimal(len), Decimal(self.len()));
            let message = format_args!("the source has {len} bytes instead of {planned}");
            let mut error = Error::with_message(ErrorKind::Source, message);
            error.cause = Some(Cause::SourceUnreadable);
            self.end(Err(error));
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Fill,
    GetUrl,
    SendBody,
    Ask,
    Delete,
    Abort(ReqId),
}

impl<F: DescribeFile, R: Receipt, B: Content> Machine for Upload<F, R, B> {
    type Output = Uploaded<R>;

    fn decide(&mut self, cx: &mut Session, now: Instant) -> bool {
        self.step = self.next(cx, now);
        self.step.is_some()
    }

    fn action<'a>(&'a mut self, cx: &'a Session) -> Option<Action<'a>> {
        match self.step.take()? {
            Step::Abort(id) => Some(Action::Abort(id)),
            Step::Fill => {
                let (source, len) = (self.payload.source, self.len());
                Some(Action::Fill { id: self.fill, slot: BufferId(0), source, len })
            }
            Step::Delete => self.deletion.request(cx, damaged::DELETE, &self.new),
            Step::Ask => self.settling.action(cx),
            Step::GetUrl => self.delivery.get_url(cx),
            Step::SendBody => {
                let Payload { source, offset, .. } = self.payload;
                let len = self.len();
                let body = match self.buffered {
                    Some(read) => {
                        // The service compares what the caller knows with what it gets.
                        let sha1 = self.payload.sha1.unwrap_or(read);
                        Body::Buffer { slot: BufferId(0), len, sha1 }
                    }
                    None => {
                        let digest = self.payload.sha1.map_or(DigestMode::AtEnd, DigestMode::Known);
                        let payload = Body::Range { source, offset, len, digest };
                        self.content.body(digest).unwrap_or(payload)
                    }
                };
                self.delivery.send(cx, FieldSet::File(&self.new.file), body)
            }
        }
    }

    fn handle_input(&mut self, cx: &mut Session, now: Instant, input: Input<'_>) {
        match self.state {
            State::Filling if input.id() == self.fill && input.is_final() => {
                self.handle_fill(cx, &input);
            }
            State::Delivering => self.handle_delivery(cx, now, &input),
            State::Asking => self.settling.handle_input(cx, now, input),
            State::Deleting => self.handle_deletion(cx, now, &input),
            State::Unchecked | State::FillDue | State::Filling | State::Ended => {}
        }
    }

    fn poll_deadline(&self, cx: &Session) -> Option<Deadline> {
        match self.state {
            State::Delivering => self.delivery.deadline(),
            State::Asking => self.settling.deadline(cx),
            State::Deleting => self.deletion.deadline(),
            State::Unchecked | State::FillDue | State::Filling | State::Ended => None,
        }
    }

    fn waits_for_login(&self, cx: &Session) -> bool {
        match self.state {
            State::Delivering => self.delivery.waits_for_login(cx),
            State::Asking => self.settling.waits_for_login(cx),
            State::Deleting => self.deletion.waits_for_login(cx),
            State::Unchecked | State::FillDue | State::Filling | State::Ended => false,
        }
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.events.poll()
    }

    fn cancel(&mut self, _now: Instant) {
        self.is_cancelled = true;
    }

    fn outcome(&mut self) -> Option<Result<Self::Output, Error>> {
        if self.state == State::Ended { self.outcome.take() } else { None }
    }
}
