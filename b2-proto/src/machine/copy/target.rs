//! What a copy is to be.

use alloc::collections::BTreeMap;
use alloc::string::String;

use crate::error::Error;
use crate::info::{Override, check_key};
use crate::model::{BucketId, FileRetention, LegalHold, RetentionMode};
use crate::op::check::ensure;
use crate::op::file_spec::DescribeFile as _;
use crate::op::needs::Needs;
use crate::op::new_file::NewFile;
use crate::op::target_encryption::TargetEncryption;
use crate::op::{CopyFile, Operation as _, check, check_id};

/// The file that a copy makes.
///
/// Content type and file info come from the source, unless the caller gives both. Locks and
/// encryption are never copied: without them the bucket's defaults decide.
///
/// ```
/// use b2_proto::info::Override;
/// use b2_proto::machine::copy::CopyTarget;
///
/// let same = CopyTarget::new("8d625eb63be2775577c70e1a", "copy.txt");
/// let other = same.clone()
///     .content_type("text/plain")
///     .info("made-by", "a copy")
///     .header(Override::CacheControl, "max-age=3600");
/// # let _ = other;
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CopyTarget {
    pub(super) bucket_id: BucketId,
    pub(super) name: String,
    pub(super) content_type: Option<String>,
    pub(super) info: Option<BTreeMap<String, String>>,
    pub(super) encryption: TargetEncryption,
    pub(super) retention: Option<FileRetention>,
    pub(super) legal_hold: Option<LegalHold>,
}

impl CopyTarget {
    /// A file with this name in the bucket with this ID.
    pub fn new(bucket_id: impl Into<BucketId>, name: impl Into<String>) -> Self {
        Self {
            bucket_id: bucket_id.into(),
            name: name.into(),
            content_type: None,
            info: None,
            encryption: TargetEncryption::Default,
            retention: None,
            legal_hold: None,
        }
    }

    /// A copy that is like this file in everything but its upload time.
    pub(in crate::machine) fn like(file: &NewFile) -> Self {
        let spec = file.spec();
        let mut target = Self::new(spec.bucket_id, spec.name).content_type(spec.content_type);
        let mut info = BTreeMap::new();
        spec.each_info(&mut |key, value| {
            info.insert(key.into(), value.into());
        });
        target.info = Some(info);
        target.encryption = TargetEncryption::of_new_file(&spec);
        target.retention =
            spec.retention.map(|(mode, ms)| FileRetention::new(RetentionMode::from(mode), ms));
        target.legal_hold = spec.legal_hold.map(LegalHold::from_bool);
        target
    }

    /// The bucket it goes to.
    pub const fn bucket_id(&self) -> &BucketId {
        &self.bucket_id
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A MIME type in place of the source's. File info must be given with it, or
    /// [`no_info`](Self::no_info).
    #[must_use]
    pub fn content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }

    /// An entry of file info. All of the source's is replaced, so a content type must be given
    /// too.
    #[must_use]
    pub fn info(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.info.get_or_insert_default().insert(key.into(), value.into());
        self
    }

    /// No file info of the source's. Entries may follow.
    #[must_use]
    pub fn no_info(mut self) -> Self {
        self.info.get_or_insert_default();
        self
    }

    /// The value of a header of later downloads (spec 4.3.5). It is kept as file info.
    #[must_use]
    pub fn header(self, header: Override, value: impl Into<String>) -> Self {
        match header.info_key() {
            Some(key) => self.info(key, value),
            None => self.content_type(value),
        }
    }

    /// Encrypted in this way, whatever the bucket's default.
    #[must_use]
    pub fn encryption(mut self, encryption: TargetEncryption) -> Self {
        self.encryption = encryption;
        self
    }

    /// Protected from deletion for a time.
    #[must_use]
    pub fn retention(mut self, retention: FileRetention) -> Self {
        self.retention = Some(retention);
        self
    }

    /// With a legal hold, or explicitly without.
    #[must_use]
    pub fn legal_hold(mut self, hold: LegalHold) -> Self {
        self.legal_hold = Some(hold);
        self
    }

    /// Whether content type and file info come from the source.
    pub(super) const fn keeps_metadata(&self) -> bool {
        self.content_type.is_none()
    }

    /// What a key must be allowed to do to make it, in whichever form.
    pub(super) fn needs(&self) -> Needs<'_> {
        Needs::of(CopyFile::SPEC.capability)
            .with("writeFileRetentions", self.retention.is_some())
            .with("writeFileLegalHolds", self.legal_hold.is_some())
            .in_bucket(self.bucket_id.as_str())
            .for_name(&self.name)
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        check_id("bucket", self.bucket_id.as_str())?;
        check::file_name(&self.name)?;
        match (&self.content_type, &self.info) {
            (Some(_), None) => {
                let message = "a copy with another content type needs file info too, or no_info";
                return Err(Error::invalid(message));
            }
            (None, Some(_)) => {
                let message = "a copy with file info or headers of its own needs a content type";
                return Err(Error::invalid(message));
            }
            (Some(text), Some(_)) => ensure(!text.is_empty(), "the content type is empty")?,
            (None, None) => {}
        }
        for key in self.info.iter().flat_map(BTreeMap::keys) {
            check_key(key)?;
        }
        check::file_retention(self.retention.as_ref())
    }
}
