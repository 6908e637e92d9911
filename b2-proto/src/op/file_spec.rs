//! What a new file is to be: name, type, info, encryption, locks.

use crate::error::Error;
use crate::info::SSE_C_KEY_ID;
use crate::limits::INFO_ENTRIES_MAX;
use crate::name::Encoded;
use crate::wire::head::{Field, FieldName, plain, secret};
use crate::wire::json_write::{Value, Writer};
use crate::wire::text::{Decimal, Plain};
use core::fmt;

/// Everything the service is told about a new file but its bytes.
#[derive(Clone, Copy)]
pub struct FileSpec<'a> {
    /// The bucket it goes to.
    pub bucket_id: &'a str,
    /// Its name (spec 4.2).
    pub name: &'a str,
    /// Its MIME type, or [`AUTO`](Self::AUTO).
    pub content_type: &'a str,
    /// Its file info (spec 4.3.4).
    pub info: &'a dyn Info,
    /// How it is encrypted at rest.
    pub encryption: Encryption<'a>,
    /// Until when it is protected: mode (`governance` or `compliance`) and milliseconds since 1970.
    pub retention: Option<(&'a str, u64)>,
    /// Whether a legal hold is set or explicitly not set.
    pub legal_hold: Option<bool>,
    /// An upload time other than now, in milliseconds since 1970, for accounts that may.
    pub upload_timestamp_ms: Option<u64>,
}

/// In place of the end of a retention that has none.
pub(crate) const NO_TIME: u64 = 0;

impl<'a> FileSpec<'a> {
    /// Lets the service derive the content type from the name.
    pub const AUTO: &'static str = "b2/x-auto";

    /// A file with nothing but a name.
    pub fn new(bucket_id: &'a str, name: &'a str) -> Self {
        Self {
            bucket_id,
            name,
            content_type: Self::AUTO,
            info: &NO_INFO,
            encryption: Encryption::Default,
            retention: None,
            legal_hold: None,
            upload_timestamp_ms: None,
        }
    }
}

impl fmt::Debug for FileSpec<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileSpec").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Something that describes a new file.
pub trait DescribeFile {
    /// The description.
    fn spec(&self) -> FileSpec<'_>;
}

impl DescribeFile for FileSpec<'_> {
    fn spec(&self) -> FileSpec<'_> {
        *self
    }
}

/// File info as pairs of key and text.
pub trait Info {
    /// Calls `take` with each key and value.
    fn each(&self, take: &mut dyn FnMut(&str, &str));
}

const NO_INFO: [(&str, &str); 0] = [];

impl<const COUNT: usize> Info for [(&str, &str); COUNT] {
    fn each(&self, take: &mut dyn FnMut(&str, &str)) {
        for (key, value) in self {
            take(key, value);
        }
    }
}

#[cfg(feature = "alloc")]
impl Info for alloc::collections::BTreeMap<alloc::string::String, alloc::string::String> {
    fn each(&self, take: &mut dyn FnMut(&str, &str)) {
        for (key, value) in self {
            take(key, value);
        }
    }
}

/// How a new file is encrypted at rest (spec 4.6).
#[derive(Clone, Copy)]
pub enum Encryption<'a> {
    /// As the bucket's default says.
    Default,
    /// With a key of the service's.
    Managed,
    /// With the customer's key, which the service does not keep.
    Customer(CustomerKeyRef<'a>),
}

/// A customer's key as it is sent.
#[derive(Clone, Copy)]
pub struct CustomerKeyRef<'a> {
    /// Base64 of the 32 bytes of the key.
    pub key_base64: &'a str,
    /// Base64 of the MD5 of the key.
    pub md5_base64: &'a str,
    /// What the caller calls the key; kept in the file info as `sse_c_key_id`.
    pub id: Option<&'a str>,
}

const CUSTOMER_ALGORITHM: &str = "X-Bz-Server-Side-Encryption-Customer-Algorithm";
const CUSTOMER_KEY: &str = "X-Bz-Server-Side-Encryption-Customer-Key";
const CUSTOMER_KEY_MD5: &str = "X-Bz-Server-Side-Encryption-Customer-Key-Md5";

