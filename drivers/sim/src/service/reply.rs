//! Replies, and the refusals that most checks end in.

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};

use super::model::Slice;

/// An answer of the service.
#[derive(Debug, Clone)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Headers, without `Date` and those of the transport.
    pub headers: HeaderMap,
    /// The body.
    pub body: Body,
}

/// The body of a [`Reply`].
#[derive(Debug, Clone)]
pub enum Body {
    /// None, as every answer to `HEAD`.
    Empty,
    /// Text, JSON in all of the service's own answers.
    Text(Bytes),
    /// Bytes of a file, to be read from the store.
    Content(Content),
}

/// File content by reference.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Content {
    /// Where the bytes are, in order.
    pub slices: Vec<Slice>,
    /// Position of the first byte in its file.
    pub offset: u64,
    /// Number of bytes.
    pub len: u64,
}

impl Content {
    /// Part of some slices: `len` bytes from `offset`, which must lie within them.
    pub(crate) fn range(slices: &[Slice], offset: u64, len: u64) -> Self {
        let mut found = Vec::new();
        let mut position = 0;
        let end = offset + len;
        for slice in slices {
            let from = offset.max(position);
            let to = end.min(position + slice.len);
            if from < to {
                found.push(Slice {
                    blob: slice.blob,
                    offset: slice.offset + (from - position),
                    len: to - from,
                });
            }
            position += slice.len;
        }
        Self { slices: found, offset, len }
    }
}

impl Reply {
    /// A successful JSON answer.
    pub(crate) fn json(value: &Value) -> Self {
        Self::json_text(value.to_string())
    }

    /// A successful answer of JSON already written.
    pub(crate) fn json_text(text: String) -> Self {
        Self::with_json(200, text, "application/json;charset=UTF-8")
    }

    /// Bytes in the body, when it is held in memory.
    pub fn text(&self) -> &[u8] {
        match &self.body {
            Body::Text(bytes) => bytes,
            Body::Empty | Body::Content(_) => &[],
        }
    }

    /// The JSON body; null when there is none.
    pub fn value(&self) -> Value {
        serde_json::from_slice(self.text()).unwrap_or(Value::Null)
    }

    /// Whether the status tells of success.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    pub(crate) fn without_body(mut self) -> Self {
        self.body = Body::Empty;
        self
    }

    fn with_json(status: u16, text: String, content_type: &'static str) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("max-age=0, no-cache, no-store"));
        Self { status, headers, body: Body::Text(Bytes::from(text)) }
    }
}

/// Why a request is refused: what becomes the error body (spec section 5.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// The `code` clients decide on.
    pub code: &'static str,
    /// Text for people.
    pub message: String,
}

/// The outcome of a check or of a call.
pub(crate) type Checked<T> = Result<T, Refusal>;

impl Refusal {
    pub(crate) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "bad_request", message)
    }

    pub(crate) fn unauthorized() -> Self {
        Self::new(401, "unauthorized", "unauthorized")
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(404, "not_found", message)
    }

    pub(crate) fn lock_missing() -> Self {
        Self::new(400, "bucket_missing_file_lock", "The bucket is not file lock enabled")
    }

    /// The answer on the wire.
    pub fn into_reply(self) -> Reply {
        error_reply(self.status, self.code, &self.message, None)
    }

    /// The answer to a failed login, which names the scheme it wants.
    pub(crate) fn into_login_reply(self) -> Reply {
        let login = self.status == 401;
        let mut reply = self.into_reply();
        if login {
            reply.headers.insert(
                WWW_AUTHENTICATE,
                HeaderValue::from_static("BASIC realm=\"authorize_account\""),
            );
        }
        reply
    }
}

/// An error answer with any code, as faults need it.
pub(crate) fn error_reply(
    status: u16,
    code: &str,
    message: &str,
    retry_after_s: Option<u64>,
) -> Reply {
    let body = json!({ "status": status, "code": code, "message": message });
    let mut reply = Reply::with_json(status, body.to_string(), "application/json;charset=utf-8");
    if let Some(seconds) = retry_after_s {
        reply.headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    reply
}

/// Adds a header whose value may hold any bytes a file's metadata can; what HTTP cannot carry
/// is left out.
pub(crate) fn add_header(headers: &mut HeaderMap, name: &str, value: &str) {
    if let (Ok(name), Ok(value)) =
        (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value.as_bytes()))
    {
        headers.insert(name, value);
    }
}
