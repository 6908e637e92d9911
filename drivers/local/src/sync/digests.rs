//! SHA-1 of local files for a plan, from an index where one is named.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use b2_proto::wire::text::Sha1;

use super::way::Way;
use crate::Error;
use crate::index::{Ask, Index, IsGivenUp, Note, sha1_of, sha1_with};
use crate::source::ReadAt as _;

/// What hashes files. A clone has the same index; all of it may wait for a disk.
#[derive(Clone, Debug)]
pub struct Digests(Option<Arc<Kept>>);

#[derive(Debug)]
struct Kept {
    path: PathBuf,
    /// Opened with the first file.
    index: Mutex<Option<Index>>,
}

impl Digests {
    /// Digests kept in the index at `path`, or nowhere.
    pub(super) fn new(path: Option<PathBuf>) -> Self {
        Self(path.map(|path| Arc::new(Kept { path, index: Mutex::new(None) })))
    }

    /// The SHA-1 of a file. One that the index knows in its present state is not read.
    ///
    /// # Errors
    /// It cannot be read, or changes meanwhile (S15); or it is given up, or a link leads to it by
    /// now that is not followed.
    pub(super) fn of(
        &self,
        path: &Path,
        way: Option<&Way>,
        is_given_up: &IsGivenUp<'_>,
    ) -> Result<Sha1, Error> {
        let Some(way) = way else { return self.of_path(path, is_given_up) };
        let file = way.open()?;
        file.check_unchanged()?;
        let sha1 = self.of_path(path, is_given_up)?;
        // What has the path is what was read.
        file.check_unchanged()?;
        Ok(sha1)
    }

    fn of_path(&self, path: &Path, is_given_up: &IsGivenUp<'_>) -> Result<Sha1, Error> {
        let Some(kept) = &self.0 else { return sha1_of(path, None, is_given_up) };
        // Several are hashed at the same time: the index is locked only while it is asked.
        let mut with = |ask: &mut Ask<'_>| {
            let mut index = kept.index.lock().unwrap_or_else(PoisonError::into_inner);
            // By then it may have been written and closed.
            if !is_given_up() {
                ask(index.get_or_insert_with(|| Index::open(&kept.path)));
            }
        };
        sha1_with(path, &mut with, is_given_up)
    }

    /// Whether an index is named.
    pub(super) const fn has_index(&self) -> bool {
        self.0.is_some()
    }

    /// Writes what was learned; why the index was of no use, or not written, if that is so.
    pub(super) fn close(&self) -> Option<Note> {
        let kept = self.0.as_ref()?;
        let index = kept.index.lock().unwrap_or_else(PoisonError::into_inner).take();
        index.and_then(Index::close)
    }
}
