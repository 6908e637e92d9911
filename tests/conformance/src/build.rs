//! The building of a file from local data and ranges of stored ones, as a value.

use b2_proto::machine::copy::{CopySource, TargetEncryption};
use b2_proto::machine::large::Leftover;
use b2_proto::plan::synthesis::Priority;
use b2_proto::wire::text::Sha1;
use core::ops::Range;
use std::path::PathBuf;

use crate::transfer::Listener;

/// What a file is to consist of.
pub enum Bytes {
    /// Bytes in memory, behind everything before.
    Append(Vec<u8>),
    /// Bytes in memory, at a place.
    Write(u64, Vec<u8>),
    /// Ranges of a local file, each with its place.
    Ranges(PathBuf, Vec<(u64, Range<u64>)>),
    /// Bytes of a version, behind everything before.
    AppendCopy(CopySource),
    /// Bytes of a version, at a place.
    Copy(u64, CopySource),
    /// Waits, before a stream goes on.
    Wait(Box<dyn FnOnce() + Send>),
    /// What a stream ends with.
    Failure(&'static str),
}

/// Called with the ID of a large file.
pub type Started = Box<dyn Fn(&str) + Send + Sync>;

/// A file to be built. What is `None` or empty is not set.
#[derive(Default)]
#[expect(missing_docs, reason = "each field is the driver's method of that name")]
pub struct Build {
    pub bytes: Vec<Bytes>,
    pub is_stream: bool,
    pub is_concatenation: bool,
    pub leftover: Option<Leftover>,
    pub encryption: Option<TargetEncryption>,
    pub sha1: Option<Sha1>,
    pub priority: Option<Priority>,
    pub least_transfer: bool,
    pub verify_overlap: bool,
    pub part_len: Option<u64>,
    pub part_len_min: Option<u64>,
    pub lanes: Option<u16>,
    pub continue_from: Option<String>,
    pub no_continue: bool,
    pub one_pass: bool,
    pub progress: Option<Listener>,
    pub large_file_started: Option<Started>,
}

impl From<Vec<Bytes>> for Build {
    fn from(bytes: Vec<Bytes>) -> Self {
        Self { bytes, ..Self::default() }
    }
}

impl core::fmt::Debug for Build {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Build").finish_non_exhaustive()
    }
}
