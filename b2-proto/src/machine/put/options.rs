//! How a file is uploaded.

use crate::machine::large::Leftover;
use crate::model::FileId;
use crate::plan::sizes::SizeOptions;

/// How a file is uploaded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PutOptions {
    /// Parts sent at the same time; more than [`LANES_MAX`](crate::machine::LANES_MAX) count as
    /// that.
    pub lanes: u16,
    /// Part sizes the caller wants, in bytes; the account's are filled in.
    pub sizes: SizeOptions,
    /// Bytes of all buffers of a source that cannot be read again, within those that all jobs of
    /// an engine have together. One of unknown length needs two of the shortest part, and the more
    /// it has, the longer it may be: 64 MiB are enough for 500 GB, and 3 GB for the largest file.
    pub buffer_len_max: u64,
    /// What becomes of an unfinished file on failure.
    pub leftover: Leftover,
    /// Where the SHA-1 of a large file comes from.
    pub whole_sha1: WholeSha1,
    /// Whether an unfinished file of before is continued.
    pub resume: Continue,
}

impl Default for PutOptions {
    fn default() -> Self {
        Self {
            lanes: 8,
            sizes: SizeOptions::default(),
            buffer_len_max: 64 * 1024 * 1024,
            leftover: Leftover::Keep,
            whole_sha1: WholeSha1::ReadFirst,
            resume: Continue::Auto,
        }
    }
}

/// Where the SHA-1 of a large file comes from, which the service keeps with it and downloads are
/// verified by.
///
/// It has to be told before the first part is sent. The caller's own is taken as it is, and a
/// source that can be read only once has none else.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum WholeSha1 {
    /// The source is read once before anything is sent. Parts are then sent with their SHA-1 in
    /// front, and a change of the source in between is noticed.
    #[default]
    ReadFirst,
    /// The source is read while it is sent, and the file has no SHA-1 of its own.
    OnePass,
}

/// Whether an unfinished large file of before is continued.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Continue {
    /// The best that fits, if there is one; see [`Resume`](crate::machine::resume::Resume). For a
    /// source of unknown length nothing is looked for.
    #[default]
    Auto,
    /// None.
    Never,
    /// This one and no other; it is an error if it does not fit.
    File(FileId),
}
