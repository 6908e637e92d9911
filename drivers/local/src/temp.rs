//! Files that become visible whole or not at all: written beside their target, then renamed.
//!
//! A temporary file has a [mark] beside it that proves whose it is, and is locked for as long as
//! its process lives. So one left behind by a crash can be told from one in use, and from a file of
//! the user's that is named so, and is removed by the next who writes the same target.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use b2_proto::wire::text::Sha1;

use crate::volume::Volume;
use mark::Place;

mod left;
pub(crate) mod mark;
mod names;
pub(crate) mod stale;
mod whose;

use names::{JOURNAL_EXTENSION, NUMBERS, SUFFIX, numbered};
pub(crate) use names::{NEXT_EXTENSION, is_temporary};
use whose::inode_of;
pub(crate) use whose::{is_at, is_own};

/// A new file beside its target. Dropped without [`commit`](Self::commit), it is removed.
#[derive(Debug)]
pub(crate) struct TempFile {
    file: Arc<File>,
    path: PathBuf,
    target: PathBuf,
    is_done: bool,
}

/// Who may read the new file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Access {
    /// As any new file of this process.
    Default,
    /// Only its owner.
    Private,
}

impl TempFile {
    /// Creates the file under the first free number. A number whose owner is dead is free: what
    /// it left behind is removed. One that has anything without a [mark] is somebody's, and is not
    /// free. No folder is listed, which would cost more with each file in it.
    pub(crate) fn create(target: &Path, access: Access) -> io::Result<Self> {
        Self::create_where(target, access, reap)
    }

    /// The same, but what is left behind stays: somebody else may go on from it.
    #[cfg(unix)]
    pub(crate) fn create_aside(target: &Path, access: Access) -> io::Result<Self> {
        Self::create_where(target, access, |_| false)
    }

