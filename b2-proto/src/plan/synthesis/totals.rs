//! What files move.

use super::intent::Origin;
use super::part::{Part, Piece};

/// What a plan moves, in bytes and requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Length of the file, in bytes.
    pub len: u64,
    /// Bytes to be sent to the service; fetched ones are among them.
    pub sent: u64,
    /// Bytes to be fetched from the service.
    pub fetched: u64,
    /// Bytes the service copies by itself.
    pub copied: u64,
    /// Parts to be sent.
    pub uploads: u32,
    /// Parts to be copied.
    pub copies: u32,
    /// Ranges to be fetched.
    pub fetches: u32,
}

/// What of the copied parts local intents have as well, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Overlap {
    /// In parts that local intents have whole: these are compared with them.
    pub verified: u64,
    /// In parts of which they have some: nothing tells whether these bytes are the same.
    pub unverified: u64,
}

impl Totals {
    /// Of no parts.
    pub(crate) const NOTHING: Self =
        Self { len: 0, sent: 0, fetched: 0, copied: 0, uploads: 0, copies: 0, fetches: 0 };

    /// Adds what a part moves.
    pub(crate) fn add<J: AsRef<[Piece]>>(&mut self, part: &Part<J>) {
        let len = part.len();
        self.len += len;
        if let Part::Copy(_) = part {
            self.copied += len;
            self.copies += 1;
            return;
        }
        self.sent += len;
        self.uploads += 1;
        for piece in part.pieces().iter().filter(|piece| piece.origin == Origin::Remote) {
            self.fetched += piece.len;
            self.fetches += 1;
        }
    }
}
