//! How a new file is encrypted at rest.

use crate::model::{CustomerKey, EncryptionSetting};
use crate::op::file_spec::{Encryption, FileSpec};
use crate::op::new_file::CustomerKeyText;
use alloc::string::String;

/// A customer's key, and what the caller calls it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NamedKey {
    /// The key itself.
    pub key: CustomerKey,
    /// Its ID, kept with the files that are encrypted with it.
    pub id: Option<String>,
}

impl NamedKey {
    /// `key`, which the caller calls `id`.
    pub fn new(key: &CustomerKey, id: Option<&str>) -> Self {
        Self { key: key.clone(), id: id.map(String::from) }
    }

    /// As a call says it.
    pub(crate) fn setting(&self) -> EncryptionSetting {
        EncryptionSetting::SseC(self.key.clone())
    }

    /// As headers say it.
    pub(crate) fn text(&self) -> CustomerKeyText {
        CustomerKeyText::new(&self.key, self.id.as_deref())
    }
}

/// How a new file, uploaded or copied, is encrypted.
///
/// "Not at all" is not among them: the service cannot be asked for it where the bucket's default
/// says otherwise (spec 4.6).
///
/// ```
/// use b2_proto::machine::copy::{NamedKey, TargetEncryption};
/// use b2_proto::model::CustomerKey;
///
/// let key = CustomerKey::new([7; 32]);
/// let named = TargetEncryption::from(NamedKey::new(&key, Some("of 2026")));
/// assert_ne!(named, TargetEncryption::from(&key));
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum TargetEncryption {
    /// As the bucket's default says.
    #[default]
    Default,
    /// With a key of the service's (SSE-B2).
    Managed,
    /// With the customer's key (SSE-C), which is needed again for every part, copy and download.
    Customer(NamedKey),
}

impl From<NamedKey> for TargetEncryption {
    fn from(key: NamedKey) -> Self {
        Self::Customer(key)
    }
}

/// With a key that has no ID.
impl From<&CustomerKey> for TargetEncryption {
    fn from(key: &CustomerKey) -> Self {
        Self::Customer(NamedKey::new(key, None))
    }
}

/// With a key that has no ID.
impl From<CustomerKey> for TargetEncryption {
    fn from(key: CustomerKey) -> Self {
        Self::Customer(NamedKey { key, id: None })
    }
}

impl TargetEncryption {
    /// That of a new file.
    pub(crate) fn of_new_file(file: &FileSpec<'_>) -> Self {
        match file.encryption {
            Encryption::Default => Self::Default,
            Encryption::Managed => Self::Managed,
            Encryption::Customer(key) => {
                // It was made from a key of that form.
                let named = CustomerKey::from_base64(key.key_base64);
                named.map_or(Self::Default, |named| Self::Customer(NamedKey::new(&named, key.id)))
            }
        }
    }

    /// What the request says about it.
    pub(crate) fn setting(&self) -> Option<EncryptionSetting> {
        match self {
            Self::Default => None,
            Self::Managed => Some(EncryptionSetting::SseB2),
            Self::Customer(key) => Some(key.setting()),
        }
    }

    pub(crate) fn key_id(&self) -> Option<&str> {
        match self {
            Self::Customer(key) => key.id.as_deref(),
            Self::Default | Self::Managed => None,
        }
    }
}
