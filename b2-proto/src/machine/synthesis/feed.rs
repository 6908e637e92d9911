//! The bytes one body waits for: its remote pieces, fetched one after the other.

use super::plan::Remotes;
use crate::error::{Cause, Error};
use crate::id::ReqId;
use crate::machine::call::{Ready, Verdict};
use crate::machine::download::{RangeLane, check};
use crate::machine::event::Events;
use crate::machine::session::Session;
use crate::machine::{Accept, Action, Input, ReplyTo, Request};
use crate::op::SMALL_REPLY_LEN_MAX;
use crate::op::download::{
    BY_ID, DescribeDownload, DownloadRef, DownloadRequest, KeyFields, Object, range_of,
};
use crate::op::new_file::CustomerKeyText;
use crate::plan::Span;
use crate::time::{Deadline, Instant};
use crate::wire::body::Body;
use crate::wire::reply::Headers;
use alloc::string::String;

/// Fetches for one request at a time. A request that is sent again is fed from the start.
#[derive(Debug)]
pub(super) struct Feed {
    lane: RangeLane,
    piece: KeyFields<Remote>,
    /// The request that waits.
    fed: Option<ReqId>,
    /// The part it sends, and the piece that comes next.
    index: u64,
    at: usize,
    /// Bytes of pieces that are complete.
    before: u64,
    to_abort: Option<ReqId>,
}

/// What is fetched.
#[derive(Debug, Default)]
struct Remote {
    file_id: String,
    key: Option<CustomerKeyText>,
}

impl DescribeDownload for Remote {
    fn request(&self) -> DownloadRequest<'_> {
        let customer_key = self.key.as_ref().map(CustomerKeyText::as_ref);
        DownloadRequest { customer_key, ..DownloadRequest::new(Object::Id(&self.file_id)) }
    }
}

/// What can be done now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum FeedNext {
    Nothing,
    Get,
    Abort(ReqId),
    /// The session has the fault.
    Failed,
}

impl Feed {
    pub(super) fn new(slot: u16) -> Self {
        Self {
            lane: RangeLane::at(&BY_ID, slot, false),
            piece: KeyFields(Remote::default()),
            fed: None,
            index: 0,
            at: 0,
            before: 0,
            to_abort: None,
        }
    }

    /// The request that waits for its bytes.
    pub(super) const fn fed(&self) -> Option<ReqId> {
        self.fed
    }

    /// Bytes that were fetched for the present request.
    pub(super) fn fetched(&self) -> u64 {
        self.before + self.lane.done() + self.lane.moved()
    }

    /// Begins to feed a request that sends the part at `index`.
    pub(super) fn begin(&mut self, plan: &impl Remotes, fed: ReqId, index: u64) {
        (self.fed, self.index, self.at, self.before) = (Some(fed), index, 0, 0);
        self.next_piece(plan);
    }

    /// The request has ended: nobody waits any more.
    pub(super) fn rest(&mut self) {
        self.fed = None;
        self.before = 0;
        let in_flight = self.lane.abandon();
        self.lane.begin_again(Span { offset: 0, len: 0 });
        self.to_abort = self.to_abort.or(in_flight);
    }

    fn next_piece(&mut self, plan: &impl Remotes) {
        let Some((at, source, span)) = plan.remote(self.index, self.at) else {
            self.lane.finish();
            return;
        };
        self.at = at + 1;
        let key = source.key_text();
        self.piece = KeyFields(Remote { file_id: source.file_id().as_str().into(), key });
        self.lane.begin_call(span, &BY_ID);
    }

    /// A request that nobody needs any more.
    pub(super) const fn take_abort(&mut self) -> Option<ReqId> {
        self.to_abort.take()
    }

    /// Whether there is such a request.
    pub(super) const fn has_abort(&self) -> bool {
        self.to_abort.is_some()
    }

    pub(super) fn next(&mut self, cx: &mut Session, now: Instant) -> FeedNext {
        if let Some(id) = self.to_abort.take() {
            return FeedNext::Abort(id);
        }
        if self.fed.is_none() || self.lane.is_sent() {
            return FeedNext::Nothing;
        }
        match self.lane.is_ready_to_feed(cx, now) {
            Ready::Now => FeedNext::Get,
            Ready::Later => FeedNext::Nothing,
            Ready::Never => FeedNext::Failed,
        }
    }

