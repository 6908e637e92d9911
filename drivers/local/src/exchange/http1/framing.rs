//! Where the body of an answer ends.

use httparse::Status;

use super::Unreadable;

/// Longest line before a chunk.
const SIZE_LINE_MAX: usize = 1024;
/// Longest trailer behind the chunks.
const TRAILER_LEN_MAX: usize = 16 * 1024;

/// How the end of a body is known.
///
/// Whoever reads the body asks for what is [next](Self::next), takes bytes of data from the
/// connection and [says](Self::took) how many.
#[derive(Debug)]
pub enum Framing {
    /// After so many further bytes.
    Length(u64),
    /// Chunks say it.
    Chunked(Chunked),
    /// The connection ends with it.
    UntilClose,
}

/// What comes next in a chunked body.
#[derive(Clone, Copy, Debug)]
pub enum Chunked {
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

/// What is next in a body.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Next {
    /// Data, at most so many bytes.
    Data(u64),
    /// Something that has not arrived as a whole; more bytes tell.
    More,
    /// Nothing.
    End,
}

impl Framing {
    /// Whether the connection goes on behind the body.
    pub const fn tells_its_end(&self) -> bool {
        !matches!(self, Self::UntilClose)
    }

    /// Whether nothing follows any more.
    pub const fn has_ended(&self) -> bool {
        matches!(self, Self::Length(0) | Self::Chunked(Chunked::Ended))
    }

    /// What follows behind the first bytes of what has arrived, so many of which only stand around
    /// the data and are to be thrown away.
    ///
    /// # Errors
    /// They are no body.
    pub fn next(&mut self, arrived: &[u8]) -> Result<(usize, Next), Unreadable> {
        match self {
            Self::Length(0) => Ok((0, Next::End)),
            Self::Length(left) => Ok((0, Next::Data(*left))),
            Self::UntilClose => Ok((0, Next::Data(u64::MAX))),
            Self::Chunked(chunked) => chunked.next(arrived),
        }
    }

    /// So many bytes of data were taken.
    pub fn took(&mut self, len: usize) {
        match self {
            Self::Length(left) => *left = left.saturating_sub(len as u64),
            Self::Chunked(chunked) => chunked.took(len as u64),
            Self::UntilClose => {}
        }
    }
}

impl Chunked {
    fn next(&mut self, arrived: &[u8]) -> Result<(usize, Next), Unreadable> {
        let mut rest = arrived;
        let next = loop {
            match *self {
                // The parser takes a line without digits for the last chunk.
                Self::Size if rest.first().is_some_and(|byte| !byte.is_ascii_hexdigit()) => {
                    return Err(BAD_CHUNK);
                }
                Self::Size => match httparse::parse_chunk_size(rest) {
                    Ok(Status::Complete((len, size))) => {
                        rest = rest.get(len..).unwrap_or_default();
                        *self = if size == 0 { Self::Trailer(0) } else { Self::Data(size) };
                    }
                    Ok(Status::Partial) if rest.len() <= SIZE_LINE_MAX => break Next::More,
                    Ok(Status::Partial) | Err(_) => return Err(BAD_CHUNK),
                },
                Self::Data(left) => break Next::Data(left),
                Self::Line => match rest {
                    [b'\r', b'\n', behind @ ..] => {
                        rest = behind;
                        *self = Self::Size;
                    }
                    [] | [b'\r'] => break Next::More,
                    _ => return Err(BAD_CHUNK),
                },
                Self::Trailer(before) => {
                    let end = rest.iter().position(|byte| *byte == b'\n');
                    let len = before + end.unwrap_or(rest.len());
                    if len > TRAILER_LEN_MAX {
                        return Err(Unreadable("the trailer of the answer is too long"));
                    }
                    let Some(end) = end else { break Next::More };
                    let (line, behind) = rest.split_at(end + 1);
                    rest = behind;
                    let is_last = line.trim_ascii().is_empty();
                    *self = if is_last { Self::Ended } else { Self::Trailer(len + 1) };
                }
                Self::Ended => break Next::End,
            }
        };
        Ok((arrived.len() - rest.len(), next))
    }

    const fn took(&mut self, len: u64) {
        if let Self::Data(left) = *self {
            let left = left.saturating_sub(len);
            *self = if left == 0 { Self::Line } else { Self::Data(left) };
        }
    }
}

const BAD_CHUNK: Unreadable = Unreadable("a chunk of the answer cannot be read");

#[cfg(test)]
mod tests {
    use super::*;

    /// The data of a body that arrives in pieces of `step` bytes, whether it ended, and what is
    /// left over.
    fn read(text: &[u8], step: usize) -> Result<(Vec<u8>, bool, usize), Unreadable> {
        let mut framing = Framing::Chunked(Chunked::Size);
        let (mut arrived, mut data) = (Vec::new(), Vec::new());
        for piece in text.chunks(step) {
            arrived.extend_from_slice(piece);
            loop {
                let (skipped, next) = framing.next(&arrived)?;
                arrived.drain(..skipped);
                let Next::Data(left) = next else { break };
                let len = usize::try_from(left).map_or(arrived.len(), |it| it.min(arrived.len()));
                if len == 0 {
                    break;
                }
                data.extend(arrived.drain(..len));
                framing.took(len);
            }
        }
        Ok((data, framing.has_ended(), arrived.len()))
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
        let bad = ["x\r\n", "-1\r\n", "3\r\nabcd\r\n", "3\r\nabc\n\n", "11111111111111111\r\n"];
        let without_digits = ["\r\n\r\n", ";x\r\n\r\n", " \r\n\r\n", "3\r\nabc\r\n\r\n\r\n"];
        for text in bad.into_iter().chain(without_digits) {
            read(text.as_bytes(), 1).expect_err(text);
        }
        let endless = format!("1;{}", "x".repeat(SIZE_LINE_MAX));
        read(endless.as_bytes(), 7).expect_err("an endless line");
        let endless = format!("0\r\n{}", "a: b\r\n".repeat(TRAILER_LEN_MAX / 6 + 1));
        read(endless.as_bytes(), 7).expect_err("an endless trailer");
    }

    #[test]
    fn a_length_counts_what_was_taken() {
        let mut framing = Framing::Length(5);
        assert_eq!(framing.next(b"ab"), Ok((0, Next::Data(5))));
        framing.took(2);
        assert_eq!(framing.next(b""), Ok((0, Next::Data(3))));
        framing.took(3);
        assert_eq!(framing.next(b"x"), Ok((0, Next::End)));
    }
}
