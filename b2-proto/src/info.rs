//! File info: custom metadata that travels in headers, its limits and well-known keys.

use crate::limits::{
    INFO_HEADERS_LEN_MAX, INFO_HEADERS_LEN_MAX_ENCRYPTED_OR_LOCKED, INFO_KEY_LEN_MAX,
    RESERVED_PREFIX,
};
use crate::name::encoded_len;
use crate::wire::text::{Decimal, Plain, is_same_word};

/// Prefix of the headers that carry file info, as requests spell it.
pub const INFO_HEADER_PREFIX: &str = "X-Bz-Info-";
/// Header of the file name, percent-encoded.
pub const FILE_NAME_HEADER: &str = "X-Bz-File-Name";

/// Key of the time the source was last modified: decimal milliseconds since the epoch.
pub const SRC_LAST_MODIFIED_MILLIS: &str = "src_last_modified_millis";
/// Key of the SHA-1 of a whole large file: 40 hex digits.
pub const LARGE_FILE_SHA1: &str = "large_file_sha1";
/// Key of the SHA-1 of each part of a large file, in the form of `part_digests`.
pub const PART_SHA1S: &str = "part_sha1s";
/// Key of the caller's name for the customer key a file is encrypted with, percent-encoded.
pub const SSE_C_KEY_ID: &str = "sse_c_key_id";
/// Key of the hash of the plan by which a file was assembled.
pub const PLAN_ID: &str = "plan_id";

/// A header of downloads that the uploader can set through file info, and the downloader through
/// a query value (specification 4.3.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Override {
    /// `Content-Disposition`
    ContentDisposition,
    /// `Content-Language`
    ContentLanguage,
    /// `Expires`
    Expires,
    /// `Cache-Control`
    CacheControl,
    /// `Content-Encoding`
    ContentEncoding,
    /// `Content-Type`; an upload sets it by that header and not by file info.
    ContentType,
}

impl Override {
    /// All of them, in the order of the specification.
    pub const ALL: [Self; 6] = [
        Self::ContentDisposition,
        Self::ContentLanguage,
        Self::Expires,
        Self::CacheControl,
        Self::ContentEncoding,
        Self::ContentType,
    ];

    /// The key of file info that sets it at upload.
    #[must_use]
    pub const fn info_key(self) -> Option<&'static str> {
        match self {
            Self::ContentDisposition => Some("b2-content-disposition"),
            Self::ContentLanguage => Some("b2-content-language"),
            Self::Expires => Some("b2-expires"),
            Self::CacheControl => Some("b2-cache-control"),
            Self::ContentEncoding => Some("b2-content-encoding"),
            Self::ContentType => None,
        }
    }

    /// The query parameter that sets it for one download.
    #[must_use]
    pub const fn query(self) -> &'static str {
        match self {
            Self::ContentDisposition => "b2ContentDisposition",
            Self::ContentLanguage => "b2ContentLanguage",
            Self::Expires => "b2Expires",
            Self::CacheControl => "b2CacheControl",
            Self::ContentEncoding => "b2ContentEncoding",
            Self::ContentType => "b2ContentType",
        }
    }

    /// The header of the download.
    #[must_use]
    pub const fn header(self) -> &'static str {
        match self {
            Self::ContentDisposition => "Content-Disposition",
            Self::ContentLanguage => "Content-Language",
            Self::Expires => "Expires",
            Self::CacheControl => "Cache-Control",
            Self::ContentEncoding => "Content-Encoding",
            Self::ContentType => "Content-Type",
        }
    }

    /// The one that a key of file info sets.
    #[must_use]
    pub fn of_info_key(key: &str) -> Option<Self> {
        let is_it = |one: &Self| {
            one.info_key().is_some_and(|info_key| is_same_word(info_key.as_bytes(), key.as_bytes()))
        };
        Self::ALL.into_iter().find(is_it)
    }
}

/// Why file info is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum InfoError {
    /// A key without a character.
    #[error("a file info key is empty")]
    EmptyKey,
    /// A key that is too long.
    #[error("a file info key is longer than {} bytes", Decimal(INFO_KEY_LEN_MAX as u64))]
    KeyTooLong,
    /// A key with a character that no header name may have.
    #[error("a file info key has a character that is not allowed")]
    KeyCharacter,
    /// A key that starts with `b2-` and means nothing to the service.
    #[error("file info keys that start with '{}' are reserved", Plain(RESERVED_PREFIX))]
    ReservedKey,
    /// Name and info together do not fit in the headers.
    #[error(
        "file name and file info take {} bytes of headers, more than {}",
        Decimal(*len),
        Decimal(*max)
    )]
    TooLarge {
        /// Bytes of the header lines so far.
        len: u64,
        /// Bytes allowed.
        max: u64,
    },
}

