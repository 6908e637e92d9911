//! The upload of a file in one request.

use crate::error::{Cause, Error, ErrorKind};
use crate::id::{BufferId, ReqId, SourceId};
use crate::machine::delivery::{Delivered, Delivery, Next, SLOTS};
use crate::machine::event::{Event, Events};
use crate::machine::session::{LeaseFor, Session};
use crate::machine::{Action, Input, Machine};
use crate::op::file_spec::DescribeFile;
use crate::op::receipt::{FileRef, Receipt, sha1_of};
use crate::op::upload_file;
use crate::policy::classify;
use crate::time::{Deadline, Instant};
use crate::wire::body::{Body, DigestMode};
use crate::wire::head::FieldSet;
use crate::wire::json_read::Json;
use crate::wire::text::{Sha1, Text};
use core::marker::PhantomData;

/// Where the bytes of an upload come from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Payload {
    /// The driver's source.
    pub source: SourceId,
    /// Its first byte to send; 0 for sources that cannot be read again.
    pub offset: u64,
    /// Number of bytes.
    pub len: u64,
    /// Their SHA-1, when it is known.
    pub sha1: Option<Sha1>,
    /// Whether any part of it can be read again. What cannot is kept in buffers while it is sent.
    pub can_reread: bool,
}

impl Payload {
    /// A source that can be read at any offset, such as a file.
    pub const fn seekable(source: SourceId, len: u64) -> Self {
        Self { source, offset: 0, len, sha1: None, can_reread: true }
    }

    /// Checks that its last byte has an offset.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match self.offset.checked_add(self.len) {
            Some(_) => Ok(()),
            None => Err(Error::invalid("the source would end beyond 64 bits")),
        }
    }

    /// A source that can be read once, in order.
    pub const fn stream(source: SourceId, len: u64) -> Self {
        Self { source, offset: 0, len, sha1: None, can_reread: false }
    }
}

/// What an upload gives.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Uploaded<R> {
    /// What the service says about the new version.
    pub file: R,
    /// The SHA-1 of the bytes; none for large files that were read in parts.
    pub sha1: Option<Sha1>,
    /// An answer was lost on the way, so the same bytes may be there as a second version.
    pub may_be_duplicate: bool,
}

/// Uploads one file in one request (spec 3.30).
///
/// The bytes of a seekable source are read by the driver while they are sent, with the digest
/// behind them; those of a stream are read into a buffer first.
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
pub struct Upload<F, R = FileRef> {
    file: F,
    payload: Payload,
    state: State<R>,
    delivery: Option<Delivery>,
    fill: ReqId,
    buffered: Option<Sha1>,
    is_cancelled: bool,
    step: Option<Step>,
    events: Events,
    receipt: PhantomData<fn() -> R>,
}

#[derive(Debug)]
enum State<R> {
    Unchecked,
    Filling { is_sent: bool },
    Delivering,
    Ended(Option<Result<Uploaded<R>, Error>>),
}

const FILL_SLOT: u16 = SLOTS;

impl<F: DescribeFile, R: Receipt> Upload<F, R> {
    /// An upload of `payload` as `file`.
    pub fn new(file: F, payload: Payload) -> Self {
        let mut events = Events::default();
        events.update(|progress| {
            progress.bytes_total = Some(payload.len);
            progress.parts_total = Some(1);
        });
        Self {
            file,
            payload,
            state: State::Unchecked,
            delivery: None,
            fill: ReqId { slot: FILL_SLOT, generation: 0 },
            buffered: None,
            is_cancelled: false,
            step: None,
            events,
            receipt: PhantomData,
        }
    }

    fn end(&mut self, result: Result<Uploaded<R>, Error>) {
        self.state = State::Ended(Some(result));
    }

    fn check(&self) -> Result<Text<200>, Error> {
        let spec = self.file.spec();
        spec.check()?;
        crate::op::check_id("bucket", spec.bucket_id)?;
        self.payload.check()?;
        if self.payload.len > crate::limits::SINGLE_UPLOAD_LEN_MAX {
            return Err(Error::invalid("more than one upload can take; upload it in parts"));
        }
        Text::try_from(spec.bucket_id).map_err(|_| Error::invalid("the bucket ID is too long"))
    }

