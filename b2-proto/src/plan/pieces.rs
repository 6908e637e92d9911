//! Bytes in pieces, each of which has a digest of its own.

use super::Span;

/// Equal pieces of some bytes, but for the last, which takes the rest.
///
/// ```
/// use b2_proto::plan::pieces::Pieces;
///
/// let pieces = Pieces::new(14, 5, 2);
/// assert_eq!(pieces.span(1).map(|span| (span.offset, span.len)), Some((5, 9)));
/// assert_eq!(pieces.index_of(13), Some(1));
/// assert_eq!(pieces.index_of(14), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pieces {
    len: u64,
    piece_len: u64,
    count: u64,
}

impl Pieces {
    /// `len` bytes in `count` pieces of `piece_len`; no pieces at all when these are too many.
    #[must_use]
    pub const fn new(len: u64, piece_len: u64, count: u64) -> Self {
        let count = match count.saturating_sub(1).checked_mul(piece_len) {
            Some(last) if last <= len && (piece_len > 0 || count < 2) => count,
            Some(_) | None => 0,
        };
        Self { len, piece_len, count }
    }

    /// No piece: nothing has a digest to be compared with.
    #[must_use]
    pub const fn none(len: u64) -> Self {
        Self::new(len, len, 0)
    }

    /// One piece: all of it.
    #[must_use]
    pub const fn whole(len: u64) -> Self {
        Self::new(len, len, 1)
    }

    /// How many pieces there are.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The piece at an index from 0.
    #[must_use]
    pub const fn span(&self, index: u64) -> Option<Span> {
        if index >= self.count {
            return None;
        }
        let offset = index * self.piece_len;
        let len = if index + 1 == self.count { self.len - offset } else { self.piece_len };
        Some(Span { offset, len })
    }

    /// The index of the piece that has the byte at `offset`.
    #[must_use]
    pub fn index_of(&self, offset: u64) -> Option<u64> {
        let last = self.count.checked_sub(1)?;
        let index = offset.checked_div(self.piece_len).unwrap_or(0);
        (offset < self.len).then_some(index.min(last))
    }

    /// Where a range of about `len` bytes from `offset` on ends best: where a piece does, unless
    /// it would be shorter or longer by more than half for it.
    #[must_use]
    pub fn cut(&self, offset: u64, len: u64) -> u64 {
        let end = offset.saturating_add(len);
        let piece = self.index_of(end).filter(|_| self.count > 1);
        let Some(piece) = piece.and_then(|index| self.span(index)) else { return end };
        let is_early = end - piece.offset <= piece.end() - end;
        let near = if is_early { piece.offset } else { piece.end() };
        if near.abs_diff(end) <= len / 2 { near } else { end }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn pieces_cover_all_bytes(len in 0_u64..1_000, piece_len in 0_u64..300, count in 0_u64..9) {
            let pieces = Pieces::new(len, piece_len, count);
            let mut at = 0;
            for index in 0..pieces.count() {
                let span = pieces.span(index).unwrap();
                prop_assert_eq!(span.offset, at);
                at = span.end();
                for offset in [span.offset, span.end().saturating_sub(1)] {
                    if span.len > 0 {
                        prop_assert_eq!(pieces.index_of(offset), Some(index));
                    }
                }
            }
            prop_assert!(pieces.count() == 0 || at == len);
            prop_assert_eq!(pieces.span(pieces.count()), None);
            prop_assert_eq!(pieces.index_of(len), None);
        }
    }

    #[test]
    fn ranges_end_where_a_piece_does_if_one_is_near() {
        let pieces = Pieces::new(1_000, 100, 10);
        assert_eq!([pieces.cut(0, 149), pieces.cut(0, 151)], [100, 200]);
        assert_eq!(
            [pieces.cut(100, 40), pieces.cut(100, 60), pieces.cut(100, 90)],
            [140, 160, 200]
        );
        assert_eq!(pieces.cut(900, 100), 1_000);
        assert_eq!([Pieces::none(10).cut(0, 7), Pieces::whole(10).cut(0, 7)], [7, 7]);
    }

    #[test]
    fn no_bytes_are_one_piece_too() {
        assert_eq!(Pieces::whole(0).span(0), Some(Span { offset: 0, len: 0 }));
    }
}
