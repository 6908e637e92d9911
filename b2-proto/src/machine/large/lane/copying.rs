//! A part the service copies: one call, without an upload URL and without a buffer.

use super::Lane;
use crate::error::{Error, ErrorKind};
use crate::machine::Input;
use crate::machine::call::{Call, Ready, Verdict};
use crate::machine::event::Events;
use crate::machine::large::cut::Cut;
use crate::machine::large::part::{Buffer, Done, Expected, ExpectedSha1, LaneDone, LaneNext};
use crate::machine::session::Session;
use crate::op::Spec;
use crate::plan::Span;
use crate::time::Instant;

impl Lane {
    /// Takes the part at `index`, which the service copies by the call `spec`.
    pub(crate) fn begin_copy(&mut self, index: u64, span: Span, spec: &'static Spec) {
        self.index = index;
        self.span = span;
        self.has_turn = false;
        self.moved = 0;
        self.buffer = Buffer::Unused;
        self.is_copying = true;
        self.delivery.lend_call(spec);
    }

    /// The call that copies the part.
    pub(crate) const fn copy_call(&mut self) -> &mut Call {
        self.delivery.lent_call_mut()
    }

    pub(super) fn next_copy(&mut self, cx: &mut Session, now: Instant) -> LaneNext {
        match self.copy_call().is_ready(cx, now) {
            Ready::Now => LaneNext::Copy,
            Ready::Later => LaneNext::Nothing,
            Ready::Never => LaneNext::Failed,
        }
    }

    /// Takes an input for the call; the part when the service has it now.
    ///
    /// A copy whose answer was lost is repeated: the part takes the place of the one that may be
    /// there; so is one whose answer is about another part. Where the `plan` knows the part's
    /// SHA-1, a part with another is the end: copying the same bytes again gives the same.
    pub(super) fn copied<P: Cut>(
        &mut self,
        cx: &mut Session,
        now: Instant,
        input: &Input<'_>,
        plan: &P,
        events: &mut Events,
    ) -> LaneDone {
        let (index, len) = (self.index, self.span.len);
        let sha1 = plan.known_sha1(index).map_or(ExpectedSha1::Unseen, ExpectedSha1::Of);
        let expected = Expected { index, len, sha1 };
        let call = self.copy_call();
        match call.judge(cx, now, input, events) {
            Verdict::Ignored | Verdict::Again => LaneDone::Nothing,
            Verdict::Failed => LaneDone::Failed,
            Verdict::Done(reply) => match expected.read(reply.body) {
                Ok(sha1) => {
                    self.is_copying = false;
                    self.delivery.take_call_back();
                    LaneDone::Part(Done { index, len, sha1 })
                }
                Err(error) if expected.is_misplaced(reply.body) => {
                    // It tells nothing of the part that was asked for.
                    let error = Error { kind: ErrorKind::Protocol, ..error };
                    cx.fault.set_fatal(call.name(), error);
                    cx.fault.allow_repetition();
                    match call.resolve(cx, now, events) {
                        Verdict::Failed => LaneDone::Failed,
                        Verdict::Ignored | Verdict::Again | Verdict::Done(_) => LaneDone::Nothing,
                    }
                }
                Err(error) => {
                    let is_other = error.kind == ErrorKind::Corrupted;
                    let error = if is_other { plan.copied_other(index, error) } else { error };
                    call.fail(cx, error);
                    LaneDone::Failed
                }
            },
        }
    }
}
