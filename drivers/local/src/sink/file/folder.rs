//! Whether there is a folder for a new file.

use std::fs;
use std::io;
use std::path::Path;

use crate::temp::folder_of;
use crate::volume::Volume;
use crate::{Error, Reason};

/// Whether files can be made in the folder of a path. What it is on, was told only if it is a
/// folder.
#[cfg(unix)]
pub(super) fn check_folder(path: &Path, on: Option<Volume>) -> Result<(), Error> {
    use rustix::fs::{Access, access};
    // A file in the folder's place can be searched by nobody, or has no right to be.
    let folder = folder_of(path);
    match access(folder, Access::WRITE_OK | Access::EXEC_OK) {
        Ok(()) if on.is_some() => Ok(()),
        Ok(()) => check_is_folder(path, folder),
        Err(error) => match check_is_folder(path, folder) {
            Ok(()) => Err(Error::writing(&error.into(), path)),
            is_none => is_none,
        },
    }
}

#[cfg(not(unix))]
pub(super) fn check_folder(path: &Path, _: Option<Volume>) -> Result<(), Error> {
    check_is_folder(path, folder_of(path))
}

fn check_is_folder(path: &Path, folder: &Path) -> Result<(), Error> {
    match fs::metadata(folder) {
        Ok(it) if it.is_dir() => Ok(()),
        Ok(_) => Err(Error::new(Reason::FolderIsFile, path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(Error::new(Reason::FolderMissing, path))
        }
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            Err(Error::new(Reason::FolderIsFile, path))
        }
        Err(error) => Err(Error::writing(&error, path)),
    }
}
