//! `b2_download_file_by_id` and `b2_download_file_by_name` (spec 3.10, 3.11, 4.4).
//!
//! Bytes do not pass through the core, so these are not [`Operation`](crate::op::Operation)s: the
//! head is made by [`DownloadRequest::head`], the answer's head is read into a [`DownloadRef`],
//! and the body goes to a sink.

use crate::error::{Error, ErrorKind};
use crate::info;
use crate::machine::session::lease::ID_LEN_MAX;
use crate::name::Decoded;
use crate::op::file_spec::CustomerKeyRef;
use crate::op::receipt::parse_sha1;
use crate::op::{Class, DATA_TIMEOUT_MS, Grant, Idempotency, Spec, check_id};
use crate::plan::Span;
use crate::plan::ranges::ContentRange;
use crate::policy::retry::RetryClass;
use crate::wire::head::{Auth, Field, FieldSet, Fields, Head, Method, NO_QUERY, Query, Target};
use crate::wire::range::ByteRange;
use crate::wire::reply::Headers;
use crate::wire::text::{Sha1, Text, parse_u64};
use core::fmt::Write as _;

/// What is fixed about a download by ID.
pub const BY_ID: Spec = Spec {
    name: "b2_download_file_by_id",
    capability: "readFiles",
    class: Class::B,
    idempotency: Idempotency::Safe,
    retry: RetryClass::Read,
    timeout_ms: DATA_TIMEOUT_MS,
};

/// What is fixed about a download by name.
pub const BY_NAME: Spec = Spec { name: "b2_download_file_by_name", ..BY_ID };

/// Which bytes to ask for and how.
///
/// The parts borrow from whoever keeps them; see [`DescribeDownload`].
#[derive(Clone, Copy)]
pub struct DownloadRequest<'a> {
    /// The file.
    pub object: Object<'a>,
    /// Other values for some headers of the answer (spec 4.3.5).
    pub query: Query<'a>,
    /// The key of a file that is encrypted with a customer key.
    pub customer_key: Option<CustomerKeyRef<'a>>,
    /// A token from `b2_get_download_authorization`, in place of the account's.
    pub token: Option<&'a str>,
    /// What is there already from a download of before.
    pub kept: Option<Kept<'a>>,
}

/// Bytes of a download of before that are there still. They count when the file is the same
/// version now, and else for nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Kept<'a> {
    /// The version they are of.
    pub file_id: &'a str,
    /// Its length in bytes.
    pub len: u64,
    /// The bytes of it that the download was to fetch: all, or a range.
    pub span: Span,
    /// The bytes that are there, counted from the start of `span`: in order, apart from each
    /// other, and not empty.
    pub ranges: &'a [Span],
}

/// A file to download.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Object<'a> {
    /// One version.
    Id(&'a str),
    /// The newest version of a name.
    Name {
        /// The bucket's name.
        bucket: &'a str,
        /// The file's name.
        name: &'a str,
    },
}

/// Something that says what to download.
pub trait DescribeDownload {
    /// The request.
    fn request(&self) -> DownloadRequest<'_>;
}

impl DescribeDownload for DownloadRequest<'_> {
    fn request(&self) -> DownloadRequest<'_> {
        *self
    }
}

impl<'a> DownloadRequest<'a> {
    /// A whole file, with the account's token.
    pub const fn new(object: Object<'a>) -> Self {
        Self { object, query: NO_QUERY, customer_key: None, token: None, kept: None }
    }

