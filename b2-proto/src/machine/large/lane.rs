//! One lane of a large upload: one part at a time, with an upload URL it keeps.

use super::cut::Cut;
use super::part::{Buffer, Done, LaneDone, LaneNext, read_part};
use crate::error::ErrorKind;
use crate::id::{BufferId, ReqId};
use crate::machine::Input;
use crate::machine::delivery::{Delivered, Delivery, Next, SLOTS};
use crate::machine::event::Events;
use crate::machine::session::{LeaseFor, Session};
use crate::op::upload_part;
use crate::plan::Span;
use crate::time::{Deadline, Instant};
use crate::wire::text::Sha1;

/// Request slots of a lane: those of its delivery and one for filling a buffer.
const SLOTS_PER_LANE: u16 = SLOTS + 1;

/// The slot in which the first lane fills its buffer.
pub(crate) const FILL_SLOT: u16 = 1 + SLOTS;

/// The lane a slot belongs to.
pub(crate) fn of_slot(slot: u16) -> Option<usize> {
    slot.checked_sub(1).map(|slot| usize::from(slot / SLOTS_PER_LANE))
}

/// Sends one part at a time. Make as many as parts shall be sent at the same time:
/// `[const { Lane::new() }; 4]` or a vector of them.
#[derive(Debug)]
pub struct Lane {
    delivery: Delivery,
    index: u64,
    span: Span,
    fill: ReqId,
    buffer: Buffer,
    /// Whether the part is among those that are sent now; only open plans have more lanes than
    /// that.
    has_turn: bool,
    moved: u64,
}

impl Default for Lane {
    fn default() -> Self {
        Self::new()
    }
}

impl Lane {
    /// A lane that does nothing yet.
    pub const fn new() -> Self {
        Self {
            delivery: Delivery::new(&upload_part::SPEC),
            index: 0,
            span: Span { offset: 0, len: 0 },
            fill: ReqId { slot: 0, generation: 0 },
            buffer: Buffer::Unused,
            has_turn: false,
            moved: 0,
        }
    }

    /// Tells the lane its place and the file whose parts it sends.
    pub(crate) fn aim(&mut self, position: usize, target: &LeaseFor) {
        self.place(position);
        self.delivery.aim(target, self.fill.slot - SLOTS);
    }

    /// Tells the lane its place; it can fill its buffer then.
    pub(crate) fn place(&mut self, position: usize) {
        // Lanes are few: a driver has a limit of connections.
        let position = u16::try_from(position).unwrap_or(0);
        self.fill.slot = FILL_SLOT + position * SLOTS_PER_LANE;
    }

    /// Whether the lane can take another part.
    pub(crate) fn is_free(&self) -> bool {
        self.delivery.is_idle()
    }

    /// Whether the part is on its way, and there is nothing to do.
    #[inline]
    pub(crate) fn is_sending(&self) -> bool {
        self.delivery.is_sending()
    }

    /// Whether the lane's buffer is to be filled now.
    #[cfg(feature = "alloc")]
    pub(crate) fn is_fill_due(&self) -> bool {
        self.buffer == Buffer::Due
    }

    /// Whether the lane waits for its buffer.
    pub(crate) fn is_filling(&self) -> bool {
        matches!(self.buffer, Buffer::Due | Buffer::Filling)
    }

    /// Takes the part at `index`; `needs_buffer` when it cannot be read again.
    pub(crate) fn begin(&mut self, index: u64, span: Span, needs_buffer: bool) {
        self.index = index;
        self.span = span;
        self.has_turn = false;
        self.moved = 0;
        self.buffer = if needs_buffer { Buffer::Due } else { Buffer::Unused };
        self.delivery.begin();
    }

