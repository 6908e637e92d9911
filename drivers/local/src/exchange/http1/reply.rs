//! The head of an answer.

use core::mem::MaybeUninit;

use http::{Method, StatusCode};
use httparse::{Header, ParserConfig, Status};

use super::Unreadable;
use super::framing::{Chunked, Framing};
use crate::exchange::headers::{COUNT_MAX, HeaderList, LEN_MAX};

/// Most interim answers before the real one.
const INTERIM_MAX: u32 = 16;

/// An answer while it arrives.
#[derive(Debug)]
pub struct Awaiting {
    method: Method,
    /// How many interim answers there were.
    interim: u32,
}

/// The head of an answer, and what it says about the bytes behind it.
#[derive(Debug)]
pub struct ReplyHead {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderList,
    /// How the end of the body is known.
    pub framing: Framing,
    /// Whether the connection can be used again once the body has been read.
    pub keeps: bool,
}

impl Awaiting {
    /// The answer to a request with this method.
    pub const fn new(method: Method) -> Self {
        Self { method, interim: 0 }
    }

    /// The final head, once it has arrived; interim ones, which come without being asked for, are
    /// passed over. How many bytes are done with is told as well.
    ///
    /// # Errors
    /// The answer is not HTTP, says two things at once, or is longer than is taken.
    pub fn find(&mut self, arrived: &[u8]) -> Result<(usize, Option<ReplyHead>), Unreadable> {
        let mut rest = arrived;
        let mut found = None;
        while !rest.is_empty() {
            // Most of it is never used, and it is larger than most answers.
            let mut space: [MaybeUninit<Header<'_>>; COUNT_MAX] =
                [const { MaybeUninit::uninit() }; COUNT_MAX];
            let mut response = httparse::Response::new(&mut []);
            let parsed = ParserConfig::default().parse_response_with_uninit_headers(
                &mut response,
                rest,
                &mut space,
            );
            let len = match parsed.map_err(what_is_wrong)? {
                Status::Complete(len) if len <= LEN_MAX => len,
                Status::Partial if rest.len() < LEN_MAX => break,
                Status::Complete(_) | Status::Partial => return Err(TOO_LONG),
            };
            let head = ReplyHead::read(&response, &self.method)?;
            rest = rest.get(len..).unwrap_or_default();
            if !head.status.is_informational() {
                found = Some(head);
                break;
            }
            self.interim += 1;
            if self.interim > INTERIM_MAX {
                return Err(Unreadable("there is no end of interim answers"));
            }
        }
        Ok((arrived.len() - rest.len(), found))
    }
}

impl ReplyHead {
    fn read(response: &httparse::Response<'_, '_>, method: &Method) -> Result<Self, Unreadable> {
        let code = response.code.unwrap_or_default();
        let status: StatusCode = code.try_into().map_err(|_| Unreadable("no status"))?;
        let mut headers = HeaderList::new();
        for header in response.headers.iter() {
            let pushed = headers.push_bytes(header.name, header.value);
            pushed.map_err(|_| Unreadable("a header of the answer cannot be read"))?;
        }
        let framing = framing(status, method, &headers)?;
        let is_modern = response.version == Some(1);
        let keeps = is_modern && framing.tells_its_end() && !says_close(&headers);
        Ok(Self { status, headers, framing, keeps })
    }
}

const TOO_LONG: Unreadable = Unreadable("the head of the answer is too long");

const fn what_is_wrong(error: httparse::Error) -> Unreadable {
    let is_long = matches!(error, httparse::Error::TooManyHeaders);
    if is_long { TOO_LONG } else { Unreadable("the answer is not HTTP") }
}

/// How the end of the body is known (RFC 9112, section 6.3).
fn framing(
    status: StatusCode,
    method: &Method,
    headers: &HeaderList,
) -> Result<Framing, Unreadable> {
    // These have no body, whatever their headers say.
    let is_bare = status.is_informational() || matches!(status.as_u16(), 204 | 304);
    if *method == Method::HEAD || is_bare {
        return Ok(Framing::Length(0));
    }
    let mut lengths = headers.all("content-length");
    let mut codings = headers.all("transfer-encoding");
    if let Some(coding) = codings.next() {
        let is_chunked = codings.next().is_none() && coding.eq_ignore_ascii_case(b"chunked");
        // A length beside it is how answers are smuggled in.
        if is_chunked && lengths.next().is_none() {
            return Ok(Framing::Chunked(Chunked::Size));
        }
        return Err(Unreadable("the answer is coded in an unknown way"));
    }
    let Some(first) = lengths.next() else { return Ok(Framing::UntilClose) };
    let digits = core::str::from_utf8(first).unwrap_or_default();
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    match digits.parse() {
        Ok(len) if is_number && lengths.all(|other| other == first) => Ok(Framing::Length(len)),
        _ => Err(Unreadable("the answer tells no single length")),
    }
}

fn says_close(headers: &HeaderList) -> bool {
    let mut options = headers.all("connection").flat_map(|value| value.split(|byte| *byte == b','));
    options.any(|option| option.trim_ascii().eq_ignore_ascii_case(b"close"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(text: &str) -> Result<Option<ReplyHead>, Unreadable> {
        let found = Awaiting::new(Method::GET).find(text.as_bytes());
        found.map(|(_, head)| head)
    }

    fn read(text: &str) -> ReplyHead {
        take(text).expect("legal").expect("whole")
    }

    #[test]
    fn a_head_tells_how_the_body_ends() {
        let head = read("HTTP/1.1 200 OK\r\nContent-Length: 12\r\nX-A: b\r\n\r\n");
        assert_eq!((head.status.as_u16(), head.headers.all("x-a").next()), (200, Some(&b"b"[..])));
        assert!(matches!(head.framing, Framing::Length(12)) && head.keeps);
        let head = read("HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n");
        assert!(matches!(head.framing, Framing::Chunked(_)) && head.keeps);
        let head = read("HTTP/1.1 200 OK\r\n\r\n");
        assert!(matches!(head.framing, Framing::UntilClose) && !head.keeps);
        let head = read("HTTP/1.1 204 No\r\nContent-Length: 12\r\n\r\n");
        assert!(matches!(head.framing, Framing::Length(0)) && head.keeps);
        let text = b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n";
        let found = Awaiting::new(Method::HEAD).find(text);
        let head = found.expect("legal").1.expect("whole");
        assert!(matches!(head.framing, Framing::Length(0)) && head.keeps);
    }

    #[test]
    fn a_connection_that_is_to_be_closed_is_not_kept() {
        let end = "Content-Length: 0\r\n\r\n";
        for line in
            ["connection: close", "Connection: x, Close", "Connection: x\r\nconnection: close"]
        {
            assert!(!read(&format!("HTTP/1.1 200 OK\r\n{line}\r\n{end}")).keeps, "{line}");
        }
        assert!(!read(&format!("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n{end}")).keeps);
        assert!(read(&format!("HTTP/1.1 200 OK\r\nConnection: closed\r\n{end}")).keeps);
    }

    #[test]
    fn a_head_comes_in_pieces_and_after_interim_ones() {
        assert!(take("HTTP/1.1 200 OK\r\nContent-Le").expect("legal").is_none());
        assert!(take("HTTP/1.1 100 Go on\r\n\r\n").expect("legal").is_none());
        let text = b"HTTP/1.1 100 Go on\r\n\r\nHTTP/1.1 418 No\r\n\r\nrest";
        let found = Awaiting::new(Method::GET).find(text);
        let (len, head) = found.expect("legal");
        assert_eq!(head.expect("whole").status.as_u16(), 418);
        assert_eq!(text.get(len..), Some(&b"rest"[..]));
        take(&"HTTP/1.1 100 Go on\r\n\r\n".repeat(100)).expect_err("endless");
    }

    #[test]
    fn heads_that_mean_two_things_are_refused() {
        for lines in [
            "Content-Length: 1\r\nContent-Length: 2",
            "Content-Length: +1",
            "Content-Length: ",
            "Content-Length: 99999999999999999999",
            "Content-Length: 1\r\nTransfer-Encoding: chunked",
            "Transfer-Encoding: gzip, chunked",
            "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked",
        ] {
            take(&format!("HTTP/1.1 200 OK\r\n{lines}\r\n\r\n")).expect_err(lines);
        }
        take("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n")
            .expect("the same");
        take("SSH-2.0-x\r\n\r\n").expect_err("not HTTP");
    }

    #[test]
    fn heads_have_a_bound() {
        let endless = format!("HTTP/1.1 200 OK\r\nX: {}", "x".repeat(LEN_MAX));
        assert_eq!(take(&endless).err(), Some(TOO_LONG));
        let head = |count| format!("HTTP/1.1 200 OK\r\n{}\r\n", "X: y\r\n".repeat(count));
        assert_eq!(read(&head(COUNT_MAX)).headers.len(), COUNT_MAX);
        assert_eq!(take(&head(COUNT_MAX + 1)).err(), Some(TOO_LONG));
    }
}