    /// What is fixed about the operation.
    pub const fn spec(&self) -> &'static Spec {
        match self.object {
            Object::Id(_) => &BY_ID,
            Object::Name { .. } => &BY_NAME,
        }
    }

    /// Checks IDs and names before anything is sent.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput).
    pub fn check(&self) -> Result<(), Error> {
        match self.object {
            Object::Id(id) => check_id("file", id),
            Object::Name { bucket, name } => {
                crate::op::check_bucket_path(bucket)?;
                crate::op::check_name(name)
            }
        }
    }

    /// The request's head. `fields` must be the same description, for the customer key's headers.
    pub fn head(self, grant: &'a Grant, fields: &'a dyn Fields) -> Head<'a> {
        let base = grant.download_url.as_str();
        let query = self.query;
        Head {
            method: Method::Get,
            target: match self.object {
                Object::Id(file_id) => Target::FileById { base, file_id, query },
                Object::Name { bucket, name } => Target::FileByName { base, bucket, name, query },
            },
            auth: Auth::Token(self.token.unwrap_or_else(|| grant.token.expose())),
            range: None,
            wants_json: false,
            content_sha1: None,
            fields: FieldSet::Other(fields),
            test_mode: None,
        }
    }
}

/// The customer key's headers of whatever a `T` describes.
#[derive(Debug)]
pub struct KeyFields<T>(pub T);

impl<T: DescribeDownload> Fields for KeyFields<T> {
    fn each(&self, put: &mut dyn FnMut(Field<'_>)) {
        if let Some(key) = self.0.request().customer_key {
            key.each_field(put);
        }
    }
}

/// What the head of a download says about the file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DownloadRef {
    /// The version's ID.
    pub file_id: Text<ID_LEN_MAX>,
    /// The length of the whole file in bytes.
    pub len: u64,
    /// The SHA-1 of the whole file; none for large files.
    pub sha1: Option<Sha1>,
    /// The SHA-1 a client has noted for a large file.
    pub large_file_sha1: Option<Sha1>,
    /// The bytes the body brings.
    pub span: Span,
}

impl DownloadRef {
    /// Reads the headers of a 200 or 206 (spec 4.4).
    ///
    /// # Errors
    /// [`Protocol`](ErrorKind::Protocol) when the ID or a length is missing.
    pub fn read(status: u16, headers: &dyn Headers) -> Result<Self, Error> {
        let missing = |name| {
            let message = format_args!("the download has no usable {name}");
            Error::with_message(ErrorKind::Protocol, message)
        };
        // The other lanes' URLs are made of it.
        let file_id = headers.value("X-Bz-File-Id").filter(|id| check_id("file", id).is_ok());
        let file_id = file_id.and_then(|id| Text::try_from(id).ok());
        let body_len = headers.value("Content-Length").and_then(parse_u64);
        let body_len = body_len.ok_or_else(|| missing("Content-Length"))?;
        let (span, len) = if status == 206 {
            let range = headers.value("Content-Range").and_then(ContentRange::parse);
            let span = range.and_then(|range| range.span()).filter(|span| span.len == body_len);
            let total = range.and_then(|range| range.total);
            span.zip(total).ok_or_else(|| missing("Content-Range"))?
        } else {
            (Span { offset: 0, len: body_len }, body_len)
        };
        Ok(Self {
            file_id: file_id.ok_or_else(|| missing("X-Bz-File-Id"))?,
            len,
            sha1: headers.value("X-Bz-Content-Sha1").and_then(parse_sha1),
            large_file_sha1: large_file_sha1(headers),
            span,
        })
    }
}

fn large_file_sha1(headers: &dyn Headers) -> Option<Sha1> {
    let mut found = None;
    headers.each(&mut |name, value| {
        if let Some((key, value)) = info::from_header(name, value)
            && key.eq_ignore_ascii_case(info::LARGE_FILE_SHA1)
        {
            let mut text = Text::<64>::new();
            // A value that does not fit is no SHA-1 either.
            found = write!(text, "{}", Decoded::new(value)).ok().and_then(|()| parse_sha1(&text));
        }
    });
    found
}

/// The range header for `span` of the bytes from `first` on; none for an empty one.
pub(crate) const fn range_of(first: u64, span: Span) -> Option<ByteRange> {
    match first.checked_add(span.offset) {
        Some(offset) => ByteRange::of(offset, span.len),
        None => None,
    }
}
