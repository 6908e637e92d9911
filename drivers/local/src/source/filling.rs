//! Reading parts of a source that can be read only once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use b2_proto::id::BufferId;
use b2_proto::wire::body::{BodyHasher, DigestMode};
use b2_proto::wire::text::Sha1;
use bytes::Bytes;

use crate::exchange::pool::{PIECE_LEN, Piece, Pool};

/// Bytes that are read at a time.
const READ_LEN: usize = 64 * 1024;
/// The longest end of a buffer that is copied out of its piece.
const SHORT_LEN_MAX: usize = PIECE_LEN / 4;

/// The buffers of one job: what was read of its source and is not stored yet.
///
/// They consist of pieces of one length that are used again by all jobs of the client. Buffers in
/// one piece, each a little longer than the one before, would make holes in the heap that add up to
/// several times what they hold.
#[derive(Debug, Default)]
pub struct Buffers {
    filled: Mutex<BTreeMap<u16, Filled>>,
}

impl Buffers {
    /// No buffers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps a buffer.
    pub fn keep(&self, id: BufferId, filled: Filled) {
        drop(self.filled().insert(id.0, filled));
    }

    /// What is in a buffer, if it is `len` bytes.
    pub fn get(&self, id: BufferId, len: u64) -> Option<Filled> {
        self.filled().get(&id.0).filter(|filled| filled.len == len).cloned()
    }

    /// Forgets a buffer.
    pub fn release(&self, id: BufferId) {
        drop(self.filled().remove(&id.0));
    }

    fn filled(&self) -> MutexGuard<'_, BTreeMap<u16, Filled>> {
        self.filled.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A buffer that was filled.
#[derive(Clone, Debug)]
pub struct Filled {
    pieces: Arc<[Bytes]>,
    len: u64,
}

impl Filled {
    /// How many bytes there are.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.len
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The bytes, in pieces of which none is empty.
    pub fn pieces(&self) -> impl Iterator<Item = &Bytes> {
        self.pieces.iter()
    }
}

/// A buffer that is filled by one read after the other, and hashed meanwhile.
///
/// ```
/// use b2_local::exchange::pool::Pool;
/// use b2_local::source::Filling;
/// use std::io::Read as _;
///
/// let mut reader = &b"seven bytes are enough"[..];
/// let mut filling = Filling::new(11, &Pool::default());
/// while !filling.space().is_empty() {
///     let count = reader.read(filling.space())?;
///     if count == 0 {
///         break;
///     }
///     filling.took(count);
/// }
/// assert_eq!(filling.finish().0.len(), 11);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Filling {
    stock: Pool,
    full: Vec<Bytes>,
    /// The piece that is filled, and how many bytes of it are.
    piece: Option<Piece>,
    at: usize,
    /// What is missing.
    left: u64,
    hasher: Hasher,
}

struct Hasher(BodyHasher);

impl core::fmt::Debug for Hasher {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Hasher")
    }
}

impl Filling {
    /// For `len` bytes, or fewer if the source ends before, in pieces of `stock`.
    #[must_use]
    pub fn new(len: u64, stock: &Pool) -> Self {
        let hasher = Hasher(BodyHasher::new(DigestMode::AtEnd));
        Self { stock: stock.clone(), full: Vec::new(), piece: None, at: 0, left: len, hasher }
    }

    /// Where the next bytes go; empty when all are there.
    pub fn space(&mut self) -> &mut [u8] {
        let left = usize::try_from(self.left).unwrap_or(usize::MAX);
        let room = left.min(PIECE_LEN - self.at).min(READ_LEN);
        if room == 0 {
            return &mut [];
        }
        let piece = self.piece.get_or_insert_with(|| self.stock.take());
        piece.space().get_mut(self.at..self.at + room).unwrap_or_default()
    }

    /// So many bytes of the space were read.
    pub fn took(&mut self, count: usize) {
        let Some(piece) = &mut self.piece else { return };
        let end = self.at.saturating_add(count).min(PIECE_LEN);
        self.hasher.0.update(piece.space().get(self.at..end).unwrap_or_default());
        self.left = self.left.saturating_sub((end - self.at) as u64);
        self.at = end;
        if end == PIECE_LEN {
            self.end_piece();
        }
    }

    /// What is short goes into a piece of its own length, so that many buffers of a few bytes take
    /// no more than they count.
    fn end_piece(&mut self) {
        let len = core::mem::take(&mut self.at);
        let Some(mut piece) = self.piece.take().filter(|_| len > 0) else { return };
        self.full.push(match piece.space().get(..len) {
            Some(short) if len <= SHORT_LEN_MAX => Bytes::copy_from_slice(short),
            _ => piece.into_bytes(len),
        });
    }

    /// What was read, and its digest.
    pub fn finish(mut self) -> (Filled, Sha1) {
        self.end_piece();
        let len = self.full.iter().map(|piece| piece.len() as u64).sum();
        (Filled { pieces: self.full.into(), len }, self.hasher.0.finish().0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fills a buffer with what steps of growing length bring.
    fn fill(stock: &Pool, len: u64, content: &[u8]) -> (Filled, Sha1) {
        let (mut filling, mut at) = (Filling::new(len, stock), 0);
        for step in (1..).step_by(1_013) {
            let count = filling.space().len().min(step).min(content.len() - at);
            if count == 0 {
                break;
            }
            filling.space()[..count].copy_from_slice(&content[at..at + count]);
            filling.took(count);
            at += count;
        }
        filling.finish()
    }

    #[test]
    fn a_buffer_takes_what_it_is_for_and_a_source_may_end_early() {
        let content: Vec<u8> = (0..=250).cycle().take(2 * PIECE_LEN + 7).collect();
        let stock = Pool::default();
        for len in [0, 1, PIECE_LEN, PIECE_LEN + 1, content.len(), content.len() + 1] {
            let want = &content[..len.min(content.len())];
            let (filled, digest) = fill(&stock, len as u64, &content);
            assert_eq!((filled.len(), digest), (want.len() as u64, Sha1::of(want)), "{len}");
            let pieces: Vec<&[u8]> = filled.pieces().map(|piece| &piece[..]).collect();
            assert!(pieces.concat() == want && pieces.iter().all(|piece| !piece.is_empty()));
        }
    }

    #[test]
    fn pieces_are_used_again() {
        let (stock, content) = (Pool::default(), vec![7; 3 * PIECE_LEN]);
        let buffers = Buffers::new();
        let places = |filled: &Filled| -> Vec<_> {
            let mut places: Vec<_> = filled.pieces().map(|piece| piece.as_ptr()).collect();
            places.sort();
            places
        };
        let (first, _) = fill(&stock, content.len() as u64, &content);
        let before = places(&first);
        buffers.keep(BufferId(0), first);
        assert!(buffers.get(BufferId(0), 1).is_none());
        assert!(buffers.get(BufferId(0), content.len() as u64).is_some());
        buffers.release(BufferId(0));
        // Another job's buffers are made of the same pieces.
        let (second, _) = fill(&stock, content.len() as u64, &content);
        assert_eq!(places(&second), before);
    }

    #[test]
    fn short_buffers_leave_their_piece_to_others() {
        let stock = Pool::default();
        let address = stock.take().space().as_ptr();
        let (filled, _) = fill(&stock, 9, b"a few");
        assert_eq!(stock.take().space().as_ptr(), address);
        assert_eq!(filled.pieces().map(|piece| &piece[..]).collect::<Vec<_>>(), [b"a few"]);
    }
}
