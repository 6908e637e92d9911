//! Requests as the service sees them, and where their URL leads.

use b2_proto::wire::text::hex_value;
use http::{HeaderMap, Method, Uri};

use super::op::Op;
use super::reply::{Checked, Refusal};

/// Head of a request: everything but its body.
#[derive(Debug, Clone)]
pub struct Request {
    /// Method.
    pub method: Method,
    /// Target; only path and query are looked at.
    pub uri: Uri,
    /// Headers.
    pub headers: HeaderMap,
}

impl Request {
    /// A header as text; absent when it is missing or is no text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// A header that may hold UTF-8.
    pub(crate) fn utf8_header(&self, name: &str) -> Checked<Option<&str>> {
        let Some(value) = self.headers.get(name) else { return Ok(None) };
        core::str::from_utf8(value.as_bytes())
            .map(Some)
            .map_err(|_| Refusal::bad_request(format!("header {name} is not UTF-8")))
    }

    /// The declared length of the body.
    pub fn content_length(&self) -> Option<u64> {
        self.header("content-length")?.trim().parse().ok()
    }

    /// Query parameters, decoded.
    pub(crate) fn query(&self) -> Checked<Vec<(String, String)>> {
        let query = self.uri.query().unwrap_or_default();
        query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                Ok((decode(name)?, decode(value)?))
            })
            .collect()
    }
}

/// Undoes percent-encoding; a plus is a space. Unlike clients, the service refuses what is not
/// well-formed (spec section 4.1).
pub(crate) fn decode(text: &str) -> Checked<String> {
    percent_decode(text)
        .ok_or_else(|| Refusal::bad_request(format!("Bad percent-encoding: {text}")))
}

fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => (hex_value(rest.next()?)? << 4) | hex_value(rest.next()?)?,
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

/// Where a request leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Route {
    pub(crate) op: Op,
    /// API version, 1 to 4; downloads by name have none and count as 4.
    pub(crate) version: u8,
    /// The rest of the path: of an upload URL what it is for, of a download by name the bucket
    /// and the encoded name.
    pub(crate) rest: String,
}

const API_VERSION_MAX: u8 = 4;

impl Route {
    pub(crate) fn parse(uri: &Uri) -> Option<Self> {
        let path = uri.path();
        if let Some(rest) = path.strip_prefix("/file/") {
            let route = Self {
                op: Op::DownloadFileByName,
                version: API_VERSION_MAX,
                rest: rest.to_owned(),
            };
            return Some(route);
        }
        let (version, tail) = path.strip_prefix("/b2api/v")?.split_once('/')?;
        let version: u8 = version.parse().ok()?;
        if !(1..=API_VERSION_MAX).contains(&version) {
            return None;
        }
        let (name, rest) = tail.split_once('/').unwrap_or((tail, ""));
        let op = Op::parse(name)?;
        let needs_rest = op.is_upload();
        if op == Op::DownloadFileByName || rest.is_empty() == needs_rest {
            return None;
        }
        Some(Self { op, version, rest: rest.to_owned() })
    }
}
