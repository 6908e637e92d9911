//! What the headers of a download say about the file.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString as _};

use super::content_sha1::ContentSha1;
use super::encryption::{EncryptionAlgorithm, EncryptionInfo, EncryptionMode};
use super::guarded::Guarded;
use super::headers::{header_methods, http_date_s};
use super::id::FileId;
use super::legal_hold::LegalHold;
use super::replication::ReplicationStatus;
use super::retention::FileRetention;
use crate::error::{Error, ErrorKind};
use crate::info::{self, Override};
use crate::name;
use crate::part_digests::PartDigests;
use crate::wire::reply::Headers;
use crate::wire::text::parse_u64;

/// A file as the headers of a download or of `HEAD` describe it (spec 4.4).
///
/// It is not in JSON anywhere, so it is only ever read.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct DownloadInfo {
    /// The version.
    pub file_id: FileId,
    /// The file's name.
    pub file_name: String,
    /// Bytes in this answer: those of the range, if one was asked for.
    pub content_length: u64,
    /// MIME type.
    pub content_type: Option<String>,
    /// SHA-1 of the whole file, also when a range was asked for.
    pub content_sha1: Option<ContentSha1>,
    /// When the upload began, in milliseconds since the Unix epoch.
    pub upload_timestamp_ms: u64,
    /// The uploader's own data; keys are lower case. Standard headers such as `Cache-Control` are
    /// here under their `b2-` keys, whether the file, its bucket or this request set them: the
    /// answer does not tell which. To give the file's own info to a copy, take it from
    /// [`GetFileInfo`](crate::op::get_file_info::GetFileInfo).
    pub file_info: BTreeMap<String, String>,
    /// How it is encrypted.
    pub server_side_encryption: EncryptionInfo,
    /// Retention.
    pub file_retention: Guarded<FileRetention>,
    /// Legal hold.
    pub legal_hold: Guarded<Option<LegalHold>>,
    /// How far the replication is, when a rule covers the file.
    pub replication_status: Option<ReplicationStatus>,
    /// The range of the answer and the size of the file as the service wrote them.
    pub content_range: Option<String>,
}

impl DownloadInfo {
    /// Reads the headers of a successful answer.
    ///
    /// # Errors
    /// [`Protocol`](ErrorKind::Protocol) when the file's ID, name or length is missing.
    pub fn read(headers: &dyn Headers) -> Result<Self, Error> {
        let text = |name| headers.value(name).map(str::to_string);
        let length = headers.value("Content-Length").and_then(parse_u64);
        let uploaded = headers.value("X-Bz-Upload-Timestamp").and_then(parse_u64);
        Ok(Self {
            file_id: needed(headers.value("X-Bz-File-Id"))?.into(),
            file_name: name::decode(needed(headers.value("X-Bz-File-Name"))?),
            content_length: needed(length)?,
            content_type: text("Content-Type"),
            content_sha1: headers.value("X-Bz-Content-Sha1").map(ContentSha1::from),
            upload_timestamp_ms: uploaded.unwrap_or_default(),
            file_info: file_info(headers),
            server_side_encryption: encryption(headers),
            file_retention: retention(headers),
            legal_hold: legal_hold(headers),
            replication_status: headers
                .value("X-Bz-Replication-Status")
                .map(ReplicationStatus::from),
            content_range: text("Content-Range"),
        })
    }
}

header_methods!(DownloadInfo);

const RETENTION_MODE: &str = "X-Bz-File-Retention-Mode";
const RETENTION_UNTIL: &str = "X-Bz-File-Retention-Retain-Until-Timestamp";
const LEGAL_HOLD: &str = "X-Bz-File-Legal-Hold";
const SSE_B2: &str = "X-Bz-Server-Side-Encryption";
const SSE_C: &str = "X-Bz-Server-Side-Encryption-Customer-Algorithm";
const SSE_C_KEY_MD5: &str = "X-Bz-Server-Side-Encryption-Customer-Key-Md5";
const WITHHELD: &str = "X-Bz-Client-Unauthorized-To-Read";

fn needed<T>(value: Option<T>) -> Result<T, Error> {
    let why = "the answer to a download lacks the file's ID, name or length";
    value.ok_or_else(|| Error::new(ErrorKind::Protocol, why))
}

fn file_info(headers: &dyn Headers) -> BTreeMap<String, String> {
    let mut entries = BTreeMap::new();
    headers.each(&mut |name, value| {
        if let Some((key, value)) = info::from_header(name, value) {
            entries.insert(key.to_ascii_lowercase(), name::decode(value));
        }
    });
    for header in [
        Override::ContentDisposition,
        Override::ContentLanguage,
        Override::Expires,
        Override::CacheControl,
        Override::ContentEncoding,
    ] {
        if let (Some(key), Some(value)) = (header.info_key(), headers.value(header.header())) {
            entries.insert(key.to_string(), value.to_string());
        }
    }
    entries
}

fn encryption(headers: &dyn Headers) -> EncryptionInfo {
    let mode_of = |name, mode| headers.value(name).map(|algorithm| (mode, algorithm));
    let found =
        mode_of(SSE_C, EncryptionMode::SseC).or_else(|| mode_of(SSE_B2, EncryptionMode::SseB2));
    let Some((mode, algorithm)) = found else { return EncryptionInfo::NONE };
    EncryptionInfo {
        mode: Some(mode),
        algorithm: Some(EncryptionAlgorithm::from(algorithm)),
        customer_key_md5: headers.value(SSE_C_KEY_MD5).map(str::to_string),
    }
}