impl CustomerKeyRef<'_> {
    /// The headers of a request that reads or writes with this key.
    pub fn each_field(&self, put: &mut dyn FnMut(Field<'_>)) {
        plain(put, CUSTOMER_ALGORITHM, &Plain("AES256"));
        secret(put, CUSTOMER_KEY, &Plain(self.key_base64));
        secret(put, CUSTOMER_KEY_MD5, &Plain(self.md5_base64));
    }

    /// The same with the key's ID, which becomes file info.
    fn each_upload_field(&self, put: &mut dyn FnMut(Field<'_>)) {
        self.each_field(put);
        if let Some(id) = self.id {
            let name = FieldName::Info(SSE_C_KEY_ID);
            put(Field { name, value: &Encoded(id), is_secret: false });
        }
    }

    fn write_json(&self, out: &mut Writer<'_>) -> fmt::Result {
        out.fields(&[
            ("mode", Value::Text("SSE-C")),
            ("algorithm", Value::Text("AES256")),
            ("customerKey", Value::Text(self.key_base64)),
            ("customerKeyMd5", Value::Text(self.md5_base64)),
        ])
    }
}

impl FileSpec<'_> {
    /// Checks the name and the info before anything is sent.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::error::ErrorKind::InvalidInput).
    pub fn check(&self) -> Result<(), Error> {
        crate::op::check_name(self.name)?;
        let (mut result, mut entries) = (Ok(()), 0);
        self.info.each(&mut |key, value| {
            entries += 1;
            if entries > INFO_ENTRIES_MAX {
                result = Err(Error::invalid("a file may have at most 100 entries of file info"));
            } else if result.is_ok() {
                result = crate::info::check_key(key).map_err(Error::from);
            }
            let is_other_id = self.key_id().is_some_and(|id| id != value);
            if key == SSE_C_KEY_ID && is_other_id {
                result = Err(Error::invalid("the file info names another customer key"));
            }
        });
        result?;
        if !is_content_type(self.content_type) {
            return Err(Error::invalid("the content type must be plain ASCII"));
        }
        self.check_retention()?;
        self.check_len()
    }

    fn check_retention(&self) -> Result<(), Error> {
        match self.retention {
            None => Ok(()),
            Some((_, NO_TIME)) => Err(Error::invalid("a retention needs the time of its end")),
            Some(("governance" | "compliance", _)) => Ok(()),
            Some(_) => Err(Error::invalid("the retention mode must be governance or compliance")),
        }
    }

    fn check_len(&self) -> Result<(), Error> {
        let mut size = crate::info::HeaderSize::new(self.name);
        self.each_info(&mut |key, value| size.add(key, value));
        size.check(self.has_low_limit()).map_err(Error::from)
    }

    /// Whether the file itself says that the lower limit of header bytes is its own.
    pub(super) const fn has_low_limit(&self) -> bool {
        let is_encrypted = !matches!(self.encryption, Encryption::Default);
        is_encrypted || self.retention.is_some() || self.legal_hold.is_some()
    }

    /// What the caller calls the customer key, if there is one.
    const fn key_id(&self) -> Option<&str> {
        match self.encryption {
            Encryption::Customer(key) => key.id,
            Encryption::Default | Encryption::Managed => None,
        }
    }

    /// The file info with the ID of the customer key, which is kept there.
    pub(crate) fn each_info(&self, take: &mut dyn FnMut(&str, &str)) {
        let mut has_key_id = false;
        self.info.each(&mut |key, value| {
            has_key_id |= key == SSE_C_KEY_ID;
            take(key, value);
        });
        if let (false, Some(id)) = (has_key_id, self.key_id()) {
            take(SSE_C_KEY_ID, id);
        }
    }

    /// The headers of a small upload that come from the description.
    pub(crate) fn each_field(&self, put: &mut dyn FnMut(Field<'_>)) {
        plain(put, "X-Bz-File-Name", &Encoded(self.name));
        plain(put, "Content-Type", &Plain(self.content_type));
        self.each_info(&mut |key, value| {
            let value = &Encoded(value);
            put(Field { name: FieldName::Info(key), value, is_secret: false });
        });
        match self.encryption {
            Encryption::Default => {}
            Encryption::Managed => plain(put, "X-Bz-Server-Side-Encryption", &Plain("AES256")),
            Encryption::Customer(key) => key.each_field(put),
        }
        if let Some((mode, until_ms)) = self.retention {
            plain(put, "X-Bz-File-Retention-Mode", &Plain(mode));
            plain(put, "X-Bz-File-Retention-Retain-Until-Timestamp", &Decimal(until_ms));
        }
        if let Some(is_on) = self.legal_hold {
            plain(put, "X-Bz-File-Legal-Hold", &Plain(on_off(is_on)));
        }
        if let Some(ms) = self.upload_timestamp_ms {
            plain(put, "X-Bz-Custom-Upload-Timestamp", &Decimal(ms));
        }
    }

    /// The headers of a part that come from the description: only a customer key (spec 3.31).
    pub(crate) fn each_part_field(&self, put: &mut dyn FnMut(Field<'_>)) {
        if let Encryption::Customer(key) = self.encryption {
            key.each_upload_field(put);
        }
    }

    /// The fields of a start request.
    pub(crate) fn write_json(&self, out: &mut Writer<'_>) -> fmt::Result {
        out.fields(&[
            ("bucketId", Value::Text(self.bucket_id)),
            ("fileName", Value::Text(self.name)),
            ("contentType", Value::Text(self.content_type)),
        ])?;
        out.key("fileInfo")?.object(|out| self.write_info(out))?;
        match self.encryption {
            Encryption::Default => {}
            Encryption::Managed => out.key("serverSideEncryption")?.object(|out| {
                out.fields(&[("mode", Value::Text("SSE-B2")), ("algorithm", Value::Text("AES256"))])
            })?,
            Encryption::Customer(key) => {
                out.key("serverSideEncryption")?.object(|out| key.write_json(out))?;
            }
        }
        if let Some((mode, until_ms)) = self.retention {
            out.key("fileRetention")?.object(|out| {
                out.fields(&[
                    ("mode", Value::Text(mode)),
                    ("retainUntilTimestamp", Value::Number(until_ms)),
                ])
            })?;
        }
        let legal_hold = self.legal_hold.map_or(Value::Absent, |is_on| Value::Text(on_off(is_on)));
        let timestamp = self.upload_timestamp_ms.map_or(Value::Absent, Value::Number);
        out.fields(&[("legalHold", legal_hold), ("customUploadTimestamp", timestamp)])
    }

    fn write_info(&self, out: &mut Writer<'_>) -> fmt::Result {
        let mut result = Ok(());
        self.each_info(&mut |key, value| {
            if result.is_ok() {
                result = out.key(key).and_then(|out| out.string(value));
            }
        });
        result
    }
}

/// Whether it can be a content type, which no header carries encoded (spec 4.1).
pub(super) fn is_content_type(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

const fn on_off(is_on: bool) -> &'static str {
    if is_on { "on" } else { "off" }
}
