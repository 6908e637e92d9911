//! Bodies of several pieces: ranges of sources, and bytes that other requests bring.

use std::collections::VecDeque;

use b2_proto::wire::body::{BodyHasher, DigestMode};
use bytes::Bytes;

use super::outcome::Trouble;
use super::pool::{PIECE_LEN, Pool};
use super::range::Read;
use crate::source::SharedSource;

/// One piece.
pub enum JoinedPiece {
    /// A range of a source.
    Local {
        /// The source.
        source: SharedSource,
        /// First byte.
        offset: u64,
        /// Number of bytes.
        len: u64,
    },
    /// Bytes that other requests bring.
    Fed {
        /// Number of bytes.
        len: u64,
    },
}

/// Where the next bytes come from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NextBytes {
    /// From a source: [`Joined::read`], on a thread that may block.
    Local,
    /// From another request, so many at most: give them to [`Joined::pass`].
    Fed(u64),
    /// Digits of the digest: [`Joined::trailer`].
    Trailer,
    /// There are none.
    Nothing,
}

/// Pieces in a row while they are read and hashed.
pub struct Joined {
    pieces: VecDeque<JoinedPiece>,
    has_trailer: bool,
    hasher: Option<BodyHasher>,
    pool: Pool,
}

impl JoinedPiece {
    const fn len(&self) -> u64 {
        match self {
            Self::Local { len, .. } | Self::Fed { len } => *len,
        }
    }
}

impl Joined {
    /// The pieces in order.
    pub fn new(pieces: Vec<JoinedPiece>, digest: DigestMode, pool: Pool) -> Self {
        let has_trailer = digest.trailer_len() > 0;
        let mut joined = Self {
            pieces: pieces.into(),
            has_trailer,
            hasher: Some(BodyHasher::new(digest)),
            pool,
        };
        joined.skip_empty();
        joined
    }

    /// Where the next bytes come from.
    pub fn next(&self) -> NextBytes {
        match self.pieces.front() {
            Some(JoinedPiece::Local { .. }) => NextBytes::Local,
            Some(JoinedPiece::Fed { len }) => NextBytes::Fed(*len),
            None if self.has_trailer && self.hasher.is_some() => NextBytes::Trailer,
            None => NextBytes::Nothing,
        }
    }

    /// Reads the next bytes of a source. At the end of its piece the source must still be what it
    /// was (S15).
    ///
    /// # Errors
    /// The source cannot be read, or has changed.
    pub fn read(&mut self) -> Result<Read, Trouble> {
        let mut piece = self.pool.take();
        let mut read = 0;
        if let Some(JoinedPiece::Local { source, offset, len }) = self.pieces.front_mut() {
            read = usize::try_from(*len).map_or(PIECE_LEN, |len| len.min(PIECE_LEN));
            source.read_exact_at(*offset, piece.space().get_mut(..read).unwrap_or_default())?;
            *offset += read as u64;
            *len -= read as u64;
            if *len == 0 {
                source.check_unchanged()?;
            }
        }
        Ok(self.hash(piece.into_bytes(read)))
    }

    /// Takes the next bytes that another request has brought; no more than were asked for.
    pub fn pass(&mut self, bytes: Bytes) -> Read {
        if let Some(JoinedPiece::Fed { len }) = self.pieces.front_mut() {
            *len = len.saturating_sub(bytes.len() as u64);
        }
        self.hash(bytes)
    }

    /// The digits behind the last byte.
    pub fn trailer(&mut self) -> Option<Read> {
        let (sha1, digits) = self.hasher.take()?.finish();
        let bytes = digits.map_or_else(Bytes::new, |digits| Bytes::copy_from_slice(&digits));
        Some(Read { bytes, ended: Some(sha1) })
    }

    fn hash(&mut self, bytes: Bytes) -> Read {
        if let Some(hasher) = &mut self.hasher {
            hasher.update(&bytes);
        }
        self.skip_empty();
        let is_last = self.pieces.is_empty() && !self.has_trailer;
        let hasher = if is_last { self.hasher.take() } else { None };
        Read { bytes, ended: hasher.map(|hasher| hasher.finish().0) }
    }

    fn skip_empty(&mut self) {
        while self.pieces.front().is_some_and(|piece| piece.len() == 0) {
            self.pieces.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::MemorySource;
    use b2_proto::wire::text::Sha1;
    use std::sync::Arc;

    fn pieces() -> Vec<JoinedPiece> {
        let source: SharedSource = Arc::new(MemorySource::new(b"xxabcyy"));
        vec![
            JoinedPiece::Fed { len: 0 },
            JoinedPiece::Local { source: source.clone(), offset: 2, len: 3 },
            JoinedPiece::Fed { len: 4 },
            JoinedPiece::Local { source, offset: 5, len: 1 },
        ]
    }

    /// All bytes, and the digest that came with the last of them.
    fn all(digest: DigestMode) -> (Vec<u8>, Option<Sha1>) {
        let mut joined = Joined::new(pieces(), digest, Pool::default());
        let (mut all, mut ended) = (Vec::new(), None);
        loop {
            assert!(ended.is_none() || joined.next() == NextBytes::Nothing);
            let read = match joined.next() {
                NextBytes::Local => joined.read().expect("read"),
                NextBytes::Fed(4) => joined.pass(Bytes::from_static(b"DEF")),
                NextBytes::Fed(len) => {
                    assert_eq!(len, 1);
                    joined.pass(Bytes::from_static(b"G"))
                }
                NextBytes::Trailer => joined.trailer().expect("digits"),
                NextBytes::Nothing => return (all, ended),
            };
            all.extend_from_slice(&read.bytes);
            ended = read.ended;
        }
    }

    #[test]
    fn pieces_are_one_body() {
        let sha1 = Sha1::of(b"abcDEFGy");
        assert_eq!(all(DigestMode::AtEnd), ([&b"abcDEFGy"[..], &sha1.hex()].concat(), Some(sha1)));
        let known = Sha1([7; 20]);
        assert_eq!(all(DigestMode::Known(known)), (b"abcDEFGy".to_vec(), Some(known)));
    }
}
