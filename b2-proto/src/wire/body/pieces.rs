//! Bodies that are put together of pieces.

use crate::id::SourceId;
use core::fmt;

/// One piece of a body.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BodyPiece {
    /// Bytes `offset..offset + len` of a source that can be read again.
    Range {
        /// The source.
        source: SourceId,
        /// First byte.
        offset: u64,
        /// Number of bytes.
        len: u64,
    },
    /// Bytes that other requests bring while the body is sent: their answers are
    /// [accepted](crate::machine::Accept::Feed) for this one.
    Fed {
        /// Number of bytes.
        len: u64,
    },
}

impl BodyPiece {
    /// Number of bytes.
    pub const fn len(&self) -> u64 {
        match *self {
            Self::Range { len, .. } | Self::Fed { len } => len,
        }
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Pieces in a row.
pub trait BodyPieces: fmt::Debug {
    /// Tells each of them, in order.
    fn each(&self, put: &mut dyn FnMut(BodyPiece));
}

/// The pieces as they are.
impl BodyPieces for [BodyPiece] {
    fn each(&self, put: &mut dyn FnMut(BodyPiece)) {
        self.iter().copied().for_each(put);
    }
}

/// The pieces as they are.
impl<const LEN: usize> BodyPieces for [BodyPiece; LEN] {
    fn each(&self, put: &mut dyn FnMut(BodyPiece)) {
        self[..].each(put);
    }
}