    pub(crate) fn next(&mut self, cx: &mut Session, now: Instant) -> LaneNext {
        match self.buffer {
            Buffer::Due => return LaneNext::Fill,
            Buffer::Filling => return LaneNext::Nothing,
            Buffer::Unused | Buffer::Full(_) | Buffer::Spent => {}
        }
        match self.delivery.next(cx, now) {
            Next::GetUrl => LaneNext::GetUrl,
            Next::SendBody => LaneNext::Part,
            Next::Failed => LaneNext::Failed,
            Next::Nothing => LaneNext::Nothing,
        }
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

    /// Whether the part is among those that are sent now.
    pub(crate) const fn has_turn(&self) -> bool {
        self.has_turn
    }

    /// Leaves the upload URL to the next part.
    pub(crate) fn end_turn(&mut self, cx: &mut Session) {
        self.has_turn = false;
        self.delivery.release(cx);
    }

    /// Takes one of the `turns` for a part that has been read; whether the lane can go on.
    pub(crate) fn take_turn(&mut self, turns: &mut usize) -> bool {
        if self.has_turn || self.buffered().is_none() {
            return true;
        }
        self.has_turn = *turns > 0;
        *turns -= usize::from(self.has_turn);
        self.has_turn
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

    pub(crate) const fn delivery_mut(&mut self) -> &mut Delivery {
        &mut self.delivery
    }

    pub(crate) const fn index(&self) -> u64 {
        self.index
    }

    /// Where the part is in the source.
    pub(crate) const fn span(&self) -> Span {
        self.span
    }

    /// Bytes of the present part that have been sent.
    pub(crate) const fn moved(&self) -> u64 {
        self.moved
    }

    /// Stops; the request to abort, if there is one.
    pub(crate) fn abandon(&mut self) -> Option<ReqId> {
        if self.buffer == Buffer::Filling {
            self.buffer = Buffer::Unused;
            return Some(self.fill);
        }
        self.delivery.abandon()
    }

    /// Takes an input; the part when the service has it now.
    pub(crate) fn handle<P: Cut>(
        &mut self,
        cx: &mut Session,
        now: Instant,
        input: &Input<'_>,
        plan: &mut P,
        events: &mut Events,
    ) -> LaneDone {
        let len = self.span.len;
        if input.id() == self.fill {
            return self.filled(cx, input, plan);
        }
        let buffered = self.buffered();
        let delivery = &mut self.delivery;
        if let Input::Moved { id, bytes } = input {
            if delivery.sending() == Some(*id) {
                self.moved = (*bytes).min(len);
            }
            return LaneDone::Nothing;
        }
        let mut delivered = delivery.judge(cx, now, input, events);
        if let Delivered::Done { reply, sent } = delivered {
            match read_part(reply.body, buffered.or(sent), self.index, len) {
                Ok(sha1) => {
                    self.buffer = if P::IS_OPEN { Buffer::Spent } else { Buffer::Unused };
                    self.moved = 0;
                    return LaneDone::Part(Done { index: self.index, len, sha1 });
                }
                Err(error) => {
                    let is_damaged = error.kind == ErrorKind::Corrupted;
                    cx.fault.set_fatal(upload_part::SPEC.name, error);
                    if is_damaged {
                        // Sending the part again puts another in its place.
                        cx.fault.allow_another_url();
                    }
                    delivered = delivery.lost(cx, now, events);
                }
            }
        }
        match delivered {
            Delivered::Ignored | Delivered::Done { .. } => LaneDone::Nothing,
            Delivered::Again => {
                self.moved = 0;
                LaneDone::Nothing
            }
            Delivered::Failed => {
                self.moved = 0;
                LaneDone::Failed
            }
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
            | Input::Moved { .. } => cx.fault.set_input(upload_part::SPEC.name, input),
        }
        LaneDone::Failed
    }

    pub(crate) fn deadline(&self) -> Option<Deadline> {
        if self.is_filling() { None } else { self.delivery.deadline() }
    }

    pub(crate) fn waits_for_login(&self, cx: &Session) -> bool {
        !self.is_filling() && self.delivery.waits_for_login(cx)
    }
}
