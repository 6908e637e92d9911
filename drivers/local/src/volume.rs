//! What a folder is stored on.

use core::cell::RefCell;
use std::path::{Path, PathBuf};

/// What a folder is stored on, as far as waiting and losing go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Volume {
    /// Something that may have to be waited for, and keeps what was flushed when the power goes.
    Disk,
    /// Memory: nothing waits, and nothing is kept anyway.
    Memory,
}

thread_local! {
    /// The folder in memory that this thread has looked at last.
    static IN_MEMORY: RefCell<PathBuf> = const { RefCell::new(PathBuf::new()) };
}

/// Whether a folder was in memory when this thread looked at one last. By now something else may
/// have its name: only what is made in it tells that.
pub(crate) fn was_in_memory(folder: &Path) -> bool {
    IN_MEMORY.with_borrow(|known| known == folder)
}

/// What a folder is stored on, if that can be told without waiting for a disk.
#[cfg(target_os = "linux")]
pub(crate) fn at_hand(path: &Path) -> Option<Volume> {
    use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, fstatfs, openat2};
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let folder = openat2(CWD, path, flags, Mode::empty(), ResolveFlags::CACHED).ok()?;
    if fstatfs(folder).ok()?.f_type != TMPFS_MAGIC {
        return Some(Volume::Disk);
    }
    IN_MEMORY.with_borrow_mut(|known| known.clone_from(&path.to_owned()));
    Some(Volume::Memory)
}

/// The type of file systems in memory (`linux/magic.h`).
#[cfg(target_os = "linux")]
pub(crate) const TMPFS_MAGIC: rustix::fs::FsWord = 0x0102_1994;

#[cfg(not(target_os = "linux"))]
pub(crate) const fn at_hand(_: &Path) -> Option<Volume> {
    None
}
