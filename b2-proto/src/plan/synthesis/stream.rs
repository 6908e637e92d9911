//! The streaming form: parts come out while intents still come in.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use core::iter::FusedIterator;

use super::super::sizes::Sizes;
use super::build::Builder;
use super::error::SynthesisError;
use super::intent::{Intent, Origin};
use super::order::{Gate, checked};
use super::part::{Output, Part, Piece, StreamedPart};
use super::select::Selector;
use crate::limits::PART_LEN_MAX;

/// Pieces of one part that a stream keeps at most: 24 MiB.
pub const PIECES_MAX: u32 = 1 << 20;

/// Parts of a file whose intents are still coming.
///
/// The next part is known at the latest when intents for twice its length have come. What is kept
/// are the pieces of one part, at most [`PIECES_MAX`], and a handful of parts that are decided but
/// not yet taken. After an error nothing more comes.
#[derive(Debug)]
pub struct Stream<I> {
    intents: I,
    taken: usize,
    is_done: bool,
    gate: Gate,
    selector: Selector,
    builder: Builder,
    ready: Ready,
    given: u32,
    parts_max: u32,
    error: Option<SynthesisError>,
}

impl<I: Iterator<Item = Intent>> Stream<I> {
    pub(super) fn new(intents: I, sizes: Sizes, parts_max: u32) -> Self {
        Self {
            intents,
            taken: 0,
            is_done: false,
            gate: Gate::default(),
            selector: Selector::new(sizes.min()),
            builder: Builder::new(sizes),
            ready: Ready::default(),
            given: 0,
            parts_max,
            error: None,
        }
    }

    /// Whether this will be a large file of parts, and not a single upload or copy. Looks as far
    /// ahead as the second part.
    ///
    /// # Errors
    /// When the intents turn out to be no file before that is known.
    pub fn is_large(&mut self) -> Result<bool, SynthesisError> {
        self.fill(2_u64.saturating_sub(self.given.into()));
        let known = u64::from(self.given).saturating_add(self.ready.parts);
        match &self.error {
            Some(error) if known < 2 => Err(*error),
            _ => Ok(known >= 2),
        }
    }

    /// Takes intents until so many parts are ready, or the end has come.
    fn fill(&mut self, parts: u64) {
        while self.ready.parts < parts && !self.is_done {
            if let Err(error) = self.take() {
                self.error = Some(error);
                self.is_done = true;
            }
        }
    }

    fn take(&mut self) -> Result<(), SynthesisError> {
        let Self { builder, ready, selector, .. } = self;
        let mut emit = |fragment| builder.add(&fragment, ready);
        if let Some(intent) = self.intents.next() {
            let item = checked((self.taken, &intent))?;
            self.taken += 1;
            if let Some(item) = self.gate.admit(item)? {
                selector.add(item, &mut emit);
            }
            if self.builder.waiting() > PIECES_MAX as usize {
                return Err(SynthesisError::TooManyPieces { max: PIECES_MAX });
            }
            return Ok(());
        }
        self.is_done = true;
        selector.finish(&mut emit);
        builder.finish(ready);
        if let Some(blank) = self.gate.empty_file()? {
            let piece = Piece { offset: 0, len: 0, intent: blank.index, origin: blank.origin };
            match blank.origin {
                Origin::Local => ready.send(piece, 1),
                Origin::Remote => ready.copy(piece, 1),
            }
        }
        Ok(())
    }

    fn end(
        &mut self,
        error: Option<SynthesisError>,
    ) -> Option<Result<StreamedPart, SynthesisError>> {
        self.is_done = true;
        self.ready = Ready::default();
        self.error = None;
        error.map(Err)
    }
}

impl<I: Iterator<Item = Intent>> Iterator for Stream<I> {
    type Item = Result<StreamedPart, SynthesisError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.fill(1);
        let Some(part) = self.ready.take() else {
            let error = self.error;
            return self.end(error);
        };
        if self.given >= self.parts_max {
            return self.end(Some(SynthesisError::TooManyParts { max: self.parts_max }));
        }
        let len = part.len();
        if len > PART_LEN_MAX {
            return self.end(Some(SynthesisError::PartTooLong { len }));
        }
        self.given += 1;
        Some(Ok(part))
    }
}

impl<I: Iterator<Item = Intent>> FusedIterator for Stream<I> {}

/// Parts that are decided and not yet taken.
#[derive(Debug, Default)]
struct Ready {
    runs: VecDeque<(StreamedPart, u64)>,
    parts: u64,
}

impl Ready {
    fn push(&mut self, part: StreamedPart, repeat: u64) {
        self.runs.push_back((part, repeat));
        self.parts = self.parts.saturating_add(repeat);
    }

    fn take(&mut self) -> Option<StreamedPart> {
        let (part, repeat) = self.runs.front_mut()?;
        self.parts -= 1;
        if *repeat > 1
            && let Part::Send(piece) | Part::Copy(piece) = part
        {
            let taken = *piece;
            piece.offset += piece.len;
            *repeat -= 1;
            return Some(if taken.origin == Origin::Local {
                Part::Send(taken)
            } else {
                Part::Copy(taken)
            });
        }
        self.runs.pop_front().map(|(part, _)| part)
    }
}

impl Output for Ready {
    fn is_full(&self) -> bool {
        false
    }

    fn send(&mut self, piece: Piece, repeat: u64) {
        self.push(Part::Send(piece), repeat);
    }

    fn copy(&mut self, piece: Piece, repeat: u64) {
        self.push(Part::Copy(piece), repeat);
    }

    fn join(&mut self, pieces: &[Piece]) {
        self.push(Part::Join(Box::from(pieces)), 1);
    }
}
