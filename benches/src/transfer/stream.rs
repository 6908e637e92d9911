//! A reader that makes its bytes up, and does not tell how many they are.

use b2_sim::store::filler;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::io::{self, Read};

/// The bytes of the large file ([`files`](super::files)), one after the other.
#[derive(Debug)]
pub struct Stream {
    at: u64,
    len: u64,
}

impl Stream {
    /// `len` bytes.
    pub const fn new(len: u64) -> Self {
        Self { at: 0, len }
    }
}

impl Read for Stream {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.len - self.at).unwrap_or(usize::MAX);
        let bytes = filler(self.at, left.min(buf.len()));
        buf[..bytes.len()].copy_from_slice(&bytes);
        self.at += bytes.len() as u64;
        Ok(bytes.len())
    }
}

impl smol::io::AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(self.read(buf))
    }
}

impl tokio::io::AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
        buf: &mut tokio::io::ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = self.read(buf.initialize_unfilled())?;
        buf.advance(read);
        Poll::Ready(Ok(()))
    }
}
