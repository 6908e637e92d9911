//! One lane of a download: one range at a time, continued where its body ended.

use crate::error::{Cause, Error};
use crate::id::ReqId;
use crate::machine::Input;
use crate::machine::call::{Call, Ready, Verdict};
use crate::machine::event::Events;
use crate::machine::session::{Cost, Session};
use crate::op::Spec;
use crate::plan::Span;
use crate::time::{Deadline, Instant};

/// So many bytes must have moved since the last failure for the attempts to count anew, so that a
/// peer that sends a byte at a time does not keep a download alive for ever.
const REFILL_LEN_MIN: u64 = 64 * 1024;

/// Fetches one range at a time. Make as many as ranges shall be fetched at the same time:
/// `[const { RangeLane::new() }; 4]` or a vector of them.
#[derive(Debug)]
pub struct RangeLane {
    call: Option<Call>,
    /// The range within the job; `len` is unknown (0) before the first answer.
    span: Span,
    /// Bytes of it that are stored.
    stored: u64,
    /// The bytes the request in flight was sent for.
    asked: Span,
    /// Bytes the request in flight has stored, as far as was told.
    moved: u64,
    has_work: bool,
    /// The head of the present answer was admitted.
    pub(in crate::machine) accepted: bool,
    /// Why it was not.
    pub(in crate::machine) refused: Option<Error>,
    /// What is there is of another version than the answer: all is to be fetched.
    pub(super) starts_over: bool,
}

impl Default for RangeLane {
    fn default() -> Self {
        Self::new()
    }
}

impl RangeLane {
    /// A lane that does nothing yet.
    pub const fn new() -> Self {
        Self {
            call: None,
            span: Span { offset: 0, len: 0 },
            stored: 0,
            asked: Span { offset: 0, len: 0 },
            moved: 0,
            has_work: false,
            accepted: false,
            refused: None,
            starts_over: false,
        }
    }

    pub(in crate::machine) fn at(spec: &'static Spec, slot: u16, has_own_token: bool) -> Self {
        let call = Call::new(spec, slot).with_own_token(has_own_token);
        Self { call: Some(call), ..Self::new() }
    }

    /// Takes a range.
    pub(in crate::machine) const fn begin(&mut self, span: Span) {
        self.begin_again(span);
        self.has_work = true;
    }

    /// Learns that the range it is fetching is another one.
    pub(in crate::machine) const fn begin_again(&mut self, span: Span) {
        self.span = span;
        self.stored = 0;
        self.moved = 0;
    }

    pub(in crate::machine) fn begin_call(&mut self, span: Span, spec: &'static Spec) {
        self.begin(span);
        if let Some(call) = &mut self.call {
            call.restart(spec);
        }
    }

    pub(in crate::machine) const fn is_free(&self) -> bool {
        !self.has_work
    }

    pub(in crate::machine) const fn finish(&mut self) {
        self.has_work = false;
        self.moved = 0;
    }

    /// The bytes that are still missing, within the job.
    pub(in crate::machine) const fn wanted(&self) -> Span {
        Span { offset: self.span.offset + self.stored, len: self.span.len - self.stored }
    }

    /// The bytes the request in flight was sent for, within the job.
    pub(in crate::machine) const fn asked(&self) -> Span {
        self.asked
    }

    /// The bytes that another lane may take over: those that have not arrived.
    pub(in crate::machine) fn to_come(&self) -> Span {
        let Span { offset, len } = self.wanted();
        let moved = if self.has_work { self.moved.min(len) } else { len };
        Span { offset: offset + moved, len: len - moved }
    }

    /// Leaves the bytes from `offset` on to another lane.
    pub(in crate::machine) const fn leave(&mut self, offset: u64) -> Span {
        let taken = Span { offset, len: self.span.end() - offset };
        self.span.len -= taken.len;
        taken
    }

    /// Bytes of the range that are stored.
    #[cfg(feature = "alloc")]
    pub(in crate::machine) const fn done(&self) -> u64 {
        self.stored
    }

    /// Bytes that are on their way to the sink.
    pub(in crate::machine) const fn moved(&self) -> u64 {
        self.moved
    }

    /// Notes bytes that were stored; how many of them count.
    pub(in crate::machine) fn store(&mut self, len: u64) -> u64 {
        let len = len.min(self.span.len - self.stored);
        self.stored += len;
        self.moved = 0;
        if let (true, Some(call)) = (len >= REFILL_LEN_MIN, &mut self.call) {
            call.refill();
        }
        len
    }

    pub(in crate::machine) fn is_in_flight(&self, id: ReqId) -> bool {
        self.in_flight() == Some(id)
    }

