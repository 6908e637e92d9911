//! What a file is like.

use std::fs;
use std::io;
use std::path::PathBuf;

use super::chunk::Kind;
use super::{Entry, FoundFile, SkipReason, Skipped};
use crate::time::modified_ms;

/// A file that nobody has looked at yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Unseen {
    pub(super) name: String,
    pub(super) path: PathBuf,
    pub(super) is_link: bool,
}

impl Unseen {
    pub(super) fn new(name: String, path: PathBuf, kind: Kind) -> Self {
        Self { name, path, is_link: kind == Kind::FileLink }
    }

    /// Asks the system.
    pub(super) fn look(self) -> Entry {
        let Self { name, path, is_link } = self;
        let looked = if is_link { fs::metadata(&path) } else { fs::symlink_metadata(&path) };
        match looked {
            Ok(metadata) if metadata.is_file() => {
                let modified_ms = modified_ms(&metadata).unwrap_or_default();
                Entry::File(FoundFile { name, path, len: metadata.len(), modified_ms })
            }
            Ok(_) => skipped(name, path, SkipReason::Changed),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                skipped(name, path, SkipReason::Changed)
            }
            Err(error) => skipped(name, path, unreadable(&error)),
        }
    }
}

pub(super) fn unreadable(error: &io::Error) -> SkipReason {
    SkipReason::Unreadable(error.to_string())
}

pub(super) const fn skipped(name: String, path: PathBuf, reason: SkipReason) -> Entry {
    Entry::Skipped(Skipped { name, path, reason })
}
