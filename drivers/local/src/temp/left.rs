//! Temporary files of a target that another run has left.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::{Access, TempFile, inode_of, is_own, mark, numbered};

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
        if file.try_lock().is_err() || !is_own(&file, &path) || restrict(&file, access).is_err() {
            return None;
        }
        let mut temp = Self { file, path, target: target.to_owned(), is_done: true };
        let mark = temp.journal_path();
        let is_ours = inode_of(&temp.file).is_some_and(|it| mark::proves(&mark, Some(it)));
        // Somebody's own file is not removed when it is dropped.
        temp.is_done = !is_ours;
        is_ours.then_some(temp)
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
