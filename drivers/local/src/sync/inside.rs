//! A folder of the destination, for removals, or of a source whose links are not followed: the one
//! that was walked, and reached through no link (S13).
//!
//! The walk may be hours old. Somebody who moves a folder away meanwhile and leaves a link, to keep
//! what is in it, or who mounts another disk, has other files under the same names.

#[cfg(not(unix))]
mod other;
#[cfg(unix)]
mod unix;

#[cfg(not(unix))]
pub(super) use other::Inside;
#[cfg(unix)]
pub(super) use unix::Inside;

use std::io;
use std::path::Path;

use super::root::Root;
use crate::file_id::FileId;
use crate::{Error, Reason};

impl Inside {
    /// The folder of this name in the root, which must be the one that was walked. The root itself
    /// may be a link.
    ///
    /// # Errors
    /// It is another one, or a piece of the way is gone, a link, or no folder.
    pub(super) fn open(root: &Root, folder: &str) -> Result<Self, Error> {
        Self::below(root, folder, |id| root.check_found(id))
    }

    /// The same of a source.
    ///
    /// # Errors
    /// As those of [`open`](Self::open), but for a root that nothing tells from others.
    pub(super) fn of_source(root: &Root, folder: &str) -> Result<Self, Error> {
        Self::below(root, folder, |id| root.check_source(id))
    }
}

/// What a file of such a folder is like.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Facts {
    /// Whether it is a file, and no link.
    pub(super) is_file: bool,
    /// Its length in bytes.
    pub(super) len: u64,
    /// When it was modified, in milliseconds since the Unix epoch.
    pub(super) modified_ms: u64,
    /// Which file it is, whatever it is called.
    pub(super) spot: FileId,
}

/// Why the root cannot be opened.
fn no_root(error: &io::Error, path: &Path) -> Error {
    if error.kind() == io::ErrorKind::NotFound {
        return Error::new(Reason::FolderIsOther, path);
    }
    failed(error, path)
}

/// Why a folder cannot be opened.
fn failed(error: &io::Error, path: &Path) -> Error {
    let kind = error.kind();
    if kind == io::ErrorKind::NotFound {
        Error::new(Reason::FolderMissing, path)
    } else if kind == io::ErrorKind::NotADirectory {
        Error::new(Reason::FolderIsOther, path)
    } else {
        Error::writing(error, path)
    }
}
