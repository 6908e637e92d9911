//! Where folders have no handles: every piece of a path is looked at right before.

use std::fs::{self, File};
use std::io;
use std::path::PathBuf;

use super::{Facts, failed, no_root};
use crate::file_id::FileId;
use crate::sync::root::Root;
use crate::{Error, Reason, time};

/// A folder as it was a moment ago.
#[derive(Debug)]
pub(in crate::sync) struct Inside(PathBuf);

impl Inside {
    /// The folder of this name in the root, if `check` finds that to be the right one. No piece of
    /// the way may be a link; the root itself may.
    pub(super) fn below(
        root: &Root,
        folder: &str,
        check: impl FnOnce(FileId) -> Result<(), Error>,
    ) -> Result<Self, Error> {
        let mut path = root.path().to_owned();
        let (id, _) = FileId::behind(&path).map_err(|error| no_root(&error, &path))?;
        check(id)?;
        for piece in folder.split('/').filter(|piece| !piece.is_empty()) {
            path.push(piece);
            match fs::symlink_metadata(&path) {
                Ok(it) if it.is_dir() && !it.is_symlink() => {}
                Ok(_) => return Err(Error::new(Reason::FolderIsOther, &path)),
                Err(error) => return Err(failed(&error, &path)),
            }
        }
        Ok(Self(path))
    }

    /// What has this name in it.
    ///
    /// # Errors
    /// Nothing has, or nobody can look.
    pub(in crate::sync) fn look(&self, name: &str) -> io::Result<Facts> {
        let path = self.0.join(name);
        let (spot, it) = FileId::at(&path)?;
        Ok(Facts {
            is_file: it.is_file(),
            len: it.len(),
            modified_ms: time::modified_ms(&it).unwrap_or_default(),
            spot,
        })
    }

    /// Opens a file to read it.
    ///
    /// # Errors
    /// A link or nothing has its name, or it may not be read.
    pub(in crate::sync) fn open_file(&self, name: &str) -> io::Result<File> {
        let path = self.0.join(name);
        let (before, it) = FileId::at(&path)?;
        let file = File::open(&path)?;
        // What no link led to when it was looked at is what was opened.
        let is_same = FileId::of(&file)?.0 == before && FileId::at(&path)?.0 == before;
        if it.is_symlink() || !is_same {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        Ok(file)
    }

    /// Removes a file.
    ///
    /// # Errors
    /// It is gone, or may not be removed.
    pub(in crate::sync) fn remove_file(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.0.join(name))
    }

    /// Removes a folder that is empty; a link is none.
    ///
    /// # Errors
    /// It is not empty, or no folder, or may not be removed.
    pub(in crate::sync) fn remove_folder(&self, name: &str) -> io::Result<()> {
        let path = self.0.join(name);
        if fs::symlink_metadata(&path)?.is_symlink() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        fs::remove_dir(path)
    }
}
