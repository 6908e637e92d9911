//! A download with everything owned, for jobs that outlive their caller.

use crate::error::Error;
use crate::info::Override;
use crate::model::{EncryptionInfo, FileVersion};
use crate::op::download::{DescribeDownload, DownloadRequest, Kept, Object};
use crate::op::new_file::CustomerKeyText;
use crate::plan::Span;
use crate::secret::Secret;
use alloc::string::String;
use alloc::vec::Vec;

/// Which file to download and how; see [`DownloadRequest`] for the borrowed form.
#[derive(Clone, Debug)]
pub struct NewDownload {
    object: OwnedObject,
    overrides: Vec<(Override, String)>,
    customer_key: Option<CustomerKeyText>,
    token: Option<Secret>,
    encryption: Option<EncryptionInfo>,
    kept: Option<KeptRanges>,
}

/// What is there from a download of before; see [`Kept`] for the borrowed form.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeptRanges {
    /// The version the bytes are of.
    pub file_id: String,
    /// Its length in bytes.
    pub len: u64,
    /// The bytes of it that the download was to fetch.
    pub span: Span,
    /// The bytes that are there, counted from the start of `span`.
    pub ranges: Vec<Span>,
}

impl KeptRanges {
    /// The same, borrowed.
    pub fn as_ref(&self) -> Kept<'_> {
        let Self { file_id, len, span, ranges } = self;
        Kept { file_id, len: *len, span: *span, ranges }
    }
}

#[derive(Clone, Debug)]
enum OwnedObject {
    Id(String),
    Name { bucket: String, name: String },
}

impl NewDownload {
    /// The version with this ID.
    pub fn by_id(file_id: impl Into<String>) -> Self {
        Self::of(OwnedObject::Id(file_id.into()))
    }

    /// The newest version of a name, in the bucket with this name.
    pub fn by_name(bucket: impl Into<String>, name: impl Into<String>) -> Self {
        Self::of(OwnedObject::Name { bucket: bucket.into(), name: name.into() })
    }

    /// A version that is known already. Whether the key fits it is seen before anything is sent.
    pub fn of_version(file: &FileVersion) -> Self {
        let encryption = file.server_side_encryption.clone();
        Self { encryption, ..Self::by_id(file.file_id.as_str()) }
    }

    const fn of(object: OwnedObject) -> Self {
        Self {
            object,
            overrides: Vec::new(),
            customer_key: None,
            token: None,
            encryption: None,
            kept: None,
        }
    }

    /// The key the file is encrypted with.
    #[must_use]
    pub fn customer_key(mut self, key: CustomerKeyText) -> Self {
        self.customer_key = Some(key);
        self
    }

    /// Checks the customer key, as far as it is known what the file is encrypted with.
    ///
    /// # Errors
    /// Those of [`EncryptionInfo::check_key`].
    pub fn check(&self) -> Result<(), Error> {
        let key = self.customer_key.as_ref().map(CustomerKeyText::as_ref);
        let check = |known: &EncryptionInfo| known.check_key(key.map(|key| key.md5_base64));
        self.encryption.as_ref().map_or(Ok(()), check)
    }

    /// A token from `b2_get_download_authorization`, in place of the account's.
    #[must_use]
    pub fn token(mut self, token: Secret) -> Self {
        self.token = Some(token);
        self
    }

    /// What is there already from a download of before: the rest is fetched, if the file is the
    /// same version still.
    #[must_use]
    pub fn kept(mut self, kept: Option<KeptRanges>) -> Self {
        self.kept = kept;
        self
    }

    /// Asks for another value of a header of the answer (spec 4.3.5).
    #[must_use]
    pub fn header(mut self, header: Override, value: impl Into<String>) -> Self {
        self.overrides.push((header, value.into()));
        self
    }
}

impl DescribeDownload for NewDownload {
    fn request(&self) -> DownloadRequest<'_> {
        DownloadRequest {
            object: match &self.object {
                OwnedObject::Id(id) => Object::Id(id),
                OwnedObject::Name { bucket, name } => Object::Name { bucket, name },
            },
            query: &self.overrides,
            customer_key: self.customer_key.as_ref().map(CustomerKeyText::as_ref),
            token: self.token.as_ref().map(Secret::expose),
            kept: self.kept.as_ref().map(KeptRanges::as_ref),
        }
    }
}
