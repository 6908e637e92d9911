//! The head of an answer.

use super::Broken;
use super::framing::Framing;
use bytes::{Buf as _, BytesMut};
use core::mem::MaybeUninit;
use http::header::{CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use httparse::{ParserConfig, Status};

/// Longest head of an answer, in bytes.
const HEAD_LEN_MAX: usize = 64 * 1024;
/// Most headers of an answer.
const HEADERS_MAX: usize = 256;

/// Most interim answers before the real one.
const INTERIM_MAX: u32 = 16;

/// How many interim answers there were.
#[derive(Default)]
pub(super) struct Interim(u32);

/// The head of an answer, and what it says about the bytes behind it.
#[derive(Debug)]
pub(super) struct ReplyHead {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) framing: Framing,
    /// Whether the connection can be used again once the body has been read.
    pub(super) keeps: bool,
}

impl ReplyHead {
    /// Takes the final head out of what has arrived, once it is there; interim ones are passed
    /// over.
    pub(super) fn take(
        arrived: &mut BytesMut,
        method: &Method,
        interim: &mut Interim,
    ) -> Result<Option<Self>, Broken> {
        while !arrived.is_empty() {
            // Most of it is never used, and it is larger than most answers.
            let mut space = [const { MaybeUninit::uninit() }; HEADERS_MAX];
            let mut response = httparse::Response::new(&mut []);
            let parsed = ParserConfig::default().parse_response_with_uninit_headers(
                &mut response,
                arrived,
                &mut space,
            );
            let len = match parsed.map_err(|_| Broken::Unreadable("the answer is not HTTP"))? {
                Status::Complete(len) if len <= HEAD_LEN_MAX => len,
                Status::Partial if arrived.len() < HEAD_LEN_MAX => return Ok(None),
                Status::Complete(_) | Status::Partial => {
                    return Err(Broken::Unreadable("the head of the answer is too long"));
                }
            };
            let head = Self::read(&response, method)?;
            arrived.advance(len);
            if !head.status.is_informational() {
                return Ok(Some(head));
            }
            interim.0 += 1;
            if interim.0 > INTERIM_MAX {
                return Err(Broken::Unreadable("there is no end of interim answers"));
            }
        }
        Ok(None)
    }

    fn read(response: &httparse::Response<'_, '_>, method: &Method) -> Result<Self, Broken> {
        let code = response.code.unwrap_or_default();
        let status: StatusCode = code.try_into().map_err(|_| Broken::Unreadable("no status"))?;
        let mut headers = HeaderMap::with_capacity(response.headers.len());
        for header in response.headers.iter() {
            let name = HeaderName::from_bytes(header.name.as_bytes());
            let value = HeaderValue::from_bytes(header.value);
            let (Ok(name), Ok(value)) = (name, value) else {
                return Err(Broken::Unreadable("a header of the answer cannot be read"));
            };
            headers.append(name, value);
        }
        let framing = framing(status, method, &headers)?;
        let is_modern = response.version == Some(1);
        let keeps = is_modern && framing.tells_its_end() && !says_close(&headers);
        Ok(Self { status, headers, framing, keeps })
    }
}

/// How the end of the body is known (RFC 9112, section 6.3).
fn framing(status: StatusCode, method: &Method, headers: &HeaderMap) -> Result<Framing, Broken> {
    // These have no body, whatever their headers say.
    let is_bare = status.is_informational() || matches!(status.as_u16(), 204 | 304);
    if *method == Method::HEAD || is_bare {
        return Ok(Framing::Length(0));
    }
    if let Some(coding) = headers.get(TRANSFER_ENCODING) {
        let is_single = headers.get_all(TRANSFER_ENCODING).iter().nth(1).is_none();
        let is_chunked = is_single && coding.as_bytes().eq_ignore_ascii_case(b"chunked");
        // A length beside it is how answers are smuggled in.
        if is_chunked && !headers.contains_key(CONTENT_LENGTH) {
            return Ok(Framing::chunked());
        }
        return Err(Broken::Unreadable("the answer is coded in an unknown way"));
    }
    let mut lengths = headers.get_all(CONTENT_LENGTH).iter();
    let Some(first) = lengths.next() else { return Ok(Framing::UntilClose) };
    let digits = first.to_str().unwrap_or_default();
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    match digits.parse() {
        Ok(len) if is_number && lengths.all(|other| other == first) => Ok(Framing::Length(len)),
        _ => Err(Broken::Unreadable("the answer tells no single length")),
    }
}

fn says_close(headers: &HeaderMap) -> bool {
    let values = headers.get_all(CONNECTION).iter();
    let mut options = values.flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    options.any(|option| option.trim_ascii().eq_ignore_ascii_case(b"close"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(text: &str) -> Result<Option<ReplyHead>, Broken> {
        ReplyHead::take(&mut text.into(), &Method::GET, &mut Interim::default())
    }

    fn read(text: &str) -> ReplyHead {
        take(text).expect("legal").expect("whole")
    }

    #[test]
    fn a_head_tells_how_the_body_ends() {
        let head = read("HTTP/1.1 200 OK\r\nContent-Length: 12\r\nX-A: b\r\n\r\n");
        assert_eq!((head.status.as_u16(), head.headers["x-a"].as_bytes()), (200, &b"b"[..]));
        assert!(matches!(head.framing, Framing::Length(12)) && head.keeps);
        let head = read("HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n");
        assert!(matches!(head.framing, Framing::Chunked(_)) && head.keeps);
        let head = read("HTTP/1.1 200 OK\r\n\r\n");
        assert!(matches!(head.framing, Framing::UntilClose) && !head.keeps);
        let head = read("HTTP/1.1 204 No\r\nContent-Length: 12\r\n\r\n");
        assert!(matches!(head.framing, Framing::Length(0)) && head.keeps);
        let mut text = BytesMut::from("HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n");
        let head = ReplyHead::take(&mut text, &Method::HEAD, &mut Interim::default())
            .expect("legal")
            .expect("whole");
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
        let mut text = BytesMut::from("HTTP/1.1 100 Go on\r\n\r\nHTTP/1.1 418 No\r\n\r\nrest");
        let head = ReplyHead::take(&mut text, &Method::GET, &mut Interim::default())
            .expect("legal")
            .expect("whole");
        assert_eq!((head.status.as_u16(), &text[..]), (418, &b"rest"[..]));
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
        let endless = format!("HTTP/1.1 200 OK\r\nX: {}", "x".repeat(HEAD_LEN_MAX));
        take(&endless).expect_err("too long");
    }
}
