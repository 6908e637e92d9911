//! What a search means for the job that goes on.

use super::{Found, Mismatch, PartWanted, Resume, Skipped};
use crate::error::Error;
use crate::limits::FILE_ID_LEN_MAX;
use crate::machine::Machine as _;
use crate::machine::upload::Continued;
use crate::model::FileId;
use crate::wire::text::{Sha1, Text};
use alloc::vec::Vec;

/// The file to continue, if there is one, and what is there of it.
#[derive(Debug)]
pub(crate) struct Resumed {
    file_id: Option<FileId>,
    /// The SHA-1 of each part the service has.
    pub(crate) stored: Vec<Option<Sha1>>,
    pub(crate) continued: Continued,
    /// What was looked at besides.
    pub(crate) skipped: Vec<Skipped>,
}

impl Resume {
    /// The outcome, as the job that goes on needs it.
    pub(crate) fn resumed(&mut self) -> Option<Result<Resumed, Error>> {
        let found = self.outcome()?;
        let skipped = core::mem::take(&mut self.skipped);
        let mut resumed = match found {
            Ok(found) => Resumed::of(found, &self.wanted.parts),
            Err(error) => return Some(Err(error)),
        };
        if let (Continued::Nothing, Some(why)) = (resumed.continued, nearest(&skipped)) {
            resumed.continued = Continued::Unfit(why);
        }
        Some(Ok(Resumed { skipped, ..resumed }))
    }
}

/// What is wrong with the file that passed most of what is checked.
fn nearest(skipped: &[Skipped]) -> Option<Mismatch> {
    skipped.iter().map(|skipped| skipped.why).max()
}

impl Resumed {
    /// No file.
    pub(crate) const fn none(continued: Continued) -> Self {
        Self { file_id: None, stored: Vec::new(), continued, skipped: Vec::new() }
    }

    /// The ID of the file to continue, in the form a large upload takes.
    pub(crate) fn file_id(&self) -> Result<Option<Text<FILE_ID_LEN_MAX>>, Error> {
        let too_long = |_| Error::invalid("the ID of the unfinished file is too long");
        self.file_id.as_ref().map(|id| id.as_str().try_into().map_err(too_long)).transpose()
    }

    /// What a search for these parts has found.
    fn of(found: Found, parts: &[PartWanted]) -> Self {
        match found {
            Found::Nothing => Self::none(Continued::Nothing),
            Found::NotAllowed => Self::none(Continued::NotAllowed),
            Found::Unfinished { file_id, digests: stored } => {
                let there = parts.iter().zip(&stored).filter(|(_, sha1)| sha1.is_some());
                let (parts, bytes) = there.fold((0_u32, 0_u64), |(parts, bytes), (part, _)| {
                    (parts.saturating_add(1), bytes.saturating_add(part.len))
                });
                let continued = Continued::File { parts, bytes };
                Self { file_id: Some(file_id), stored, continued, skipped: Vec::new() }
            }
        }
    }
}
