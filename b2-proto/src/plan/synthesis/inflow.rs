//! The streaming form for those who cannot wait for an intent: they are pushed when they are there.

use alloc::boxed::Box;
use alloc::collections::VecDeque;

use super::super::sizes::Sizes;
use super::build::Builder;
use super::error::SynthesisError;
use super::intent::{Intent, Origin};
use super::order::{Gate, checked};
use super::part::{Output, Part, Piece, StreamedPart};
use super::select::Selector;
use super::stream::PIECES_MAX;
use crate::limits::PART_LEN_MAX;

/// Parts of a file of whose intents more may come.
///
/// What is kept are the pieces of one part, at most [`PIECES_MAX`], and parts that are decided and
/// not yet taken; of intents nothing but their indices.
///
/// ```
/// use b2_proto::plan::sizes::{SizeOptions, Sizes};
/// use b2_proto::plan::synthesis::{Intent, Synthesis};
///
/// const MB: u64 = 1_000_000;
/// let mut inflow = Synthesis::new(Sizes::resolve(SizeOptions::default())?).inflow();
/// inflow.push(&Intent::local(0, 90 * MB))?;
/// assert_eq!(inflow.next_part(), None);
/// inflow.push(&Intent::local(90 * MB, 90 * MB))?;
/// // Whether an intent is used is known when the next one comes, or none.
/// inflow.finish()?;
/// assert_eq!(inflow.next_part().transpose()?.map(|part| part.len()), Some(100 * MB));
/// assert_eq!(inflow.next_part().transpose()?.map(|part| part.len()), Some(80 * MB));
/// assert!(inflow.next_part().is_none() && inflow.is_done());
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Inflow {
    taken: usize,
    is_done: bool,
    gate: Gate,
    selector: Selector,
    builder: Builder,
    ready: Ready,
    given: u32,
    parts_max: u32,
}

impl Inflow {
    pub(super) fn new(sizes: Sizes, parts_max: u32) -> Self {
        Self {
            taken: 0,
            is_done: false,
            gate: Gate::default(),
            selector: Selector::new(sizes.min()),
            builder: Builder::new(sizes),
            ready: Ready::default(),
            given: 0,
            parts_max,
        }
    }

    /// Takes the next intent. They are numbered in this order, from 0 on.
    ///
    /// # Errors
    /// When the intents are no file; nothing more can be taken then.
    pub fn push(&mut self, intent: &Intent) -> Result<(), SynthesisError> {
        self.add(intent).inspect_err(|_| self.is_done = true)
    }

    fn add(&mut self, intent: &Intent) -> Result<(), SynthesisError> {
        let Self { builder, ready, selector, .. } = self;
        let item = checked((self.taken, intent))?;
        self.taken += 1;
        if let Some(item) = self.gate.admit(item)? {
            selector.add(item, &mut |fragment| builder.add(&fragment, ready));
            let missing = builder.missing();
            selector.hand_over(missing, &mut |fragment| builder.add(&fragment, ready));
        }
        if self.builder.waiting().len() > PIECES_MAX as usize {
            return Err(SynthesisError::TooManyPieces { max: PIECES_MAX });
        }
        Ok(())
    }

    /// No intent follows.
    ///
    /// # Errors
    /// When there was none at all.
    pub fn finish(&mut self) -> Result<(), SynthesisError> {
        self.is_done = true;
        let Self { builder, ready, selector, .. } = self;
        selector.finish(&mut |fragment| builder.add(&fragment, ready));
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

    /// Whether no intent is taken any more.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        self.is_done
    }

    /// How many parts are decided and not yet taken.
    #[must_use]
    pub const fn ready(&self) -> u64 {
        self.ready.parts
    }

    /// How many parts are known, those that were taken among them.
    #[must_use]
    pub fn known(&self) -> u64 {
        u64::from(self.given).saturating_add(self.ready.parts)
    }

    /// With intents for so many bytes more, and those that show which of them are used, there
    /// surely is another part.
    #[must_use]
    pub fn missing(&self) -> u64 {
        let undecided = self.gate.reach.saturating_sub(self.selector.decided());
        self.builder.missing().saturating_sub(undecided)
    }

    /// Tells the indices of the intents that parts still to be taken may consist of, some more
    /// than once. All others of those that were pushed can be forgotten.
    pub fn each_needed(&self, mut tell: impl FnMut(u32)) {
        if let (0, Some(blank)) = (self.gate.reach, &self.gate.blank) {
            // All there is to an empty file so far.
            tell(blank.index);
        }
        self.selector.held().for_each(|item| tell(item.index));
        self.builder.waiting().iter().for_each(|piece| tell(piece.intent));
        let ready = self.ready.runs.iter().flat_map(|(part, _)| part.pieces());
        ready.for_each(|piece| tell(piece.intent));
    }

    /// The next part, if it is known by now.
    pub fn next_part(&mut self) -> Option<Result<StreamedPart, SynthesisError>> {
        let part = self.ready.take()?;
        if self.given >= self.parts_max {
            return Some(self.end(SynthesisError::TooManyParts { max: self.parts_max }));
        }
        let len = part.len();
        if len > PART_LEN_MAX {
            return Some(self.end(SynthesisError::PartTooLong { len }));
        }
        self.given += 1;
        Some(Ok(part))
    }

    fn end(&mut self, error: SynthesisError) -> Result<StreamedPart, SynthesisError> {
        self.is_done = true;
        self.ready = Ready::default();
        Err(error)
    }
}

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
