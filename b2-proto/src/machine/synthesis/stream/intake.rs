//! Asking the driver for intents.

use super::plan::StreamPlan;
use crate::error::Error;
use crate::id::{ReqId, SourceId};
use crate::machine::login::LOGIN_SLOT;
use crate::machine::session::Session;
use crate::machine::{Action, Input, Taken};
use crate::op::upload_part;
use alloc::vec::Vec;

/// Apart from the slots of what goes on beside it and after it.
const SLOT: u16 = LOGIN_SLOT - 13;

/// Intents that are taken at a time.
const COUNT_MAX: u32 = 1_024;

/// One request for intents after the other.
#[derive(Debug)]
pub(super) struct Intake {
    id: ReqId,
    is_out: bool,
    /// Sources to be closed with the present request.
    closed: Vec<SourceId>,
    /// Bytes that are asked for.
    len: u64,
}

impl Intake {
    pub(super) const fn new() -> Self {
        let id = ReqId { slot: SLOT, generation: 0 };
        Self { id, is_out: false, closed: Vec::new(), len: 0 }
    }

    /// Whether a request is under way.
    pub(super) const fn is_out(&self) -> bool {
        self.is_out
    }

    /// Prepares a request for as much as makes another part.
    pub(super) fn ask(&mut self, plan: &mut StreamPlan) {
        self.is_out = true;
        self.id.generation = self.id.generation.wrapping_add(1);
        (self.closed, self.len) = (plan.take_closed(), plan.missing());
    }

    /// The request that was prepared.
    pub(super) fn action(&self) -> Action<'_> {
        let Self { id, closed, len, .. } = self;
        Action::Take { id: *id, closed, len: *len, count: COUNT_MAX }
    }

    /// What an input has brought, if it ends the request.
    pub(super) fn taken<'i>(
        &mut self,
        cx: &mut Session,
        input: &Input<'i>,
    ) -> Option<Result<Taken<'i>, Error>> {
        if !self.is_out || input.id() != self.id || !input.is_final() {
            return None;
        }
        self.is_out = false;
        if let Input::Taken { taken, .. } = input {
            return Some(Ok(*taken));
        }
        cx.fault.set_input(upload_part::SPEC.name, input);
        Some(Err(cx.take_error()))
    }

    /// Gives up; the request to abort.
    pub(super) fn abandon(&mut self) -> Option<ReqId> {
        core::mem::take(&mut self.is_out).then_some(self.id)
    }
}
