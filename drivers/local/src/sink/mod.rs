//! Sinks: where downloaded bytes go, in any order, from several requests at the same time.

mod at;
mod beside;
pub(crate) mod digests;
mod file;
mod held;
mod journal;
mod keeping;
mod memory;
mod ranges;
mod rights;
mod seen;
mod stamp;
mod writer;

use b2_proto::machine::Version;
use b2_proto::op::new_download::KeptRanges;
use b2_proto::wire::text::Sha1;

use crate::Error;

pub use file::FileSink;
pub use memory::MemorySink;
pub use seen::Seen;
pub use writer::WriterSink;

/// Takes the bytes of one download.
///
/// Ranges arrive in any order and from several threads; a range that failed half-way is written
/// again from where it broke off or from its start. Nothing counts before
/// [`commit`](Self::commit): a sink that is dropped before leaves its target as it was, as far as
/// the target can be left so at all.
pub trait Sink: Send + Sync {
    /// What another run has left in the target for this one to go on from.
    fn kept(&self) -> Option<KeptRanges> {
        None
    }

    /// Learns what it gets, before the first byte is stored and then for each answer; must not
    /// wait for anything. What is there from another run counts for nothing if it is of another
    /// version, nor for a later run if bytes are stored before this is told.
    fn pin(&self, version: &Version<'_>) {
        let _ = version;
    }

    /// Stores bytes at `offset`. What arrives in order is hashed on the way.
    ///
    /// # Errors
    /// The target cannot take them; see [`Error::cause`].
    fn write_at(&self, offset: u64, bytes: &[u8]) -> Result<(), Error>;

    /// The SHA-1 of `len` bytes from `offset` on; what was not hashed on the way is read back.
    ///
    /// # Errors
    /// They cannot be read back, or there are not so many.
    fn digest(&self, offset: u64, len: u64) -> Result<Sha1, Error>;

    /// Makes the first `len` bytes the target's content, last modified at `modified_ms`
    /// (milliseconds since the Unix epoch), durably where the target is a file. Called once.
    ///
    /// # Errors
    /// There are not so many bytes, or the target cannot be written; it is as it was, but when
    /// everything is in its place and only cannot be made durable.
    fn commit(&self, len: u64, modified_ms: Option<u64>) -> Result<(), Error>;

    /// The download has failed: makes durable what may serve the next run, where something is
    /// kept for it.
    ///
    /// # Errors
    /// It cannot be made durable, and so is not kept.
    fn save(&self) -> Result<(), Error> {
        Ok(())
    }

    /// What is stored is worth nothing to anybody.
    fn discard(&self) {}

    /// The download has ended, though requests that are breaking off may still have the sink:
    /// nothing more is stored, and the next run can have at once what is kept for it. Waits at most
    /// until the system has taken what is being written at this moment, and for no disk.
    fn release(&self) {}

    /// Whether writing `len` bytes at `offset`, or telling the digest up to their end, may have to
    /// wait for a disk and belongs on a thread that may wait.
    fn may_wait(&self, offset: u64, len: usize) -> bool {
        let _ = (offset, len);
        true
    }

    /// Whether [`commit`](Self::commit) may have to wait for a disk.
    fn commit_may_wait(&self) -> bool {
        true
    }

    /// Whether [`write_at`](Self::write_at) takes only the byte that follows the last one, so
    /// that a download must not fetch ranges in parallel.
    fn is_in_order_only(&self) -> bool {
        false
    }
}
