//! Where the bytes of a download go, as a job's requests share it.

use crate::exchange::Trouble;
use crate::job::JobSink;
use crate::sink::digests::Digests;
use crate::sink::{MemorySink, Sink};
use async_channel::Sender;
use b2_proto::error::Cause;
use b2_proto::machine::Version;
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
    pub fn may_wait(&self, offset: u64, len: u64) -> bool {
        match self {
            Self::Blocking(sink) => {
                usize::try_from(len).map_or(true, |len| sink.may_wait(offset, len))
            }
            Self::Memory(_) | Self::Pipe(_) => len > DIGEST_LEN_MAX,
        }
    }

    /// Whether somebody takes the bytes one after the other, in their own time.
    pub fn is_in_order_only(&self) -> bool {
        match self {
            Self::Memory(_) => false,
            Self::Blocking(sink) => sink.is_in_order_only(),
            Self::Pipe(_) => true,
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

impl JobSink for SinkHandle {
    fn pin(&self, version: &Version<'_>) {
        match self {
            Self::Memory(sink) => sink.pin(version),
            Self::Blocking(sink) => sink.pin(version),
            Self::Pipe(sink) => sink.digests.pin(version.pieces),
        }
    }
}

/// Hands bytes in order to the task that owns a writer.
pub struct PipeSink {
    pieces: Sender<Bytes>,
    passed: Mutex<u64>,
    digests: Digests,
}

impl PipeSink {
    /// Hands bytes to the other end of `pieces`.
    pub fn new(pieces: Sender<Bytes>) -> Self {
        Self { pieces, passed: Mutex::new(0), digests: Digests::new() }
    }

    /// Hands on the bytes that follow those of before.
    ///
    /// # Errors
    /// They do not follow, or the other end is gone.
    pub async fn write(&self, offset: u64, bytes: Bytes) -> Result<(), Trouble> {
        {
            let mut passed = self.passed.lock().unwrap_or_else(PoisonError::into_inner);
            if *passed != offset {
                return Err(trouble("the writer takes bytes only in order"));
            }
            self.digests.wrote(offset, &bytes);
            *passed += bytes.len() as u64;
        }
        let sent = self.pieces.send(bytes).await;
        sent.map_err(|_| trouble("the writer takes no more bytes"))
    }

    /// The SHA-1 of bytes that have been handed on, as far as they were hashed then.
    fn digest(&self, offset: u64, len: u64) -> Result<Sha1, Trouble> {
        let unknown = |_, _: &mut [u8]| Err(trouble("the writer got another number of bytes"));
        self.digests.digest(offset, len, unknown)
    }
}

fn trouble(detail: &str) -> Trouble {
    Trouble::new(Cause::SinkFailed, detail)
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
        assert_eq!(pipe.digest(0, 3), Ok(Sha1::of(b"abc")));
        assert_eq!(taken.try_recv().as_deref(), Ok(&b"ab"[..]));
        drop(taken);
        pipe.digest(0, 3).expect_err("told once");
        let late = write(0, b"x");
        assert_eq!(cause(late), Some(Cause::SinkFailed));
    }
}
