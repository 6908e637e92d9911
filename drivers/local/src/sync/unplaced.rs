//! Files that could not be stored in a folder: whatever the disk has under their names stays there.
//!
//! A bucket tells names apart that a disk takes for one, by the case of letters or the form of
//! accents. When a file has taken another name in the bucket that is the same on the disk, it
//! cannot be stored, since the old one is in its place; and the old name is gone from the bucket,
//! so the file would be removed. Then the folder had neither.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use b2_proto::plan::sync::Work;

use super::end::End;
use super::event::Action;
use super::run::Run;
use crate::file_id::FileId;
use crate::safe_name::{Platform, UnsafeName, check};

/// Names that are kept. With more of them nothing is removed any more, since nobody knows what
/// stands in for the others.
pub(super) const NAMES_MAX: usize = 4_096;

/// The files of a run that could not be stored.
#[derive(Clone, Default, Debug)]
pub struct Unplaced {
    paths: Vec<PathBuf>,
    /// Whether there were more than are kept.
    is_cut: bool,
    /// What has their names, once somebody asked; nothing if nobody could look at one of them.
    found: OnceLock<Option<BTreeSet<FileId>>>,
}

impl Run {
    /// Removals, which come after all transfers, spare what has the name of a new file that came to
    /// nothing.
    pub(super) fn note_unplaced(&mut self, action: &Action) {
        if let (Work::Transfer { is_new: true, .. }, End::Folder(root)) =
            (&action.work, &self.setup.destination)
            && may_be_found(self.setup.rules.platform, action.path())
        {
            Arc::make_mut(&mut self.unplaced).add(root.join(action.path()));
        }
    }
}

impl Unplaced {
    /// Where they were to be stored, as far as that is kept.
    pub fn paths(&self) -> &[PathBuf] {
        &self.paths
    }

    /// One more could not be stored at this path.
    pub(super) fn add(&mut self, path: PathBuf) {
        self.found = OnceLock::new();
        if self.paths.len() < NAMES_MAX {
            self.paths.push(path);
        } else {
            self.is_cut = true;
        }
    }

    /// The same, to be looked for once more.
    pub(super) fn anew(&self) -> Self {
        Self { paths: self.paths.clone(), is_cut: self.is_cut, found: OnceLock::new() }
    }

    /// Whether a file has the name of one of them, for the disk, or nobody can tell.
    pub(super) fn holds(&self, file: &FileId) -> bool {
        if self.paths.is_empty() || self.is_cut {
            return self.is_cut;
        }
        let all = || self.paths.iter().filter_map(|path| found(path).transpose()).collect();
        let found = self.found.get_or_init(|| io::Result::ok(all()));
        found.as_ref().is_none_or(|found| found.contains(file))
    }
}

/// Whether a file can be found under a name, perhaps of another one: not under that of a device.
/// What is a separator here leads into folders, and what names a stream leads to its file.
fn may_be_found(platform: Platform, name: &str) -> bool {
    check(platform, name) != Err(UnsafeName::Device)
}

/// What the disk has at a path; nothing where it has, or can have, nothing of that name.
fn found(path: &Path) -> io::Result<Option<FileId>> {
    use io::ErrorKind::{InvalidFilename, InvalidInput, NotADirectory, NotFound};
    spot(path).map(Some).or_else(|error| {
        let is_absent =
            matches!(error.kind(), NotFound | NotADirectory | InvalidFilename | InvalidInput);
        if is_absent { Ok(None) } else { Err(error) }
    })
}

/// Which file is at a path.
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
        let holds = |unplaced: &Unplaced, path| unplaced.holds(&spot(path).expect("there"));
        assert_eq!(holds(&unplaced, &old), new.exists());
        if !new.exists() {
            // As a disk answers that takes both names for one.
            fs::hard_link(&old, &new).expect("a link");
        }
        unplaced.add(folder.path().join("none"));
        assert!(holds(&unplaced, &old));
        assert!(!holds(&unplaced, &other));
        (0..NAMES_MAX).for_each(|_| unplaced.add(new.clone()));
        assert!(holds(&unplaced, &other));
    }

    /// What cannot be there is not; anything else that nobody can look at may be any file.
    #[cfg(unix)]
    #[test]
    fn what_nobody_can_look_at_holds_everything() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().expect("a folder");
        let [file, turning] = ["file", "turning"].map(|name| folder.path().join(name));
        fs::write(&file, b"content").expect("written");
        symlink(&turning, &turning).expect("a link to itself");
        let spot = spot(&file).expect("there");
        let mut unplaced = Unplaced::default();
        for name in ["none", "none/x", "file/x", &"x".repeat(300)] {
            unplaced.add(folder.path().join(name));
            assert!(!unplaced.holds(&spot), "{name}");
        }
        unplaced.add(turning.join("x"));
        assert!(unplaced.holds(&spot));
    }
}