    fn begin(&mut self) {
        match self.check() {
            Err(error) => self.end(Err(error.in_operation(upload_file::SPEC.name))),
            Ok(bucket) => {
                let target = LeaseFor::Bucket(bucket);
                let mut delivery = Delivery::new(&upload_file::SPEC, target, 0);
                delivery.begin();
                self.delivery = Some(delivery);
                self.state = if self.payload.can_reread {
                    State::Delivering
                } else {
                    State::Filling { is_sent: false }
                };
            }
        }
    }

    /// What to do now; ends the job when that is impossible.
    fn next(&mut self, cx: &mut Session, now: Instant) -> Option<Step> {
        if let State::Unchecked = self.state {
            self.begin();
        }
        match self.state {
            State::Ended(_) => return None,
            _ if self.is_cancelled => return self.cancelled(cx).map(Step::Abort),
            State::Filling { is_sent: false } => {
                self.state = State::Filling { is_sent: true };
                self.fill.generation = self.fill.generation.wrapping_add(1);
                return Some(Step::Fill);
            }
            State::Delivering => {}
            State::Unchecked | State::Filling { is_sent: true } => return None,
        }
        match self.delivery.as_mut().map(|delivery| delivery.next(cx, now)) {
            Some(Ok(Next::GetUrl)) => Some(Step::GetUrl),
            Some(Ok(Next::SendBody)) => Some(Step::SendBody),
            Some(Ok(Next::Nothing)) | None => None,
            Some(Err(error)) => {
                self.end(Err(error));
                None
            }
        }
    }

    fn cancelled(&mut self, cx: &mut Session) -> Option<ReqId> {
        let filling = matches!(self.state, State::Filling { is_sent: true });
        let in_flight = self.delivery.as_mut().and_then(Delivery::abandon);
        if let Some(delivery) = &mut self.delivery {
            delivery.release(cx);
        }
        let mut error = Error::cancelled().in_operation(upload_file::SPEC.name);
        error.may_have_taken_effect = self.delivery.as_ref().is_some_and(Delivery::is_ambiguous);
        self.end(Err(error));
        in_flight.or_else(|| filling.then_some(self.fill))
    }

    fn handle_fill(&mut self, input: &Input<'_>) {
        let name = upload_file::SPEC.name;
        match input {
            Input::Filled { len, digest, .. } => self.filled(*len, *digest),
            Input::Failed { cause, detail, .. } => {
                self.end(Err(classify::of_cause(name, *cause, detail).error));
            }
            Input::Response { .. }
            | Input::Stored { .. }
            | Input::Digested { .. }
            | Input::Moved { .. } => self.end(Err(classify::of_wrong_input(name).error)),
        }
    }

    fn handle_delivery(&mut self, cx: &mut Session, now: Instant, input: &Input<'_>) {
        let Some(delivery) = &mut self.delivery else { return };
        if let Input::Moved { id, bytes } = input {
            if delivery.sending() == Some(*id) {
                let done = (*bytes).min(self.payload.len);
                self.events.update(|progress| progress.bytes_done = done);
            }
            return;
        }
        match delivery.judge(cx, now, input, &mut self.events) {
            Delivered::Ignored => {}
            Delivered::Again => self.events.update(|progress| progress.bytes_done = 0),
            Delivered::Failed(error) => self.end(Err(error)),
            Delivered::Done { reply, sent } => self.delivered(cx, reply.body, sent),
        }
    }

    fn filled(&mut self, len: u64, digest: Sha1) {
        if len == self.payload.len {
            self.buffered = Some(digest);
            self.state = State::Delivering;
        } else {
            let message =
                format_args!("the source has {len} bytes instead of {}", self.payload.len);
            let mut error = Error::with_message(ErrorKind::Source, message);
            error.cause = Some(Cause::SourceUnreadable);
            self.end(Err(error));
        }
    }

