//! Reading a source once before it is sent, for the SHA-1 of it all and of each part.

use crate::error::Error;
use crate::id::ReqId;
use crate::machine::event::{Event, Events, Phase};
use crate::machine::login::LOGIN_SLOT;
use crate::machine::session::Session;
use crate::machine::upload::Payload;
use crate::machine::{Action, Input};
use crate::op::upload_part;
use crate::plan::parts::PartPlan;
use crate::wire::text::Sha1;
use alloc::vec::Vec;

/// Above the slots of the job that goes on afterwards.
const SLOT: u16 = LOGIN_SLOT - 4;

/// Reads part after part.
#[derive(Debug)]
pub(super) struct Reading {
    payload: Payload,
    plan: PartPlan,
    digests: Vec<Sha1>,
    whole: Option<Sha1>,
    id: ReqId,
    is_out: bool,
    events: Events,
}

/// What has been read.
pub(super) struct ReadSource {
    pub(super) parts: Vec<Sha1>,
    pub(super) whole: Option<Sha1>,
}

impl Reading {
    pub(super) fn new(payload: Payload, plan: PartPlan) -> Self {
        let mut events = Events::of_parts(payload.len, Some(plan.count()));
        events.update(|progress| progress.phase = Phase::Reading);
        Self {
            payload,
            plan,
            digests: Vec::new(),
            whole: None,
            id: ReqId { slot: SLOT, generation: 0 },
            is_out: false,
            events,
        }
    }

    /// The range that is read next. When no driver has told the SHA-1 of it all on the way,
    /// that is everything once more.
    fn range(&self) -> Option<(u64, u64)> {
        match self.plan.part(self.digests.len() as u64) {
            Some(part) => Some((part.offset, part.len)),
            None if self.whole.is_none() => Some((0, self.plan.len())),
            None => None,
        }
    }

    pub(super) fn decide(&self) -> bool {
        !self.is_out && self.range().is_some()
    }

    pub(super) fn action(&mut self) -> Option<Action<'static>> {
        let (begin, len) = self.range()?;
        self.is_out = true;
        self.id.generation = self.id.generation.wrapping_add(1);
        let offset = self.payload.offset + begin;
        Some(Action::Hash { id: self.id, source: self.payload.source, offset, len })
    }

    /// Takes an input; what has been read when that is all.
    pub(super) fn handle(
        &mut self,
        cx: &mut Session,
        input: &Input<'_>,
    ) -> Option<Result<ReadSource, Error>> {
        if !self.is_out || input.id() != self.id {
            return None;
        }
        let (begin, len) = self.range()?;
        match input {
            Input::Moved { bytes, .. } => {
                self.note_progress(begin + (*bytes).min(len));
                return None;
            }
            Input::Hashed { digest, through, .. } => self.read(*digest, *through),
            Input::Response { .. }
            | Input::Stored { .. }
            | Input::Failed { .. }
            | Input::Filled { .. }
            | Input::Digested { .. }
            | Input::Claimed { .. }
            | Input::Taken { .. } => {
                self.is_out = false;
                cx.fault.set_input(upload_part::SPEC.name, input);
                return Some(Err(cx.take_error()));
            }
        }
        self.is_out = false;
        self.note_progress(begin + len);
        let is_all = self.range().is_none();
        is_all.then(|| {
            Ok(ReadSource { parts: core::mem::take(&mut self.digests), whole: self.whole })
        })
    }

    fn read(&mut self, digest: Sha1, through: Option<Sha1>) {
        if self.digests.len() as u64 == self.plan.count() {
            self.whole = Some(digest);
            return;
        }
        self.digests.push(digest);
        let is_last = self.digests.len() as u64 == self.plan.count();
        if is_last && self.payload.offset == 0 {
            self.whole = through;
        }
    }

    fn note_progress(&mut self, bytes: u64) {
        self.events.done(bytes, self.digests.len() as u64);
    }

    /// Gives up; the reading to abort.
    pub(super) fn abandon(&mut self) -> Option<ReqId> {
        core::mem::take(&mut self.is_out).then_some(self.id)
    }

    pub(super) fn poll_event(&mut self) -> Option<Event> {
        self.events.poll()
    }
}
