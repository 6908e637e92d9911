//! A new file with everything owned, for jobs that outlive their caller.

use crate::error::Error;
use crate::info::{LARGE_FILE_SHA1, Override, PART_SHA1S, SRC_LAST_MODIFIED_MILLIS};
use crate::model::{CustomerKey, FileRetention, RetentionMode};
use crate::op::file_spec::{CustomerKeyRef, DescribeFile, Encryption, FileSpec, NO_TIME};
use crate::op::needs::Needs;
use crate::op::target_encryption::TargetEncryption;
use crate::plan::blocks::{CONTENT_TYPE, sidecar_name};
use crate::secret::Secret;
use crate::wire::text::Sha1;
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString as _};

/// What a new file is to be; see [`FileSpec`] for the borrowed form.
///
/// ```
/// use b2_proto::op::new_file::NewFile;
///
/// let file = NewFile::new("8d625eb63be2775577c70e1a", "2026/a.jpg")
///     .content_type("image/jpeg")
///     .info("camera", "box")
///     .modified_ms(1_767_225_600_000);
/// assert_eq!(file.name(), "2026/a.jpg");
/// ```
#[derive(Clone, Debug)]
pub struct NewFile {
    bucket_id: String,
    name: String,
    content_type: Option<String>,
    info: BTreeMap<String, String>,
    encryption: OwnedEncryption,
    retention: Option<(RetentionMode, u64)>,
    legal_hold: Option<bool>,
    upload_timestamp_ms: Option<u64>,
}

#[derive(Clone, Debug)]
enum OwnedEncryption {
    Default,
    Managed,
    Customer(CustomerKeyText),
}

/// A customer's key in the form it is sent in.
#[derive(Clone, Debug)]
pub struct CustomerKeyText {
    key_base64: Secret,
    md5_base64: String,
    id: Option<String>,
}

impl CustomerKeyText {
    /// `key`, which the caller calls `id`. The ID is kept with the file, the key is not.
    pub fn new(key: &CustomerKey, id: Option<&str>) -> Self {
        Self { key_base64: key.to_base64(), md5_base64: key.md5_base64(), id: id.map(String::from) }
    }

    /// The borrowed form.
    pub fn as_ref(&self) -> CustomerKeyRef<'_> {
        CustomerKeyRef {
            key_base64: self.key_base64.expose(),
            md5_base64: &self.md5_base64,
            id: self.id.as_deref(),
        }
    }
}

