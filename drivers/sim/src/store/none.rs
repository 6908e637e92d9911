//! A store that drops content, for benchmarks of uploads and downloads without a disk.

use core::sync::atomic::{AtomicU64, Ordering};
use std::io;
use std::sync::LazyLock;

use b2_proto::rng::Rng;
use bytes::Bytes;

use super::{BlobReader, BlobWriter, Store};
use crate::service::{Change, State};

/// Drops what it is given. Every download returns [`filler`] of the right length, so digests
/// match for files that were uploaded as filler from their first byte.
#[derive(Debug, Default)]
pub struct NoneStore {
    next: AtomicU64,
}

/// The filler repeats after this many bytes.
pub const FILLER_LEN: usize = 1 << 20;

static FILLER: LazyLock<Bytes> = LazyLock::new(|| {
    let mut rng = Rng::from_seed(0xb2);
    let words = core::iter::repeat_with(|| rng.next_u64().to_le_bytes()).take(FILLER_LEN / 8);
    words.flatten().collect()
});

/// Filler content from `position` in a file: at least one and at most `len_max` bytes.
pub fn filler(position: u64, len_max: usize) -> Bytes {
    let period = FILLER_LEN as u64;
    let from = usize::try_from(position % period).unwrap_or(0);
    FILLER.slice(from..FILLER_LEN.min(from.saturating_add(len_max)))
}

impl NoneStore {
    /// The store.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Store for NoneStore {
    fn append(&self, _: &[Change], _: &State) -> io::Result<()> {
        Ok(())
    }

    fn create(&self) -> io::Result<Box<dyn BlobWriter>> {
        Ok(Box::new(Drain { id: self.next.fetch_add(1, Ordering::Relaxed) }))
    }

    fn open(&self, _: u64) -> io::Result<Box<dyn BlobReader>> {
        Ok(Box::new(Filler))
    }

    fn remove(&self, _: u64) -> io::Result<()> {
        Ok(())
    }
}

struct Drain {
    id: u64,
}

impl BlobWriter for Drain {
    fn write(&mut self, _: &[u8]) -> io::Result<()> {
        Ok(())
    }

    fn commit(self: Box<Self>) -> io::Result<u64> {
        Ok(self.id)
    }
}

struct Filler;

impl BlobReader for Filler {
    fn read(&mut self, _: u64, position: u64, len_max: usize) -> io::Result<Bytes> {
        Ok(filler(position, len_max))
    }
}