    /// The request, after [`FeedNext::Get`].
    pub(super) fn get<'a>(&'a mut self, cx: &'a Session) -> Option<Action<'a>> {
        let id = self.lane.send(&BY_ID)?;
        let mut head = self.piece.0.request().head(cx.grant()?, &self.piece);
        head.range = range_of(0, self.lane.asked());
        head.test_mode = cx.test_mode;
        Some(Action::Send(Request {
            id,
            operation: BY_ID.name,
            class: BY_ID.class,
            attempt: self.lane.attempt(),
            head,
            body: Body::Empty,
            reply: ReplyTo::Sink,
            timeout_ms: BY_ID.timeout_ms,
            feeds: self.fed,
        }))
    }

    pub(super) fn accept(
        &mut self,
        cx: &mut Session,
        now: Instant,
        id: ReqId,
        (status, headers): (u16, &dyn Headers),
    ) -> Accept {
        let refused = Accept::Collect { len_max: 0 };
        if !self.lane.is_in_flight(id) {
            return refused;
        }
        if !matches!(status, 200 | 206) {
            return Accept::Collect { len_max: SMALL_REPLY_LEN_MAX };
        }
        let admitted = cx.check_clock(now, headers).and_then(|()| self.admit(status, headers));
        match admitted {
            Ok(()) => {
                self.lane.accepted = true;
                Accept::Feed { len: self.lane.wanted().len }
            }
            Err(error) => {
                self.lane.refused = Some(error);
                refused
            }
        }
    }

    /// Checks that the answer has the bytes of the version that were asked for (S7).
    fn admit(&self, status: u16, headers: &dyn Headers) -> Result<(), Error> {
        let file = DownloadRef::read(status, headers)?;
        if file.file_id.as_str() != self.piece.0.file_id {
            let message = "the answer has bytes of another version than was asked for";
            return Err(Error::new(crate::error::ErrorKind::Protocol, message));
        }
        check::is_range(&file, Span { offset: 0, len: file.len }, self.lane.asked())
    }

    /// Takes an input; whether it has failed for good. The session has the fault then.
    pub(super) fn handle(
        &mut self,
        cx: &mut Session,
        now: Instant,
        input: &Input<'_>,
        plan: &impl Remotes,
        events: &mut Events,
    ) -> bool {
        if !self.lane.is_in_flight(input.id()) {
            return false;
        }
        let wanted = self.lane.wanted().len;
        match input {
            Input::Moved { bytes, .. } => {
                if self.lane.accepted {
                    self.lane.note_moved(*bytes);
                }
                return false;
            }
            Input::Stored { .. } if self.lane.accepted => return self.stored_all(plan),
            // The body it feeds takes no more, because that request has ended; its own end
            // follows.
            Input::Failed { cause: Cause::SinkFailed, .. } => {
                self.lane.abandon();
                return false;
            }
            Input::Failed { stored, .. } if self.lane.accepted && *stored >= wanted => {
                return self.stored_all(plan);
            }
            Input::Failed { stored, .. } if self.lane.accepted => {
                self.lane.store(*stored);
            }
            Input::Response { .. }
            | Input::Stored { .. }
            | Input::Failed { .. }
            | Input::Filled { .. }
            | Input::Hashed { .. }
            | Input::Claimed { .. }
            | Input::Taken { .. }
            | Input::Digested { .. } => {}
        }
        matches!(self.lane.judge(cx, now, input, events), Verdict::Failed)
    }

    fn stored_all(&mut self, plan: &impl Remotes) -> bool {
        self.lane.settle();
        self.lane.store(self.lane.wanted().len);
        self.before += self.lane.done();
        self.lane.begin_again(Span { offset: 0, len: 0 });
        self.next_piece(plan);
        false
    }

    pub(super) fn deadline(&self) -> Option<Deadline> {
        self.fed.and_then(|_| self.lane.deadline())
    }

    pub(super) fn waits_for_login(&self, cx: &Session) -> bool {
        self.fed.is_some() && self.lane.waits_for_login(cx)
    }
}
