//! Where folders have handles: what is behind one stays the same, whatever becomes of its path.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd as _, OwnedFd};

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, openat, statat, unlinkat};
use rustix::io::Errno;

use super::{Facts, failed, no_root};
use crate::Error;
use crate::file_id::FileId;
use crate::sync::root::Root;

/// A folder, and nothing can be put in its place any more.
#[derive(Debug)]
pub(in crate::sync) struct Inside(OwnedFd);

/// It need not be listed for that.
#[cfg(target_os = "linux")]
const FOLDER: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
#[cfg(not(target_os = "linux"))]
const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

impl Inside {
    /// The folder of this name in the root, if `check` finds that to be the right one. No piece of
    /// the way may be a link; the root itself may.
    pub(super) fn below(
        root: &Root,
        folder: &str,
        check: impl FnOnce(FileId) -> Result<(), Error>,
    ) -> Result<Self, Error> {
        let (path, none) = (root.path(), Mode::empty());
        let found = openat(CWD, path, FOLDER, none).map_err(|it| no_root(&it.into(), path))?;
        let found = File::from(found);
        let (id, _) = FileId::of(&found).map_err(|error| no_root(&error, path))?;
        check(id)?;
        let mut at = OwnedFd::from(found);
        for piece in folder.split('/').filter(|piece| !piece.is_empty()) {
            let inner = openat(at.as_fd(), piece, FOLDER | OFlags::NOFOLLOW, none);
            at = inner.map_err(|errno| failed(&not_loop(errno).into(), &path.join(folder)))?;
        }
        Ok(Self(at))
    }

    /// What has this name in it.
    ///
    /// # Errors
    /// Nothing has, or nobody can look.
    pub(in crate::sync) fn look(&self, name: &str) -> io::Result<Facts> {
        let it = statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW)?;
        let ms = wide(it.st_mtime) * 1_000 + wide(it.st_mtime_nsec) / 1_000_000;
        // Times before 1970 count as 1970.
        let unsigned = |it: i128| u64::try_from(it).unwrap_or_default();
        Ok(Facts {
            is_file: FileType::from_raw_mode(it.st_mode) == FileType::RegularFile,
            len: unsigned(wide(it.st_size)),
            modified_ms: unsigned(ms),
            spot: FileId { volume: bits(it.st_dev), number: bits(it.st_ino) },
        })
    }

    /// Opens a file to read it. A pipe is not waited for.
    ///
    /// # Errors
    /// A link or nothing has its name, or it may not be read.
    pub(in crate::sync) fn open_file(&self, name: &str) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = openat(&self.0, name, flags, Mode::empty());
        Ok(File::from(file.map_err(not_loop)?))
    }

    /// Removes a file.
    ///
    /// # Errors
    /// It is gone, or may not be removed.
    pub(in crate::sync) fn remove_file(&self, name: &str) -> io::Result<()> {
        Ok(unlinkat(&self.0, name, AtFlags::empty())?)
    }

    /// Removes a folder that is empty; a link is none.
    ///
    /// # Errors
    /// It is not empty, or no folder, or may not be removed.
    pub(in crate::sync) fn remove_folder(&self, name: &str) -> io::Result<()> {
        Ok(unlinkat(&self.0, name, AtFlags::REMOVEDIR)?)
    }
}

/// What some systems say of a link that is not followed, as others do.
fn not_loop(errno: Errno) -> Errno {
    if errno == Errno::LOOP { Errno::NOTDIR } else { errno }
}

/// The same as `std` makes of such a number, whatever its sign and width.
fn bits(number: impl Into<i128>) -> u64 {
    u64::try_from(wide(number) & i128::from(u64::MAX)).unwrap_or_default()
}

/// A number of the system, whose width differs from one to the other.
fn wide(number: impl Into<i128>) -> i128 {
    number.into()
}
