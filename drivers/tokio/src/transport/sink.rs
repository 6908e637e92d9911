//! Where the bytes of a download go.

use super::meter::Trouble;
use super::source::trouble;
use b2_local::sink::{MemorySink, Sink};
use b2_proto::error::Cause;
use b2_proto::wire::body::{BodyHasher, DigestMode};
use b2_proto::wire::text::Sha1;
use bytes::Bytes;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;

/// Bytes that may be hashed between two looks at the connections.
const DIGEST_LEN_MAX: u64 = 64 * 1024;

/// A sink of a job, as its requests share it.
#[derive(Clone)]
pub(crate) enum SinkHandle {
    /// Bytes in memory.
    Memory(Arc<MemorySink>),
    /// A file or the like, where writing may block.
    Blocking(Arc<dyn Sink>),
    /// The caller's own writer, which takes bytes in order.
    Pipe(Arc<PipeSink>),
}

impl SinkHandle {
    /// Whether telling a digest may have to wait for a disk.
    pub(crate) fn may_wait(&self, len: u64) -> bool {
        match self {
            Self::Blocking(sink) => usize::try_from(len).map_or(true, |len| sink.may_wait(0, len)),
            Self::Memory(_) | Self::Pipe(_) => len > DIGEST_LEN_MAX,
        }
    }

    /// The SHA-1 of the first `len` bytes; may block.
    pub(crate) fn digest(&self, len: u64) -> Result<Sha1, Trouble> {
        match self {
            Self::Memory(sink) => sink.digest(len).map_err(trouble),
            Self::Blocking(sink) => sink.digest(len).map_err(trouble),
            Self::Pipe(sink) => sink.digest(len),
        }
    }
}

/// The digest of what was handed on so far.
struct Passed {
    len: u64,
    hasher: BodyHasher,
}

impl Default for Passed {
    fn default() -> Self {
        Self { len: 0, hasher: BodyHasher::new(DigestMode::AtEnd) }
    }
}

/// Hands bytes in order to the task that owns a writer.
pub(crate) struct PipeSink {
    pieces: mpsc::Sender<Bytes>,
    passed: Mutex<Passed>,
}

impl PipeSink {
    pub(crate) fn new(pieces: mpsc::Sender<Bytes>) -> Self {
        Self { pieces, passed: Mutex::default() }
    }

    pub(crate) async fn write(&self, offset: u64, bytes: Bytes) -> Result<(), Trouble> {
        {
            let mut passed = self.passed.lock().unwrap_or_else(PoisonError::into_inner);
            if passed.len != offset {
                let detail = "the writer takes bytes only in order".to_owned();
                return Err(Trouble { cause: Cause::SinkFailed, detail });
            }
            passed.hasher.update(&bytes);
            passed.len += bytes.len() as u64;
        }
        self.pieces.send(bytes).await.map_err(|_| Trouble {
            cause: Cause::SinkFailed,
            detail: "the writer takes no more bytes".to_owned(),
        })
    }

    /// The SHA-1 of all `len` bytes.
    pub(crate) fn digest(&self, len: u64) -> Result<Sha1, Trouble> {
        let mut passed = self.passed.lock().unwrap_or_else(PoisonError::into_inner);
        if passed.len != len {
            let detail = "the writer got another number of bytes".to_owned();
            return Err(Trouble { cause: Cause::SinkFailed, detail });
        }
        Ok(core::mem::take(&mut *passed).hasher.finish().0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_writer_gets_bytes_in_order_only() {
        let (pieces, mut taken) = mpsc::channel(4);
        let pipe = PipeSink::new(pieces);
        pipe.write(0, Bytes::from_static(b"ab")).await.expect("first");
        let cause = |result: Result<(), Trouble>| result.err().map(|trouble| trouble.cause);
        let early = pipe.write(3, Bytes::from_static(b"d")).await;
        assert_eq!(cause(early), Some(Cause::SinkFailed));
        pipe.write(2, Bytes::from_static(b"c")).await.expect("next");
        assert_eq!(pipe.digest(3), Ok(Sha1::of(b"abc")));
        assert_eq!(taken.recv().await.as_deref(), Some(&b"ab"[..]));
        drop(taken);
        pipe.digest(3).expect_err("told once");
        let late = pipe.write(0, Bytes::from_static(b"x")).await;
        assert_eq!(cause(late), Some(Cause::SinkFailed));
    }
}
