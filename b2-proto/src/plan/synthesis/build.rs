//! Makes parts of chosen fragments, as the reference does (behaviour d.5, d.6).
//!
//! What is to be uploaded gathers in a buffer until it makes a part. A remote fragment of at least
//! the shortest part is copied; if what is gathered before it is too short for a part of its own,
//! it borrows from the fragment, or takes it whole when that would leave too little to copy.

use alloc::vec::Vec;

use super::super::parts::PartPlan;
use super::super::sizes::Sizes;
use super::intent::Origin;
use super::part::{Output, Piece};
use super::select::Fragment;

#[derive(Debug)]
pub(super) struct Builder {
    sizes: Sizes,
    /// Pieces in a row for the next uploaded part. Together they are shorter than the recommended
    /// and the minimum part.
    buffer: Vec<Piece>,
    buffered: u64,
    fragments: u64,
}

impl Builder {
    pub(super) const fn new(sizes: Sizes) -> Self {
        Self { sizes, buffer: Vec::new(), buffered: 0, fragments: 0 }
    }

    /// The pieces that wait for the rest of their part.
    pub(super) fn waiting(&self) -> &[Piece] {
        &self.buffer
    }

    /// How many bytes more surely make a part of what waits.
    pub(super) const fn missing(&self) -> u64 {
        (self.sizes.recommended() + self.sizes.min()).saturating_sub(self.buffered)
    }

    /// Takes the fragment behind the one before.
    pub(super) fn add(&mut self, fragment: &Fragment, out: &mut impl Output) {
        self.fragments = self.fragments.saturating_add(1);
        let piece = fragment.piece();
        let min = self.sizes.min();
        if piece.origin == Origin::Local || piece.len < min {
            self.upload(piece, out);
            return;
        }
        let missing = if self.buffer.is_empty() { 0 } else { min.saturating_sub(self.buffered) };
        if missing > 0 && piece.len - missing.min(piece.len) < min {
            // Too short to lend. Both together are less than two of the shortest parts.
            self.append(piece);
            return;
        }
        if missing > 0 {
            self.append(piece.first(missing));
        }
        self.flush(out);
        self.copy(piece.without_first(missing), out);
    }

    /// Makes a part of what is left.
    pub(super) fn finish(&mut self, out: &mut impl Output) {
        match self.buffer[..] {
            // A small file is simply copied.
            [piece] if self.fragments == 1 && piece.origin == Origin::Remote => out.copy(piece, 1),
            _ => self.flush(out),
        }
    }

    /// Adds to the buffer and cuts parts off its front while enough for another one is left.
    fn upload(&mut self, piece: Piece, out: &mut impl Output) {
        self.append(piece);
        let usual = self.sizes.recommended();
        let enough = usual + self.sizes.min();
        while self.buffered >= enough {
            if let [piece] = self.buffer[..] {
                let repeat = (self.buffered - self.sizes.min()) / usual;
                give(&[piece.first(usual)], repeat, out);
                self.buffer[0] = piece.without_first(usual * repeat);
                self.buffered -= usual * repeat;
                return;
            }
            self.cut(usual, out);
        }
    }

    fn append(&mut self, piece: Piece) {
        self.buffered += piece.len;
        match self.buffer.last_mut() {
            // A fragment that came in steps.
            Some(last) if (last.intent, last.end()) == (piece.intent, piece.offset) => {
                last.len += piece.len;
            }
            Some(_) | None => self.buffer.push(piece),
        }
    }

    /// Makes the first `len` bytes of the buffer a part. The cut is near the end of the buffer.
    fn cut(&mut self, len: u64, out: &mut impl Output) {
        let mut before = self.buffered;
        let mut at = self.buffer.len();
        while before > len {
            at -= 1;
            before -= self.buffer[at].len;
        }
        // Piece `at` begins at `before`, not behind the cut.
        let split = len - before;
        if split > 0 {
            let piece = self.buffer[at];
            self.buffer[at] = piece.first(split);
            give(&self.buffer[..=at], 1, out);
            self.buffer[at] = piece.without_first(split);
        } else {
            give(&self.buffer[..at], 1, out);
        }
        self.buffer.drain(..at);
        self.buffered -= len;
    }

    fn flush(&mut self, out: &mut impl Output) {
        if !self.buffer.is_empty() {
            give(&self.buffer, 1, out);
            self.buffer.clear();
            self.buffered = 0;
        }
    }

    fn copy(&self, piece: Piece, out: &mut impl Output) {
        let plan = PartPlan::copy_within(piece.len, &self.sizes);
        let (longer, count) = (plan.longer(), plan.count());
        let part = |index| {
            plan.part(index).map(|part| Piece {
                offset: piece.offset + part.offset,
                len: part.len,
                ..piece
            })
        };
        for (first, repeat) in [(0, longer), (longer, count - longer)] {
            if let (Some(part), 1..) = (part(first), repeat) {
                out.copy(part, repeat);
            }
        }
    }
}

/// Gives an uploaded part away under its right name.
fn give(pieces: &[Piece], repeat: u64, out: &mut impl Output) {
    match *pieces {
        [piece] if piece.origin == Origin::Local => out.send(piece, repeat),
        [mut piece] => {
            for _ in 0..repeat {
                out.join(&[piece]);
                piece.offset += piece.len;
            }
        }
        _ => out.join(pieces),
    }
}