    fn create_where(target: &Path, access: Access, reap: fn(&Path) -> bool) -> io::Result<Self> {
        for number in 0..NUMBERS {
            let path = numbered(target, number);
            let mut options = OpenOptions::new();
            options.read(true).write(true).create_new(true);
            restrict(&mut options, access);
            let file = match options.open(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && reap(&path) => {
                    options.open(&path)
                }
                result => result,
            };
            let file = match file {
                Ok(file) => file,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(error),
            };
            // Until it is locked another process may take it for left behind. Where the file
            // system knows no locks, nobody reaps either.
            match file.try_lock() {
                Ok(()) if !is_at(&file, &path) => {}
                // Whoever looks at it leaves it: it has no mark yet.
                Err(TryLockError::WouldBlock) if is_at(&file, &path) => {
                    let _ = fs::remove_file(&path);
                }
                Err(TryLockError::WouldBlock) => {}
                Ok(()) | Err(TryLockError::Error(_)) => {
                    let (file, target) = (Arc::new(file), target.to_owned());
                    let temp = Self { file, path, target, is_done: true };
                    if let Some(temp) = temp.marked()? {
                        return Ok(temp);
                    }
                }
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// The same with its mark beside it, from where it is this program's to remove; nothing when
    /// what is beside it is somebody's.
    fn marked(mut self) -> io::Result<Option<Self>> {
        let beside = [self.journal_path(), self.path.with_extension(NEXT_EXTENSION)];
        // Of a process that was killed when its file had got its name.
        let is_free = |path: &PathBuf| {
            let is_there = fs::symlink_metadata(path).is_ok();
            !is_there || (mark::proves(path, None) && fs::remove_file(path).is_ok())
        };
        let place = self.place().filter(|_| beside.iter().all(is_free));
        let marked = match (place, &beside) {
            (Some(place), [path, _]) => mark::write(path, place),
            (None, _) => Err(io::ErrorKind::AlreadyExists.into()),
        };
        match marked {
            Ok(()) => {
                self.is_done = false;
                Ok(Some(self))
            }
            Err(error) => {
                // Nothing is in it yet.
                let _ = fs::remove_file(&self.path);
                if error.kind() == io::ErrorKind::AlreadyExists { Ok(None) } else { Err(error) }
            }
        }
    }

    /// Which temporary file it is, and of what target.
    pub(crate) fn place(&self) -> Option<Place> {
        let name = self.target.file_name()?.as_encoded_bytes();
        Some(Place { inode: inode_of(&self.file)?, target: Sha1::of(name) })
    }

    /// One whose bytes the system cannot make durable.
    #[cfg(all(test, target_os = "linux"))]
    pub(crate) fn that_cannot_be_flushed(target: &Path) -> Self {
        let (_, pipe) = io::pipe().expect("pipe");
        let file = Arc::new(std::os::fd::OwnedFd::from(pipe).into());
        Self { file, path: numbered(target, NUMBERS), target: target.to_owned(), is_done: true }
    }

    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    /// The same for whoever makes it durable while it may be let go of.
    pub(crate) fn shared(&self) -> Arc<File> {
        self.file.clone()
    }

    /// Where it is noted what of the file is there.
    pub(crate) fn journal_path(&self) -> PathBuf {
        self.path.with_extension(JOURNAL_EXTENSION)
    }

    /// Leaves the file where it is, for the next run, which may begin though somebody still makes
    /// it durable.
    pub(crate) fn keep(mut self) {
        self.is_done = true;
        let _ = self.file.unlock();
    }

    /// Makes everything durable, where that means something.
    pub(crate) fn sync(&self, volume: Volume) -> io::Result<()> {
        if volume == Volume::Disk { self.file.sync_all() } else { Ok(()) }
    }

    /// Puts the file, which is durable, in the target's place.
    pub(crate) fn commit(&mut self, volume: Volume) -> io::Result<()> {
        self.put(volume, |from, to| fs::rename(from, to))
    }

    /// The same where the target must not be there yet.
    pub(crate) fn commit_new(&mut self, volume: Volume) -> io::Result<()> {
        self.put(volume, rename_new)
    }

    fn put(
        &mut self,
        volume: Volume,
        rename: fn(&Path, &Path) -> io::Result<()>,
    ) -> io::Result<()> {
        rename(&self.path, &self.target)?;
        self.is_done = true;
        // The number is free from here on, and who has taken it has a mark of theirs there.
        if fs::symlink_metadata(&self.path).is_err() {
            let _ = fs::remove_file(self.journal_path());
        }
        sync_folder_of(&self.target, volume)
    }

    /// Whether it is in the target's place, for good or not.
    pub(crate) const fn is_committed(&self) -> bool {
        self.is_done
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        if !self.is_done {
            // Nothing more can be done; what stays is reaped by the next writer.
            remove_beside(&self.path);
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Renames unless something has the new name; where the system cannot do both as one, something
/// that comes in between is replaced.
fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    #[cfg(any(target_os = "linux", target_vendor = "apple"))]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        use rustix::io::Errno;
        match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
            // Not every file system can.
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {}
            result => return Ok(result?),
        }
    }
    if fs::symlink_metadata(to).is_ok() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    fs::rename(from, to)
}

/// Removes what says what of a temporary file is there, whose mark proves that it is ours.
fn remove_beside(path: &Path) {
    for extension in [JOURNAL_EXTENSION, NEXT_EXTENSION] {
        let _ = fs::remove_file(path.with_extension(extension));
    }
}

/// The folder a path is in; the working directory for a bare name.
pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => path,
    }
}

/// Removes a temporary file whose process is gone, if its mark proves that it is one; whether it
/// did.
fn reap(path: &Path) -> bool {
    let is_file = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file());
    // A file in use is locked; who holds the lock now may remove it, and nobody else can take it
    // in between because it is still there.
    is_file
        && File::open(path).is_ok_and(|file| {
            let mark = path.with_extension(JOURNAL_EXTENSION);
            let is_ours = || inode_of(&file).is_some_and(|it| mark::proves(&mark, Some(it)));
            file.try_lock().is_ok() && is_at(&file, path) && is_ours() && {
                remove_beside(path);
                fs::remove_file(path).is_ok()
            }
        })
}

#[cfg(unix)]
pub(crate) fn restrict(options: &mut OpenOptions, access: Access) {
    use std::os::unix::fs::OpenOptionsExt as _;
    if access == Access::Private {
        options.mode(0o600);
    }
}

#[cfg(not(unix))]
pub(crate) const fn restrict(_: &mut OpenOptions, _: Access) {}

/// A new name is durable only when its folder is.
#[cfg(unix)]
pub(crate) fn sync_folder_of(target: &Path, volume: Volume) -> io::Result<()> {
    if volume == Volume::Memory {
        return Ok(());
    }
    let folder = match File::open(folder_of(target)) {
        // It may be written, but not listed, and so not be flushed either.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Ok(()),
        folder => folder?,
    };
    match folder.sync_all() {
        Err(error) if is_no_such_thing(&error) => Ok(()),
        result => result,
    }
}

/// Whether a file system says that it has no such thing.
pub(crate) fn is_no_such_thing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported)
}

#[cfg(not(unix))]
pub(crate) const fn sync_folder_of(_: &Path, _: Volume) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests;
