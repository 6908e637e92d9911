//! Bytes of a download on their way to the caller's own writer.

use core::convert::Infallible;
use core::future::poll_fn;
use core::pin::Pin;
use core::sync::atomic::{AtomicUsize, Ordering};
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use async_channel::{Receiver, Sender};
use b2_proto::error::Cause;
use b2_proto::machine::Version;
use b2_proto::wire::text::Sha1;
use bytes::{Buf as _, Bytes};
use futures_io::AsyncWrite;

use crate::exchange::Trouble;
use crate::sink::digests::Digests;

/// Hands bytes in order to whoever owns a writer.
pub struct PipeSink {
    handed: Sender<Handed>,
    /// Nothing ever comes; closed when the other end is gone.
    ended: Receiver<Infallible>,
    failed: Arc<OnceLock<Trouble>>,
    /// Requests that would learn at once that the writer failed.
    listening: AtomicUsize,
    passed: Mutex<u64>,
    digests: Digests,
}

/// The other end, which writes the bytes.
pub struct PipeEnd {
    handed: Receiver<Handed>,
    failed: Arc<OnceLock<Trouble>>,
    _ended: Sender<Infallible>,
}

struct Listening<'a>(&'a AtomicUsize);

impl Drop for Listening<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

enum Handed {
    Bytes(Bytes),
    /// Closed when all before is written.
    Mark(Sender<Infallible>),
}

/// Both ends, with room for so many pieces between them.
pub fn pipe(pieces_max: usize) -> (PipeSink, PipeEnd) {
    let (hand, handed) = async_channel::bounded(pieces_max);
    let (end, ended) = async_channel::bounded(1);
    let failed = Arc::default();
    let into = PipeEnd { handed, failed: Arc::clone(&failed), _ended: end };
    let (passed, digests) = (Mutex::new(0), Digests::new());
    let listening = AtomicUsize::new(0);
    (PipeSink { handed: hand, ended, failed, listening, passed, digests }, into)
}

impl PipeSink {
    /// Learns how the bytes are to be hashed.
    pub(super) fn pin(&self, version: &Version<'_>) {
        self.digests.pin(version.pieces);
    }

    /// Hands on the bytes that follow those of before.
    ///
    /// # Errors
    /// They do not follow, or the writer failed.
    pub async fn write(&self, offset: u64, bytes: Bytes) -> Result<(), Trouble> {
        {
            let mut passed = self.passed.lock().unwrap_or_else(PoisonError::into_inner);
            if *passed != offset {
                return Err(trouble("the writer takes bytes only in order"));
            }
            self.digests.wrote(offset, &bytes);
            *passed += bytes.len() as u64;
        }
        let _listening = self.listen();
        self.handed.send(Handed::Bytes(bytes)).await.map_err(|_| self.why())
    }

    /// Waits until all bytes have been written.
    ///
    /// # Errors
    /// The writer failed.
    pub async fn flush(&self) -> Result<(), Trouble> {
        let (mark, reached) = async_channel::bounded(1);
        let _listening = self.listen();
        self.handed.send(Handed::Mark(mark)).await.map_err(|_| self.why())?;
        // Closed when it is reached, or dropped with the other end.
        let _ = reached.recv().await;
        if self.handed.is_closed() { Err(self.why()) } else { Ok(()) }
    }

    /// Waits until the writer has failed.
    pub async fn failed(&self) -> Trouble {
        let _listening = self.listen();
        let _ = self.ended.recv().await;
        self.why()
    }

    /// Whether any request learns at once that the writer failed, and so ends by that.
    pub(super) fn is_listened_to(&self) -> bool {
        self.listening.load(Ordering::SeqCst) > 0
    }

    fn listen(&self) -> Listening<'_> {
        self.listening.fetch_add(1, Ordering::SeqCst);
        Listening(&self.listening)
    }

    fn why(&self) -> Trouble {
        let gone = || trouble("the writer takes no more bytes");
        self.failed.get().cloned().unwrap_or_else(gone)
    }

    /// The SHA-1 of bytes that have been handed on, as far as they were hashed then.
    pub(super) fn digest(&self, offset: u64, len: u64) -> Result<Sha1, Trouble> {
        let unknown = |_, _: &mut [u8]| Err(trouble("the writer got another number of bytes"));
        self.digests.digest(offset, len, unknown)
    }
}