/// Checks the key of a file info entry (specification 4.3.4).
///
/// Case is not checked: the service makes keys lower-case, and the values of keys that differ
/// only in case would be lost. `b2-` keys must be those of [`Override`].
///
/// # Errors
/// Any [`InfoError`] about keys.
pub fn check_key(key: &str) -> Result<(), InfoError> {
    let start = key.as_bytes().get(..RESERVED_PREFIX.len());
    let reserved = start.is_some_and(|start| is_same_word(start, RESERVED_PREFIX.as_bytes()));
    if key.is_empty() {
        Err(InfoError::EmptyKey)
    } else if key.len() > INFO_KEY_LEN_MAX {
        Err(InfoError::KeyTooLong)
    } else if !key.bytes().all(is_key_byte) {
        Err(InfoError::KeyCharacter)
    } else if reserved && Override::of_info_key(key).is_none() {
        Err(InfoError::ReservedKey)
    } else {
        Ok(())
    }
}

const fn is_key_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || {
        matches!(
            byte,
            b'-' | b'_' | b'.' | b'`' | b'~' | b'!' | b'#' | b'$' | b'%' | b'^' | b'&' | b'*'
        ) || matches!(byte, b'\'' | b'|' | b'+')
    }
}

/// The key and the encoded value of file info, if a response header carries one.
///
/// The key is as received and the value still percent-encoded: print it through
/// [`Decoded`](crate::name::Decoded).
///
/// ```
/// use b2_proto::info::from_header;
///
/// assert_eq!(from_header("x-bz-info-color", "light+blue"), Some(("color", "light+blue")));
/// assert_eq!(from_header("X-Bz-File-Id", "4_z"), None);
/// ```
#[must_use]
pub fn from_header<'a>(name: &'a str, value: &'a str) -> Option<(&'a str, &'a str)> {
    let (prefix, key) = name.split_at_checked(INFO_HEADER_PREFIX.len())?;
    prefix.eq_ignore_ascii_case(INFO_HEADER_PREFIX).then_some((key, value))
}

/// Counts the bytes of header lines that a file's name and info take.
///
/// Lines are counted whole: header name, colon and space, encoded value, line end (specification
/// 4.3.4). Entries sent in JSON count the same, because downloads return them as headers.
///
/// ```
/// use b2_proto::info::{HeaderSize, InfoError};
///
/// let mut size = HeaderSize::new("photo.jpg");
/// size.add("note", &"ż".repeat(400));
/// assert_eq!(size.check(false), Ok(()));
/// assert!(matches!(size.check(true), Err(InfoError::TooLarge { max: 2048, .. })));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeaderSize {
    bytes: u64,
}

impl HeaderSize {
    /// Starts with the line of the file name.
    #[must_use]
    pub fn new(file_name: &str) -> Self {
        Self { bytes: line_len(FILE_NAME_HEADER.len(), file_name) }
    }

    /// Adds the line of one entry, unencoded.
    pub fn add(&mut self, key: &str, value: &str) {
        let line = line_len(INFO_HEADER_PREFIX.len() + key.len(), value);
        self.bytes = self.bytes.saturating_add(line);
    }

    /// Compares the sum with the limit, which is lower for files with server-side encryption and
    /// for buckets with file lock.
    ///
    /// # Errors
    /// [`InfoError::TooLarge`].
    pub const fn check(&self, is_encrypted_or_locked: bool) -> Result<(), InfoError> {
        let max = if is_encrypted_or_locked {
            INFO_HEADERS_LEN_MAX_ENCRYPTED_OR_LOCKED
        } else {
            INFO_HEADERS_LEN_MAX
        };
        if self.bytes <= max { Ok(()) } else { Err(InfoError::TooLarge { len: self.bytes, max }) }
    }

    /// Bytes of header lines so far.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }
}

fn line_len(header_len: usize, value: &str) -> u64 {
    header_len as u64 + ": \r\n".len() as u64 + encoded_len(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys() {
        for fine in ["a", &"k".repeat(50), "-_.`~!#$%^&*'|+0Z", "b2-expires", "B2-Expires", "b2"] {
            assert_eq!(check_key(fine), Ok(()), "{fine}");
        }
        assert_eq!(check_key(""), Err(InfoError::EmptyKey));
        assert_eq!(check_key(&"k".repeat(51)), Err(InfoError::KeyTooLong));
        for bad in ["a b", "a:", "ż", "a/b", "a\r\nX: y", "(", "@"] {
            assert_eq!(check_key(bad), Err(InfoError::KeyCharacter), "{bad}");
        }
        for bad in ["b2-", "B2-Content-Type", "b2-other"] {
            assert_eq!(check_key(bad), Err(InfoError::ReservedKey), "{bad}");
        }
    }

    #[test]
    fn encoded_lines_are_counted_whole() {
        let mut size = HeaderSize::new("ż");
        assert_eq!(size.bytes(), "X-Bz-File-Name: %C5%BC\r\n".len() as u64);
        size.add("k", &"x".repeat(7_000 - 24 - 15));
        assert_eq!((size.bytes(), size.check(false)), (7_000, Ok(())));
        size.add("k", "");
        assert_eq!(size.check(false), Err(InfoError::TooLarge { len: 7_015, max: 7_000 }));
    }

    #[test]
    fn headers_of_other_kinds_are_no_info() {
        assert_eq!(from_header("X-Bz-Inf", "x"), None);
        assert_eq!(from_header("X-Bz-Infożółw", "x"), None);
        assert_eq!(from_header("X-BZ-INFO-", "x"), Some(("", "x")));
    }
}
