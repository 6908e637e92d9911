//! File names, file info and content types of new versions (spec sections 4.2, 4.3).

use std::collections::BTreeMap;

use b2_proto::limits;

use super::Service;
use super::model::Bucket;
use super::reply::{Checked, Refusal};
use super::request::{Request, decode};
use crate::facts;

const INFO_PREFIX: &str = "x-bz-info-";

/// Standard headers by the file info key and the query parameter that set them.
pub(super) const STANDARD_HEADERS: &[(&str, &str, &str)] = &[
    ("content-disposition", "b2-content-disposition", "b2ContentDisposition"),
    ("content-language", "b2-content-language", "b2ContentLanguage"),
    ("expires", "b2-expires", "b2Expires"),
    ("cache-control", "b2-cache-control", "b2CacheControl"),
    ("content-encoding", "b2-content-encoding", "b2ContentEncoding"),
    ("content-type", "", "b2ContentType"),
];

pub(super) type Info = BTreeMap<String, String>;

/// A file name as it must be.
pub(super) fn check_file_name(name: &str) -> Checked<()> {
    facts::file_name_fault(name).map_or(Ok(()), |fault| Err(Refusal::bad_request(fault)))
}

/// File info from the headers of an upload.
pub(super) fn info_from_headers(request: &Request) -> Checked<Info> {
    let mut info = Info::new();
    for name in request.headers.keys() {
        let Some(key) = name.as_str().strip_prefix(INFO_PREFIX) else { continue };
        let encoded = request.utf8_header(name.as_str())?.unwrap_or_default();
        info.insert(key.to_owned(), decode(encoded)?);
    }
    checked_info(info)
}

/// Checks the keys of file info and lower-cases them.
pub(super) fn checked_info(info: Info) -> Checked<Info> {
    let mut checked = Info::new();
    for (key, value) in info {
        if !facts::is_info_key(&key) {
            return Err(Refusal::bad_request(format!("Bad file info name: {key}")));
        }
        let key = key.to_ascii_lowercase();
        if key.starts_with(limits::RESERVED_PREFIX) {
            check_standard(&key, &value)?;
        }
        if checked.insert(key.clone(), value).is_some() {
            return Err(Refusal::bad_request(format!("Duplicate file info name: {key}")));
        }
    }
    Ok(checked)
}

fn check_standard(key: &str, value: &str) -> Checked<()> {
    if !STANDARD_HEADERS.iter().any(|row| row.1 == key) {
        let message = format!("File info names starting with b2- are reserved: {key}");
        return Err(Refusal::bad_request(message));
    }
    check_header_value(key, value)
}

/// Whether a value can be sent as the standard header that `name` stands for.
pub(super) fn check_header_value(name: &str, value: &str) -> Checked<()> {
    let expires = name.eq_ignore_ascii_case("b2-expires") || name == "b2Expires";
    let fits = !value.is_empty() && value.bytes().all(|b| (0x20..0x7f).contains(&b));
    if fits && (!expires || is_http_date(value)) {
        return Ok(());
    }
    Err(Refusal::bad_request(format!("Bad value for {name}: {value}")))
}

/// The shape of `Sun, 06 Nov 1994 08:49:37 GMT`.
fn is_http_date(value: &str) -> bool {
    const SHAPE: &[u8] = b"aaa, 00 aaa 0000 00:00:00 GMT";
    value.len() == SHAPE.len()
        && value.bytes().zip(SHAPE).all(|(byte, shape)| match shape {
            b'a' => byte.is_ascii_alphabetic(),
            b'0' => byte.is_ascii_digit(),
            other => byte == *other,
        })
}

/// The metadata limit, summed over the encoded header lines (spec section 4.3.4).
pub(super) fn check_metadata_len(
    bucket: &Bucket,
    encrypted: bool,
    name: &str,
    info: &Info,
) -> Checked<()> {
    let line = |name_len: usize, value: &str| {
        let value_len = facts::percent_encode(value).len();
        u64::try_from(name_len + value_len + ": \r\n".len()).unwrap_or(u64::MAX)
    };
    let total = line("X-Bz-File-Name".len(), name)
        + info.iter().map(|(k, v)| line(INFO_PREFIX.len() + k.len(), v)).sum::<u64>();
    let max = if encrypted || bucket.lock_enabled {
        limits::INFO_HEADERS_LEN_MAX_ENCRYPTED_OR_LOCKED
    } else {
        limits::INFO_HEADERS_LEN_MAX
    };
    if total > max {
        let message = format!("File name and info take {total} bytes, more than {max}");
        return Err(Refusal::new(400, "metadata_exceeded", message));
    }
    Ok(())
}

/// Resolves `b2/x-auto` by the extension of the name.
pub(super) fn content_type(asked: &str, name: &str) -> Checked<String> {
    if asked.is_empty() || !asked.bytes().all(|b| (0x20..0x7f).contains(&b)) {
        return Err(Refusal::bad_request(format!("Bad Content-Type: {asked}")));
    }
    if asked != "b2/x-auto" {
        return Ok(asked.to_owned());
    }
    let base = name.rsplit('/').next().unwrap_or_default();
    let extension = base.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    let known = extension.and_then(|e| TYPES.iter().find(|row| row.0 == e));
    Ok(known.map_or("application/octet-stream", |row| row.1).to_owned())
}

/// The usual types by extension.
const TYPES: &[(&str, &str)] = &[
    ("avi", "video/x-msvideo"),
    ("bmp", "image/bmp"),
    ("css", "text/css"),
    ("csv", "text/csv"),
    ("doc", "application/msword"),
    ("flac", "audio/flac"),
    ("gif", "image/gif"),
    ("gz", "application/x-gzip"),
    ("htm", "text/html"),
    ("html", "text/html"),
    ("ico", "image/x-icon"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("js", "text/javascript"),
    ("json", "application/json"),
    ("md", "text/markdown"),
    ("mov", "video/quicktime"),
    ("mp3", "audio/mpeg"),
    ("mp4", "video/mp4"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("svg", "image/svg+xml"),
    ("tar", "application/x-tar"),
    ("tif", "image/tiff"),
    ("tiff", "image/tiff"),
    ("txt", "text/plain"),
    ("wasm", "application/wasm"),
    ("wav", "audio/x-wav"),
    ("webm", "video/webm"),
    ("webp", "image/webp"),
    ("xml", "text/xml"),
    ("zip", "application/zip"),
];

impl Service {
    /// The timestamp of a new version: the caller's own where that is enabled, else now; whole
    /// seconds.
    pub(super) fn upload_time(&self, now_ms: u64, custom: Option<i64>) -> Checked<u64> {
        let Some(custom) = custom else { return Ok(now_ms / 1000 * 1000) };
        if !self.config.custom_timestamps {
            let message = "Custom upload timestamps are not enabled for this account";
            return Err(Refusal::new(400, "custom_timestamp_not_allowed", message));
        }
        match u64::try_from(custom) {
            Ok(at) if at <= now_ms => Ok(at / 1000 * 1000),
            _ => Err(Refusal::bad_request("Custom upload timestamp must not be in the future")),
        }
    }
}
