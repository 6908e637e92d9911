//! What is copied.

use alloc::collections::BTreeMap;
use alloc::string::String;

use crate::error::Error;
use crate::info::SSE_C_KEY_ID;
use crate::model::{ContentSha1, EncryptionInfo, EncryptionSetting, FileId, FileVersion};
use crate::op::check::ensure;
use crate::op::check_id;
use crate::op::new_file::CustomerKeyText;
use crate::op::target_encryption::NamedKey;
use crate::plan::Span;
use crate::wire::text::Sha1;
use core::ops::Range;

/// The version that is copied, or a range of it.
///
/// Only its ID must be known; what else is known need not be asked.
///
/// ```
/// use b2_proto::machine::copy::CopySource;
///
/// let whole = CopySource::new("4_z8d625eb63be2775577c70e1a_f1");
/// let middle = whole.clone().range(1_000, 500);
/// # let _ = middle;
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CopySource {
    pub(super) file_id: FileId,
    offset: u64,
    len: Option<u64>,
    pub(super) key: Option<NamedKey>,
    /// How it is encrypted, as the service tells it.
    encryption: Option<EncryptionInfo>,
    /// Length of all of it.
    whole_len: Option<u64>,
    sha1: Option<Sha1>,
    /// Whether a copy of it has the SHA-1 without being told.
    keeps_sha1: bool,
    pub(super) metadata: Option<Metadata>,
}

/// Content type and file info.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Metadata {
    pub(super) content_type: String,
    pub(super) info: BTreeMap<String, String>,
}

/// All of the version with this ID.
impl From<&str> for CopySource {
    fn from(file_id: &str) -> Self {
        Self::new(file_id)
    }
}

/// All of the version with this ID.
impl From<String> for CopySource {
    fn from(file_id: String) -> Self {
        Self::new(file_id)
    }
}

/// All of the version with this ID.
impl From<FileId> for CopySource {
    fn from(file_id: FileId) -> Self {
        Self::new(file_id)
    }
}

/// All of a version that is known.
impl From<&FileVersion> for CopySource {
    fn from(version: &FileVersion) -> Self {
        Self::of_version(version)
    }
}

impl CopySource {
    /// All of the version with this ID.
    pub fn new(file_id: impl Into<FileId>) -> Self {
        Self {
            file_id: file_id.into(),
            offset: 0,
            len: None,
            key: None,
            encryption: None,
            whole_len: None,
            sha1: None,
            keeps_sha1: false,
            metadata: None,
        }
    }

    /// All of a version that is known from an answer of the service.
    pub fn of_version(version: &FileVersion) -> Self {
        let mut source = Self::new(version.file_id.clone());
        source.learn(version);
        source
    }

    /// The same without content type and file info.
    pub(in crate::machine) fn without_metadata(&self) -> Self {
        Self {
            file_id: self.file_id.clone(),
            offset: self.offset,
            len: self.len,
            key: self.key.clone(),
            encryption: self.encryption.clone(),
            whole_len: self.whole_len,
            sha1: self.sha1,
            keeps_sha1: self.keeps_sha1,
            metadata: None,
        }
    }

    /// `len` bytes from `offset` on. A length of 0 means all there is, from the start only.
    #[must_use]
    pub const fn range(mut self, offset: u64, len: u64) -> Self {
        self.offset = offset;
        self.len = if len == 0 { None } else { Some(len) };
        self
    }

    /// The key it is encrypted with (SSE-C).
    #[must_use]
    pub fn customer_key(mut self, key: NamedKey) -> Self {
        self.key = Some(key);
        self
    }

    /// Its content type and file info, when they are known.
    #[must_use]
    pub fn metadata(
        mut self,
        content_type: impl Into<String>,
        info: BTreeMap<String, String>,
    ) -> Self {
        self.metadata = Some(Metadata { content_type: content_type.into(), info });
        self
    }