impl PipeEnd {
    /// Writes what comes until nobody is left who hands on anything.
    ///
    /// # Errors
    /// Those of the writer. What it failed to write, the other end has been told.
    pub async fn write_to(
        self,
        mut writer: Pin<&mut (dyn AsyncWrite + Send + '_)>,
    ) -> io::Result<()> {
        while let Ok(handed) = self.handed.recv().await {
            let bytes = match handed {
                Handed::Bytes(bytes) => bytes,
                Handed::Mark(reached) => {
                    reached.close();
                    continue;
                }
            };
            if let Err(error) = write_all(writer.as_mut(), bytes).await {
                let _ = self.failed.set(crate::Error::writing(&error, Path::new("")).into());
                return Err(error);
            }
        }
        poll_fn(|cx| writer.as_mut().poll_flush(cx)).await
    }
}

/// What is in the channel would stay as long as the other end is there, and marks be waited for.
impl Drop for PipeEnd {
    fn drop(&mut self) {
        self.handed.close();
        while self.handed.try_recv().is_ok() {}
    }
}

async fn write_all(
    mut writer: Pin<&mut (dyn AsyncWrite + Send + '_)>,
    mut bytes: Bytes,
) -> io::Result<()> {
    while !bytes.is_empty() {
        let count = poll_fn(|cx| writer.as_mut().poll_write(cx, &bytes)).await?;
        if count == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        bytes.advance(count.min(bytes.len()));
    }
    Ok(())
}

fn trouble(detail: &str) -> Trouble {
    Trouble::new(Cause::SinkFailed, detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::pin::pin;
    use core::task::{Context, Poll, Waker};

    /// What a future gives that need not wait.
    fn ready<T>(future: impl Future<Output = T>) -> T {
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(output) => output,
            Poll::Pending => panic!("it waits"),
        }
    }

    const fn cause(result: &Result<(), Trouble>) -> Option<Cause> {
        match result {
            Ok(()) => None,
            Err(trouble) => Some(trouble.cause),
        }
    }

    #[test]
    fn a_writer_gets_bytes_in_order_only() {
        let (pipe, end) = pipe(4);
        let write = |at, bytes| ready(pipe.write(at, Bytes::from_static(bytes)));
        write(0, b"ab").expect("first");
        assert_eq!(cause(&write(3, b"d")), Some(Cause::SinkFailed));
        write(2, b"c").expect("next");
        assert_eq!(pipe.digest(0, 3), Ok(Sha1::of(b"abc")));
        pipe.digest(0, 3).expect_err("told once");
        drop(end);
        assert_eq!(cause(&write(3, b"x")), Some(Cause::SinkFailed));
    }

    /// Takes two bytes, one at a time.
    #[derive(Default)]
    struct Small(Vec<u8>);

    impl AsyncWrite for Small {
        fn poll_write(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            if self.0.len() == 2 {
                return Poll::Ready(Err(io::ErrorKind::StorageFull.into()));
            }
            self.0.extend(bytes.first());
            Poll::Ready(Ok(1))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[test]
    fn what_a_writer_takes_is_there_and_what_it_does_not_is_told() {
        let mut writer = Small::default();
        let (pipe, end) = pipe(4);
        let mut cx = Context::from_waker(Waker::noop());
        let target = Pin::new(&mut writer);
        let mut writing = Box::pin(end.write_to(target));
        ready(pipe.write(0, Bytes::from_static(b"ab"))).expect("handed on");
        {
            let mut flushing = pin!(pipe.flush());
            assert!(flushing.as_mut().poll(&mut cx).is_pending());
            assert!(writing.as_mut().poll(&mut cx).is_pending());
            assert_eq!(ready(flushing), Ok(()));
        }
        assert!(!pipe.is_listened_to(), "between two requests");
        let mut failed = pin!(pipe.failed());
        assert!(failed.as_mut().poll(&mut cx).is_pending());
        assert!(pipe.is_listened_to());
        ready(pipe.write(2, Bytes::from_static(b"c"))).expect("handed on");
        let mut flushing = pin!(pipe.flush());
        assert!(flushing.as_mut().poll(&mut cx).is_pending());
        ready(writing.as_mut()).expect_err("it is full");
        assert_eq!(cause(&ready(flushing)), Some(Cause::SinkFull));
        assert_eq!(ready(failed).cause, Cause::SinkFull);
        assert_eq!(cause(&ready(pipe.flush())), Some(Cause::SinkFull));
        let late = ready(pipe.write(3, Bytes::from_static(b"d")));
        assert_eq!(cause(&late), Some(Cause::SinkFull));
        drop(writing);
        assert_eq!(writer.0, b"ab");
    }
}
