//! Chunks as a reader.

use std::io::{self, Read};

use bytes::{Buf as _, Bytes};

/// Reads what a generator of chunks makes, one after the other. Empty ones are skipped.
///
/// ```
/// use b2_local::source::Chunks;
/// use std::io::Read as _;
///
/// let chunks = ["one", "", "two"].map(|chunk| Ok(chunk.into()));
/// let mut text = String::new();
/// Chunks::new(chunks.into_iter()).read_to_string(&mut text)?;
/// assert_eq!(text, "onetwo");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Chunks<C> {
    chunks: C,
    /// What is left of the present one.
    rest: Bytes,
}

impl<C> Chunks<C> {
    /// A reader of chunks.
    pub const fn new(chunks: C) -> Self {
        Self { chunks, rest: Bytes::new() }
    }

    fn take(&mut self, buf: &mut [u8]) -> usize {
        let len = buf.len().min(self.rest.len());
        if let Some(space) = buf.get_mut(..len) {
            self.rest.copy_to_slice(space);
        }
        len
    }
}

impl<C: Iterator<Item = io::Result<Bytes>>> Read for Chunks<C> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        while self.rest.is_empty() && !buf.is_empty() {
            match self.chunks.next() {
                Some(chunk) => self.rest = chunk?,
                None => break,
            }
        }
        Ok(self.take(buf))
    }
}

#[cfg(feature = "async")]
impl<C> futures_io::AsyncRead for Chunks<C>
where
    C: futures_core::Stream<Item = io::Result<Bytes>> + Unpin,
{
    fn poll_read(
        mut self: core::pin::Pin<&mut Self>,
        cx: &mut core::task::Context<'_>,
        buf: &mut [u8],
    ) -> core::task::Poll<io::Result<usize>> {
        while self.rest.is_empty() && !buf.is_empty() {
            let next = core::pin::Pin::new(&mut self.chunks).poll_next(cx);
            match core::task::ready!(next) {
                Some(chunk) => self.rest = chunk?,
                None => break,
            }
        }
        core::task::Poll::Ready(Ok(self.take(buf)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_may_be_read_piece_by_piece_and_a_failure_is_told() {
        let failing = Err(io::ErrorKind::BrokenPipe.into());
        let mut reader = Chunks::new([Ok(Bytes::from_static(b"abcde")), failing].into_iter());
        let mut buf = [0; 3];
        assert_eq!(
            (reader.read(&mut []).expect("nothing"), reader.read(&mut buf).expect("3")),
            (0, 3)
        );
        assert_eq!((reader.read(&mut buf).expect("2"), &buf), (2, b"dec"));
        assert_eq!(reader.read(&mut buf).expect_err("it fails").kind(), io::ErrorKind::BrokenPipe);
        assert_eq!(reader.read(&mut buf).expect("the end"), 0);
    }
}