/// A header that is not there was withheld if the service says so, and else is not set.
fn is_withheld(headers: &dyn Headers, name: &str) -> bool {
    let list = headers.value(WITHHELD).unwrap_or_default();
    list.split(',').any(|each| each.trim().eq_ignore_ascii_case(name))
}

fn retention(headers: &dyn Headers) -> Guarded<FileRetention> {
    match headers.value(RETENTION_MODE) {
        Some(mode) => Guarded::Readable(FileRetention {
            mode: Some(mode.into()),
            retain_until_ms: headers.value(RETENTION_UNTIL).and_then(parse_u64),
        }),
        None if is_withheld(headers, RETENTION_MODE) => Guarded::Withheld,
        None => Guarded::Readable(FileRetention::NONE),
    }
}

fn legal_hold(headers: &dyn Headers) -> Guarded<Option<LegalHold>> {
    match headers.value(LEGAL_HOLD) {
        Some(hold) => Guarded::Readable(Some(hold.into())),
        None if is_withheld(headers, LEGAL_HOLD) => Guarded::Withheld,
        None => Guarded::Readable(None),
    }
}

impl crate::machine::download::FromHeaders for DownloadInfo {
    fn read(headers: &dyn Headers) -> Result<Self, Error> {
        Self::read(headers)
    }

    fn part_digests(&self, file_len: u64) -> Option<PartDigests> {
        PartDigests::parse(self.file_info.get(info::PART_SHA1S)?, file_len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: [(&str, &str); 3] =
        [("x-bz-file-id", "4_z1"), ("x-bz-file-name", "a+b/%C5%BC.txt"), ("content-length", "11")];

    fn with(more: &[(&'static str, &'static str)]) -> DownloadInfo {
        let headers: std::vec::Vec<_> = LEAST.iter().chain(more).copied().collect();
        DownloadInfo::read(&Wrapped(&headers)).expect("readable")
    }

    struct Wrapped<'a>(&'a [(&'static str, &'static str)]);

    impl Headers for Wrapped<'_> {
        fn value(&self, name: &str) -> Option<&str> {
            self.0.value(name)
        }

        fn each(&self, take: &mut dyn FnMut(&str, &str)) {
            self.0.each(take);
        }
    }

    #[test]
    fn a_recorded_answer() {
        let info = with(&[
            ("Content-Type", "text/plain"),
            ("X-Bz-Content-Sha1", "2aae6c35c94fcfb415dbe95f408b9ce91ee846ed"),
            ("X-Bz-Upload-Timestamp", "1637248690000"),
            ("X-Bz-Info-Src_last_modified_millis", "1637248690000"),
            ("x-bz-info-colour", "light+blue%21"),
            ("Cache-Control", "max-age=60"),
        ]);
        assert_eq!(info.file_name, "a b/\u{17c}.txt");
        assert_eq!((info.content_length, info.upload_timestamp_ms), (11, 1_637_248_690_000));
        assert_eq!(info.src_last_modified_ms(), Some(1_637_248_690_000));
        assert_eq!(info.file_info["colour"], "light blue!");
        assert_eq!(info.file_info["b2-cache-control"], "max-age=60");
        assert!(matches!(info.content_sha1, Some(ContentSha1::Verified(_))));
        assert_eq!(info.server_side_encryption, EncryptionInfo::NONE);
        assert_eq!(info.file_retention, Guarded::Readable(FileRetention::NONE));
        assert_eq!(info.legal_hold, Guarded::Readable(None));
    }

    #[test]
    fn locks_encryption_and_replication() {
        let info = with(&[
            (RETENTION_MODE, "compliance"),
            (RETENTION_UNTIL, "1764547200000"),
            (LEGAL_HOLD, "on"),
            (SSE_C, "AES256"),
            (SSE_C_KEY_MD5, "cLyPS3KoaSFGi/joRB3OUQ=="),
            ("X-Bz-Replication-Status", "replica"),
            ("Content-Range", "bytes 0-10/99"),
        ]);
        let retention = FileRetention::compliance(1_764_547_200_000);
        assert_eq!(info.file_retention, Guarded::Readable(retention));
        assert_eq!(info.legal_hold, Guarded::Readable(Some(LegalHold::On)));
        assert_eq!(info.server_side_encryption.mode, Some(EncryptionMode::SseC));
        assert_eq!(info.replication_status, Some(ReplicationStatus::Replica));
        assert_eq!(info.content_range.as_deref(), Some("bytes 0-10/99"));
        assert_eq!(with(&[(SSE_B2, "AES256")]).server_side_encryption, EncryptionInfo::SSE_B2);
    }

    #[test]
    fn withheld_is_not_unset() {
        let list = "X-Bz-File-Retention-Mode, x-bz-file-legal-hold";
        let info = with(&[(WITHHELD, list)]);
        assert_eq!(info.file_retention, Guarded::Withheld);
        assert_eq!(info.legal_hold, Guarded::Withheld);
    }

    #[test]
    fn an_answer_without_a_file_is_an_error() {
        for missing in 0..LEAST.len() {
            let mut headers = LEAST.to_vec();
            headers.remove(missing);
            let error = DownloadInfo::read(&Wrapped(&headers)).expect_err("incomplete");
            assert_eq!(error.kind, ErrorKind::Protocol);
        }
        let mut headers = LEAST;
        headers[2].1 = "eleven";
        assert!(DownloadInfo::read(&headers).is_err());
    }
}
