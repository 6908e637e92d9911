//! Files that get their name when they are complete.

use std::fs::File;
use std::io;
use std::path::Path;

use crate::volume::Volume;

/// A new file without a name, in the folder of its target. Dropped without
/// [`link`](Self::link), it is gone.
pub(crate) struct Unnamed(File);

impl Unnamed {
    /// `None` where the system or the file system knows no such files, or none can be made.
    #[cfg(target_os = "linux")]
    pub(crate) fn create(target: &Path) -> Option<Self> {
        use rustix::fs::{CWD, Mode, OFlags, openat};
        let folder = crate::temp::folder_of(target);
        let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
        // As any new file, less the process's mask.
        let file = openat(CWD, folder, flags, Mode::from_raw_mode(0o666)).ok()?;
        Some(Self(file.into()))
    }

    #[cfg(not(target_os = "linux"))]
    pub(crate) const fn create(_: &Path) -> Option<Self> {
        None
    }

    /// Whether it is in memory.
    #[cfg(target_os = "linux")]
    pub(crate) fn is_in_memory(&self) -> bool {
        rustix::fs::fstatfs(&self.0).is_ok_and(|it| it.f_type == crate::volume::TMPFS_MAGIC)
    }

    #[cfg(not(target_os = "linux"))]
    pub(crate) const fn is_in_memory(&self) -> bool {
        false
    }

    pub(crate) const fn file(&self) -> &File {
        &self.0
    }

    /// Makes everything durable and gives the file its name; `false` when something else has that
    /// name meanwhile, or the system cannot do it.
    #[cfg(target_os = "linux")]
    pub(crate) fn link(self, target: &Path, volume: Volume) -> io::Result<bool> {
        use rustix::fs::{AtFlags, CWD, linkat};
        use rustix::io::Errno;
        use std::os::fd::AsRawFd as _;
        if volume == Volume::Disk {
            self.0.sync_all()?;
        }
        // Only a newer kernel or a privileged process may say it this way, which is faster.
        let mut named = linkat(&self.0, "", CWD, target, AtFlags::EMPTY_PATH);
        if named == Err(Errno::NOENT) {
            let open = format!("/proc/self/fd/{}", self.0.as_raw_fd());
            named = linkat(CWD, open, CWD, target, AtFlags::SYMLINK_FOLLOW);
        }
        if named.is_err() {
            return Ok(false);
        }
        crate::temp::sync_folder_of(target, volume)?;
        Ok(true)
    }

    #[cfg(not(target_os = "linux"))]
    pub(crate) fn link(self, _: &Path, _: Volume) -> io::Result<bool> {
        Ok(false)
    }
}