    pub(in crate::machine) fn is_sent(&self) -> bool {
        self.in_flight().is_some()
    }

    /// The request that was sent last.
    pub(in crate::machine) fn id(&self) -> Option<ReqId> {
        self.call.as_ref().map(Call::id)
    }

    pub(in crate::machine) fn attempt(&self) -> u16 {
        self.call.as_ref().map_or(1, Call::attempt)
    }

    fn in_flight(&self) -> Option<ReqId> {
        self.call.as_ref().and_then(Call::in_flight)
    }

    pub(in crate::machine) fn is_ready(&mut self, cx: &mut Session, now: Instant) -> Ready {
        let down = self.wanted().len;
        match &mut self.call {
            Some(call) if self.has_work => {
                // Nobody knows yet how long the answer to a first request is.
                call.is_ready_for(cx, now, Cost { up: 0, down })
            }
            Some(_) | None => Ready::Later,
        }
    }

    /// The same for bytes that go into the body of a request in flight.
    #[cfg(feature = "alloc")]
    pub(in crate::machine) fn is_ready_to_feed(&mut self, cx: &mut Session, now: Instant) -> Ready {
        let down = self.wanted().len;
        let pass = |cx: &mut Session, spec: &Spec| cx.pass_feed(spec, Cost { up: 0, down });
        match &mut self.call {
            Some(call) if self.has_work => call.is_ready_if(cx, now, pass),
            Some(_) | None => Ready::Later,
        }
    }

    /// Stamps the request for the bytes that are missing, which is one of `spec`.
    pub(in crate::machine) fn send(&mut self, spec: &'static Spec) -> Option<ReqId> {
        self.accepted = false;
        self.refused = None;
        self.starts_over = false;
        self.asked = self.wanted();
        let call = self.call.as_mut()?;
        call.go_on_by(spec);
        Some(call.send())
    }

    /// Stops; the request to abort, if there is one.
    pub(in crate::machine) fn abandon(&mut self) -> Option<ReqId> {
        let in_flight = self.in_flight();
        self.has_work = false;
        if let Some(call) = &mut self.call {
            call.abandon();
        }
        in_flight
    }

    /// Forgets the request in flight, because it has brought all it should.
    pub(in crate::machine) const fn settle(&mut self) {
        if let Some(call) = &mut self.call {
            call.abandon();
        }
    }

    pub(in crate::machine) const fn note_moved(&mut self, bytes: u64) {
        let missing = self.span.len - self.stored;
        self.moved = if bytes < missing { bytes } else { missing };
    }

    /// Decides what follows a request that did not bring all it should.
    pub(in crate::machine) fn judge<'a>(
        &mut self,
        cx: &mut Session,
        now: Instant,
        input: &Input<'a>,
        events: &mut Events,
    ) -> Verdict<'a> {
        if let Some(error) = self.refused.take() {
            // The request has ended, so there is nothing left to abort.
            self.settle();
            let call = self.call.as_ref();
            return call.map_or(Verdict::Ignored, |call| call.fail(cx, error));
        }
        let stored_now = self.moved_since_failure(input);
        let Some(call) = &mut self.call else { return Verdict::Ignored };
        if let Input::Response { reply, .. } = input
            && reply.is_success()
        {
            // The body was to be stored, but the driver has collected it.
            call.abandon();
            cx.fault.set_cause(call.name(), Cause::BadReply, "");
            return call.resolve(cx, now, events);
        }
        if stored_now {
            // Bytes moved and then the body ended: go on at once from there.
            if let Input::Failed { cause, .. } = input
                && !cause.is_local()
            {
                call.abandon();
                cx.fault.set_cause(call.name(), *cause, "");
                events.retry(call.name(), &cx.fault.error, 0);
                return Verdict::Again;
            }
        }
        call.judge(cx, now, input, events)
    }

    const fn moved_since_failure(&self, input: &Input<'_>) -> bool {
        match input {
            Input::Failed { stored, .. } => *stored >= REFILL_LEN_MIN,
            Input::Response { .. }
            | Input::Stored { .. }
            | Input::Filled { .. }
            | Input::Digested { .. }
            | Input::Hashed { .. }
            | Input::Claimed { .. }
            | Input::Taken { .. }
            | Input::Moved { .. } => false,
        }
    }

    pub(in crate::machine) fn deadline(&self) -> Option<Deadline> {
        self.call.as_ref().filter(|_| self.has_work)?.deadline()
    }

    pub(in crate::machine) fn waits_for_login(&self, cx: &Session) -> bool {
        self.has_work && self.call.as_ref().is_some_and(|call| call.waits_for_login(cx))
    }
}
