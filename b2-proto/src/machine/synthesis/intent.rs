//! What a file is to be built from, with the places the bytes are at.

use crate::error::Error;
use crate::id::SourceId;
use crate::machine::copy::CopySource;
use crate::plan::Span;
use crate::plan::synthesis::{Intent, Piece};
use crate::wire::body::BodyPiece;

/// A wish: these bytes at that place of the new file.
///
/// ```
/// use b2_proto::id::SourceId;
/// use b2_proto::machine::copy::CopySource;
/// use b2_proto::machine::synthesis::WriteIntent;
///
/// let old = CopySource::new("4_z8d625eb63be2775577c70e1a_f1").range(0, 150_000_000);
/// let intents = [
///     WriteIntent::remote(0, old),
///     WriteIntent::local(150_000_000, SourceId(0), 0, 30_000_000),
/// ];
/// # let _ = intents;
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WriteIntent {
    /// Where the bytes begin in the new file.
    pub offset: u64,
    /// The bytes.
    pub origin: WriteOrigin,
}

/// Where bytes are before the file exists.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum WriteOrigin {
    /// With the caller.
    Local {
        /// One of the driver's sources, which can be read again.
        source: SourceId,
        /// The first byte.
        offset: u64,
        /// How many they are; that must be known.
        len: Option<u64>,
    },
    /// In a version that the service has. Its length must be known, from a range or from an answer
    /// of the service.
    Remote(CopySource),
}

impl WriteIntent {
    /// `len` bytes of a source from `source_offset` on, at `offset` of the new file.
    #[must_use]
    pub const fn local(offset: u64, source: SourceId, source_offset: u64, len: u64) -> Self {
        let origin = WriteOrigin::Local { source, offset: source_offset, len: Some(len) };
        Self { offset, origin }
    }

    /// The bytes of a version, or a range of it, at `offset` of the new file.
    #[must_use]
    pub const fn remote(offset: u64, source: CopySource) -> Self {
        Self { offset, origin: WriteOrigin::Remote(source) }
    }

    /// The same, without what is known of a version and not needed to copy bytes of it.
    pub(super) fn lean(&self) -> Self {
        let origin = match &self.origin {
            WriteOrigin::Remote(source) => WriteOrigin::Remote(source.without_metadata()),
            local @ WriteOrigin::Local { .. } => local.clone(),
        };
        Self { offset: self.offset, origin }
    }

    /// How many bytes they are, if that is known.
    #[must_use]
    pub fn len(&self) -> Option<u64> {
        match &self.origin {
            WriteOrigin::Local { len, .. } => *len,
            WriteOrigin::Remote(source) => source.span().map(|span| span.len),
        }
    }

    /// Whether it is known to have no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == Some(0)
    }

    /// A piece of it as part of a body.
    pub(super) fn body_piece(&self, piece: &Piece) -> BodyPiece {
        match self.origin {
            WriteOrigin::Remote(_) => BodyPiece::Fed { len: piece.len },
            WriteOrigin::Local { source, offset, .. } => {
                BodyPiece::Range { source, offset: offset + piece.offset, len: piece.len }
            }
        }
    }

    /// The version a piece of it is in, and the bytes of that; `None` if it is local.
    pub(super) fn remote_piece(&self, piece: &Piece) -> Option<(&CopySource, Span)> {
        let WriteOrigin::Remote(source) = &self.origin else { return None };
        let offset = source.span()?.offset + piece.offset;
        Some((source, Span { offset, len: piece.len }))
    }

    /// Checks what can be checked before anything is sent.
    pub(super) fn check(&self) -> Result<(), Error> {
        match &self.origin {
            WriteOrigin::Remote(source) => source.check(),
            WriteOrigin::Local { offset, len, .. } => {
                let end = offset.checked_add(len.unwrap_or(0));
                let beyond = || Error::invalid("the source would end beyond 64 bits");
                end.map(|_| ()).ok_or_else(beyond)
            }
        }
    }
}

/// As the planner sees it.
impl From<&WriteIntent> for Intent {
    fn from(intent: &WriteIntent) -> Self {
        let planned = match intent.origin {
            WriteOrigin::Local { .. } => Self::local(intent.offset, 0),
            WriteOrigin::Remote(_) => Self::remote(intent.offset, 0),
        };
        Self { len: intent.len(), ..planned }
    }
}
