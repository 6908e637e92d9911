//! The download of a file, or of a range of it, into a sink.
//!
//! ```text
//! Unchecked ─► Opening ─► Ranges ─► Digesting ─► Ended
//!                 │          │          │
//!                 └──────────┴──────────┴─► Aborting ─► Ended
//! ```
//!
//! The first request asks for everything. Its answer tells the file's ID and length; if the file
//! is long enough, that request is cut short and more lanes fetch the rest, all pinned to that ID
//! (S7). A body that ends early is continued at the next byte. At the end the SHA-1 of what was
//! stored is compared with what the service or the uploader says (S11).

use crate::error::Error;
use crate::id::{ReqId, SinkId};
use crate::machine::event::{Event, Events};
use crate::machine::session::{Gate, Session};
use crate::machine::{Accept, Action, Input, LANES_MAX, Machine};
use crate::op::download::{DescribeDownload, DownloadRef, KeyFields};
use crate::op::{DATA_TIMEOUT_MS, SMALL_REPLY_LEN_MAX};
use crate::plan::Span;
use crate::plan::ranges::STREAM_LEN_MIN;
use crate::time::{Deadline, Instant};
use crate::wire::range::ByteRange;
use crate::wire::reply::{Headers, is_success};
use crate::wire::text::Sha1;

mod check;
mod lane;
mod steps;

pub use check::{FromHeaders, Verified};
pub use lane::RangeLane;

/// How a download is done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DownloadOptions {
    /// Where the bytes go, from its start on.
    pub sink: SinkId,
    /// Whether the sink takes bytes at any place; otherwise there is one lane only.
    pub can_seek: bool,
    /// The bytes to fetch; the whole file when none are given.
    pub range: Option<ByteRange>,
    /// The SHA-1 the whole file must have.
    pub expected_sha1: Option<Sha1>,
    /// A further lane is opened for each so many bytes.
    pub lane_len_min: u64,
}

impl DownloadOptions {
    /// The whole file into `sink`.
    pub const fn whole(sink: SinkId) -> Self {
        let lane_len_min = STREAM_LEN_MIN;
        Self { sink, can_seek: true, range: None, expected_sha1: None, lane_len_min }
    }
}

/// What a download gives.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Downloaded<H> {
    /// The version that was downloaded.
    pub file: DownloadRef,
    /// What the caller wanted from the headers.
    pub info: H,
    /// Bytes stored.
    pub len: u64,
    /// What proves that they are the right ones.
    pub verified: Verified,
}

/// Downloads one file. `L` are the lanes: an array on the bare core, a vector otherwise.
///
/// ```
/// use b2_proto::id::SinkId;
/// use b2_proto::machine::download::{Download, DownloadOptions, RangeLane};
/// use b2_proto::op::download::{DownloadRequest, Object};
/// use b2_proto::wire::range::ByteRange;
///
/// let object = Object::Name { bucket: "photos", name: "2026/a.mkv" };
/// let mut options = DownloadOptions::whole(SinkId(0));
/// options.range = ByteRange::of(1_000, 500);
/// let lanes = [const { RangeLane::new() }; 4];
/// let job = Download::<_, _, ()>::new(DownloadRequest::new(object), options, lanes);
/// # let _ = job;
/// ```
#[derive(Debug)]
pub struct Download<T, L, H = ()> {
    request: KeyFields<T>,
    options: DownloadOptions,
    lanes: L,
    pinned: Option<Pinned<H>>,
    stage: Stage<H>,
    /// Bytes of the job that no lane has taken yet.
    rest: Span,
    bytes_done: u64,
    digest: ReqId,
    is_digesting: bool,
    /// Ranges are asked for by name, because the token is good for names only.
    is_by_name: bool,
    is_cancelled: bool,
    step: Option<Step>,
    events: Events,
}

/// What the first answer said; every other one must say the same.
#[derive(Clone, Debug)]
struct Pinned<H> {
    file: DownloadRef,
    info: H,
    /// The job's bytes within the file.
    span: Span,
}

#[derive(Debug)]
enum Stage<H> {
    Unchecked,
    Opening,
    Ranges,
    Digesting { is_sent: bool },
    Aborting(Error),
    Ended(Option<Result<Downloaded<H>, Error>>),
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Get(usize),
    Digest,
    Abort(ReqId),
}

