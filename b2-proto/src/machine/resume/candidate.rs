//! Whether an unfinished large file is one of this upload (behaviour b.6).

use crate::info::{LARGE_FILE_SHA1, PART_SHA1S};
use crate::model::{
    EncryptionInfo, EncryptionMode, FileId, FileRetention, FileVersion, Guarded, LegalHold, Part,
};
use crate::op::file_spec::{Encryption, FileSpec};
use crate::part_digests::PartDigests;
use crate::wire::text::{Sha1, is_same_word};
use alloc::collections::BTreeMap;
use alloc::string::String;
use core::fmt;

/// Why an unfinished large file cannot be continued. Checked in this order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[non_exhaustive]
pub enum Mismatch {
    /// It has another name.
    Name,
    /// It has other file info.
    Info,
    /// It keeps the SHA-1 of other bytes, or of bytes nobody has read yet (defect U1).
    WholeSha1,
    /// It is encrypted in another way, or nobody can tell with which customer key.
    Encryption,
    /// It has another legal hold, or the key may not see it.
    LegalHold,
    /// It has another retention, or the key may not see it.
    Retention,
    /// It has another upload time.
    Timestamp,
    /// A part of it is none of this file's: another number, length or SHA-1.
    Part(u32),
    /// Another upload is sending parts of it.
    Busy,
    /// It was finished or cancelled meanwhile.
    Gone,
}

/// An unfinished large file of the same name that is not continued.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Skipped {
    /// Its ID.
    pub file_id: FileId,
    /// Why.
    pub why: Mismatch,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name => f.write_str("it has another name"),
            Self::Info => f.write_str("it has other file info"),
            Self::WholeSha1 => f.write_str("it keeps the SHA-1 of other content"),
            Self::Encryption => f.write_str("it is encrypted in another way"),
            Self::LegalHold => f.write_str("its legal hold is another or cannot be seen"),
            Self::Retention => f.write_str("its retention is another or cannot be seen"),
            Self::Timestamp => f.write_str("it has another upload time"),
            Self::Part(number) => write!(f, "its part {number} is none of this file"),
            Self::Busy => f.write_str("another upload is sending parts of it"),
            Self::Gone => f.write_str("it is no unfinished file any more"),
        }
    }
}

/// Whether everything but the parts of a file is as it should be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fit {
    /// It is.
    AsAsked,
    /// All but a retention, which was not asked for and may be the bucket's. Whoever names the file
    /// to continue wants it as it is.
    ButForLock,
}

/// Checks everything but the parts. `len` is the length of the file to be.
pub(super) fn check(file: &FileSpec<'_>, len: u64, found: &FileVersion) -> Result<Fit, Mismatch> {
    let fits = |does: bool, mismatch| if does { Ok(()) } else { Err(mismatch) };
    fits(found.file_name == file.name, Mismatch::Name)?;
    check_info(file, len, found)?;
    let encryption = found.server_side_encryption.as_ref().unwrap_or(&EncryptionInfo::NONE);
    fits(is_encrypted_so(file, encryption), Mismatch::Encryption)?;
    let hold = match &found.legal_hold {
        None => Some(None),
        Some(Guarded::Readable(None)) => Some(None),
        Some(Guarded::Readable(Some(LegalHold::On))) => Some(Some(true)),
        Some(Guarded::Readable(Some(LegalHold::Off))) => Some(Some(false)),
        Some(Guarded::Readable(Some(_)) | Guarded::Withheld) => None,
    };
    fits(hold == Some(file.legal_hold), Mismatch::LegalHold)?;
    let none = FileRetention::NONE;
    let retention = match &found.file_retention {
        None => Some(&none),
        Some(retention) => retention.readable(),
    };
    let is_kept_so = retention.is_some_and(|kept| {
        let mode = kept.mode.as_ref().map(|mode| mode.as_str());
        mode.zip(kept.retain_until_ms) == file.retention
    });
    fits(is_kept_so || file.retention.is_none(), Mismatch::Retention)?;
    // The service keeps whole seconds.
    let is_of_time = |ms: u64| ms / 1_000 == found.upload_timestamp_ms / 1_000;
    fits(file.upload_timestamp_ms.is_none_or(is_of_time), Mismatch::Timestamp)?;
    Ok(if is_kept_so { Fit::AsAsked } else { Fit::ButForLock })
}

/// Compares file info without what depends on how the file was read before it was started, and
/// that with what is known of the content.
fn check_info(file: &FileSpec<'_>, len: u64, found: &FileVersion) -> Result<(), Mismatch> {
    let mut ours = BTreeMap::new();
    file.each_info(&mut |key, value| {
        ours.insert(key.to_ascii_lowercase(), String::from(value));
    });
    let mut theirs = found.file_info.clone();
    let whole = (ours.remove(LARGE_FILE_SHA1), theirs.remove(LARGE_FILE_SHA1));
    let parts = (ours.remove(PART_SHA1S), theirs.remove(PART_SHA1S));
    if ours != theirs {
        return Err(Mismatch::Info);
    }
    // What a file says of itself from its start on cannot be taken back.
    let is_whole_true = match whole {
        (_, None) => true,
        (Some(ours), Some(theirs)) => is_same_word(ours.as_bytes(), theirs.as_bytes()),
        (None, Some(_)) => false,
    };
    let are_parts_true = match parts {
        (_, None) => true,
        (Some(ours), Some(theirs)) if ours == theirs => true,
        (_, Some(theirs)) => PartDigests::parse(&theirs, len).is_none(),
    };
    if is_whole_true && are_parts_true { Ok(()) } else { Err(Mismatch::WholeSha1) }
}

fn is_encrypted_so(file: &FileSpec<'_>, found: &EncryptionInfo) -> bool {
    match file.encryption {
        // Without its key no part can be sent to such a file.
        Encryption::Default => found.mode != Some(EncryptionMode::SseC),
        Encryption::Managed => *found == EncryptionInfo::SSE_B2,
        // The service never tells the key. The caller's own name for it, which is in the file info
        // that was compared, tells; and so does the key's MD5 where it is given (defect U6).
        Encryption::Customer(key) => {
            let is_known = key.id.is_some() || found.customer_key_md5.is_some();
            let is_other = found.customer_key_md5.as_ref().is_some_and(|md5| md5 != key.md5_base64);
            found.mode == Some(EncryptionMode::SseC) && is_known && !is_other
        }
    }
}

/// A part of the file to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PartWanted {
    /// Its length in bytes.
    pub len: u64,
    /// What is known of its bytes.
    pub content: Content,
}

/// What is known of the bytes of a part.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Content {
    /// They have this SHA-1.
    Known(Sha1),
    /// They begin there in the source, which can be read again.
    At(u64),
    /// Nothing, as they are copied at the service or can be read only once; the length has to do.
    Unknown,
}

/// Where a stored part stands in the file to be, if there is such a part.
pub(super) fn index_of(parts: &[PartWanted], stored: &Part) -> Result<(usize, Sha1), Mismatch> {
    let number = u32::from(stored.part_number);
    let index = usize::from(stored.part_number).checked_sub(1);
    let wanted = index.and_then(|index| Some((index, parts.get(index)?)));
    match (wanted, stored.content_sha1.digest()) {
        (Some((index, wanted)), Some(sha1)) if wanted.len == stored.content_length => {
            Ok((index, sha1))
        }
        _ => Err(Mismatch::Part(number)),
    }
}
