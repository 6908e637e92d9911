//! What a planned file consists of.

use super::intent::Origin;

/// Some bytes of one intent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Piece {
    /// Where they begin, in bytes from the start of the intent.
    pub offset: u64,
    /// How many they are.
    pub len: u64,
    /// Index of the intent in the input.
    pub intent: u32,
    /// What kind of intent it is.
    pub origin: Origin,
}

impl Piece {
    /// The first byte behind them, counted as `offset` is.
    #[must_use]
    pub const fn end(&self) -> u64 {
        self.offset + self.len
    }

    /// The same bytes but for the first `len`.
    pub(super) const fn without_first(self, len: u64) -> Self {
        Self { offset: self.offset + len, len: self.len - len, ..self }
    }

    /// The first `len` of them.
    pub(super) const fn first(self, len: u64) -> Self {
        Self { len, ..self }
    }
}

/// One part of the new file; `J` holds the pieces of a join.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part<J> {
    /// A range of one local intent, to be sent.
    Send(Piece),
    /// A range of one remote intent, which the service copies.
    Copy(Piece),
    /// Pieces in a row, local and remote, to be sent as one; remote ones are fetched first.
    /// There are at least two, or one that is remote.
    Join(J),
}

/// A part of a [`Plan`](super::Plan), which keeps the pieces.
pub type PlannedPart<'a> = Part<&'a [Piece]>;
/// A part of a [`Stream`](super::Stream), which keeps nothing.
pub type StreamedPart = Part<alloc::boxed::Box<[Piece]>>;

impl<J: AsRef<[Piece]>> Part<J> {
    /// What the part consists of, in order.
    #[must_use]
    pub fn pieces(&self) -> &[Piece] {
        match self {
            Self::Send(piece) | Self::Copy(piece) => core::slice::from_ref(piece),
            Self::Join(pieces) => pieces.as_ref(),
        }
    }

    /// Its length, in bytes.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.pieces().iter().map(|piece| piece.len).sum()
    }

    /// Whether it has no bytes, as the one part of an empty file.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether its bytes are all with the caller, so that its SHA-1 can be told beforehand.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.pieces().iter().all(|piece| piece.origin == Origin::Local)
    }
}

/// Takes parts as they are decided.
pub(super) trait Output {
    /// Whether nothing more is wanted.
    fn is_full(&self) -> bool;
    /// `repeat` parts of one local intent, each as long as `piece` and behind the one before.
    fn send(&mut self, piece: Piece, repeat: u64);
    /// The same of one remote intent, to be copied.
    fn copy(&mut self, piece: Piece, repeat: u64);
    /// One part of several pieces, or of a single remote one.
    fn join(&mut self, pieces: &[Piece]);
}
