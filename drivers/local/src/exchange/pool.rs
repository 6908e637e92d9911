//! Buffers for pieces of files, used again when the connection is done with them.

use bytes::Bytes;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Bytes of a file that are read, hashed and sent at a time.
pub const PIECE_LEN: usize = 256 * 1024;

/// A piece with no more bytes is copied where several may wait: it keeps a whole buffer.
pub const SPARSE_LEN_MAX: usize = PIECE_LEN / 2;

/// Room behind a piece for the digits of a digest.
pub const SPARE_LEN: usize = 64;

/// Most buffers that are kept when none is on loan, 16 MiB of them: as many as the connections of
/// a client mostly need.
const KEPT_MAX: usize = 64;

/// A shared stock of buffers, each of [`PIECE_LEN`] and some spare bytes.
///
/// All jobs of a client take from one stock, so that there are never more buffers than were on
/// loan at one time, whatever the number of jobs. While some are on loan all others stay: given
/// back to the heap, they would leave holes in it.
#[derive(Clone, Debug, Default)]
pub struct Pool {
    stock: Arc<Mutex<Stock>>,
}

#[derive(Debug, Default)]
struct Stock {
    kept: Vec<Vec<u8>>,
    on_loan: usize,
}

impl Pool {
    /// A buffer with unknown content.
    pub fn take(&self) -> Piece {
        let kept = {
            let mut stock = self.stock();
            stock.on_loan += 1;
            stock.kept.pop()
        };
        let buffer = kept.unwrap_or_else(|| vec![0; PIECE_LEN + SPARE_LEN]);
        Piece { buffer, len: 0, pool: self.clone() }
    }

    /// Buffers on loan.
    #[cfg(test)]
    pub(crate) fn on_loan(&self) -> usize {
        self.stock().on_loan
    }

    fn stock(&self) -> MutexGuard<'_, Stock> {
        self.stock.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A buffer on loan.
#[derive(Debug)]
pub struct Piece {
    buffer: Vec<u8>,
    len: usize,
    pool: Pool,
}

impl Piece {
    /// All of it, to be written to.
    pub fn space(&mut self) -> &mut [u8] {
        &mut self.buffer
    }

    /// Copies as many of `bytes` to `at` as fit before the spare ones; how many.
    pub fn put(&mut self, at: usize, bytes: &[u8]) -> usize {
        let count = bytes.len().min(PIECE_LEN.saturating_sub(at));
        if let (Some(space), Some(bytes)) =
            (self.buffer.get_mut(at..at + count), bytes.get(..count))
        {
            space.copy_from_slice(bytes);
        }
        count
    }

    /// The first `len` bytes, without a copy; the buffer goes back when the last of them is
    /// dropped.
    pub fn into_bytes(mut self, len: usize) -> Bytes {
        self.len = len.min(self.buffer.len());
        Bytes::from_owner(self)
    }
}

impl AsRef<[u8]> for Piece {
    fn as_ref(&self) -> &[u8] {
        self.buffer.get(..self.len).unwrap_or_default()
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        let mut stock = self.pool.stock();
        stock.kept.push(core::mem::take(&mut self.buffer));
        stock.on_loan -= 1;
        if stock.on_loan == 0 && stock.kept.len() > KEPT_MAX {
            stock.kept.truncate(KEPT_MAX);
            stock.kept.shrink_to_fit();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_are_used_again() {
        let pool = Pool::default();
        let mut piece = pool.take();
        piece.space()[..3].copy_from_slice(b"abc");
        let address = piece.space().as_ptr();
        let bytes = piece.into_bytes(3);
        let tail = bytes.slice(1..);
        drop(bytes);
        assert_eq!(&tail[..], b"bc");
        drop(tail);
        assert_eq!(pool.take().space().as_ptr(), address);
    }
    #[test]
    fn all_stay_while_one_is_on_loan() {
        let pool = Pool::default();
        let first = pool.take();
        let others: Vec<_> = (0..2 * KEPT_MAX).map(|_| pool.take()).collect();
        drop(others);
        assert_eq!(pool.stock().kept.len(), 2 * KEPT_MAX);
        drop(first);
        assert_eq!(pool.stock().kept.len(), KEPT_MAX);
    }
}
