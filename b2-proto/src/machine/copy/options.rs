//! How a file is copied, and what was copied of it before.

use alloc::vec::Vec;

use crate::error::Error;
use crate::limits::FILE_ID_LEN_MAX;
use crate::machine::large::Leftover;
use crate::machine::put::Continue;
use crate::machine::resume::Resumed;
use crate::machine::upload::Continued;
use crate::plan::sizes::SizeOptions;
use crate::wire::text::{Sha1, Text};

/// How a file is copied.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CopyOptions {
    /// Parts copied at the same time; more than [`LANES_MAX`](crate::machine::LANES_MAX) count as
    /// that.
    pub lanes: u16,
    /// The shortest and the longest part the caller wants, in bytes; the account's shortest and
    /// the service's longest of 5 GB are filled in. What is no longer than the longest is copied
    /// in one call.
    pub sizes: SizeOptions,
    /// What becomes of an unfinished file on failure.
    pub leftover: Leftover,
    /// Whether to ask for the source's content type and file info when they have to be written
    /// anew because the IDs of the customer keys differ. Else that is an error. A source whose
    /// key has no ID here is asked for it; else it counts as having none.
    pub fetch_metadata: bool,
    /// Whether an unfinished large file of the same copy is continued.
    pub resume: Continue,
}

impl Default for CopyOptions {
    fn default() -> Self {
        Self {
            lanes: 8,
            sizes: SizeOptions::default(),
            leftover: Leftover::Keep,
            fetch_metadata: false,
            resume: Continue::Auto,
        }
    }
}

/// What was found of a large file to go on with.
#[derive(Clone, Debug)]
pub(super) struct Continuing {
    pub(super) file_id: Option<Text<FILE_ID_LEN_MAX>>,
    /// Of the parts it has.
    pub(super) digests: Vec<Option<Sha1>>,
    /// What the caller is told about it.
    pub(super) continued: Continued,
}

impl Continuing {
    /// What a search has found.
    pub(super) fn found(resumed: Resumed) -> Result<Self, Error> {
        let (file_id, continued) = (resumed.file_id()?, resumed.continued);
        Ok(Self { file_id, digests: resumed.stored, continued })
    }
}
