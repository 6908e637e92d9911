//! The parts of a file of whose intents more may come, with the places their bytes are at.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::super::plan::{Remotes, copy_part, copy_request, next_remote};
use super::super::{WriteIntent, WriteOrigin};
use super::INTENTS_MAX;
use crate::error::Error;
use crate::id::SourceId;
use crate::limits::PARTS_MAX;
use crate::machine::copy::{CopySource, TargetEncryption};
use crate::machine::large::cut::{Cut, Origin};
use crate::machine::upload::{self, Payload};
use crate::op::{CopyPart, Operation as _, Spec};
use crate::plan::Span;
use crate::plan::synthesis::{
    Inflow, Intent, Part, StreamedPart, Synthesis, SynthesisError, Totals,
};
use crate::wire::body::{Body, BodyPiece, BodyPieces, DigestMode, WriteJson};

/// With fewer intents than that nobody looks which of them are still needed.
const SWEEP_MIN: usize = 1_024;

/// A plan that goes on while it is carried out. It keeps parts until the service has them, and
/// intents as long as parts may consist of them.
#[derive(Debug)]
pub struct StreamPlan {
    inflow: Inflow,
    taken: u32,
    intents: BTreeMap<u32, WriteIntent>,
    parts: BTreeMap<u64, StreamedPart>,
    /// How many parts are known.
    count: u64,
    totals: Totals,
    /// Sources of intents that were forgotten.
    closed: Vec<SourceId>,
    /// With so many intents it is looked which are still needed.
    sweep_at: usize,
    /// Whether some may be needed no more since it was looked.
    may_forget: bool,
    /// Most bytes that are held for each part of those that are fetched.
    held_max: u64,
    /// The request for a copied part, made anew for each.
    request: CopyPart,
    /// The part whose pieces are told.
    current: u64,
}

impl StreamPlan {
    pub(super) fn new(synthesis: &Synthesis, encryption: &TargetEncryption) -> Self {
        Self {
            inflow: synthesis.inflow(),
            taken: 0,
            intents: BTreeMap::new(),
            parts: BTreeMap::new(),
            count: 0,
            totals: Totals::default(),
            closed: Vec::new(),
            sweep_at: SWEEP_MIN,
            may_forget: false,
            held_max: 0,
            request: copy_request(encryption),
            current: 0,
        }
    }

    /// Sets how many fetched bytes are held for each part.
    pub(in super::super) const fn hold(&mut self, held_max: u64) {
        self.held_max = held_max;
    }

    /// Takes the next intents, and learns whether these are all.
    pub(super) fn take(&mut self, intents: &[WriteIntent], is_all: bool) -> Result<(), Error> {
        self.may_forget = true;
        for intent in intents {
            intent.check()?;
            self.inflow.push(&Intent::from(intent))?;
            self.intents.insert(self.taken, intent.lean());
            self.taken = self.taken.saturating_add(1);
            self.cut()?;
        }
        if is_all {
            self.inflow.finish()?;
            self.cut()?;
        }
        if self.intents.len() >= self.sweep_at {
            self.sweep();
        }
        Ok(())
    }

    /// Takes the parts that are known by now.
    fn cut(&mut self) -> Result<(), SynthesisError> {
        while let Some(part) = self.inflow.next_part() {
            let part = part?;
            self.totals.add(&part);
            self.parts.insert(self.count, part);
            self.count += 1;
        }
        Ok(())
    }

    /// Forgets the intents that are in no part that is still to come or to be sent.
    fn sweep(&mut self) {
        self.may_forget = false;
        let mut needed = BTreeMap::new();
        let mut keep = |index: u32| {
            if let Some(intent) = self.intents.remove(&index) {
                needed.insert(index, intent);
            }
        };
        self.inflow.each_needed(&mut keep);
        let pieces = self.parts.values().flat_map(|part| part.pieces());
        pieces.for_each(|piece| keep(piece.intent));
        let forgotten = core::mem::replace(&mut self.intents, needed);
        self.closed.extend(forgotten.into_values().filter_map(|intent| match intent.origin {
            WriteOrigin::Local { source, .. } => Some(source),
            WriteOrigin::Remote(_) => None,
        }));
        self.sweep_at = (2 * self.intents.len()).max(SWEEP_MIN);
    }

    /// Whether it keeps as many intents as it may.
    pub(super) fn is_full(&mut self) -> bool {
        if self.intents.len() >= INTENTS_MAX && self.may_forget {
            self.sweep();
        }
        self.intents.len() >= INTENTS_MAX
    }

