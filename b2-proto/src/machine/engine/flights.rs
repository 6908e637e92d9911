//! What of one job is under way.

use crate::error::Cause;
use crate::id::{BufferId, ReqId};
use crate::machine::contract::Contract;
use crate::machine::session::limits::Limits;
use crate::machine::{Action, Input};
use crate::policy::window::{Kind, Round, Signal};
use crate::time::Deadline;
use crate::wire::body::Body;
use alloc::vec::Vec;

/// The requests, fillings and digests of one job that have no final input yet.
#[derive(Default)]
pub(super) struct Flights {
    contract: Contract,
    open: Vec<Flight>,
}

/// One of them.
#[derive(Clone, Copy)]
pub(super) struct Flight {
    pub(super) id: ReqId,
    what: What,
}

#[derive(Clone, Copy)]
enum What {
    /// `down` bytes of files are expected in the answer.
    Request {
        kind: Kind,
        round: Round,
        down: u64,
        /// Whether it counts among those in flight, and not with the one that it feeds.
        has_place: bool,
    },
    Fill {
        slot: BufferId,
        len: u64,
    },
    /// Bytes that are hashed, or a claim.
    Local,
}

impl Flight {
    /// Whether it is on a connection.
    pub(super) const fn has_place(&self) -> bool {
        matches!(self.what, What::Request { has_place: true, .. })
    }
}

impl Flights {
    /// Notes what `job` has handed out. Tells how many requests are on connections then, of all
    /// jobs.
    pub(super) fn note(
        &mut self,
        job: u32,
        action: &Action<'_>,
        limits: &mut Limits,
        in_flight: usize,
    ) -> usize {
        let (id, what) = match action {
            Action::Send(request) => {
                let kind = Kind::of(request.operation);
                let down = request.head.range.map_or(0, |range| range.len());
                let up = match request.body {
                    Body::Range { len, .. }
                    | Body::Buffer { len, .. }
                    | Body::Joined { len, .. } => len,
                    Body::Empty | Body::Json(_) => 0,
                };
                limits.meter.note(request.operation, request.class, request.attempt, (up, down));
                let (round, has_place) = (limits.enter(kind), request.feeds.is_none());
                (request.id, What::Request { kind, round, down, has_place })
            }
            Action::Fill { id, slot, len, .. } => {
                limits.buffers.fill(job, *slot, *len);
                (*id, What::Fill { slot: *slot, len: *len })
            }
            Action::Digest { id, .. }
            | Action::Hash { id, .. }
            | Action::HashJoined { id, .. }
            | Action::Take { id, .. }
            | Action::Claim { id, .. } => (*id, What::Local),
            Action::Shorten { id, len } => {
                self.expect(*id, *len, limits);
                return in_flight;
            }
            Action::Release(slot) => {
                limits.release(job, *slot);
                return in_flight;
            }
            Action::Abort(id) => {
                let Some(aborted) = self.settled(*id) else { return in_flight };
                aborted.given_up(job, limits);
                return in_flight - usize::from(aborted.has_place());
            }
        };
        if cfg!(debug_assertions) {
            self.contract.note(action);
        }
        let flight = Flight { id, what };
        self.open.push(flight);
        in_flight + usize::from(flight.has_place())
    }

    /// Something has ended, unless it was not under way.
    pub(super) fn settled(&mut self, id: ReqId) -> Option<Flight> {
        let at = self.open.iter().position(|flight| flight.id == id)?;
        if cfg!(debug_assertions) {
            self.contract.settled(id);
        }
        Some(self.open.swap_remove(at))
    }

    /// A request will bring so many bytes.
    pub(super) fn expect(&mut self, id: ReqId, len: u64, limits: &mut Limits) {
        let flight = self.open.iter_mut().find(|flight| flight.id == id);
        if let Some(Flight { what: What::Request { down, .. }, .. }) = flight {
            limits.meter.bytes_down = limits.meter.bytes_down.saturating_sub(*down) + len;
            *down = len;
        }
    }

    pub(super) fn open(&self) -> &[Flight] {
        &self.open
    }

    /// Asserts the rules of a machine that has nothing more to do now.
    pub(super) fn check(&mut self, deadline: Option<Deadline>, waits: bool) {
        if cfg!(debug_assertions) {
            self.contract.decided(false);
            self.contract.drained(deadline, waits);
        }
    }
}

impl Flight {
    /// It ended as `input` tells.
    pub(super) fn ended(self, job: u32, input: &Input<'_>, limits: &mut Limits) {
        match self.what {
            What::Request { kind, round, down, .. } => {
                let stored = match *input {
                    Input::Stored { .. } => down,
                    Input::Failed { stored, .. } => stored.min(down),
                    Input::Response { .. }
                    | Input::Filled { .. }
                    | Input::Digested { .. }
                    | Input::Hashed { .. }
                    | Input::Claimed { .. }
                    | Input::Taken { .. }
                    | Input::Moved { .. } => 0,
                };
                limits.meter.bytes_down = limits.meter.bytes_down.saturating_sub(down - stored);
                limits.leave(kind, round, signal(input));
            }
            What::Fill { slot, len: wanted } => match *input {
                Input::Filled { len, .. } => limits.filled(job, slot, len, wanted),
                Input::Failed { .. }
                | Input::Response { .. }
                | Input::Stored { .. }
                | Input::Digested { .. }
                | Input::Hashed { .. }
                | Input::Claimed { .. }
                | Input::Taken { .. }
                | Input::Moved { .. } => limits.release(job, slot),
            },
            What::Local => {}
        }
    }

    /// Nobody wants to know how it ends.
    pub(super) fn given_up(self, job: u32, limits: &mut Limits) {
        match self.what {
            What::Request { kind, round, .. } => limits.leave(kind, round, Signal::Silent),
            What::Fill { slot, .. } => limits.release(job, slot),
            What::Local => {}
        }
    }
}

/// What the end of a request says about how busy the service is.
fn signal(input: &Input<'_>) -> Signal {
    match input {
        Input::Response { reply, .. } if matches!(reply.status, 429 | 503) => Signal::Busy,
        Input::Response { .. } | Input::Stored { .. } => Signal::Answered,
        Input::Failed {
            cause: Cause::ConnectTimeout | Cause::ReadTimeout | Cause::SendTimeout,
            ..
        } => Signal::Busy,
        Input::Failed { .. }
        | Input::Filled { .. }
        | Input::Digested { .. }
        | Input::Hashed { .. }
        | Input::Claimed { .. }
        | Input::Taken { .. }
        | Input::Moved { .. } => Signal::Silent,
    }
}
