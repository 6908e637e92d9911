//! What is said about a download (spec 6.3).

use core::fmt::Display;

use b2_proto::model::{ContentSha1, DownloadInfo, EncryptionMode, Guarded, LegalHold};

use super::table::moment;

/// The lines of the report, but for the last ones about the end. `target` is where the file went.
pub(crate) fn lines(file: &DownloadInfo, size: u64, target: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut put = |label: &str, value: &dyn Display| {
        lines.push(format!("{:<20} {value}", format!("{label}:")));
    };
    put("File name", &file.file_name);
    put("File id", &file.file_id);
    put("Output file path", &target);
    put("File size", &size);
    put("Content type", &file.content_type.as_deref().unwrap_or_default());
    let sha1 = file.content_sha1.as_ref().map(ContentSha1::to_string);
    put("Content sha1", &sha1.as_deref().unwrap_or("none"));
    put("Encryption", &encryption(file));
    put("Retention", &retention(file));
    let hold = match &file.legal_hold {
        Guarded::Withheld => "<unauthorized to read>",
        Guarded::Readable(None) => "<unset>",
        Guarded::Readable(Some(hold)) => hold_text(hold),
    };
    put("Legal hold", &hold);
    let mut info = file.file_info.clone();
    for (key, label) in HEADERS {
        if let Some(value) = info.remove(key) {
            put(label, &value);
        }
    }
    for (key, value) in &info {
        put(&format!("INFO {key}"), value);
    }
    lines
}

const HEADERS: [(&str, &str); 5] = [
    ("b2-cache-control", "CacheControl"),
    ("b2-expires", "Expires"),
    ("b2-content-disposition", "ContentDisposition"),
    ("b2-content-language", "ContentLanguage"),
    ("b2-content-encoding", "ContentEncoding"),
];

fn encryption(file: &DownloadInfo) -> String {
    match &file.server_side_encryption.mode {
        None => "none".to_owned(),
        Some(EncryptionMode::SseC) => {
            let id = file.file_info.get(b2_proto::info::SSE_C_KEY_ID);
            let id = id.map_or("None", String::as_str);
            format!("mode=SSE-C, algorithm=AES256, key_id={id}")
        }
        Some(mode) => format!("mode={}, algorithm=AES256", mode.as_str()),
    }
}

fn retention(file: &DownloadInfo) -> String {
    match &file.file_retention {
        Guarded::Withheld => "<unauthorized to read>".to_owned(),
        Guarded::Readable(it) => match (&it.mode, it.retain_until_ms) {
            (Some(mode), Some(until)) => {
                format!("mode={}, retainUntil={}", mode.as_str(), moment(until))
            }
            (_, _) => "none".to_owned(),
        },
    }
}

fn hold_text(hold: &LegalHold) -> &str {
    hold.as_str()
}
