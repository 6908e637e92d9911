//! The streaming form: parts come out while intents still come in.

use core::iter::FusedIterator;

use super::error::SynthesisError;
use super::inflow::Inflow;
use super::intent::Intent;
use super::part::StreamedPart;

/// Pieces of one part that a stream keeps at most: 24 MiB.
pub const PIECES_MAX: u32 = 1 << 20;

/// Parts of a file whose intents are still coming.
///
/// The next part is known at the latest when intents for twice its length have come; only those of
/// a remote intent that is copied are known when it is known where its use ends. What is kept
/// are the pieces of one part, at most [`PIECES_MAX`], and a handful of parts that are decided but
/// not yet taken. After an error nothing more comes.
#[derive(Debug)]
pub struct Stream<I> {
    intents: I,
    inflow: Inflow,
    error: Option<SynthesisError>,
}

impl<I: Iterator<Item = Intent>> Stream<I> {
    pub(super) const fn new(intents: I, inflow: Inflow) -> Self {
        Self { intents, inflow, error: None }
    }

    /// Whether this will be a large file of parts, and not a single upload or copy. Looks as far
    /// ahead as the second part.
    ///
    /// # Errors
    /// When the intents turn out to be no file before that is known.
    pub fn is_large(&mut self) -> Result<bool, SynthesisError> {
        self.take_until(|inflow| inflow.known() >= 2);
        match &self.error {
            Some(error) if self.inflow.known() < 2 => Err(*error),
            _ => Ok(self.inflow.known() >= 2),
        }
    }

    /// Takes intents until there are enough, or the end has come.
    fn take_until(&mut self, is_enough: impl Fn(&Inflow) -> bool) {
        while !self.inflow.is_done() && !is_enough(&self.inflow) {
            let taken = match self.intents.next() {
                Some(intent) => self.inflow.push(&intent),
                None => self.inflow.finish(),
            };
            self.error = taken.err();
        }
    }
}

impl<I: Iterator<Item = Intent>> Iterator for Stream<I> {
    type Item = Result<StreamedPart, SynthesisError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.take_until(|inflow| inflow.ready() > 0);
        match self.inflow.next_part() {
            Some(Ok(part)) => Some(Ok(part)),
            Some(Err(error)) => {
                self.error = None;
                Some(Err(error))
            }
            None => self.error.take().map(Err),
        }
    }
}

impl<I: Iterator<Item = Intent>> FusedIterator for Stream<I> {}
