//! From a request of the core to one that owns all it needs.

use core::fmt::{self, Write as _};
use core::time::Duration;

use std::sync::Arc;

use b2_proto::error::Cause;
use b2_proto::id::{BufferId, SourceId};
use b2_proto::machine::{ReplyTo, Request};
use b2_proto::wire::body::{Body, BodyPiece, DigestMode};
use b2_proto::wire::head::{Head, Method, Target};
use b2_proto::wire::text::Sha1;
use http::HeaderValue;

use super::headers::{HeaderList, NoHeader};
use super::meter::Meter;
use crate::hub::RequestInfo;

/// A request that owns all it needs. It is to be sent as it is: with these headers and no others
/// but `Host` and `Connection`, and with a body of exactly [`body_len`](Self::body_len) bytes.
///
/// Its debug text has no secrets: neither the URL of an upload nor a body.
pub struct Outgoing {
    /// The HTTP method.
    pub method: http::Method,
    /// The whole URL, encoded.
    pub url: String,
    /// The headers, `Content-Length` included where there is a body.
    pub headers: HeaderList,
    /// What follows the head.
    pub payload: Payload,
    /// Where the answer goes.
    pub reply: ReplyTo,
    /// Longest silence on the connection before it is given up.
    pub silence_max: Duration,
    /// The request whose body the answer goes into.
    pub fed: Option<Arc<Meter>>,
    about: About,
}

/// What observers are told besides the URL.
#[derive(Debug)]
struct About {
    operation: &'static str,
    attempt: u16,
    method: &'static str,
    body_len: u64,
    /// The path of an upload URL belongs to whoever it was given to.
    hides_path: bool,
}

/// What follows the head.
pub enum Payload {
    /// Nothing.
    Empty,
    /// Text.
    Text(String),
    /// Bytes of a source, hashed while they are sent.
    Range {
        /// The source.
        source: SourceId,
        /// From here on.
        offset: u64,
        /// So many bytes.
        len: u64,
        /// Whether digits of the digest follow them.
        digest: DigestMode,
    },
    /// A buffer that was filled before.
    Buffer {
        /// The buffer.
        slot: BufferId,
        /// Bytes in it.
        len: u64,
        /// Their SHA-1.
        sha1: Sha1,
    },
    /// Pieces in a row, hashed while they are sent.
    Joined {
        /// The pieces.
        pieces: Vec<BodyPiece>,
        /// Bytes in all of them.
        len: u64,
        /// Most bytes that are held of those that other requests bring.
        held_max: u64,
        /// Whether digits of the digest follow them.
        digest: DigestMode,
    },
}

/// Why a request cannot be sent.
pub(crate) type Refused = (Cause, &'static str);

/// How all requests of a client are made.
#[derive(Debug)]
pub(crate) struct Manner {
    pub(crate) user_agent: HeaderValue,
    /// Longest silence, where the operation allows more.
    pub(crate) silence_max: Option<Duration>,
}

/// Copies what `request` borrows.
pub(crate) fn prepare(request: &Request<'_>, manner: &Manner) -> Result<Outgoing, Refused> {
    let head = &request.head;
    let url = url(head)?;
    let method = match head.method {
        Method::Get => http::Method::GET,
        Method::Head => http::Method::HEAD,
        Method::Post => http::Method::POST,
    };
    let mut headers = headers(head)?;
    headers.push_bytes("user-agent", manner.user_agent.as_bytes()).map_err(unsendable)?;
    let mut body_len = request.body.digest().map(|_| request.body.content_len());
    let payload = match request.body {
        Body::Empty => Payload::Empty,
        Body::Json(text) => {
            let mut json = String::new();
            text.write_json(&mut json).map_err(|_| (Cause::BadReply, "not to be written"))?;
            body_len = Some(json.len() as u64);
            Payload::Text(json)
        }
        Body::Range { source, offset, len, digest } => {
            Payload::Range { source, offset, len, digest }
        }
        Body::Buffer { slot, len, sha1 } => Payload::Buffer { slot, len, sha1 },
        Body::Joined { pieces, len, held_max, digest } => {
            let mut list = Vec::new();
            pieces.each(&mut |piece| list.push(piece));
            Payload::Joined { pieces: list, len, held_max, digest }
        }
    };
    if let Some(len) = body_len {
        headers.push("content-length", len, false).map_err(unsendable)?;
    }
    let about = About {
        operation: request.operation,
        attempt: request.attempt,
        method: head.method.as_str(),
        body_len: body_len.unwrap_or(0),
        hides_path: matches!(head.target, Target::Upload(_)),
    };
    let allowed = Duration::from_millis(u64::from(request.timeout_ms));
    let silence_max = manner.silence_max.map_or(allowed, |wanted| wanted.min(allowed));
    let reply = request.reply;
    Ok(Outgoing { method, url, headers, payload, reply, silence_max, fed: None, about })
}

impl Outgoing {
    /// Length of the body in bytes.
    pub const fn body_len(&self) -> u64 {
        self.about.body_len
    }

    /// What observers are told; no secrets.
    pub(crate) fn info(&self) -> RequestInfo {
        let About { operation, attempt, method, body_len, hides_path } = self.about;
        let url = redacted(&self.url, hides_path);
        RequestInfo { operation, attempt, method, url, body_len }
    }
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing").field("about", &self.about).finish_non_exhaustive()
    }
}

