//! The download of a file, or of a range of it, into a sink.
//!
//! ```text
//! Unchecked ─► Opening ─► Ranges ─► Digesting ─► Ended
//!                 │          │          │
//!                 └──────────┴──────────┴─► Aborting ─► Ended
//! ```
//!
//! The first request asks for everything, or for the first bytes that are missing when others are
//! there from a download of before (S9). Its answer tells the file's ID and length; if the file is
//! long enough, that request is cut short and more lanes fetch the rest, all pinned to that ID
//! (S7). A body that ends early is continued at the next byte; a lane that is done takes over half
//! of what the slowest has left. At the end the SHA-1 of what is stored is compared with what the
//! service or the uploader says (S11), part by part where that is known.

use crate::error::Error;
use crate::id::ReqId;
use crate::machine::event::{Event, Events};
use crate::machine::session::{Gate, Session};
use crate::machine::{Accept, Action, Input, Machine, Version};
use crate::op::download::{DescribeDownload, DownloadRef, KeyFields};
use crate::op::{DATA_TIMEOUT_MS, SMALL_REPLY_LEN_MAX};
use crate::plan::Span;
use crate::time::{Deadline, Instant};
use crate::wire::reply::{Headers, is_success};

pub(in crate::machine) mod check;
mod lane;
mod lanes;
mod open;
mod options;
mod proof;
mod share;
mod steps;

pub use lane::RangeLane;
#[cfg(feature = "alloc")]
pub use lanes::GrowingLanes;
pub use lanes::Lanes;
pub use options::{DownloadOptions, Downloaded};
pub use proof::{FromHeaders, Verified};

use proof::Proof;

/// Downloads one file. `L` are the [lanes](Lanes): an array on the bare core, [`GrowingLanes`]
/// otherwise.
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
    /// Bytes of the job that no lane has taken yet, with those among them that are there.
    rest: Span,
    bytes_done: u64,
    /// How many lanes the length is worth.
    lanes_worth: u64,
    /// Bytes that were there already.
    kept_len: u64,
    /// What is there already counts: it is of the same version, as far as is known.
    uses_kept: bool,
    /// The piece whose digest is looked at next.
    piece: u64,
    /// How often the bytes of that piece were damaged.
    damaged: u8,
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
    proof: Proof,
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
    Shorten(usize),
    Digest,
    Abort(ReqId),
}

impl<T, L, H> Download<T, L, H>
where
    T: DescribeDownload,
    L: Lanes,
    H: FromHeaders,
{
    /// A download of what `request` describes. Each of the lanes, of which there may be
    /// [`LANES_MAX`](crate::machine::LANES_MAX), fetches one range at a time.
    pub fn new(request: T, options: DownloadOptions, lanes: L) -> Self {
        let digest_slot = u16::try_from(lanes.count_max()).unwrap_or(0);
        let is_by_name = request.request().token.is_some();
        Self {
            request: KeyFields(request),
            options,
            lanes,
            pinned: None,
            stage: Stage::Unchecked,
            rest: Span { offset: 0, len: 0 },
            bytes_done: 0,
            lanes_worth: 1,
            kept_len: 0,
            uses_kept: false,
            piece: 0,
            damaged: 0,
            digest: ReqId { slot: digest_slot, generation: 0 },
            is_digesting: false,
            is_by_name,
            is_cancelled: false,
            step: None,
            events: Events::default(),
        }
    }

    fn fail(&mut self, error: Error) {
        self.stage = Stage::Aborting(error);
    }

    fn end(&mut self, result: Result<Downloaded<H>, Error>) {
        self.stage = Stage::Ended(Some(result));
    }

    /// Judges the head of an answer to a lane.
    fn admit(&mut self, at: usize, status: u16, headers: &dyn Headers) -> Result<Accept, Error> {
        let is_same = if self.pinned.is_none() {
            self.pin(status, headers)?
        } else {
            let file = DownloadRef::read(status, headers)?;
            let pinned = self.pinned.as_ref().map(|pinned| (&pinned.file, pinned.span));
            let asked = self.lanes.as_ref().get(at).map(RangeLane::asked);
            check::same_file(&file, pinned, asked)?;
            true
        };
        let Some(lane) = self.lanes.as_mut().get_mut(at) else {
            return Ok(Accept::Collect { len_max: 0 });
        };
        if !is_same {
            lane.starts_over = true;
            return Ok(Accept::Collect { len_max: 0 });
        }
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
}

impl<T, L, H> Machine for Download<T, L, H>
where
    T: DescribeDownload,
    L: Lanes,
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
            Step::Shorten(at) => {
                let lane = self.lanes.as_ref().get(at)?;
                Some(Action::Shorten { id: lane.id()?, len: lane.wanted().len })
            }
            Step::Digest => {
                let Span { offset, len } = self.piece()?;
                Some(Action::Digest { id: self.digest, sink: self.options.sink, offset, len })
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
                cx.check_bytes_down(self.request.0.request().spec(), len).map(|()| accept)
            }
            Accept::Store { .. } | Accept::Feed { .. } | Accept::Collect { .. } => Ok(accept),
        });
        admitted.unwrap_or_else(|error| {
            if let Some(lane) = self.lanes.as_mut().get_mut(at) {
                lane.refused = Some(error);
            }
            refused
        })
    }

    fn version(&self) -> Option<Version<'_>> {
        let Pinned { file, span, proof, .. } = self.pinned.as_ref()?;
        let (file_id, pieces) = (file.file_id.as_str(), proof.pieces);
        Some(Version { file_id, len: file.len, span: *span, pieces })
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
