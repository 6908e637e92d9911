//! Headers of a download (spec section 4.4).

use b2_proto::info::{INFO_HEADER_PREFIX, Override};
use b2_proto::limits;
use b2_proto::name::encode;
use http::HeaderMap;

use super::caps::Cap;
use super::download::{Access, Overrides};
use super::model::{Bucket, Sse, Version};
use super::reply::add_header;
use super::sse;
use super::view::hold_text;

pub(super) fn metadata_headers(headers: &mut HeaderMap, version: &Version) {
    add_header(headers, "x-bz-file-id", &version.file_id);
    add_header(headers, "x-bz-file-name", &encode(&version.name));
    add_header(headers, "x-bz-content-sha1", &version.sha1);
    add_header(headers, "x-bz-upload-timestamp", &version.uploaded_ms.to_string());
    for (key, value) in &version.info {
        if !key.starts_with(limits::RESERVED_PREFIX) {
            let value = encode(value);
            add_header(headers, &format!("{INFO_HEADER_PREFIX}{key}"), &value);
        }
    }
    match &version.sse {
        Sse::None => {}
        Sse::B2 => add_header(headers, sse::SSE_HEADER, "AES256"),
        Sse::Customer { key_md5 } => {
            add_header(headers, sse::CUSTOMER_ALGORITHM, "AES256");
            add_header(headers, sse::CUSTOMER_KEY_MD5, key_md5);
        }
    }
    if let Some(status) = &version.replication {
        add_header(headers, "x-bz-replication-status", status);
    }
}

pub(super) fn lock_headers(
    headers: &mut HeaderMap,
    version: &Version,
    bucket: &Bucket,
    access: &Access,
) {
    const MODE: &str = "X-Bz-File-Retention-Mode";
    const UNTIL: &str = "X-Bz-File-Retention-Retain-Until-Timestamp";
    const HOLD: &str = "X-Bz-File-Legal-Hold";
    if !bucket.lock_enabled {
        return;
    }
    let mut withheld = Vec::new();
    if let Some(retention) = version.retention {
        if access.may(Cap::ReadFileRetentions) {
            add_header(headers, MODE, retention.mode.as_str());
            add_header(headers, UNTIL, &retention.until_ms.to_string());
        } else {
            withheld.extend([MODE, UNTIL]);
        }
    }
    if let Some(on) = version.legal_hold {
        if access.may(Cap::ReadFileLegalHolds) {
            add_header(headers, HOLD, hold_text(on));
        } else {
            withheld.push(HOLD);
        }
    }
    if !withheld.is_empty() {
        add_header(headers, "x-bz-client-unauthorized-to-read", &withheld.join(","));
    }
}

/// Headers such as `Cache-Control`: from the request, else the file, else the bucket.
pub(super) fn standard_headers(
    headers: &mut HeaderMap,
    version: &Version,
    bucket: &Bucket,
    overrides: &Overrides,
) {
    add_header(headers, "content-type", &version.content_type);
    let default = bucket.info.iter().find(|(key, _)| key.eq_ignore_ascii_case("cache-control"));
    if let Some((_, value)) = default {
        add_header(headers, "cache-control", value);
    }
    for one in Override::ALL {
        let asked = overrides.iter().find(|(name, _)| name == one.query()).map(|(_, value)| value);
        let stored = || one.info_key().and_then(|key| version.info.get(key));
        if let Some(value) = asked.or_else(stored) {
            add_header(headers, one.header(), value);
        }
    }
}