impl NewFile {
    /// A file with nothing but a name, in the bucket with this ID.
    pub fn new(bucket_id: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            bucket_id: bucket_id.into(),
            name: name.into(),
            content_type: None,
            info: BTreeMap::new(),
            encryption: OwnedEncryption::Default,
            retention: None,
            legal_hold: None,
            upload_timestamp_ms: None,
        }
    }

    /// The bucket it goes to.
    pub fn bucket_id(&self) -> &str {
        &self.bucket_id
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its MIME type; without one the service derives it from the name.
    #[must_use]
    pub fn content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }

    /// An entry of file info (spec 4.3.4). Keys are stored in lower case.
    #[must_use]
    pub fn info(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.info.insert(key.into(), value.into());
        self
    }

    /// The value of a header of later downloads (spec 4.3.5).
    #[must_use]
    pub fn header(self, header: Override, value: impl Into<String>) -> Self {
        match header.info_key() {
            Some(key) => self.info(key, value),
            None => self.content_type(value),
        }
    }

    /// When the source was modified, in milliseconds since 1970.
    #[must_use]
    pub fn modified_ms(self, ms: u64) -> Self {
        self.info(SRC_LAST_MODIFIED_MILLIS, ms.to_string())
    }

    /// The same, where nothing has told it yet: a path's own time.
    #[must_use]
    pub fn default_modified_ms(self, ms: u64) -> Self {
        if self.info.contains_key(SRC_LAST_MODIFIED_MILLIS) { self } else { self.modified_ms(ms) }
    }

    /// How it is encrypted at rest. The service does not keep a customer's key.
    #[must_use]
    pub fn encryption(mut self, encryption: impl Into<TargetEncryption>) -> Self {
        self.encryption = match encryption.into() {
            TargetEncryption::Default => OwnedEncryption::Default,
            TargetEncryption::Managed => OwnedEncryption::Managed,
            TargetEncryption::Customer(key) => OwnedEncryption::Customer(key.text()),
        };
        self
    }

    /// Protected from deletion for a time. [`FileRetention::NONE`] leaves it to the bucket's
    /// default; half a retention, a mode or a time alone, is refused.
    #[must_use]
    pub fn retention(mut self, retention: FileRetention) -> Self {
        self.retention = match (retention.mode, retention.retain_until_ms) {
            (None, None) => None,
            (Some(mode), until_ms) => Some((mode, until_ms.unwrap_or(NO_TIME))),
            (None, Some(until_ms)) => Some((RetentionMode::from(""), until_ms)),
        };
        self
    }

    /// With a legal hold, or explicitly without.
    #[must_use]
    pub const fn legal_hold(mut self, is_on: bool) -> Self {
        self.legal_hold = Some(is_on);
        self
    }

    /// With another upload time than now, in milliseconds since 1970; for accounts that may.
    #[must_use]
    pub const fn upload_timestamp_ms(mut self, ms: u64) -> Self {
        self.upload_timestamp_ms = Some(ms);
        self
    }

    /// The file that holds the manifest of this one's blocks: beside it, and encrypted alike.
    /// Nothing if its name would be too long.
    pub fn manifest(&self) -> Option<Self> {
        let file = Self::new(self.bucket_id.as_str(), sidecar_name(&self.name)?);
        let file = file.content_type(CONTENT_TYPE);
        Some(Self { encryption: self.encryption.clone(), ..file })
    }

    /// The customer's key it is encrypted with.
    pub(crate) fn own_key(&self) -> Option<CustomerKeyText> {
        match &self.encryption {
            OwnedEncryption::Customer(key) => Some(key.clone()),
            OwnedEncryption::Default | OwnedEncryption::Managed => None,
        }
    }

    /// Notes the SHA-1 of a file that goes up in parts, unless that is given already or file info
    /// has no room for it: a start that is refused for an extra would be a false failure.
    pub(crate) fn note_large_sha1(&mut self, sha1: Sha1) {
        let value = sha1.to_string();
        if self.spec().has_room_beside(LARGE_FILE_SHA1, &value) {
            self.info.entry(LARGE_FILE_SHA1.into()).or_insert(value);
        }
    }

    /// What it takes to upload it.
    pub fn needs(&self) -> Needs<'_> {
        Needs::of_new_file(&self.spec())
    }

    /// Notes the SHA-1 of each part, unless something is given already.
    pub(crate) fn note_part_sha1s(&mut self, value: String) {
        self.info.entry(PART_SHA1S.into()).or_insert(value);
    }

    /// Checks what can be checked before anything is sent.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::error::ErrorKind::InvalidInput).
    pub fn check(&self) -> Result<(), Error> {
        self.spec().check()
    }
}

impl DescribeFile for NewFile {
    fn spec(&self) -> FileSpec<'_> {
        FileSpec {
            bucket_id: &self.bucket_id,
            name: &self.name,
            content_type: self.content_type.as_deref().unwrap_or(FileSpec::AUTO),
            info: &self.info,
            encryption: match &self.encryption {
                OwnedEncryption::Default => Encryption::Default,
                OwnedEncryption::Managed => Encryption::Managed,
                OwnedEncryption::Customer(key) => Encryption::Customer(key.as_ref()),
            },
            retention: self.retention.as_ref().map(|(mode, until_ms)| (mode.as_str(), *until_ms)),
            legal_hold: self.legal_hold,
            upload_timestamp_ms: self.upload_timestamp_ms,
        }
    }
}
