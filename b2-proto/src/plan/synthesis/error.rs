//! Why intents are no file.

use super::super::sizes::SizeError;
use crate::limits::{LARGE_FILE_LEN_MAX, PART_LEN_MAX, PARTS_MAX};

/// Why intents cannot be made into a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SynthesisError {
    /// There are no intents.
    #[error("there is nothing to build a file from")]
    Empty,
    /// No intent has the bytes of a range that others lie behind.
    #[error("no source has bytes {from} to {to}")]
    Hole {
        /// First byte that is missing.
        from: u64,
        /// First byte behind that is not.
        to: u64,
    },
    /// The streaming form met an intent that begins before the one ahead of it.
    #[error("intent {intent} begins at byte {offset}, before the one ahead of it")]
    Unsorted {
        /// Index of the intent in the input.
        intent: u32,
        /// Where it begins, in bytes.
        offset: u64,
    },
    /// The length of a source is not known.
    #[error("the length of intent {intent} is not known")]
    UnknownLength {
        /// Index of the intent in the input.
        intent: u32,
    },
    /// The file is longer than the service takes.
    #[error("{len} bytes are more than the largest file of {LARGE_FILE_LEN_MAX}")]
    TooLarge {
        /// Where the file ends, in bytes, as far as it was seen; `u64::MAX` when it is further.
        len: u64,
    },
    /// A part is longer than the service takes.
    #[error("a part of {len} bytes is longer than {PART_LEN_MAX}")]
    PartTooLong {
        /// Length of the part, in bytes.
        len: u64,
    },
    /// There are more parts than allowed, even with the longest the sizes permit.
    #[error("the file has more than {max} parts with the sizes given")]
    TooManyParts {
        /// How many were allowed; [`PARTS_MAX`] unless the caller chose.
        max: u32,
    },
    /// There are more intents than indices.
    #[error("there are more than {} intents", u32::MAX)]
    TooManyIntents,
    /// One part of a streamed plan has more pieces than fit in the memory it may use.
    #[error("a part has more than {max} pieces")]
    TooManyPieces {
        /// How many were allowed.
        max: u32,
    },
    /// Buffers of a stream are shorter than the service's shortest part.
    #[error("buffers of {len} bytes are shorter than the shortest part of {min}")]
    BufferTooShort {
        /// Length of a buffer, in bytes.
        len: u64,
        /// The shortest part, in bytes.
        min: u64,
    },
    /// The sizes do not fit together.
    #[error(transparent)]
    Sizes(#[from] SizeError),
}

/// The most parts of any file, in the type of part counts here.
pub(super) const PARTS_LIMIT: u32 = PARTS_MAX as u32;
