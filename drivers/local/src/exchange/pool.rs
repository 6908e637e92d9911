//! Buffers for pieces of files, used again when the connection is done with them.

use bytes::Bytes;
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes of a file that are read, hashed and sent at a time.
pub const PIECE_LEN: usize = 256 * 1024;

/// Room behind a piece for the digits of a digest.
pub const SPARE_LEN: usize = 64;

/// Most buffers that are kept for later, 16 MiB of them: as many as the connections of a client
/// mostly need.
const KEPT_MAX: usize = 64;

/// A shared stock of buffers, each of [`PIECE_LEN`] and some spare bytes.
///
/// All jobs of a client take from one stock, so that what is kept for later does not grow with
/// their number.
#[derive(Clone, Debug, Default)]
pub struct Pool {
    kept: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Pool {
    /// A buffer with unknown content.
    pub fn take(&self) -> Piece {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let buffer = kept.unwrap_or_else(|| vec![0; PIECE_LEN + SPARE_LEN]);
        Piece { buffer, len: 0, pool: self.clone() }
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
        let mut kept = self.pool.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < KEPT_MAX {
            kept.push(core::mem::take(&mut self.buffer));
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
}
