//! The buffer of a lane, for sources that cannot be read again.

use super::{Lane, SLOTS_PER_LANE};
use crate::id::{BufferId, ReqId};
use crate::machine::Input;
use crate::machine::large::cut::Cut;
use crate::machine::large::part::{Buffer, LaneDone};
use crate::machine::session::Session;
use crate::op::upload_part;
use crate::wire::text::Sha1;

impl Lane {
    /// Whether the lane's buffer is to be filled now.
    #[cfg(feature = "alloc")]
    pub(crate) fn is_fill_due(&self) -> bool {
        self.buffer == Buffer::Due
    }

    /// Whether the lane waits for its buffer.
    pub(crate) fn is_filling(&self) -> bool {
        matches!(self.buffer, Buffer::Due | Buffer::Filling)
    }

    /// Stamps the request that fills the buffer.
    pub(crate) const fn send_fill(&mut self) -> ReqId {
        self.buffer = Buffer::Filling;
        self.fill.generation = self.fill.generation.wrapping_add(1);
        self.fill
    }

    /// The lane's buffer; that of the first lane is the first.
    pub(crate) const fn buffer_slot(&self) -> BufferId {
        BufferId(self.fill.slot / SLOTS_PER_LANE - 1)
    }

    /// The buffer, when the driver can do without it. It is told once.
    pub(crate) fn spent(&mut self) -> Option<BufferId> {
        let is_spent = self.buffer == Buffer::Spent;
        is_spent.then(|| {
            self.buffer = Buffer::Unused;
            self.buffer_slot()
        })
    }

    /// Bytes the buffer has or is to have.
    pub(crate) const fn held(&self) -> u64 {
        if matches!(self.buffer, Buffer::Unused) { 0 } else { self.span.len }
    }

    /// The digest of the full buffer.
    pub(crate) const fn buffered(&self) -> Option<Sha1> {
        match self.buffer {
            Buffer::Full(sha1) => Some(sha1),
            Buffer::Unused | Buffer::Due | Buffer::Filling | Buffer::Spent => None,
        }
    }

    pub(crate) fn filled<P: Cut>(
        &mut self,
        cx: &mut Session,
        input: &Input<'_>,
        plan: &mut P,
    ) -> LaneDone {
        if self.buffer != Buffer::Filling || input.id() != self.fill || !input.is_final() {
            return LaneDone::Nothing;
        }
        self.buffer = Buffer::Unused;
        match input {
            Input::Filled { len, digest, .. } => {
                match plan.note_filled(cx, self.index, self.span, *len) {
                    Some(0) if P::IS_OPEN => self.delivery.rest(),
                    Some(len) => {
                        self.span.len = len;
                        self.buffer = Buffer::Full(*digest);
                    }
                    None => return LaneDone::Failed,
                }
                return LaneDone::Nothing;
            }
            Input::Failed { .. }
            | Input::Response { .. }
            | Input::Stored { .. }
            | Input::Digested { .. }
            | Input::Hashed { .. }
            | Input::Claimed { .. }
            | Input::Taken { .. }
            | Input::Moved { .. } => cx.fault.set_input(upload_part::SPEC.name, input),
        }
        LaneDone::Failed
    }
}
