//! Where content and state are kept.

mod folder;
mod journal;
mod memory;
mod none;
mod place;
#[cfg(test)]
mod tests;

pub use folder::FolderStore;
pub use memory::MemoryStore;
pub use none::{FILLER_LEN, NoneStore, filler};

use std::io;

use bytes::Bytes;

use crate::service::{Change, State};

/// Keeps blobs, and the changes of the service's state.
pub trait Store: Send + Sync {
    /// Makes changes durable. `state` is the state after them, for stores that rewrite their
    /// record of it now and then.
    fn append(&self, changes: &[Change], state: &State) -> io::Result<()>;

    /// Starts a new blob.
    fn create(&self) -> io::Result<Box<dyn BlobWriter>>;

    /// Opens a blob for reading.
    fn open(&self, blob: u64) -> io::Result<Box<dyn BlobReader>>;

    /// Removes a blob nobody refers to.
    fn remove(&self, blob: u64) -> io::Result<()>;
}

/// A blob on its way in. Dropped without [`commit`](Self::commit) it leaves nothing behind.
pub trait BlobWriter: Send {
    /// Adds bytes.
    fn write(&mut self, data: &[u8]) -> io::Result<()>;

    /// Makes the blob durable and gives its number.
    fn commit(self: Box<Self>) -> io::Result<u64>;
}

/// A blob being read.
pub trait BlobReader: Send {
    /// Bytes from `offset` within the blob, at least one and at most `len_max`. `position` is
    /// where they are in the file that is read, which only [`NoneStore`] looks at.
    fn read(&mut self, offset: u64, position: u64, len_max: usize) -> io::Result<Bytes>;
}
