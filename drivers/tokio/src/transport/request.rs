//! From a request of the core to one of the HTTP library.

use super::meter::Meter;
use super::source::SourceHandle;
use crate::job::JobIo;
use b2_proto::error::Cause;
use b2_proto::id::ReqId;
use b2_proto::machine::{ReplyTo, Request};
use b2_proto::wire::body::{Body, DigestMode};
use b2_proto::wire::head::{FieldName, Head, Method};
use bytes::Bytes;
use core::fmt::Write as _;
use core::time::Duration;
use http::header::{CONTENT_LENGTH, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue};
use reqwest::Url;
use std::sync::Arc;

/// A request that owns all it needs.
pub(crate) struct Outgoing {
    pub(crate) id: ReqId,
    pub(crate) http: reqwest::Request,
    pub(crate) payload: Payload,
    pub(crate) reply: ReplyTo,
    pub(crate) silence_max: Duration,
    pub(crate) meter: Arc<Meter>,
}

/// What follows the head.
pub(crate) enum Payload {
    /// Nothing, or text that is part of the request already.
    Ready,
    /// Bytes of a source, hashed while they are sent.
    Range { source: SourceHandle, offset: u64, len: u64, digest: DigestMode },
}

/// Why a request cannot be sent.
pub(crate) type Refused = (Cause, &'static str);

/// Copies what `request` borrows.
pub(crate) fn prepare(
    request: &Request<'_>,
    io: &JobIo,
    user_agent: &HeaderValue,
) -> Result<Outgoing, Refused> {
    let url = url(&request.head)?;
    let method = match request.head.method {
        Method::Get => http::Method::GET,
        Method::Head => http::Method::HEAD,
        Method::Post => http::Method::POST,
    };
    let mut http = reqwest::Request::new(method, url);
    *http.headers_mut() = headers(&request.head)?;
    http.headers_mut().insert(USER_AGENT, user_agent.clone());
    let mut content_len = request.body.digest().map(|_| request.body.content_len());
    let payload = match request.body {
        Body::Empty => Payload::Ready,
        Body::Json(text) => {
            let mut json = String::new();
            text.write_json(&mut json).map_err(|_| (Cause::BadReply, "not to be written"))?;
            content_len = Some(json.len() as u64);
            *http.body_mut() = Some(json.into());
            Payload::Ready
        }
        Body::Range { source, offset, len, digest } => {
            let source = io.source(source).ok_or(NO_SOURCE)?;
            Payload::Range { source, offset, len, digest }
        }
        Body::Buffer { slot, len, sha1 } => {
            let bytes = io.buffer(slot).filter(|bytes| bytes.len() as u64 == len);
            let source = SourceHandle::Memory(bytes.ok_or(NO_SOURCE)?);
            Payload::Range { source, offset: 0, len, digest: DigestMode::Known(sha1) }
        }
    };
    if let Some(len) = content_len {
        http.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(len));
    }
    Ok(Outgoing {
        id: request.id,
        http,
        payload,
        reply: request.reply,
        silence_max: Duration::from_millis(u64::from(request.timeout_ms)),
        meter: Arc::new(Meter::new()),
    })
}

const DOT_SEGMENT: &str = "a name with . or .. as a folder cannot be in a URL; use the file's ID";
const NO_SOURCE: Refused = (Cause::SourceUnreadable, "the source is not there");

/// The request's URL. The URL library resolves `..` in paths, which would name another file, so
/// a path that would be changed is refused.
fn url(head: &Head<'_>) -> Result<Url, Refused> {
    let text = head.target.to_string();
    let url = Url::parse(&text).map_err(|_| (Cause::Unsendable, "not a URL"))?;
    let rest = text.split_once("://").map_or("", |(_, rest)| rest);
    let path = rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/");
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    if url.path() != path {
        return Err((Cause::Unsendable, DOT_SEGMENT));
    }
    Ok(url)
}

fn headers(head: &Head<'_>) -> Result<HeaderMap, Refused> {
    let mut map = HeaderMap::with_capacity(16);
    let mut text = String::new();
    let mut result = Ok(());
    head.each_field(&mut |field| {
        text.clear();
        let name = match field.name {
            FieldName::Known(name) => HeaderName::from_bytes(name.as_bytes()),
            FieldName::Info(_) => HeaderName::from_bytes(field.name.to_string().as_bytes()),
        };
        let written = write!(text, "{}", field.value);
        let value = written.ok().and_then(|()| HeaderValue::from_str(&text).ok());
        match (name, value) {
            (Ok(name), Some(mut value)) => {
                value.set_sensitive(field.is_secret);
                map.append(name, value);
            }
            _ => result = Err((Cause::Unsendable, "a header cannot be sent")),
        }
    });
    result.map(|()| map)
}

/// Bytes `offset..offset + len` of a memory source.
pub(crate) fn slice(bytes: &Bytes, offset: u64, len: u64) -> Option<Bytes> {
    let start = usize::try_from(offset).ok()?;
    let end = start.checked_add(usize::try_from(len).ok()?)?;
    (end <= bytes.len()).then(|| bytes.slice(start..end))
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
        url(&head).map(|url| url.path().to_owned())
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
    fn secrets_are_marked() {
        let head = Head::json("https://a.test", "b2_hide_file", "token");
        let headers = headers(&head).expect("legal");
        assert!(headers["authorization"].is_sensitive());
        assert!(!headers["accept"].is_sensitive());
    }
}
