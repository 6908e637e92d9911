//! What goes into an upload, and what comes out of it.

use crate::error::Error;
use crate::id::SourceId;
use crate::machine::upload::Reused;
use crate::wire::body::{Body, DigestMode};
use crate::wire::text::Sha1;

/// Where the bytes of an upload come from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Payload {
    /// The driver's source.
    pub source: SourceId,
    /// Its first byte to send; 0 for sources that cannot be read again.
    pub offset: u64,
    /// Number of bytes. Only a source that is read once may leave it open.
    pub len: Option<u64>,
    /// Their SHA-1, when it is known.
    pub sha1: Option<Sha1>,
    /// Whether any part of it can be read again. What cannot is kept in buffers while it is sent.
    pub can_reread: bool,
}

impl Payload {
    /// A source that can be read at any offset, such as a file.
    pub const fn seekable(source: SourceId, len: u64) -> Self {
        Self { source, offset: 0, len: Some(len), sha1: None, can_reread: true }
    }

    /// Nothing to send, for files whose bytes come from elsewhere; their SHA-1 when it is known.
    pub const fn none(sha1: Option<Sha1>) -> Self {
        Self { source: SourceId(0), offset: 0, len: Some(0), sha1, can_reread: true }
    }

    /// A source that can be read once, in order.
    pub const fn stream(source: SourceId, len: u64) -> Self {
        Self { source, offset: 0, len: Some(len), sha1: None, can_reread: false }
    }

    /// A source that can be read once, in order, until it ends.
    pub const fn unbounded(source: SourceId) -> Self {
        Self { source, offset: 0, len: None, sha1: None, can_reread: false }
    }

    /// Checks that its last byte has an offset.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match self.offset.checked_add(self.len.unwrap_or(0)) {
            Some(_) => Ok(()),
            None => Err(Error::invalid("the source would end beyond 64 bits")),
        }
    }
}

/// What an upload of one request sends in place of the bytes of one source.
pub trait Content {
    /// The body with all its bytes; `None` for those of the payload.
    fn body(&mut self, digest: DigestMode) -> Option<Body<'_>>;
}

/// The bytes of the payload.
impl Content for () {
    fn body(&mut self, _digest: DigestMode) -> Option<Body<'_>> {
        None
    }
}

/// Whether an upload continued an unfinished file of before.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Continued {
    /// Nothing was looked for: the file is small, its source gives no way to, or the caller did
    /// not want it.
    #[default]
    NotTried,
    /// The key may not list files, so nothing was looked for.
    NotAllowed,
    /// There was nothing.
    Nothing,
    /// There are unfinished files of the name, and none of them fits: what is wrong with the one
    /// that comes nearest. Naming it continues one whose retention is its bucket's.
    #[cfg(feature = "alloc")]
    Unfit(crate::machine::resume::Mismatch),
    /// It continued one.
    File {
        /// Parts that were there already and were not sent again.
        parts: u32,
        /// Bytes in them.
        bytes: u64,
    },
}

/// What an upload gives.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Uploaded<R> {
    /// What the service says about the new version.
    pub file: R,
    /// The SHA-1 of the bytes; none for large files that were read in parts.
    pub sha1: Option<Sha1>,
    /// Whether an unfinished file was continued.
    pub continued: Continued,
    /// Whether the newest version was copied in place of sending it once more.
    pub reused: Reused,
    /// An answer was lost on the way, so the same bytes may be there as a second version.
    pub may_be_duplicate: bool,
}
