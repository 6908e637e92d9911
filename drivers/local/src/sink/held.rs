//! The start of a file while it is short: in memory, until it grows or is completed.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

/// Most bytes that are held.
pub(super) const HELD_LEN_MAX: usize = 64 * 1024;

/// Bytes from the start of a file that are not in the file yet; none once it has them.
pub(super) struct Held(Mutex<Option<Vec<u8>>>);

impl Held {
    pub(super) const fn new() -> Self {
        Self(Mutex::new(Some(Vec::new())))
    }

    /// Nothing is held: the file has bytes already.
    pub(super) const fn none() -> Self {
        Self(Mutex::new(None))
    }

    /// Whether all bytes up to `end` can be held, told without a wait.
    pub(super) fn can_hold(&self, offset: u64, len: usize) -> bool {
        let guard = match self.0.try_lock() {
            Ok(guard) => guard,
            Err(TryLockError::Poisoned(guard)) => guard.into_inner(),
            // They are on their way to the file.
            Err(TryLockError::WouldBlock) => return false,
        };
        guard.as_ref().is_some_and(|held| place(held, offset, len).is_some())
    }

    /// Holds bytes that follow those held, or replace some. When there are too many, or others
    /// must come before, `spill` puts what is held into the file, and nothing is held any more.
    pub(super) fn take(
        &self,
        offset: u64,
        bytes: &[u8],
        spill: impl FnOnce(&[u8]) -> io::Result<()>,
    ) -> io::Result<bool> {
        let mut guard = self.lock();
        let Some(held) = guard.as_mut() else { return Ok(false) };
        let Some((start, _)) = place(held, offset, bytes.len()) else {
            spill(held)?;
            *guard = None;
            return Ok(false);
        };
        // What is there already is replaced, and the rest follows.
        let (again, new) = bytes.split_at(bytes.len().min(held.len() - start));
        if let Some(space) = held.get_mut(start..start + again.len()) {
            space.copy_from_slice(again);
        }
        held.extend_from_slice(new);
        Ok(true)
    }

    /// Puts what is held into the file by `spill`.
    pub(super) fn spill(&self, spill: impl FnOnce(&[u8]) -> io::Result<()>) -> io::Result<()> {
        let mut guard = self.lock();
        if let Some(held) = guard.as_ref() {
            spill(held)?;
        }
        *guard = None;
        Ok(())
    }

    /// Fills `buf` with the bytes from `offset` on, if they are held.
    pub(super) fn read(&self, offset: u64, buf: &mut [u8]) -> Option<()> {
        let guard = self.lock();
        let held = guard.as_ref()?;
        let (start, end) = place(held, offset, buf.len())?;
        buf.copy_from_slice(held.get(start..end)?);
        Some(())
    }

    fn lock(&self) -> MutexGuard<'_, Option<Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where `len` bytes at `offset` go, when there is no gap before them and not too many in all.
fn place(held: &[u8], offset: u64, len: usize) -> Option<(usize, usize)> {
    let start = usize::try_from(offset).ok().filter(|start| *start <= held.len())?;
    let end = start.checked_add(len).filter(|end| *end <= HELD_LEN_MAX)?;
    Some((start, end))
}
