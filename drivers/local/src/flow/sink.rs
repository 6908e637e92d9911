//! Where the bytes of a download go, as a job's requests share it.

use std::sync::Arc;

use b2_proto::machine::Version;
use b2_proto::wire::text::Sha1;

use super::writer::PipeSink;
use crate::exchange::Trouble;
use crate::job::JobSink;
use crate::sink::{MemorySink, Sink};

/// Bytes that may be hashed between two looks at the connections.
const DIGEST_LEN_MAX: u64 = 64 * 1024;

/// A sink of a job, as its requests share it.
#[derive(Clone)]
pub enum SinkHandle {
    /// Bytes in memory.
    Memory(Arc<MemorySink>),
    /// A file or the like, where writing may block.
    Blocking(Arc<dyn Sink>),
    /// The caller's own writer, which takes bytes in order.
    Pipe(Arc<PipeSink>),
}

impl SinkHandle {
    /// Whether telling a digest may have to wait for a disk.
    pub fn may_wait(&self, offset: u64, len: u64) -> bool {
        match self {
            Self::Blocking(sink) => {
                usize::try_from(len).map_or(true, |len| sink.may_wait(offset, len))
            }
            Self::Memory(_) | Self::Pipe(_) => len > DIGEST_LEN_MAX,
        }
    }

    /// The SHA-1 of `len` bytes from `offset` on; may block.
    ///
    /// # Errors
    /// They cannot be read back, or there are not so many.
    pub fn digest(&self, offset: u64, len: u64) -> Result<Sha1, Trouble> {
        match self {
            Self::Memory(sink) => sink.digest(offset, len).map_err(Trouble::from),
            Self::Blocking(sink) => sink.digest(offset, len).map_err(Trouble::from),
            Self::Pipe(sink) => sink.digest(offset, len),
        }
    }
}

impl From<Arc<dyn Sink>> for SinkHandle {
    fn from(sink: Arc<dyn Sink>) -> Self {
        Self::Blocking(sink)
    }
}

impl JobSink for SinkHandle {
    fn pin(&self, version: &Version<'_>) {
        match self {
            Self::Memory(sink) => sink.pin(version),
            Self::Blocking(sink) => sink.pin(version),
            Self::Pipe(sink) => sink.pin(version),
        }
    }
}
