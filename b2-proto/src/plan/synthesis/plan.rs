//! A planned file: its parts in order, kept in as little room as they need.

use alloc::vec::Vec;
use core::iter::FusedIterator;

use super::super::sizes::Sizes;
use super::error::SynthesisError;
use super::intent::{Item, Origin};
use super::part::{Output, Part, Piece, PlannedPart};
use super::totals::{Overlap, Totals};
use crate::limits::PART_LEN_MAX;

/// Parts in a row that differ only in where they begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    /// How many parts there are before it.
    first: u32,
    kind: RunKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RunKind {
    Send(Piece),
    Copy(Piece),
    /// A single part whose pieces are in the plan's list.
    Join {
        first: u32,
        count: u32,
    },
}

/// A copied part whose bytes the caller has too, so that both can be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mark {
    part: u32,
    first: u32,
    count: u32,
}

/// How a file is built: parts in order, and what they move.
///
/// Parts that follow one another in one source take the room of one, 32 bytes; each piece of a
/// join takes 24.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    sizes: Sizes,
    runs: Vec<Run>,
    pieces: Vec<Piece>,
    marks: Vec<Mark>,
    overlap: Option<Overlap>,
    totals: Totals,
    parts_max: u32,
    part_len_max: u64,
    count: u64,
}

impl Plan {
    pub(super) const fn new(sizes: Sizes, parts_max: u32) -> Self {
        Self {
            sizes,
            runs: Vec::new(),
            pieces: Vec::new(),
            marks: Vec::new(),
            overlap: None,
            totals: Totals::NOTHING,
            parts_max,
            part_len_max: 0,
            count: 0,
        }
    }

    /// The plan of a file without bytes: one part without any.
    pub(super) fn blank(sizes: Sizes, parts_max: u32, item: &Item) -> Self {
        let piece = Piece { offset: 0, len: 0, intent: item.index, origin: item.origin };
        let mut plan = Self::new(sizes, parts_max);
        match item.origin {
            Origin::Local => plan.send(piece, 1),
            Origin::Remote => plan.copy(piece, 1),
        }
        plan
    }

    /// Whether there are more parts than allowed; whatever else comes is not kept.
    pub(super) fn is_over(&self) -> bool {
        self.count > u64::from(self.parts_max)
    }

    /// Checks it against the limits of the service.
    pub(super) fn checked(self) -> Result<Self, SynthesisError> {
        if self.is_over() {
            Err(SynthesisError::TooManyParts { max: self.parts_max })
        } else if self.part_len_max > PART_LEN_MAX {
            Err(SynthesisError::PartTooLong { len: self.part_len_max })
        } else {
            Ok(self)
        }
    }

    /// The sizes it was made with: the recommended one may be larger than what was asked for.
    #[must_use]
    pub const fn sizes(&self) -> Sizes {
        self.sizes
    }

    /// What it moves.
    #[must_use]
    pub const fn totals(&self) -> Totals {
        self.totals
    }

    /// Number of parts, at least one.
    #[must_use]
    pub const fn count(&self) -> u32 {
        self.totals.uploads + self.totals.copies
    }

    /// Whether this is a large file of parts, and not a single upload or copy.
    #[must_use]
    pub const fn is_large(&self) -> bool {
        self.count() > 1
    }