/// The URL as it may be shown: without its query, and with a secret path, only the server.
fn redacted(url: &str, hides_path: bool) -> String {
    let without_query = url.split_once('?').map_or(url, |(url, _)| url);
    if !hides_path {
        return without_query.to_owned();
    }
    let (scheme, rest) = without_query.split_once("://").unwrap_or(("", without_query));
    let server = rest.split_once('/').map_or(rest, |(server, _)| server);
    format!("{scheme}://{server}/…")
}

const DOT_SEGMENT: &str = "a name with . or .. as a folder cannot be in a URL; use the file's ID";

/// The request's URL. HTTP libraries and proxies resolve `..` in paths, which would name another
/// file, so such a path is refused.
fn url(head: &Head<'_>) -> Result<String, Refused> {
    let mut text = String::with_capacity(160);
    write!(text, "{}", head.target).map_err(|_| (Cause::Unsendable, "not a URL"))?;
    // Hardly any has a segment that begins with a dot.
    if text.as_bytes().windows(2).any(|two| two == b"/.") && has_dot_segment(&text) {
        return Err((Cause::Unsendable, DOT_SEGMENT));
    }
    Ok(text)
}

fn has_dot_segment(url: &str) -> bool {
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    let path = rest.split_once('?').map_or(rest, |(path, _)| path);
    path.split('/').skip(1).any(|segment| segment == "." || segment == "..")
}

fn headers(head: &Head<'_>) -> Result<HeaderList, Refused> {
    let mut list = HeaderList::new();
    let mut result = Ok(());
    head.each_field(&mut |field| {
        let pushed = list.push(field.name, field.value, field.is_secret);
        result = result.and(pushed);
    });
    result.map(|()| list).map_err(unsendable)
}

const fn unsendable(_: NoHeader) -> Refused {
    (Cause::Unsendable, "a header cannot be sent")
}

#[cfg(test)]
mod tests {
    use super::*;
    use b2_proto::wire::head::Target;

    const NO_QUERY: [(&str, &str); 0] = [];

    fn path(name: &str) -> Result<String, Refused> {
        let base = "https://f.test";
        let target = Target::FileByName { base, bucket: "photos", name, query: &NO_QUERY };
        let head = Head { target, ..Head::json(base, "b2_hide_file", "token") };
        url(&head).map(|url| url.trim_start_matches(base).to_owned())
    }

    #[test]
    fn a_url_names_the_file_that_was_meant() {
        assert_eq!(path("a b/\u{17c}?#%").as_deref(), Ok("/file/photos/a%20b/%C5%BC%3F%23%25"));
        for name in ["a/../b", "./a", "..", "a/."] {
            assert!(path(name).is_err(), "{name}");
        }
        assert_eq!(path("a..b/.c/...").as_deref(), Ok("/file/photos/a..b/.c/..."));
    }

    #[test]
    fn shown_urls_have_no_secrets() {
        assert_eq!(redacted("https://pod.test/up/tok?cvt=x", true), "https://pod.test/…");
        let file = "https://f.test/file/b/a?Authorization=tok";
        assert_eq!(redacted(file, false), "https://f.test/file/b/a");
    }

    #[test]
    fn debug_texts_have_no_secrets() {
        let about = About {
            attempt: 1,
            operation: "b2_upload_file",
            method: "POST",
            body_len: 3,
            hides_path: true,
        };
        let out = Outgoing {
            method: http::Method::POST,
            url: "https://pod.test/secret".to_owned(),
            headers: HeaderList::new(),
            payload: Payload::Text(r#"{"customerKey": "secret"}"#.to_owned()),
            reply: ReplyTo::Small { len_max: 1 },
            silence_max: Duration::ZERO,
            fed: None,
            about,
        };
        let text = format!("{out:?} {:?}", out.info());
        assert!(text.contains("b2_upload_file") && !text.contains("secret"), "{text}");
    }

    #[test]
    fn secrets_are_marked() {
        let head = Head::json("https://a.test", "b2_hide_file", "token");
        let headers = headers(&head).expect("legal").to_map();
        assert!(headers["authorization"].is_sensitive());
        assert!(!headers["accept"].is_sensitive());
    }
}
