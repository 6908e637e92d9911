//! Reading local bytes before anything is sent: for the identity of the plan, for the SHA-1 of
//! parts, and for copied parts that are to be compared.

use super::WriteIntent;
use super::plan::SynthesisPlan;
use crate::error::Error;
use crate::id::ReqId;
use crate::machine::event::{Event, Events, Phase};
use crate::machine::login::LOGIN_SLOT;
use crate::machine::session::Session;
use crate::machine::{Action, Input};
use crate::op::upload_part;
use crate::plan::synthesis::{Origin, Part, Piece, Plan};
use crate::wire::body::{BodyPiece, BodyPieces};
use crate::wire::text::Sha1;
use alloc::vec::Vec;

/// Apart from the slots of what comes before and after it.
const SLOT: u16 = LOGIN_SLOT - 10;

/// Reads one range after the other.
#[derive(Debug)]
pub(super) struct Reading {
    ranges: Ranges,
    digests: Vec<Sha1>,
    id: ReqId,
    is_out: bool,
    bytes_done: u64,
    events: Events,
}

/// What is read: pieces in a row that have one SHA-1.
#[derive(Debug, Default)]
struct Ranges {
    pieces: Vec<BodyPiece>,
    /// Where in `pieces` each range ends.
    ends: Vec<usize>,
    /// The range that is read.
    current: usize,
}

/// What was read of which parts.
#[derive(Debug, Default)]
pub(super) struct Read {
    /// In the order in which the identity of the plan wants them.
    pub(super) ranges: Vec<Sha1>,
    /// For each part its SHA-1, as far as local bytes tell it.
    pub(super) parts: Vec<Option<Sha1>>,
}

impl Reading {
    /// What the ID of the first range follows.
    pub(super) const NO_ID: ReqId = ReqId { slot: SLOT, generation: 0 };

    /// The same after a reading whose last range had this ID.
    pub(super) const fn following(mut self, last: ReqId) -> Self {
        self.id = last;
        self
    }

    /// The ID of the last range.
    pub(super) const fn id(&self) -> ReqId {
        self.id
    }

    /// Reads what is local of `plan`; only what is compared with copies if `only_marks` says so.
    /// `None` when that is nothing.
    pub(super) fn of(plan: &Plan, intents: &[WriteIntent], only_marks: bool) -> Option<Self> {
        let mut ranges = Ranges::default();
        if !only_marks && plan.has_plan_id() {
            for range in plan.plan_id_ranges() {
                ranges.push(range.pieces(), intents);
            }
        } else if !only_marks {
            plan.parts().for_each(|part| ranges.push(part.pieces(), intents));
        }
        plan.verifications().for_each(|(_, pieces)| ranges.push(pieces, intents));
        if ranges.ends.is_empty() {
            return None;
        }
        let len = ranges.pieces.iter().map(BodyPiece::len).sum();
        let mut events = Events::of_parts(Some(len), Some(ranges.ends.len() as u64));
        events.update(|progress| progress.phase = Phase::Reading);
        Some(Self {
            ranges,
            digests: Vec::new(),
            id: Self::NO_ID,
            is_out: false,
            bytes_done: 0,
            events,
        })
    }

    pub(super) fn decide(&self) -> bool {
        !self.is_out && self.digests.len() < self.ranges.ends.len()
    }

    pub(super) fn action(&mut self) -> Option<Action<'_>> {
        self.ranges.current = self.digests.len();
        self.is_out = true;
        self.id.generation = self.id.generation.wrapping_add(1);
        let id = self.id;
        Some(match *self.ranges.now() {
            [BodyPiece::Range { source, offset, len }] => Action::Hash { id, source, offset, len },
            _ => Action::HashJoined { id, pieces: &self.ranges },
        })
    }

    /// Takes an input; the SHA-1s of all ranges when they have been read.
    pub(super) fn handle(
        &mut self,
        cx: &mut Session,
        input: &Input<'_>,
    ) -> Option<Result<Vec<Sha1>, Error>> {
        if !self.is_out || input.id() != self.id {
            return None;
        }
        let len = self.ranges.now().iter().map(BodyPiece::len).sum::<u64>();
        if let Input::Moved { bytes, .. } = input {
            self.note_progress((*bytes).min(len));
            return None;
        }
        self.is_out = false;
        let Input::Hashed { digest, .. } = input else {
            cx.fault.set_input(upload_part::SPEC.name, input);
            return Some(Err(cx.take_error()));
        };
        self.digests.push(*digest);
        self.bytes_done += len;
        self.note_progress(0);
        let is_all = self.digests.len() == self.ranges.ends.len();
        is_all.then(|| Ok(core::mem::take(&mut self.digests)))
    }

    fn note_progress(&mut self, moving: u64) {
        self.events.done(self.bytes_done + moving, self.digests.len() as u64);
    }

    /// Gives up; the reading to abort.
    pub(super) fn abandon(&mut self) -> Option<ReqId> {
        core::mem::take(&mut self.is_out).then_some(self.id)
    }

    pub(super) fn poll_event(&mut self) -> Option<Event> {
        self.events.poll()
    }
}

impl Ranges {
    fn push(&mut self, pieces: &[Piece], intents: &[WriteIntent]) {
        let pieces = pieces.iter().filter_map(|piece| SynthesisPlan::body_piece(intents, piece));
        self.pieces.extend(pieces);
        self.ends.push(self.pieces.len());
    }

    fn now(&self) -> &[BodyPiece] {
        let start = self.current.checked_sub(1).and_then(|before| self.ends.get(before));
        let end = self.ends.get(self.current).copied().unwrap_or_default();
        self.pieces.get(start.copied().unwrap_or_default()..end).unwrap_or_default()
    }
}

impl BodyPieces for Ranges {
    fn each(&self, put: &mut dyn FnMut(BodyPiece)) {
        self.now().each(put);
    }
}

impl Read {
    /// Nothing was read.
    pub(super) fn nothing(plan: &Plan) -> Self {
        Self { ranges: Vec::new(), parts: alloc::vec![None; plan.count() as usize] }
    }

    /// Sorts what was read as [`Reading::of`] has asked for it.
    pub(super) fn of(plan: &Plan, mut digests: Vec<Sha1>, only_marks: bool) -> Self {
        let marks = digests.split_off(digests.len().saturating_sub(plan.verifications().len()));
        let mut parts = Vec::with_capacity(plan.count() as usize);
        if only_marks {
            parts.resize(plan.count() as usize, None);
        } else {
            let mut next = digests.iter().copied();
            parts.extend(plan.parts().map(|part| part_sha1(&part, &mut next)));
        }
        for ((index, _), sha1) in plan.verifications().zip(marks) {
            if let Some(part) = parts.get_mut(index as usize) {
                *part = Some(sha1);
            }
        }
        Self { ranges: digests, parts }
    }
}

/// The SHA-1 of a part that is all local. Of others each local piece has one.
fn part_sha1(part: &Part<&[Piece]>, next: &mut impl Iterator<Item = Sha1>) -> Option<Sha1> {
    match part {
        Part::Copy(_) => None,
        Part::Send(_) => next.next(),
        Part::Join(_) if part.is_local() => next.next(),
        Part::Join(pieces) => {
            let local = pieces.iter().filter(|piece| piece.origin == Origin::Local).count();
            next.by_ref().take(local).for_each(|_| ());
            None
        }
    }
}
