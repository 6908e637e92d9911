//! The file with credentials: made private, and used only while it is (S14).
//!
//! Whoever closes a file drops the locks that SQLite has on it in the same process, so nothing in
//! here opens one that may be in use: names and rights are looked at from outside.

use std::fs::{self, DirBuilder, Metadata, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::temp::folder_of;
use crate::{Error, Reason};

/// Files that SQLite has beside a database, and believes.
const COMPANIONS: [&str; 3] = ["-journal", "-wal", "-shm"];

/// Whether there is a file.
pub(super) fn exists(path: &Path) -> Result<bool, Error> {
    match fs::metadata(path) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Error::reading(&error, path)),
    }
}

/// Makes the folder of a file, for its owner alone.
pub(super) fn create_folder(path: &Path) -> Result<(), Error> {
    let folder = folder_of(path);
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|error| Error::writing(&error, folder))
}

/// The file itself, behind any links: it is there, and nobody else can read or exchange it.
pub(super) fn prepare(path: &Path) -> Result<PathBuf, Error> {
    if !exists(path)? {
        create(path)?;
    }
    let real = fs::canonicalize(path).map_err(|error| unresolved(&error, path))?;
    let metadata = fs::symlink_metadata(&real).map_err(|error| Error::reading(&error, path))?;
    let is_link = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink());
    if !metadata.is_file() || !rights::is_own(&metadata, is_link) {
        return Err(Error::new(Reason::NotOwn, path));
    }
    if !rights::is_private(&metadata) {
        return Err(Error::new(Reason::NotPrivate, path));
    }
    check_folder(&real, is_link)?;
    check_companions(&real, &metadata)?;
    Ok(real)
}

/// Makes an empty file in one step; SQLite takes it for an empty database.
fn create(path: &Path) -> Result<(), Error> {
    check_folder(path, false)?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        // Another process was faster, or a link leads nowhere: what is there is looked at anyway.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(Error::writing(&error, path)),
        Ok(_) => Ok(()),
    }
}

/// Who may write the folder may put another file in the place of this one. `is_link` says whether
/// a link led there.
fn check_folder(path: &Path, is_link: bool) -> Result<(), Error> {
    let folder = folder_of(path);
    match fs::metadata(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Err(Error::new(Reason::FolderMissing, folder))
        }
        Err(error) => Err(Error::writing(&error, folder)),
        Ok(metadata) if !metadata.is_dir() => Err(Error::new(Reason::FolderIsFile, folder)),
        Ok(metadata) if rights::is_open(&metadata, is_link) => {
            Err(Error::new(Reason::FolderNotPrivate, folder))
        }
        Ok(_) => Ok(()),
    }
}

/// A journal that somebody else put there would be written into the database.
fn check_companions(real: &Path, database: &Metadata) -> Result<(), Error> {
    for suffix in COMPANIONS {
        let mut companion = real.as_os_str().to_owned();
        companion.push(suffix);
        let companion = Path::new(&companion);
        // What cannot be looked at is not there, or SQLite cannot open it either.
        if let Ok(metadata) = fs::symlink_metadata(companion)
            && !(metadata.is_file() && rights::is_same_owner(&metadata, database))
        {
            return Err(Error::new(Reason::NotOwn, companion));
        }
    }
    Ok(())
}

fn unresolved(error: &io::Error, path: &Path) -> Error {
    if error.kind() == ErrorKind::NotFound {
        Error::new(Reason::TargetIsBrokenLink, path)
    } else {
        Error::reading(error, path)
    }
}

#[cfg(unix)]
pub(super) mod rights {
    use std::fs::Metadata;
    use std::os::unix::fs::MetadataExt as _;

    /// Whether the file belongs to the user. The superuser may work with the file of another one,
    /// as inside a container, but is not led to it by a link.
    pub(super) fn is_own(metadata: &Metadata, is_link: bool) -> bool {
        is_trusted(metadata.uid(), rustix::process::geteuid().as_raw(), is_link)
    }

    pub(in super::super) const fn is_trusted(owner: u32, user: u32, is_link: bool) -> bool {
        owner == user || (user == 0 && !is_link)
    }

    pub(super) fn is_same_owner(metadata: &Metadata, other: &Metadata) -> bool {
        metadata.uid() == other.uid()
    }

    pub(super) fn is_private(metadata: &Metadata) -> bool {
        metadata.mode() & 0o077 == 0
    }

    /// Whether others than the user and the superuser can exchange files in a folder.
    pub(super) fn is_open(folder: &Metadata, is_link: bool) -> bool {
        let user = rustix::process::geteuid().as_raw();
        !may_own_folder(folder.uid(), user, is_link)
            || lets_others_in(folder.mode(), folder.uid(), folder.gid())
    }

    /// A folder's owner can exchange what is in it, whatever the modes of both, but the superuser
    /// can do that anywhere.
    pub(in super::super) const fn may_own_folder(owner: u32, user: u32, is_link: bool) -> bool {
        owner == 0 || is_trusted(owner, user, is_link)
    }

    /// With the sticky bit only the owners of files can exchange them. Where each user has a group
    /// of their own, it has the user's number, and new folders are often writable for it.
    pub(in super::super) const fn lets_others_in(mode: u32, owner: u32, group: u32) -> bool {
        let others = if group == owner { 0o002 } else { 0o022 };
        mode & 0o1000 == 0 && mode & others != 0
    }
}

/// Files below a user's profile are private by their inherited rights.
#[cfg(not(unix))]
mod rights {
    use std::fs::Metadata;

    pub(super) const fn is_own(_: &Metadata, _: bool) -> bool {
        true
    }

    pub(super) const fn is_same_owner(_: &Metadata, _: &Metadata) -> bool {
        true
    }

    pub(super) const fn is_private(_: &Metadata) -> bool {
        true
    }

    pub(super) const fn is_open(_: &Metadata, _: bool) -> bool {
        false
    }
}