impl<T, L, H> Download<T, L, H>
where
    T: DescribeDownload,
    L: AsRef<[RangeLane]> + AsMut<[RangeLane]>,
    H: FromHeaders,
{
    /// A download of what `request` describes. Each of the lanes, of which there may be
    /// [`LANES_MAX`], fetches one range at a time.
    pub fn new(request: T, options: DownloadOptions, lanes: L) -> Self {
        let digest_slot = u16::try_from(lanes.as_ref().len()).unwrap_or(0);
        let is_by_name = request.request().token.is_some();
        Self {
            request: KeyFields(request),
            options,
            lanes,
            pinned: None,
            stage: Stage::Unchecked,
            rest: Span { offset: 0, len: 0 },
            bytes_done: 0,
            digest: ReqId { slot: digest_slot, generation: 0 },
            is_digesting: false,
            is_by_name,
            is_cancelled: false,
            step: None,
            events: Events::default(),
        }
    }

    fn check(&self) -> Result<(), Error> {
        if self.lanes.as_ref().is_empty() {
            return Err(Error::invalid("a download needs a lane"));
        }
        if self.lanes.as_ref().len() > LANES_MAX {
            return Err(Error::invalid("that many lanes are not supported"));
        }
        if self.options.range.is_some_and(|range| !range.is_valid()) {
            return Err(Error::invalid("the range is none"));
        }
        if self.options.lane_len_min == 0 {
            return Err(Error::invalid("a lane must have a length"));
        }
        if self.options.range.is_some() && self.options.expected_sha1.is_some() {
            return Err(Error::invalid("the SHA-1 of a whole file does not prove a range of it"));
        }
        self.request.0.request().check()
    }

    fn begin(&mut self) {
        let spec = self.request.0.request().spec();
        match self.check() {
            Err(error) => self.end(Err(error.in_operation(spec.name))),
            Ok(()) => {
                for (slot, lane) in self.lanes.as_mut().iter_mut().enumerate() {
                    *lane = RangeLane::at(spec, u16::try_from(slot).unwrap_or(u16::MAX));
                }
                let len = self.options.range.map_or(0, |range| range.len());
                if let Some(first) = self.lanes.as_mut().first_mut() {
                    first.begin(Span { offset: 0, len });
                }
                self.stage = Stage::Opening;
            }
        }
    }

    fn fail(&mut self, error: Error) {
        self.stage = Stage::Aborting(error);
    }

    fn end(&mut self, result: Result<Downloaded<H>, Error>) {
        self.stage = Stage::Ended(Some(result));
    }

    /// The first answer: learns what is to be fetched, and shares it out between the lanes.
    fn pin(&mut self, status: u16, headers: &dyn Headers) -> Result<(), Error> {
        let file = DownloadRef::read(status, headers)?;
        let span = check::job_span(&file, self.options.range)?;
        let info = H::read(headers)?;
        let count = self.lane_count(span.len);
        let first = Span { offset: 0, len: span.len / count };
        if let Some(lane) = self.lanes.as_mut().first_mut() {
            lane.begin_again(first);
        }
        self.rest = Span { offset: first.len, len: span.len - first.len };
        self.pinned = Some(Pinned { file, info, span });
        self.events.update(|progress| {
            progress.bytes_total = Some(span.len);
            progress.parts_total = u32::try_from(count).ok();
        });
        Ok(())
    }

    fn lane_count(&self, len: u64) -> u64 {
        if !self.options.can_seek {
            return 1;
        }
        let lanes = self.lanes.as_ref().len() as u64;
        (len / self.options.lane_len_min).clamp(1, lanes)
    }

    /// Judges the head of an answer to a lane.
    fn admit(&mut self, at: usize, status: u16, headers: &dyn Headers) -> Result<Accept, Error> {
        if self.pinned.is_none() {
            self.pin(status, headers)?;
            self.stage = Stage::Ranges;
        } else {
            let file = DownloadRef::read(status, headers)?;
            let pinned = self.pinned.as_ref().map(|pinned| (&pinned.file, pinned.span));
            let wanted = self.lanes.as_ref().get(at).map(RangeLane::wanted);
            check::same_file(&file, pinned, wanted)?;
        }
        let Some(lane) = self.lanes.as_mut().get_mut(at) else {
            return Ok(Accept::Collect { len_max: 0 });
        };
        let Span { offset, len } = lane.wanted();
        lane.accepted = true;
        Ok(Accept::Store { sink: self.options.sink, offset, len })
    }

    fn stored(&mut self, at: usize, len: u64, is_end: bool) {
        let Some(lane) = self.lanes.as_mut().get_mut(at) else { return };
        self.bytes_done += lane.store(len);
        if is_end {
            lane.finish();
            self.events.update(|progress| progress.parts_done += 1);
        }
        self.note_progress();
        let is_done = self.pinned.as_ref().is_some_and(|p| self.bytes_done == p.span.len);
        if is_done && self.lanes.as_ref().iter().all(RangeLane::is_free) {
            self.stage = Stage::Digesting { is_sent: false };
        }
    }

    fn note_progress(&mut self) {
        let moving: u64 = self.lanes.as_ref().iter().map(RangeLane::moved).sum();
        let done = self.bytes_done + moving;
        self.events.update(|progress| progress.bytes_done = done);
    }

    fn digested(&mut self, digest: Option<Sha1>) {
        let Some(Pinned { file, info, span }) = self.pinned.take() else { return };
        let verified = check::verify(&file, self.options.expected_sha1, digest);
        self.end(verified.map(|verified| Downloaded { file, info, len: span.len, verified }));
    }
}

