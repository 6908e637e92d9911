//! Files that could not be stored in a folder: whatever the disk has under their names stays there.
//!
//! A bucket tells names apart that a disk takes for one, by the case of letters or the form of
//! accents. When a file has taken another name in the bucket that is the same on the disk, it
//! cannot be stored, since the old one is in its place; and the old name is gone from the bucket,
//! so the file would be removed. Then the folder had neither.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::file_id::FileId;

/// Names that are kept. With more of them nothing is removed any more, since nobody knows what
/// stands in for the others.
pub(super) const NAMES_MAX: usize = 4_096;

/// The files of a run that could not be stored.
#[derive(Clone, Default, Debug)]
pub struct Unplaced {
    paths: Vec<PathBuf>,
    /// Whether there were more than are kept.
    is_cut: bool,
    /// What has their names, once somebody asked.
    found: OnceLock<BTreeSet<FileId>>,
}

impl Unplaced {
    /// One more could not be stored at this path.
    pub(super) fn add(&mut self, path: PathBuf) {
        self.found = OnceLock::new();
        if self.paths.len() < NAMES_MAX {
            self.paths.push(path);
        } else {
            self.is_cut = true;
        }
    }

    /// Whether the file at this path has the name of one of them, for the disk.
    ///
    /// # Errors
    /// Nobody can look at it.
    pub(super) fn holds(&self, path: &Path) -> io::Result<bool> {
        if self.paths.is_empty() || self.is_cut {
            return Ok(self.is_cut);
        }
        let all = || self.paths.iter().filter_map(|path| spot(path).ok()).collect();
        Ok(self.found.get_or_init(all).contains(&spot(path)?))
    }
}

fn spot(path: &Path) -> io::Result<FileId> {
    FileId::at(path).map(|(id, _)| id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_file_is_held_under_any_of_its_names_and_all_are_when_too_many_failed() {
        let folder = tempfile::tempdir().expect("a folder");
        let [old, other] = ["photo", "other"].map(|name| folder.path().join(name));
        for path in [&old, &other] {
            fs::write(path, b"content").expect("written");
        }
        let mut unplaced = Unplaced::default();
        let new = folder.path().join("Photo");
        unplaced.add(new.clone());
        assert_eq!(unplaced.holds(&old).expect("there"), new.exists());
        if !new.exists() {
            // As a disk answers that takes both names for one.
            fs::hard_link(&old, &new).expect("a link");
        }
        unplaced.add(folder.path().join("none"));
        assert!(unplaced.holds(&old).expect("there"));
        assert!(!unplaced.holds(&other).expect("there"));
        (0..NAMES_MAX).for_each(|_| unplaced.add(new.clone()));
        assert!(unplaced.holds(&other).expect("not asked"));
    }
}