    fn delivered(&mut self, cx: &mut Session, body: &[u8], sent: Option<Sha1>) {
        let may_be_duplicate = self.delivery.as_ref().is_some_and(Delivery::is_ambiguous);
        if let Some(delivery) = &mut self.delivery {
            delivery.release(cx);
        }
        let sent = self.buffered.or(self.payload.sha1).or(sent);
        let result = read_checked(body, sent);
        self.events.update(|progress| {
            progress.bytes_done = self.payload.len;
            progress.parts_done = 1;
        });
        self.end(
            result
                .map(|file| Uploaded { file, sha1: sent, may_be_duplicate })
                // Whatever is wrong with the answer, the service says that it took something.
                .map_err(|error| Error { may_have_taken_effect: true, ..error })
                .map_err(|error| error.in_operation(upload_file::SPEC.name)),
        );
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Fill,
    GetUrl,
    SendBody,
    Abort(ReqId),
}

/// Reads the answer to an upload and compares the SHA-1 that was stored with the one sent.
pub(crate) fn read_checked<R: Receipt>(body: &[u8], sent: Option<Sha1>) -> Result<R, Error> {
    let [stored] = Json::pick(body, ["contentSha1"])?;
    check_stored(sha1_of(stored), sent)?;
    R::read(body)
}

/// Compares the SHA-1 that was stored with the one that was sent.
pub(crate) fn check_stored(stored: Option<Sha1>, sent: Option<Sha1>) -> Result<(), Error> {
    match (stored, sent) {
        (Some(stored), Some(sent)) if stored != sent => Err(Error::with_message(
            ErrorKind::Corrupted,
            format_args!("sent bytes with SHA-1 {sent}, the service stored {stored}"),
        )),
        (None, _) => Err(Error::new(ErrorKind::Protocol, "the answer has no SHA-1")),
        (Some(_), _) => Ok(()),
    }
}

impl<F: DescribeFile, R: Receipt> Machine for Upload<F, R> {
    type Output = Uploaded<R>;

    fn decide(&mut self, cx: &mut Session, now: Instant) -> bool {
        self.step = self.next(cx, now);
        self.step.is_some()
    }

    fn action<'a>(&'a mut self, cx: &'a Session) -> Option<Action<'a>> {
        match self.step.take()? {
            Step::Abort(id) => Some(Action::Abort(id)),
            Step::Fill => {
                let Payload { source, len, .. } = self.payload;
                Some(Action::Fill { id: self.fill, slot: BufferId(0), source, len })
            }
            Step::GetUrl => self.delivery.as_mut()?.get_url(cx),
            Step::SendBody => {
                let Payload { source, offset, len, .. } = self.payload;
                let body = match self.buffered {
                    Some(sha1) => Body::Buffer { slot: BufferId(0), len, sha1 },
                    None => {
                        let digest = self.payload.sha1.map_or(DigestMode::AtEnd, DigestMode::Known);
                        Body::Range { source, offset, len, digest }
                    }
                };
                self.delivery.as_mut()?.send(cx, FieldSet::File(&self.file), body)
            }
        }
    }

    fn handle_input(&mut self, cx: &mut Session, now: Instant, input: Input<'_>) {
        match self.state {
            State::Filling { is_sent: true } if input.id() == self.fill && input.is_final() => {
                self.handle_fill(&input);
            }
            State::Delivering => self.handle_delivery(cx, now, &input),
            State::Unchecked | State::Filling { .. } | State::Ended(_) => {}
        }
    }

    fn poll_deadline(&self, _cx: &Session) -> Option<Deadline> {
        match (&self.state, &self.delivery) {
            (State::Delivering, Some(delivery)) => delivery.deadline(),
            _ => None,
        }
    }

    fn waits_for_login(&self, cx: &Session) -> bool {
        match (&self.state, &self.delivery) {
            (State::Delivering, Some(delivery)) => delivery.waits_for_login(cx),
            _ => false,
        }
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.events.poll()
    }

    fn cancel(&mut self, _now: Instant) {
        self.is_cancelled = true;
    }

    fn outcome(&mut self) -> Option<Result<Self::Output, Error>> {
        match &mut self.state {
            State::Ended(result) => result.take(),
            State::Unchecked | State::Filling { .. } | State::Delivering => None,
        }
    }
}
