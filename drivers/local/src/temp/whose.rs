//! Which file an open one is, and whose.

use std::fs::File;
use std::path::Path;

use crate::file_id::FileId;

/// The number of a file itself, whatever its name.
pub(super) fn inode_of(file: &File) -> Option<u64> {
    Some(FileId::of(file).ok()?.0.number)
}

/// Whether this is the file that has the name.
pub(crate) fn is_at(file: &File, path: &Path) -> bool {
    let (Ok((open, _)), Ok((named, _))) = (FileId::of(file), FileId::at(path)) else {
        return false;
    };
    open == named
}

/// Whether this is the file that has the name, it is this user's own, and nobody else can write it.
#[cfg(unix)]
pub(crate) fn is_own(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let Ok(it) = file.metadata() else { return false };
    let is_safe = it.is_file() && it.mode() & 0o002 == 0;
    is_safe && it.uid() == rustix::process::geteuid().as_raw() && is_at(file, path)
}

/// Whether this is the file that has the name. Who may write it is said by the folder it is in,
/// whose rights it inherits.
#[cfg(windows)]
pub(crate) fn is_own(file: &File, path: &Path) -> bool {
    file.metadata().is_ok_and(|it| it.is_file()) && is_at(file, path)
}
