//! Files that become visible whole or not at all: written beside their target, then renamed.
//!
//! A temporary file is locked for as long as its process lives, so that one left behind by a
//! crash can be told from one in use and removed by the next who writes the same target.

use std::borrow::Cow;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use b2_proto::wire::text::Sha1;

use crate::volume::Volume;

mod left;
pub(crate) mod stale;

const SUFFIX: &str = ".b2part";
/// What is beside it while it is kept for the next run: what of it is there, and the same while it
/// is written anew.
const JOURNAL_EXTENSION: &str = "b2done";
pub(crate) const NEXT_EXTENSION: &str = "b2next";
/// Bytes of the target's name that are kept: most file systems take 255 in all.
const STEM_LEN_MAX: usize = 200;
/// Bytes that are added to a target's path at most.
const MARKS_LEN_MAX: usize = 16;
/// Temporary files of one target are numbered up to here. Only writers of the same target at the
/// same time need more than the first.
const NUMBERS: u32 = 64;

/// A new file beside its target. Dropped without [`commit`](Self::commit), it is removed.
#[derive(Debug)]
pub(crate) struct TempFile {
    file: File,
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
    /// it left behind is removed. No folder is listed, which would cost more with each file in it.
    pub(crate) fn create(target: &Path, access: Access) -> io::Result<Self> {
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
                Err(TryLockError::WouldBlock) => {}
                Ok(()) | Err(TryLockError::Error(_)) => {
                    remove_beside(&path);
                    return Ok(Self { file, path, target: target.to_owned(), is_done: false });
                }
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// One whose bytes the system cannot make durable.
    #[cfg(all(test, target_os = "linux"))]
    pub(crate) fn that_cannot_be_flushed(target: &Path) -> Self {
        let (_, pipe) = io::pipe().expect("pipe");
        let file = std::os::fd::OwnedFd::from(pipe).into();
        Self { file, path: numbered(target, NUMBERS), target: target.to_owned(), is_done: true }
    }

    pub(crate) const fn file(&self) -> &File {
        &self.file
    }

    /// Where it is noted what of the file is there.
    pub(crate) fn journal_path(&self) -> PathBuf {
        self.path.with_extension(JOURNAL_EXTENSION)
    }

    /// Leaves the file where it is, for the next run.
    pub(crate) fn keep(mut self) {
        self.is_done = true;
    }

    /// Where it is until then.
    #[cfg(feature = "sqlite")]
    pub(crate) fn path(&self) -> &Path {
        &self.path
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

fn numbered(target: &Path, number: u32) -> PathBuf {
    let stem = stem_of(target);
    // In one piece: each download to a path looks for one of these.
    let mut path = PathBuf::with_capacity(target.as_os_str().len() + MARKS_LEN_MAX);
    path.push(folder_of(target));
    path.push(format!(".{stem}.{number}{SUFFIX}"));
    path
}

/// Removes what says what of a temporary file is there.
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

/// Whether a file of this name is one of these, left behind or at work.
pub(crate) fn is_temporary(name: &str) -> bool {
    let kinds = [SUFFIX.trim_start_matches('.'), JOURNAL_EXTENSION, NEXT_EXTENSION];
    let named = name.strip_prefix('.').and_then(|name| name.rsplit_once('.'));
    let numbered = named.filter(|(_, kind)| kinds.contains(kind)).map(|(name, _)| name);
    let number = numbered.and_then(|name| name.rsplit_once('.')).map(|(_, number)| number);
    number.is_some_and(|number| number.parse::<u32>().is_ok_and(|number| number < NUMBERS))
}

/// The target's name, or as much of it as fits and a hash of all of it: no two targets share one.
fn stem_of(target: &Path) -> Cow<'_, str> {
    let name = target.file_name().unwrap_or_default();
    if let Some(name) = name.to_str().filter(|name| name.len() <= STEM_LEN_MAX) {
        return name.into();
    }
    let hash = Sha1::of(name.as_encoded_bytes()).to_string();
    let name = name.to_string_lossy();
    let end = name.floor_char_boundary(STEM_LEN_MAX);
    format!("{}~{hash:.16}", name.get(..end).unwrap_or_default()).into()
}

/// Removes a temporary file whose process is gone; whether it did.
fn reap(path: &Path) -> bool {
    let is_file = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file());
    // A file in use is locked; who holds the lock now may remove it, and nobody else can take it
    // in between because it is still there.
    is_file
        && File::open(path).is_ok_and(|file| {
            file.try_lock().is_ok() && is_at(&file, path) && {
                remove_beside(path);
                fs::remove_file(path).is_ok()
            }
        })
}

/// Whether this is the file that has the name.
#[cfg(unix)]
pub(crate) fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let (Ok(open), Ok(named)) = (file.metadata(), fs::symlink_metadata(path)) else {
        return false;
    };
    (open.dev(), open.ino()) == (named.dev(), named.ino())
}

#[cfg(not(unix))]
pub(crate) fn is_at(_: &File, path: &Path) -> bool {
    path.exists()
}

/// Whether this is the file that has the name, it is this user's own, and nobody else can write it.
#[cfg(unix)]
pub(crate) fn is_own(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let Ok(it) = file.metadata() else { return false };
    let is_safe = it.is_file() && it.mode() & 0o002 == 0;
    is_safe && it.uid() == rustix::process::geteuid().as_raw() && is_at(file, path)
}

#[cfg(not(unix))]
pub(crate) fn is_own(file: &File, path: &Path) -> bool {
    file.metadata().is_ok_and(|it| it.is_file()) && is_at(file, path)
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
