//! File names, file info and content types of new versions (spec sections 4.2, 4.3).

use std::collections::BTreeMap;

use b2_proto::info::{HeaderSize, Override, check_key, from_header};
use b2_proto::name::{NameFault, NameRule, check};

use super::Service;
use super::download::Overrides;
use super::header_value::{Extended, is_well_formed};
use super::model::{Bucket, Sse, Version};
use super::reply::{Checked, Refusal};
use super::request::{Request, decode};

pub(super) type Info = BTreeMap<String, String>;

/// Checks a file name by today's rule, with the service's own words.
pub(super) fn check_file_name(name: &str) -> Checked<()> {
    let Err(error) = check(NameRule::Service, name) else { return Ok(()) };
    let message = if error.fault == NameFault::Empty {
        "File names must contain at least one character".to_owned()
    } else {
        error.to_string()
    };
    Err(Refusal::bad_request(message))
}

/// File info from the headers of an upload.
pub(super) fn info_from_headers(request: &Request) -> Checked<Info> {
    let mut info = Info::new();
    for name in request.headers.keys() {
        let Some((key, _)) = from_header(name.as_str(), "") else { continue };
        let encoded = request.utf8_header(name.as_str())?.unwrap_or_default();
        info.insert(key.to_owned(), decode(encoded)?);
    }
    checked_info(info)
}

/// Checks the keys of file info and lower-cases them.
pub(super) fn checked_info(info: Info) -> Checked<Info> {
    let mut checked = Info::new();
    for (key, value) in info {
        check_key(&key).map_err(|fault| Refusal::bad_request(format!("{key}: {fault}")))?;
        let key = key.to_ascii_lowercase();
        if let Some(standard) = Override::of_info_key(&key) {
            check_header_value(standard, &value, Extended::Allowed)?;
        }
        if checked.insert(key.clone(), value).is_some() {
            return Err(Refusal::bad_request(format!("Duplicate file info name: {key}")));
        }
    }
    Ok(checked)
}

/// Checks the value of a standard header.
pub(super) fn check_header_value(header: Override, value: &str, extended: Extended) -> Checked<()> {
    if is_well_formed(header, value, extended) {
        return Ok(());
    }
    Err(Refusal::bad_request(format!("Bad value for {}: {value}", header.header())))
}

/// The metadata limit, summed over the encoded header lines (spec section 4.3.4).
pub(super) fn check_metadata_len(
    bucket: &Bucket,
    encrypted: bool,
    name: &str,
    info: &Info,
) -> Checked<()> {
    let mut size = HeaderSize::new(name);
    for (key, value) in info {
        size.add(key, value);
    }
    size.check(encrypted || bucket.lock_enabled)
        .map_err(|error| Refusal::new(400, "metadata_exceeded", error.to_string()))
}

/// The same for a download: what is asked for counts as the file info that would set it, in place
/// of that of the file.
pub(super) fn check_overrides_len(
    version: &Version,
    bucket: &Bucket,
    overrides: &Overrides,
) -> Checked<()> {
    if overrides.is_empty() {
        return Ok(());
    }
    let mut info = version.info.clone();
    for (name, value) in overrides {
        let header = Override::ALL.into_iter().find(|one| one.query() == name);
        let key = header.and_then(Override::info_key).unwrap_or("b2-content-type");
        info.insert(key.to_owned(), value.clone());
    }
    check_metadata_len(bucket, version.sse != Sse::None, &version.name, &info)
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
