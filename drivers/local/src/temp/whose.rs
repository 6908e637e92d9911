//! Which file an open one is, and whose.

#[cfg(unix)]
use std::fs;
use std::fs::File;
use std::path::Path;

/// The number of a file itself, whatever its name.
#[cfg(unix)]
pub(super) fn inode_of(file: &File) -> Option<u64> {
    use std::os::unix::fs::MetadataExt as _;
    Some(file.metadata().ok()?.ino())
}

/// Where files have no numbers, their names must do.
#[cfg(not(unix))]
pub(super) const fn inode_of(_: &File) -> Option<u64> {
    Some(0)
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
