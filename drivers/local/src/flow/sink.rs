//! Where the bytes of a download go, as a job's requests share it.

use crate::exchange::Trouble;
use crate::sink::{MemorySink, Sink};
use async_channel::Sender;
use b2_proto::error::Cause;
use b2_proto::wire::body::{BodyHasher, DigestMode};
use b2_proto::wire::text::Sha1;
use bytes::Bytes;
use std::sync::{Arc, Mutex, PoisonError};

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
    pub fn may_wait(&self, len: u64) -> bool {
        match self {
            Self::Blocking(sink) => usize::try_from(len).map_or(true, |len| sink.may_wait(0, len)),
            Self::Memory(_) | Self::Pipe(_) => len > DIGEST_LEN_MAX,
        }
    }

    /// The SHA-1 of the first `len` bytes; may block.
    ///
    /// # Errors
    /// They cannot be read back, or there are not so many.
    pub fn digest(&self, len: u64) -> Result<Sha1, Trouble> {
        match self {
            Self::Memory(sink) => sink.digest(len).map_err(Trouble::from),
            Self::Blocking(sink) => sink.digest(len).map_err(Trouble::from),
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
pub struct PipeSink {
    pieces: Sender<Bytes>,
    passed: Mutex<Passed>,
}

impl PipeSink {
    /// Hands bytes to the other end of `pieces`.
    pub fn new(pieces: Sender<Bytes>) -> Self {
        Self { pieces, passed: Mutex::default() }
    }

    /// Hands on the bytes that follow those of before.
    ///
    /// # Errors
    /// They do not follow, or the other end is gone.
    pub async fn write(&self, offset: u64, bytes: Bytes) -> Result<(), Trouble> {
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

    /// The SHA-1 of all `len` bytes, once.
    ///
    /// # Errors
    /// There are more or fewer.
    pub fn digest(&self, len: u64) -> Result<Sha1, Trouble> {
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

    /// What a future gives that need not wait.
    fn ready<T>(future: impl Future<Output = T>) -> T {
        let mut cx = core::task::Context::from_waker(core::task::Waker::noop());
        match core::pin::pin!(future).poll(&mut cx) {
            core::task::Poll::Ready(output) => output,
            core::task::Poll::Pending => panic!("it waits"),
        }
    }

    #[test]
    fn a_writer_gets_bytes_in_order_only() {
        let (pieces, taken) = async_channel::bounded(4);
        let pipe = PipeSink::new(pieces);
        let write = |at, bytes| ready(pipe.write(at, Bytes::from_static(bytes)));
        write(0, b"ab").expect("first");
        let cause = |result: Result<(), Trouble>| result.err().map(|trouble| trouble.cause);
        let early = write(3, b"d");
        assert_eq!(cause(early), Some(Cause::SinkFailed));
        write(2, b"c").expect("next");
        assert_eq!(pipe.digest(3), Ok(Sha1::of(b"abc")));
        assert_eq!(taken.try_recv().as_deref(), Ok(&b"ab"[..]));
        drop(taken);
        pipe.digest(3).expect_err("told once");
        let late = write(0, b"x");
        assert_eq!(cause(late), Some(Cause::SinkFailed));
    }
}
