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
    use rustix::io::Errno;
    // A file in the folder's place can be searched by nobody, or has no right to be.
    let folder = folder_of(path);
    let look = || access(folder, Access::WRITE_OK | Access::EXEC_OK);
    match look() {
        Ok(()) if on.is_some() => Ok(()),
        Ok(()) => check_is_folder(path, folder),
        Err(_) => {
            check_is_folder(path, folder)?;
            // It may have been made since the first look, which then says nothing about it.
            match look() {
                Ok(()) => Ok(()),
                Err(Errno::NOENT | Errno::NOTDIR) => Err(Error::new(Reason::FolderMissing, path)),
                Err(error) => Err(Error::writing(&error.into(), path)),
            }
        }
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
