//! What a job about leftovers is asked, and what it gives.

use crate::error::Error;
use crate::model::FileVersion;
use alloc::vec::Vec;

/// Which unfinished files are meant, and what becomes of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct LeftoverOptions {
    /// Only those started before this, in milliseconds since 1970.
    pub started_before_ms: Option<u64>,
    /// Whether they are cancelled, which deletes their parts. An upload that is under way would
    /// fail.
    pub cancels: bool,
}

/// An unfinished large file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnfinishedFile {
    /// What it was started as.
    pub file: FileVersion,
    /// Parts the service has of it.
    pub parts: u32,
    /// Bytes in them, which are billed.
    pub bytes: u64,
    /// Whether it is cancelled now, or why it is not: nothing else is held up by that.
    pub cancelled: Result<bool, Error>,
}

/// What a job about leftovers gives.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LeftoverList {
    /// The files, the oldest first.
    pub files: Vec<UnfinishedFile>,
    /// Whether there are more than [`FILES_MAX`](super::FILES_MAX).
    pub has_more: bool,
}
