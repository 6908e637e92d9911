//! Sources: bytes that can be read at any offset, as often as needed.

mod cached;
mod chunks;
mod file;
mod filling;
mod intents;
mod late;
mod memory;
mod range;
mod replay;
mod running;
mod slices;
mod window;

use std::path::Path;
use std::sync::Arc;

use crate::Error;

pub use cached::{CachedFile, read_cached};
pub use chunks::Chunks;
pub use file::FileSource;
pub use filling::{Buffers, Filled, Filling};
pub use intents::{Intents, Wish, WishBytes};
pub use late::LateSource;
pub use memory::MemorySource;
pub use range::{CHUNK_LEN_MAX, RangeReader};
pub use replay::Replay;
pub use running::{RunningHashes, hash_joined};
pub use slices::{SLICE_LEN, match_slice};
pub use window::Window;

/// What an upload needs to know about its source.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Facts {
    /// Bytes in it; none when only its end tells.
    pub len: Option<u64>,
    /// Whether any part of it can be read again.
    pub can_reread: bool,
    /// When it was last modified, in milliseconds since the Unix epoch, if that is known.
    pub modified_ms: Option<u64>,
}

/// A source that all requests of a job read from.
pub type SharedSource = Arc<dyn ReadAt>;

/// Bytes of known length that can be read at any offset, from several threads.
pub trait ReadAt: Send + Sync {
    /// Length in bytes, as it was when the source was opened.
    fn len(&self) -> u64;

    /// Whether there are no bytes.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// When the content was last modified, in milliseconds since the Unix epoch, if that is known.
    fn modified_ms(&self) -> Option<u64>;

    /// What errors name as the source; empty when it has no path.
    fn path(&self) -> &Path;

    /// Fills the whole buffer with the bytes from `offset` on.
    ///
    /// # Errors
    /// [`Reason::SourceChanged`](crate::Reason::SourceChanged) when the source ends before, and
    /// whatever reading gives.
    fn read_exact_at(&self, offset: u64, buf: &mut [u8]) -> Result<(), Error>;

    /// Checks that the source is still what it was when it was opened.
    ///
    /// # Errors
    /// [`Reason::SourceChanged`](crate::Reason::SourceChanged) when it is not.
    fn check_unchanged(&self) -> Result<(), Error>;
}
