//! What a job about leftovers is asked, and what it gives.

use crate::error::Error;
use crate::model::FileVersion;
use alloc::vec::Vec;

/// Which unfinished files are meant, and what becomes of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct LeftoverOptions {
    /// Only those started before this, in milliseconds since 1970. A file with an upload time of
    /// the caller's own counts by that: the service tells no other.
    pub started_before_ms: Option<u64>,
    /// Whether they are cancelled, which deletes their parts. What this user uploads from this
    /// machine is left alone; an upload from another one would fail.
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
    /// What became of it.
    pub fate: Fate,
}

/// What became of an unfinished large file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fate {
    /// It was looked at only.
    Kept,
    /// A job of this user on this machine works on it, so it was left alone.
    InUse,
    /// It is cancelled.
    Cancelled,
    /// Why it could not be, which holds no others up, or why its parts could not be listed, which
    /// ends the job.
    Failed(Error),
}

impl UnfinishedFile {
    /// One that nothing is known of but what it was started as.
    pub(super) const fn new(file: FileVersion) -> Self {
        Self { file, parts: 0, bytes: 0, fate: Fate::Kept }
    }
}

/// What a job about leftovers gives.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LeftoverList {
    /// The files, the oldest first.
    pub files: Vec<UnfinishedFile>,
    /// Whether there are more than [`FILES_MAX`](super::FILES_MAX), or more behind one whose parts
    /// could not be listed.
    pub has_more: bool,
}
