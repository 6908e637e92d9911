//! Reading local bytes before anything is sent, in the order of the file: for the identity of the
//! plan, for the SHA-1 of parts, for copied parts that are to be compared, and for the SHA-1 of the
//! whole where they tell it.

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
    whole: Whole,
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

/// The SHA-1 of all that is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Whole {
    /// Nobody wants it, or it is not that of the file.
    NotWanted,
    /// It is that of one source from its start on, so a driver may tell it on the way.
    OnTheWay,
    /// All has to be read once more for it.
    Again,
    Known(Sha1),
}

/// What the SHA-1 of a range is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Use {
    /// What the copied part at this index must have.
    Copied(u32),
    /// The part at this index, and the identity of the plan.
    Sent(u32),
    /// The identity alone: other pieces of the part are fetched.
    Identity,
}

/// What is to be read of a plan.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Reads {
    /// Nothing but what is compared with copies.
    pub(super) only_marks: bool,
    /// The SHA-1 of the whole as well, where local bytes tell it.
    pub(super) whole: bool,
}

/// What was read of which parts.
#[derive(Debug, Default)]
pub(super) struct Read {
    /// In the order in which the identity of the plan wants them.
    pub(super) ranges: Vec<Sha1>,
    /// For each part its SHA-1, as far as local bytes tell it.
    pub(super) parts: Vec<Option<Sha1>>,
    /// The SHA-1 of the file, if it was asked for and local bytes tell it.
    pub(super) whole: Option<Sha1>,
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

    /// Reads what is local of `plan`. `None` when that is nothing.
    pub(super) fn of(plan: &Plan, intents: &[WriteIntent], reads: Reads) -> Option<Self> {
        let mut ranges = Ranges::default();
        each_range(plan, reads.only_marks, |_, pieces| ranges.push(pieces, intents));
        if ranges.ends.is_empty() {
            return None;
        }
        let totals = plan.totals();
        let is_all = totals.copies as usize == plan.verifications().len() && totals.fetched == 0;
        let whole = match is_all && reads.whole && !reads.only_marks {
            true if ranges.are_in_a_row() => Whole::OnTheWay,
            true => Whole::Again,
            false => Whole::NotWanted,
        };
        let len = ranges.pieces.iter().map(BodyPiece::len).sum();
        let mut events = Events::of_parts(Some(len), Some(ranges.ends.len() as u64));
        events.update(|progress| progress.phase = Phase::Reading);
        Some(Self {
            ranges,
            digests: Vec::new(),
            whole,
            id: Self::NO_ID,
            is_out: false,
            bytes_done: 0,
            events,
        })
    }

    /// Whether each range has been read.
    fn has_ranges(&self) -> bool {
        self.digests.len() == self.ranges.ends.len()
    }

    /// Whether all is known.
    fn is_done(&self) -> bool {
        self.has_ranges() && matches!(self.whole, Whole::NotWanted | Whole::Known(_))
    }

    pub(super) fn decide(&self) -> bool {
        !self.is_out && !self.is_done()
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

    /// Takes an input; whether all ranges have been read.
    pub(super) fn handle(
        &mut self,
        cx: &mut Session,
        input: &Input<'_>,
    ) -> Option<Result<(), Error>> {
        if !self.is_out || input.id() != self.id {
            return None;
        }
        // Reading all once more is no progress.
        let is_again = self.has_ranges();
        let len = self.ranges.now().iter().map(BodyPiece::len).sum::<u64>();
        if let Input::Moved { bytes, .. } = input {
            if !is_again {
                self.note_progress((*bytes).min(len));
            }
            return None;
        }
        self.is_out = false;
        let Input::Hashed { digest, through, .. } = input else {
            cx.fault.set_input(upload_part::SPEC.name, input);
            return Some(Err(cx.take_error()));
        };
        if is_again {
            self.whole = Whole::Known(*digest);
        } else {
            self.digests.push(*digest);
            self.bytes_done += len;
            self.note_progress(0);
        }
        if self.has_ranges() && self.whole == Whole::OnTheWay {
            self.whole = through.map_or(Whole::Again, Whole::Known);
        }
        self.is_done().then_some(Ok(()))
    }

    fn note_progress(&mut self, moving: u64) {
        self.events.done(self.bytes_done + moving, self.digests.len() as u64);
    }

    /// What was read of `plan`, sorted as [`Reading::of`] has asked for it.
    pub(super) fn finish(&mut self, plan: &Plan, reads: Reads) -> Read {
        let mut read = Read::nothing(plan);
        let mut digests = core::mem::take(&mut self.digests).into_iter();
        each_range(plan, reads.only_marks, |part, _| {
            let sha1 = digests.next();
            if let Use::Sent(index) | Use::Copied(index) = part
                && let Some(part) = read.parts.get_mut(index as usize)
            {
                *part = sha1;
            }
            if let Use::Sent(_) | Use::Identity = part {
                read.ranges.extend(sha1);
            }
        });
        if let Whole::Known(sha1) = self.whole {
            read.whole = Some(sha1);
        }
        read
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

    /// Whether they are bytes of one source from its start on, one range after the other.
    fn are_in_a_row(&self) -> bool {
        let mut next = None;
        self.pieces.iter().all(|piece| {
            let BodyPiece::Range { source, offset, len } = *piece else { return false };
            let is_next = (source, offset) == next.unwrap_or((source, 0));
            next = Some((source, offset + len));
            is_next
        }) && self.pieces.len() == self.ends.len()
    }

    /// The range that is read; all of them when each has been.
    fn now(&self) -> &[BodyPiece] {
        let Some(end) = self.ends.get(self.current) else { return &self.pieces };
        let start = self.current.checked_sub(1).and_then(|before| self.ends.get(before));
        self.pieces.get(start.copied().unwrap_or_default()..*end).unwrap_or_default()
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
        let parts = alloc::vec![None; plan.count() as usize];
        Self { ranges: Vec::new(), parts, whole: None }
    }
}

/// What is read of a plan, in the order of the file.
fn each_range(plan: &Plan, only_marks: bool, mut tell: impl FnMut(Use, &[Piece])) {
    let mut marks = plan.verifications().peekable();
    for (index, part) in (0..).zip(plan.parts()) {
        match part {
            Part::Copy(_) => {
                let marked = marks.next_if(|(marked, _)| *marked == index);
                marked.into_iter().for_each(|(_, pieces)| tell(Use::Copied(index), pieces));
            }
            Part::Send(_) | Part::Join(_) if only_marks => {}
            Part::Send(_) => tell(Use::Sent(index), part.pieces()),
            Part::Join(pieces) if part.is_local() => tell(Use::Sent(index), pieces),
            Part::Join(pieces) => {
                let local = pieces.iter().filter(|piece| piece.origin == Origin::Local);
                local.for_each(|piece| tell(Use::Identity, core::slice::from_ref(piece)));
            }
        }
    }
}