    /// The bytes `range`, from the first to before the last.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::error::ErrorKind::InvalidInput) when there are none.
    pub fn bytes(self, range: Range<u64>) -> Result<Self, Error> {
        let len = range.end.saturating_sub(range.start);
        ensure(len > 0, "the range to copy has no bytes")?;
        Ok(self.range(range.start, len))
    }

    /// The version.
    pub const fn file_id(&self) -> &FileId {
        &self.file_id
    }

    /// The key it is encrypted with, as a call says it.
    pub(in crate::machine) fn key_setting(&self) -> Option<EncryptionSetting> {
        self.key.as_ref().map(NamedKey::setting)
    }

    /// The key it is encrypted with, as headers say it.
    pub(in crate::machine) fn key_text(&self) -> Option<CustomerKeyText> {
        self.key.as_ref().map(NamedKey::text)
    }

    /// Notes what an answer of the service says about it.
    pub(super) fn learn(&mut self, version: &FileVersion) {
        self.whole_len = Some(version.content_length);
        self.sha1 = version.whole_sha1();
        self.keeps_sha1 = version.content_sha1.as_ref().and_then(ContentSha1::digest).is_some();
        self.encryption.clone_from(&version.server_side_encryption);
        // What the caller says counts.
        self.metadata.get_or_insert_with(|| Metadata {
            content_type: version.content_type.clone().unwrap_or_default(),
            info: version.file_info.clone(),
        });
    }

    /// Notes how long all of it is.
    pub(super) const fn learn_len(&mut self, len: u64) {
        self.whole_len = Some(len);
    }

    pub(in crate::machine) fn check(&self) -> Result<(), Error> {
        check_id("file", self.file_id.as_str())?;
        let fits = self.offset == 0 || self.len.is_some();
        ensure(fits, "a copy that does not begin at the start needs a length")?;
        let end = self.offset.checked_add(self.len.unwrap_or(0));
        let fits = end.is_some_and(|end| self.whole_len.is_none_or(|whole| end <= whole));
        ensure(fits, "the range to copy ends behind the end of the source")?;
        self.check_key()
    }

    /// Whether the key fits the source, as far as is known.
    fn check_key(&self) -> Result<(), Error> {
        let Some(encryption) = &self.encryption else { return Ok(()) };
        let key_md5 = self.key.as_ref().map(|key| key.key.md5_base64());
        encryption.check_key(key_md5.as_deref())
    }

    /// The bytes to copy, when their number is known.
    pub(in crate::machine) fn span(&self) -> Option<Span> {
        let len = self.len.or(self.whole_len)?;
        Some(Span { offset: self.offset, len })
    }

    /// Whether all of it is copied. A range of a source of unknown length counts as a part of it.
    pub(super) fn is_whole(&self) -> bool {
        self.len.is_none() || self.offset == 0 && self.len == self.whole_len
    }

    /// Whether it is asked for without a range.
    pub(super) const fn is_open(&self) -> bool {
        self.len.is_none()
    }

    /// The SHA-1 of the bytes to copy, when it is known.
    pub(in crate::machine) fn sha1(&self) -> Option<Sha1> {
        self.sha1.filter(|_| self.is_whole())
    }

    /// Whether a copy of all of it has the SHA-1 of the content without being told.
    pub(in crate::machine) fn keeps_sha1(&self) -> bool {
        self.keeps_sha1 && self.is_whole()
    }

    /// Whether the service has told about it.
    pub(super) const fn is_known(&self) -> bool {
        self.whole_len.is_some() && self.metadata.is_some()
    }

    /// The ID of its key: as the caller says, else as its file info says.
    pub(super) fn key_id(&self) -> Option<&str> {
        let key = self.key.as_ref()?;
        let noted = || self.metadata.as_ref()?.info.get(SSE_C_KEY_ID).map(String::as_str);
        key.id.as_deref().or_else(noted)
    }

    /// Whether its key may have an ID that nobody has told yet.
    pub(super) fn may_have_key_id(&self) -> bool {
        let is_anonymous = self.key.as_ref().is_some_and(|key| key.id.is_none());
        is_anonymous && self.metadata.is_none()
    }
}
