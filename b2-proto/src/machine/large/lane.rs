//! One lane of a large upload: one part at a time, with an upload URL it keeps.

use crate::error::{Cause, Error, ErrorKind};
use crate::id::{BufferId, ReqId};
use crate::machine::Input;
use crate::machine::delivery::{Delivered, Delivery, Next, SLOTS};
use crate::machine::event::Events;
use crate::machine::session::{LeaseFor, Session};
use crate::machine::upload::check_stored;
use crate::op::receipt::PartRef;
use crate::op::upload_part;
use crate::plan::parts::PartPlan;
use crate::time::{Deadline, Instant};
use crate::wire::text::Sha1;

/// Request slots of a lane: those of its delivery and one for filling a buffer.
const SLOTS_PER_LANE: u16 = SLOTS + 1;

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
    fill: ReqId,
    buffer: Buffer,
    moved: u64,
}

/// The lane's buffer, for sources that cannot be read again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Buffer {
    Unused,
    Due,
    Filling,
    Full(Sha1),
}

/// A part the service has.
pub(crate) struct Done {
    pub(crate) index: u64,
    pub(crate) len: u64,
    pub(crate) sha1: Sha1,
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
            fill: ReqId { slot: 0, generation: 0 },
            buffer: Buffer::Unused,
            moved: 0,
        }
    }

    /// Tells the lane its place and the file whose parts it sends.
    pub(crate) fn aim(&mut self, position: usize, target: &LeaseFor) {
        // Lanes are few: a driver has a limit of connections.
        let position = u16::try_from(position).unwrap_or(0);
        let slot = 1 + position * SLOTS_PER_LANE;
        self.delivery.aim(target, slot);
        self.fill.slot = slot + SLOTS;
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

    /// Whether the lane waits for its buffer.
    pub(crate) fn is_filling(&self) -> bool {
        matches!(self.buffer, Buffer::Due | Buffer::Filling)
    }

    /// Takes the part at `index`; `needs_buffer` when it cannot be read again.
    pub(crate) fn begin(&mut self, index: u64, needs_buffer: bool) {
        self.index = index;
        self.moved = 0;
        self.buffer = if needs_buffer { Buffer::Due } else { Buffer::Unused };
        self.delivery.begin();
    }

    pub(crate) fn next(&mut self, cx: &mut Session, now: Instant) -> LaneNext {
        match self.buffer {
            Buffer::Due => return LaneNext::Fill,
            Buffer::Filling => return LaneNext::Nothing,
            Buffer::Unused | Buffer::Full(_) => {}
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

    pub(crate) const fn buffer_slot(&self) -> BufferId {
        BufferId(self.fill.slot)
    }

    /// The digest of the full buffer.
    pub(crate) const fn buffered(&self) -> Option<Sha1> {
        match self.buffer {
            Buffer::Full(sha1) => Some(sha1),
            Buffer::Unused | Buffer::Due | Buffer::Filling => None,
        }
    }

    pub(crate) const fn delivery_mut(&mut self) -> &mut Delivery {
        &mut self.delivery
    }

    pub(crate) const fn index(&self) -> u64 {
        self.index
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
    pub(crate) fn handle(
        &mut self,
        cx: &mut Session,
        now: Instant,
        input: &Input<'_>,
        plan: &PartPlan,
        events: &mut Events,
    ) -> LaneDone {
        let len = plan.part(self.index).map_or(0, |span| span.len);
        if input.id() == self.fill {
            return self.filled(cx, input, len);
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
                    self.buffer = Buffer::Unused;
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

    fn filled(&mut self, cx: &mut Session, input: &Input<'_>, wanted: u64) -> LaneDone {
        if self.buffer != Buffer::Filling || !input.is_final() {
            return LaneDone::Nothing;
        }
        self.buffer = Buffer::Unused;
        let operation = upload_part::SPEC.name;
        match input {
            Input::Filled { len, digest, .. } if *len == wanted => {
                self.buffer = Buffer::Full(*digest);
                return LaneDone::Nothing;
            }
            Input::Filled { .. } => {
                cx.fault.set_cause(operation, Cause::SourceUnreadable, "the source ended early");
            }
            Input::Failed { .. }
            | Input::Response { .. }
            | Input::Stored { .. }
            | Input::Digested { .. }
            | Input::Moved { .. } => cx.fault.set_input(operation, input),
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

/// Reads the answer for the part at `index`: its SHA-1, when it is the one that was sent.
// Apart, so that its temporaries do not stay on the stack of a small device.
#[cfg_attr(not(feature = "alloc"), inline(never))]
fn read_part(body: &[u8], sent: Option<Sha1>, index: u64, len: u64) -> Result<Sha1, Error> {
    let part = PartRef::read(body)?;
    if u64::from(part.number) != index + 1 || part.len != len {
        let message = "the service stored another part than the one sent";
        return Err(Error::new(ErrorKind::Corrupted, message));
    }
    check_stored(part.sha1, sent)
}

/// What an input means for a lane.
pub(crate) enum LaneDone {
    Nothing,
    Part(Done),
    /// The session has the fault.
    Failed,
}

/// What a lane can do now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum LaneNext {
    Nothing,
    Fill,
    GetUrl,
    Part,
    /// The session has the fault.
    Failed,
}