    /// Whether it keeps as many intents as it may, while a part is known and others surely follow:
    /// there is room for more once the service has that part.
    pub(super) fn is_cut_while_full(&mut self) -> bool {
        if self.count == 0 || self.is_all() || !self.is_full() {
            return false;
        }
        let mut has_more = false;
        self.inflow.each_needed(|_| has_more = true);
        has_more
    }

    /// Whether the service is to get or has begun to get parts that are not there yet.
    pub(super) fn has_parts(&self) -> bool {
        !self.parts.is_empty()
    }

    /// The sources that were closed, but for those told before.
    pub(super) fn take_closed(&mut self) -> Vec<SourceId> {
        core::mem::take(&mut self.closed)
    }

    /// Whether no intent follows.
    pub(super) const fn is_all(&self) -> bool {
        self.inflow.is_done()
    }

    /// How many parts are known.
    pub(super) const fn count(&self) -> u64 {
        self.count
    }

    /// With intents for so many bytes there surely is another part.
    pub(super) fn missing(&self) -> u64 {
        self.inflow.missing().max(1)
    }

    /// What the parts that are known move.
    pub(super) const fn totals(&self) -> Totals {
        self.totals
    }

    /// The only part, if it is copied: the bytes of a version.
    pub(super) fn only_copy(&self) -> Option<CopySource> {
        let Part::Copy(piece) = self.parts.get(&0)? else { return None };
        let (source, span) = self.intents.get(&piece.intent)?.remote_piece(piece)?;
        let is_whole = source.span() == Some(span);
        Some(if is_whole { source.clone() } else { source.clone().range(span.offset, span.len) })
    }
}

impl Remotes for StreamPlan {
    fn remote(&self, index: u64, from: usize) -> Option<(usize, &CopySource, Span)> {
        let Part::Join(pieces) = self.parts.get(&index)? else { return None };
        let (at, piece) = next_remote(pieces, from)?;
        let (source, span) = self.intents.get(&piece.intent)?.remote_piece(piece)?;
        Some((at, source, span))
    }
}

impl BodyPieces for StreamPlan {
    fn each(&self, put: &mut dyn FnMut(BodyPiece)) {
        let Some(part) = self.parts.get(&self.current) else { return };
        for piece in part.pieces() {
            if let Some(intent) = self.intents.get(&piece.intent) {
                put(intent.body_piece(piece));
            }
        }
    }
}

impl Cut for StreamPlan {
    const IS_OPEN: bool = false;
    const COPY: Option<&'static Spec> = Some(&CopyPart::SPEC);
    const CLAIMS: bool = true;
    const IS_RESUMABLE: bool = false;

    fn parts_total(&self) -> Option<u64> {
        self.is_all().then_some(self.count)
    }

    fn bytes_total(&self) -> Option<u64> {
        self.is_all().then_some(self.totals.len)
    }

    fn parts_max(&self) -> u64 {
        PARTS_MAX.into()
    }

    /// Nothing is in the payload, so places there do not matter.
    fn part(&self, index: u64, _held: u64) -> Option<Span> {
        self.parts.get(&index).map(|part| Span { offset: 0, len: part.len() })
    }

    fn origin(&self, index: u64) -> Origin {
        match self.parts.get(&index) {
            Some(Part::Copy(_)) => Origin::Copy,
            Some(Part::Send(_) | Part::Join(_)) | None => Origin::Payload,
        }
    }

    fn body(&mut self, index: u64, digest: DigestMode) -> Option<Body<'_>> {
        self.current = index;
        let part = self.parts.get(&index)?;
        let len = part.len();
        if let Part::Send(piece) = part
            && let BodyPiece::Range { source, offset, .. } =
                self.intents.get(&piece.intent)?.body_piece(piece)
        {
            return Some(Body::Range { source, offset, len, digest });
        }
        Some(Body::Joined { pieces: self, len, held_max: self.held_max, digest })
    }

    fn copy_request(&mut self, index: u64, file_id: &str) -> Option<&dyn WriteJson> {
        let Some(Part::Copy(piece)) = self.parts.get(&index) else { return None };
        let piece = self.intents.get(&piece.intent)?.remote_piece(piece)?;
        copy_part(&mut self.request, (index, file_id), piece)
    }

    fn note_done(&mut self, index: u64) {
        self.may_forget |= self.parts.remove(&index).is_some();
    }

    /// Of the payload nothing is read, and nothing else is known.
    fn check_for(&self, _payload: &Payload) -> Result<(), Error> {
        Ok(())
    }
}

/// The only part of a small file.
impl upload::Content for StreamPlan {
    fn body(&mut self, digest: DigestMode) -> Option<Body<'_>> {
        Cut::body(self, 0, digest)
    }
}
