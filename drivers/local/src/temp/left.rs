//! Temporary files of a target that another run has left.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Access, JOURNAL_EXTENSION, TempFile, inode_of, is_own, mark, numbered};

/// So many numbers are looked at. More than one is left only when several processes wrote the same
/// target and were killed; a number is taken only while those before it are.
const LOOKED_AT: u32 = 2;

impl TempFile {
    /// Those whose processes are gone, locked from now on. What is dropped is removed.
    pub(crate) fn left_behind(target: &Path, access: Access) -> impl Iterator<Item = Self> + '_ {
        let paths = (0..LOOKED_AT).map(|number| numbered(target, number));
        // Hardly any target has one, and opening what is not there costs twice as much as a look.
        let there = paths.take_while(|path| fs::symlink_metadata(path).is_ok());
        there.filter_map(move |path| Self::reopen(target, path, access))
    }

    fn reopen(target: &Path, path: PathBuf, access: Access) -> Option<Self> {
        let file = OpenOptions::new().read(true).write(true).open(&path).ok()?;
        // Without locks nobody can tell whether it is in use.
        if file.try_lock().is_err() || !is_own(&file, &path) {
            return None;
        }
        let mark = path.with_extension(JOURNAL_EXTENSION);
        // Somebody's own file is left as it is.
        if !mark::proves(&mark, Some(inode_of(&file)?)) || restrict(&file, access).is_err() {
            return None;
        }
        let (file, target) = (Arc::new(file), target.to_owned());
        Some(Self { file, path, target, is_done: false })
    }
}

#[cfg(unix)]
fn restrict(file: &File, access: Access) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    if access == Access::Private {
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
    }
    Ok(())
}

#[cfg(not(unix))]
const fn restrict(_: &File, _: Access) -> io::Result<()> {
    Ok(())
}
