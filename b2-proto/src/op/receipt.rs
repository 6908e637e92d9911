//! The least that must be read from an answer about a file or a part.

use crate::error::Error;
use crate::machine::session::lease::ID_LEN_MAX;
#[cfg(feature = "alloc")]
use crate::model::{ContentSha1, FileVersion};
use crate::wire::json_read::{Json, JsonError};
use crate::wire::text::{Sha1, Text};

/// What an operation on one file answers, as far as the caller wants to know.
///
/// [`FileRef`] is the least, and all there is on the bare core; with `alloc` there is also the
/// whole [`FileVersion`].
pub trait Receipt: Sized {
    /// Reads a file structure (spec 3.0.1).
    ///
    /// # Errors
    /// [`Protocol`](crate::error::ErrorKind::Protocol).
    fn read(body: &[u8]) -> Result<Self, Error>;

    /// The ID and the SHA-1 of what was stored, where both were read.
    #[cfg(feature = "alloc")]
    fn stored(&self) -> Option<(&str, Sha1)> {
        None
    }

    /// The same from a row of a listing, when the answer itself was lost.
    #[cfg(feature = "alloc")]
    fn of_version(version: FileVersion) -> Option<Self> {
        let _ = version;
        None
    }

    /// What the answer to a deletion would have been, if it can be told without one.
    fn of_deleted(file_id: &str, file_name: &str) -> Option<Self> {
        let _ = (file_id, file_name);
        None
    }
}

#[cfg(feature = "alloc")]
impl Receipt for FileVersion {
    fn read(body: &[u8]) -> Result<Self, Error> {
        crate::op::from_json(body)
    }

    fn stored(&self) -> Option<(&str, Sha1)> {
        let sha1 = self.content_sha1.as_ref().and_then(ContentSha1::digest)?;
        Some((self.file_id.as_str(), sha1))
    }

    fn of_version(version: FileVersion) -> Option<Self> {
        Some(version)
    }
}

/// A file version by its ID, with what identifies its content.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FileRef {
    /// The version's ID.
    pub file_id: Text<ID_LEN_MAX>,
    /// Its SHA-1; none for large files.
    pub sha1: Option<Sha1>,
    /// Its length in bytes.
    pub len: u64,
    /// When it was uploaded, in milliseconds since 1970.
    pub upload_timestamp_ms: u64,
}

impl Receipt for FileRef {
    fn read(body: &[u8]) -> Result<Self, Error> {
        let keys = &["fileId", "contentSha1", "contentLength", "uploadTimestamp"];
        let [id, sha1, len, time] = Json::pick(body, keys)?;
        let mut file = Self {
            file_id: Text::new(),
            sha1: sha1_of(sha1),
            len: number(len),
            upload_timestamp_ms: number(time),
        };
        let id = id.ok_or(JsonError::Missing { key: "fileId" })?;
        id.write_text(&mut file.file_id.append())?;
        Ok(file)
    }

    #[cfg(feature = "alloc")]
    fn of_version(version: FileVersion) -> Option<Self> {
        Some(Self {
            file_id: Text::try_from(version.file_id.as_str()).ok()?,
            sha1: version.content_sha1.as_ref().and_then(ContentSha1::digest),
            len: version.content_length,
            upload_timestamp_ms: version.upload_timestamp_ms,
        })
    }

    fn of_deleted(file_id: &str, _file_name: &str) -> Option<Self> {
        let file_id = Text::try_from(file_id).ok()?;
        Some(Self { file_id, sha1: None, len: 0, upload_timestamp_ms: 0 })
    }
}

/// A stored part (spec 3.0.4).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PartRef {
    /// From 1 on.
    pub number: u32,
    /// Its length in bytes.
    pub len: u64,
    /// Its SHA-1.
    pub sha1: Option<Sha1>,
}

impl PartRef {
    /// Reads a part structure.
    ///
    /// # Errors
    /// [`Protocol`](crate::error::ErrorKind::Protocol) when there is no part number.
    // Apart, so that its temporaries do not stay on the stack of a small device.
    #[cfg_attr(not(feature = "alloc"), inline(never))]
    pub fn read(body: &[u8]) -> Result<Self, Error> {
        let [number, len, sha1] =
            Json::pick(body, &["partNumber", "contentLength", "contentSha1"])?;
        let sha1 = sha1_of(sha1);
        let number = number.ok_or(JsonError::Missing { key: "partNumber" })?.to_u64()?;
        Ok(Self { number: u32::try_from(number).unwrap_or(u32::MAX), len: self::number(len), sha1 })
    }
}

fn number(value: Option<Json<'_>>) -> u64 {
    value.and_then(|value| value.to_u64().ok()).unwrap_or(0)
}

/// `contentSha1` without the mark of unverified ones; `none` and null give nothing.
// Inlined, it would be in the bare core once for each kind of answer.
#[inline(never)]
pub(crate) fn sha1_of(value: Option<Json<'_>>) -> Option<Sha1> {
    let value = value?;
    // As it stands it can only be one when nothing is escaped.
    let plain = value.str_body().ok().and_then(sha1_of_bytes);
    plain.or_else(|| sha1_of_bytes(value.text::<64>().ok()?.as_bytes()))
}

/// Reads the forms of a stored SHA-1 (spec 4.3.2): 40 digits, `unverified:` and 40 digits, `none`.
pub fn parse_sha1(text: &str) -> Option<Sha1> {
    sha1_of_bytes(text.as_bytes())
}

fn sha1_of_bytes(text: &[u8]) -> Option<Sha1> {
    Sha1::from_hex(text.strip_prefix(b"unverified:").unwrap_or(text)).ok()
}
