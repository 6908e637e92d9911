//! The way to a file of a folder in which links are not followed.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::inside::Inside;
use super::root::Root;
use crate::source::FileSource;
use crate::{Error, Reason};

/// A file that a walk without links has found, to be opened in the folder that was walked and
/// through no link.
///
/// The walk may be hours old. Whoever writes to the folder can put a link in the place of a file,
/// or of a folder it is in, to have another file read by somebody who may.
#[derive(Clone, Debug)]
pub struct Way {
    root: Arc<Root>,
    name: String,
    path: PathBuf,
}

impl Way {
    pub(super) fn new(root: Arc<Root>, name: &str, path: &Path) -> Self {
        Self { root, name: name.to_owned(), path: path.to_owned() }
    }

    /// Opens it. May wait for a disk.
    ///
    /// # Errors
    /// A piece of the way is gone or a link by now, or it is no file that can be read.
    pub(crate) fn open(&self) -> Result<FileSource, Error> {
        let (folder, name) = self.name.rsplit_once('/').unwrap_or(("", &self.name));
        let inside = Inside::of_source(&self.root, folder).map_err(|error| {
            let reason = if error.reason == Reason::FolderMissing {
                Reason::SourceMissing
            } else if error.reason == Reason::FolderIsOther {
                Reason::SourceIsOther
            } else {
                Reason::SourceUnreadable
            };
            Error { reason, path: self.path.clone(), ..error }
        })?;
        let file = inside.open_file(name).map_err(|error| {
            if error.kind() == io::ErrorKind::NotADirectory {
                return Error::new(Reason::SourceIsOther, &self.path);
            }
            Error::reading(&error, &self.path)
        })?;
        FileSource::of(file, self.path.clone())
    }
}
