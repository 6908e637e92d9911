//! Where the body of an answer ends.

use super::Broken;
use super::connection::{Connection, poll_until};
use b2_local::exchange::pool::Pool as Pieces;
use bytes::{Buf as _, Bytes, BytesMut};
use core::task::{Context, Poll, ready};
use httparse::Status;

/// Bytes up to which an answer is read in one go, together with its head.
const SHORT_LEN_MAX: usize = 16 * 1024;
/// Longest line before a chunk.
const SIZE_LINE_MAX: usize = 1024;
/// Longest trailer behind the chunks.
const TRAILER_LEN_MAX: usize = 16 * 1024;

/// How the end of a body is known.
#[derive(Debug)]
pub(super) enum Framing {
    /// After so many further bytes.
    Length(u64),
    /// Chunks say it.
    Chunked(Chunked),
    /// The connection ends with it.
    UntilClose,
}

/// What comes next in a chunked body.
#[derive(Clone, Copy, Debug)]
pub(super) enum Chunked {
    /// The length of a chunk.
    Size,
    /// So many further bytes of the chunk.
    Data(u64),
    /// The end of the line behind a chunk.
    Line,
    /// Lines of the trailer, so many bytes so far.
    Trailer(usize),
    /// Nothing.
    Ended,
}

impl Framing {
    pub(super) const fn chunked() -> Self {
        Self::Chunked(Chunked::Size)
    }

    /// Whether the connection goes on behind the body.
    pub(super) const fn tells_its_end(&self) -> bool {
        !matches!(self, Self::UntilClose)
    }

    /// Whether nothing follows any more.
    pub(super) const fn has_ended(&self) -> bool {
        matches!(self, Self::Length(0) | Self::Chunked(Chunked::Ended))
    }

    /// The next bytes of the body, `None` at its end.
    pub(super) fn poll_next(
        &mut self,
        connection: &mut Connection,
        pieces: &Pieces,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Option<Bytes>, Broken>> {
        let bytes = match self {
            Self::Length(0) => return Poll::Ready(Ok(None)),
            Self::Length(left) => {
                let bytes = ready!(poll_some(connection, pieces, *left, cx))?;
                if bytes.is_empty() {
                    return Poll::Ready(Err(Broken::Closed));
                }
                *left -= bytes.len() as u64;
                bytes
            }
            Self::UntilClose => ready!(poll_some(connection, pieces, u64::MAX, cx))?,
            Self::Chunked(chunked) => {
                ready!(poll_until(connection, cx, SHORT_LEN_MAX, |arrived| chunked.take(arrived)))?
            }
        };
        Poll::Ready(Ok((!bytes.is_empty()).then_some(bytes)))
    }
}

/// At least one and at most `left` bytes; none at the end of the connection.
fn poll_some(
    connection: &mut Connection,
    pieces: &Pieces,
    left: u64,
    cx: &mut Context<'_>,
) -> Poll<Result<Bytes, Broken>> {
    if connection.arrived.is_empty() {
        match usize::try_from(left) {
            Ok(len) if len <= SHORT_LEN_MAX => ready!(connection.poll_fill(len, cx))?,
            _ => return connection.poll_piece(pieces, left, cx).map_err(Broken::from),
        };
    }
    Poll::Ready(Ok(connection.take(left)))
}

impl Chunked {
    /// Takes the next bytes of data out of what has arrived; an empty piece is the end, `None`
    /// asks for more.
    fn take(&mut self, arrived: &mut BytesMut) -> Result<Option<Bytes>, Broken> {
        loop {
            match *self {
                Self::Size => match httparse::parse_chunk_size(arrived) {
                    Ok(Status::Complete((len, size))) => {
                        arrived.advance(len);
                        *self = if size == 0 { Self::Trailer(0) } else { Self::Data(size) };
                    }
                    Ok(Status::Partial) if arrived.len() <= SIZE_LINE_MAX => return Ok(None),
                    Ok(Status::Partial) | Err(_) => return Err(bad_chunk()),
                },
                Self::Data(_) if arrived.is_empty() => return Ok(None),
                Self::Data(left) => {
                    let len =
                        usize::try_from(left).map_or(arrived.len(), |it| it.min(arrived.len()));
                    let left = left - len as u64;
                    *self = if left == 0 { Self::Line } else { Self::Data(left) };
                    return Ok(Some(arrived.split_to(len).freeze()));
                }
                Self::Line if arrived.len() < 2 => return Ok(None),
                Self::Line if arrived.starts_with(b"\r\n") => {
                    arrived.advance(2);
                    *self = Self::Size;
                }
                Self::Line => return Err(bad_chunk()),
                Self::Trailer(before) => {
                    let line = arrived.iter().position(|byte| *byte == b'\n');
                    let len = before + line.unwrap_or(arrived.len());
                    if len > TRAILER_LEN_MAX {
                        return Err(Broken::Unreadable("the trailer of the answer is too long"));
                    }
                    let Some(end) = line else { return Ok(None) };
                    let is_last = arrived.split_to(end + 1).trim_ascii().is_empty();
                    *self = if is_last { Self::Ended } else { Self::Trailer(len + 1) };
                }
                Self::Ended => return Ok(Some(Bytes::new())),
            }
        }
    }
}

const fn bad_chunk() -> Broken {
    Broken::Unreadable("a chunk of the answer cannot be read")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The data of a body that arrives in pieces of `step` bytes, whether it ended, and what is
    /// left over.
    fn read(text: &[u8], step: usize) -> Result<(Vec<u8>, bool, usize), Broken> {
        let mut chunked = Chunked::Size;
        let mut arrived = BytesMut::new();
        let mut data = Vec::new();
        for piece in text.chunks(step) {
            arrived.extend_from_slice(piece);
            while let Some(bytes) = chunked.take(&mut arrived)? {
                if bytes.is_empty() {
                    break;
                }
                data.extend_from_slice(&bytes);
            }
        }
        Ok((data, matches!(chunked, Chunked::Ended), arrived.len()))
    }

    #[test]
    fn chunks_make_a_body_however_they_arrive() {
        let text = b"3\r\nabc\r\n0A;x=y\r\n0123456789\r\n0\r\nX-Sum: 1\r\n\r\n";
        for step in 1..=text.len() {
            let (data, has_ended, rest) = read(text, step).expect("legal");
            assert_eq!((&data[..], has_ended, rest), (&b"abc0123456789"[..], true, 0), "{step}");
        }
        assert!(!read(b"3\r\nabc\r\n0\r\n", 1).expect("legal").1, "the trailer has no end");
        let (_, has_ended, rest) = read(b"0\r\n\r\nHTTP", 9).expect("legal");
        assert_eq!((has_ended, rest), (true, 4));
    }

    #[test]
    fn what_is_not_chunked_is_refused() {
        for text in ["x\r\n", "-1\r\n", "3\r\nabcd\r\n", "3\r\nabc\n\n", "11111111111111111\r\n"] {
            read(text.as_bytes(), 1).expect_err(text);
        }
        let endless = format!("1;{}", "x".repeat(SIZE_LINE_MAX));
        read(endless.as_bytes(), 7).expect_err("an endless line");
        let endless = format!("0\r\n{}", "a: b\r\n".repeat(TRAILER_LEN_MAX / 6 + 1));
        read(endless.as_bytes(), 7).expect_err("an endless trailer");
    }
}
