//! The SHA-1 of the bytes of a sink from its start, computed while they arrive in order.

use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use b2_proto::wire::body::{BodyHasher, DigestMode};
use b2_proto::wire::text::Sha1;

/// The hashed prefix. Writers that are not at its end never wait for the one that is.
pub(super) struct Prefix {
    state: Mutex<BodyHasher>,
    /// Bytes hashed; changed only under the lock.
    len: AtomicU64,
}

impl Prefix {
    pub(super) fn new() -> Self {
        Self { state: Mutex::new(BodyHasher::new(DigestMode::AtEnd)), len: AtomicU64::new(0) }
    }

    /// Bytes hashed so far.
    pub(super) fn len(&self) -> u64 {
        self.len.load(Ordering::Acquire)
    }

    /// Takes bytes that were stored at `offset`.
    pub(super) fn wrote(&self, offset: u64, bytes: &[u8]) {
        if offset > self.len() {
            return;
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match offset.cmp(&self.len()) {
            core::cmp::Ordering::Greater => {}
            core::cmp::Ordering::Equal => {
                state.update(bytes);
                self.len.store(offset + bytes.len() as u64, Ordering::Release);
            }
            // Hashed bytes were overwritten: begin anew, the rest is read back in the end.
            core::cmp::Ordering::Less => {
                *state = BodyHasher::new(DigestMode::AtEnd);
                self.len.store(0, Ordering::Release);
            }
        }
    }

    /// The SHA-1 of the first `len` bytes. `read_back(offset, buf)` fills `buf` with stored bytes.
    pub(super) fn digest<E>(
        &self,
        len: u64,
        mut read_back: impl FnMut(u64, &mut [u8]) -> Result<(), E>,
    ) -> Result<Sha1, E> {
        const BUFFER_LEN: usize = 256 * 1024;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut hasher = core::mem::replace(&mut *state, BodyHasher::new(DigestMode::AtEnd));
        let mut offset = self.len.swap(0, Ordering::AcqRel);
        if offset > len {
            hasher = BodyHasher::new(DigestMode::AtEnd);
            offset = 0;
        }
        let first_len = usize::try_from(len - offset).unwrap_or(BUFFER_LEN).min(BUFFER_LEN);
        let mut buffer = vec![0; first_len];
        while offset < len {
            let count = usize::try_from(len - offset).unwrap_or(BUFFER_LEN).min(buffer.len());
            let piece = buffer.get_mut(..count).unwrap_or_default();
            read_back(offset, piece)?;
            hasher.update(piece);
            offset += piece.len() as u64;
        }
        Ok(hasher.finish().0)
    }
}
