//! What a folder is stored on.

use std::path::Path;

/// What a folder is stored on, as far as waiting and losing go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Volume {
    /// Something that may have to be waited for, and keeps what was flushed when the power goes.
    Disk,
    /// Memory: nothing waits, and nothing is kept anyway.
    Memory,
}

/// What a folder is stored on, if that can be told without waiting for a disk.
#[cfg(target_os = "linux")]
pub(crate) fn at_hand(folder: &Path) -> Option<Volume> {
    use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, fstatfs, openat2};
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let folder = openat2(CWD, folder, flags, Mode::empty(), ResolveFlags::CACHED).ok()?;
    let is_in_memory = fstatfs(folder).ok()?.f_type == TMPFS_MAGIC;
    Some(if is_in_memory { Volume::Memory } else { Volume::Disk })
}

/// The type of file systems in memory (`linux/magic.h`).
#[cfg(target_os = "linux")]
pub(crate) const TMPFS_MAGIC: rustix::fs::FsWord = 0x0102_1994;

#[cfg(not(target_os = "linux"))]
pub(crate) const fn at_hand(_: &Path) -> Option<Volume> {
    None
}