    /// All parts in order.
    #[must_use]
    pub fn parts(&self) -> Parts<'_> {
        Parts { plan: self, run: 0, next: 0 }
    }

    /// The part at an index from 0; the service numbers it one higher.
    #[must_use]
    pub fn part(&self, index: u32) -> Option<PlannedPart<'_>> {
        let behind = self.runs.partition_point(|run| run.first <= index);
        let run = self.runs.get(behind.checked_sub(1)?)?;
        (index < self.count()).then(|| self.part_of(run, index))
    }

    /// Copied parts that local data wholly covers, as far as they are to be verified: the index of
    /// the part, and the local pieces whose SHA-1 the copy must have.
    pub fn verifications(&self) -> impl ExactSizeIterator<Item = (u32, &[Piece])> {
        self.marks.iter().map(|mark| (mark.part, self.pieces_at(mark.first, mark.count)))
    }

    /// What of the copied parts is compared with local data, and what is not although there is
    /// some: where it is shorter than a part may be, or does not end where the part does. Nothing
    /// where no comparison was asked for.
    #[must_use]
    pub const fn overlap(&self) -> Option<Overlap> {
        self.overlap
    }

    pub(super) const fn note_overlap(&mut self, overlap: Overlap) {
        self.overlap = Some(overlap);
    }

    pub(super) fn mark(&mut self, part: u32, pieces: &[Piece]) {
        let (first, count) = self.keep(pieces);
        self.marks.push(Mark { part, first, count });
    }

    fn part_of(&self, run: &Run, index: u32) -> PlannedPart<'_> {
        match run.kind.moved(index - run.first).unwrap_or(run.kind) {
            RunKind::Send(piece) => Part::Send(piece),
            RunKind::Copy(piece) => Part::Copy(piece),
            RunKind::Join { first, count } => Part::Join(self.pieces_at(first, count)),
        }
    }

    fn pieces_at(&self, first: u32, count: u32) -> &[Piece] {
        &self.pieces[first as usize..][..count as usize]
    }

    fn keep(&mut self, pieces: &[Piece]) -> (u32, u32) {
        // No more pieces than intents and parts together, which both have 32 bits.
        let first = u32::try_from(self.pieces.len()).unwrap_or(u32::MAX);
        self.pieces.extend_from_slice(pieces);
        (first, u32::try_from(pieces.len()).unwrap_or(u32::MAX))
    }

    /// Notes `repeat` more parts, and whether they are to be kept.
    fn counted(&mut self, len: u64, repeat: u64) -> bool {
        self.count = self.count.saturating_add(repeat);
        self.part_len_max = self.part_len_max.max(len);
        self.totals.len += len * repeat;
        !self.is_over()
    }

    /// Adds to the last run what only lengthens it, else begins a new one.
    fn push(&mut self, kind: RunKind) {
        let first = self.count();
        let last = self.runs.last();
        if last.and_then(|last| last.kind.moved(first - last.first)) != Some(kind) {
            self.runs.push(Run { first, kind });
        }
    }
}

impl RunKind {
    /// What follows so many parts behind the first; nothing follows a join.
    fn moved(self, parts: u32) -> Option<Self> {
        let moved =
            |piece: Piece| Piece { offset: piece.offset + u64::from(parts) * piece.len, ..piece };
        match self {
            Self::Send(piece) => Some(Self::Send(moved(piece))),
            Self::Copy(piece) => Some(Self::Copy(moved(piece))),
            Self::Join { .. } => None,
        }
    }
}

impl Output for Plan {
    fn is_full(&self) -> bool {
        self.is_over()
    }

    fn send(&mut self, piece: Piece, repeat: u64) {
        if self.counted(piece.len, repeat) {
            self.push(RunKind::Send(piece));
            self.totals.sent += piece.len * repeat;
            // No more than the parts allowed, which have 32 bits.
            self.totals.uploads += u32::try_from(repeat).unwrap_or(u32::MAX);
        }
    }

    fn copy(&mut self, piece: Piece, repeat: u64) {
        if self.counted(piece.len, repeat) {
            self.push(RunKind::Copy(piece));
            self.totals.copied += piece.len * repeat;
            self.totals.copies += u32::try_from(repeat).unwrap_or(u32::MAX);
        }
    }

    fn join(&mut self, pieces: &[Piece]) {
        let len = pieces.iter().map(|piece| piece.len).sum();
        if self.counted(len, 1) {
            let (first, count) = self.keep(pieces);
            self.push(RunKind::Join { first, count });
            let remote = pieces.iter().filter(|piece| piece.origin == Origin::Remote);
            for piece in remote {
                self.totals.fetched += piece.len;
                self.totals.fetches += 1;
            }
            self.totals.sent += len;
            self.totals.uploads += 1;
        }
    }
}

/// All parts of a [`Plan`] in order.
#[derive(Clone, Debug)]
pub struct Parts<'a> {
    plan: &'a Plan,
    /// The run of the next part.
    run: usize,
    next: u32,
}

impl<'a> Iterator for Parts<'a> {
    type Item = PlannedPart<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let run = self.plan.runs.get(self.run)?;
        let part = self.plan.part_of(run, self.next);
        self.next += 1;
        let behind = self.plan.runs.get(self.run + 1);
        if self.next == behind.map_or_else(|| self.plan.count(), |behind| behind.first) {
            self.run += 1;
        }
        Some(part)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let rest = (self.plan.count() - self.next) as usize;
        (rest, Some(rest))
    }
}

impl ExactSizeIterator for Parts<'_> {}
impl FusedIterator for Parts<'_> {}
