//! What a value is, and what is wrong with one.

use core::fmt;

use super::scan::DEPTH_MAX;
use crate::wire::text::{Decimal, Plain};

/// Why a document, or a value of it, could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JsonError {
    /// The bytes are not UTF-8.
    #[error("not UTF-8 at byte {}", Decimal(*at as u64))]
    NotUtf8 {
        /// Offset of the first wrong byte.
        at: usize,
    },
    /// The grammar is broken, or the document ends too early.
    #[error("not JSON at byte {}", Decimal(*at as u64))]
    Syntax {
        /// Offset where reading stopped.
        at: usize,
    },
    /// Arrays and objects are nested deeper than [`DEPTH_MAX`].
    #[error("nested deeper than {} levels", Decimal(DEPTH_MAX.into()))]
    TooDeep,
    /// A field that must be there is not.
    #[error("field {} is missing", Plain(key))]
    Missing {
        /// Name of the field.
        key: &'static str,
    },
    /// A value of another kind was expected.
    #[error("expected {wanted}, found {found}")]
    WrongKind {
        /// What was expected.
        wanted: Kind,
        /// What was there.
        found: Kind,
    },
    /// A number that is not an integer of the wanted type.
    #[error("number is not an integer in range")]
    OutOfRange,
    /// Text longer than the space for it, or refused by the writer it was sent to.
    #[error("text is too long")]
    TooLong,
}

/// The kinds of JSON values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool,
    /// A number.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "null",
            Self::Bool => "a boolean",
            Self::Number => "a number",
            Self::String => "a string",
            Self::Array => "an array",
            Self::Object => "an object",
        })
    }
}
