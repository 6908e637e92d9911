//! One lane of a large upload: one part at a time, with an upload URL it keeps.

use super::cut::Cut;
use super::part::{Buffer, Done, LaneDone, LaneNext, read_part};
use crate::error::ErrorKind;
use crate::id::ReqId;
use crate::machine::Input;
use crate::machine::delivery::{Delivered, Delivery, Next, SLOTS};
use crate::machine::event::Events;
use crate::machine::session::{LeaseFor, Session};
use crate::op::upload_part;
use crate::plan::Span;
use crate::time::{Deadline, Instant};

mod buffer;
mod copying;

/// Request slots of a lane: those of its delivery and one for filling a buffer.
const SLOTS_PER_LANE: u16 = SLOTS + 1;

/// The slot in which the first lane fills its buffer.
pub(crate) const FILL_SLOT: u16 = 1 + SLOTS;

/// The lane a slot belongs to.
pub(crate) fn of_slot(slot: u16) -> Option<usize> {
    slot.checked_sub(1).map(|slot| usize::from(slot / SLOTS_PER_LANE))
}

/// Brings one part at a time to the service. Make as many as parts shall be sent at the same time:
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
    /// Whether the service copies the part; only plans with copies look at it.
    is_copying: bool,
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
            is_copying: false,
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

    /// Whether the lane has a part that the service copies.
    #[inline]
    pub(crate) const fn is_copying<P: Cut>(&self) -> bool {
        P::COPY.is_some() && self.is_copying
    }

    /// Whether the part is on its way, and there is nothing to do.
    #[inline]
    pub(crate) fn is_sending(&self) -> bool {
        self.delivery.is_sending()
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

    pub(crate) fn next<P: Cut>(&mut self, cx: &mut Session, now: Instant) -> LaneNext {
        if self.is_copying::<P>() {
            return self.next_copy(cx, now);
        }
        match self.buffer {
            Buffer::Due => return self.next_fill(cx, self.span.len),
            Buffer::Filling => return LaneNext::Nothing,
            Buffer::Unused | Buffer::Full(_) | Buffer::Spent => {}
        }
        match self.delivery.next(cx, now, self.span.len) {
            Next::GetUrl => LaneNext::GetUrl,
            Next::SendBody => LaneNext::Part,
            Next::Failed => LaneNext::Failed,
            Next::Nothing => LaneNext::Nothing,
        }
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

    /// The request that sends the present part.
    #[cfg(feature = "alloc")]
    pub(crate) fn sending(&self) -> Option<ReqId> {
        self.delivery.sending()
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
        if self.is_copying::<P>() {
            return self.copied(cx, now, input, plan, events);
        }
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
                    self.buffer = self.buffer.after_use();
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

    pub(crate) fn deadline<P: Cut>(&self) -> Option<Deadline> {
        if self.is_copying::<P>() {
            return self.delivery.lent_call().deadline();
        }
        // What waits for its turn waits for another lane, whatever its upload URL waits for.
        let waits_for_turn = P::IS_OPEN && !self.has_turn && self.buffered().is_some();
        if self.is_filling() || waits_for_turn { None } else { self.delivery.deadline() }
    }

    pub(crate) fn waits_for_login<P: Cut>(&self, cx: &Session) -> bool {
        if self.is_copying::<P>() {
            return self.delivery.lent_call().waits_for_login(cx);
        }
        !self.is_filling() && self.delivery.waits_for_login(cx)
    }
}