impl<T, L, H> Machine for Download<T, L, H>
where
    T: DescribeDownload,
    L: AsRef<[RangeLane]> + AsMut<[RangeLane]>,
    H: FromHeaders,
{
    type Output = Downloaded<H>;

    fn decide(&mut self, cx: &mut Session, now: Instant) -> bool {
        self.step = self.next_step(cx, now);
        self.step.is_some()
    }

    fn action<'a>(&'a mut self, cx: &'a Session) -> Option<Action<'a>> {
        match self.step.take()? {
            Step::Get(at) => self.get(cx, at),
            Step::Abort(id) => Some(Action::Abort(id)),
            Step::Digest => {
                let len = self.pinned.as_ref().map_or(0, |pinned| pinned.span.len);
                Some(Action::Digest { id: self.digest, sink: self.options.sink, len })
            }
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
        let at = usize::from(id.slot);
        if !self.lanes.as_ref().get(at).is_some_and(|lane| lane.is_in_flight(id)) {
            return refused;
        }
        if !is_success(status) {
            return Accept::Collect { len_max: SMALL_REPLY_LEN_MAX };
        }
        let is_unbounded = self.pinned.is_none() && self.options.range.is_none();
        let admitted = cx.check_clock(now, headers).and_then(|()| self.admit(at, status, headers));
        let admitted = admitted.and_then(|accept| match accept {
            Accept::Store { len, .. } if is_unbounded => {
                cx.check_stored(self.request.0.request().spec(), len).map(|()| accept)
            }
            Accept::Store { .. } | Accept::Collect { .. } => Ok(accept),
        });
        admitted.unwrap_or_else(|error| {
            if let Some(lane) = self.lanes.as_mut().get_mut(at) {
                lane.refused = Some(error);
            }
            refused
        })
    }

    fn handle_input(&mut self, cx: &mut Session, now: Instant, input: Input<'_>) {
        let id = input.id();
        if id == self.digest && self.is_digesting && input.is_final() {
            self.is_digesting = false;
            return self.handle_digest(cx, &input);
        }
        let at = usize::from(id.slot);
        if !matches!(self.stage, Stage::Opening | Stage::Ranges)
            || !self.lanes.as_ref().get(at).is_some_and(|lane| lane.is_in_flight(id))
        {
            return;
        }
        self.handle_lane(cx, now, at, &input);
    }

    fn poll_deadline(&self, _cx: &Session) -> Option<Deadline> {
        match self.stage {
            Stage::Opening | Stage::Ranges => {
                let deadlines = self.lanes.as_ref().iter().map(RangeLane::deadline);
                deadlines.fold(None, Deadline::earlier)
            }
            Stage::Unchecked | Stage::Digesting { .. } | Stage::Aborting(_) | Stage::Ended(_) => {
                None
            }
        }
    }

    fn waits_for_login(&self, cx: &Session) -> bool {
        match self.stage {
            Stage::Opening | Stage::Ranges => {
                self.lanes.as_ref().iter().any(|lane| lane.waits_for_login(cx))
            }
            Stage::Unchecked => matches!(cx.gate(), Gate::Wait),
            Stage::Digesting { .. } | Stage::Aborting(_) | Stage::Ended(_) => false,
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
            | Stage::Opening
            | Stage::Ranges
            | Stage::Digesting { .. }
            | Stage::Aborting(_) => None,
        }
    }
}
