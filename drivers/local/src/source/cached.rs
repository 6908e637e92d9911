//! Short files that are in memory already, read without a wait.
//!
//! A file that may have to come from a disk or a network must be read on a thread that may wait,
//! and handing a short file to such a thread costs more than reading it. Linux can be asked to
//! read only what it has at hand; elsewhere nothing is ever at hand.

use std::path::Path;

/// A file that was read as a whole.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CachedFile {
    /// Its content.
    pub bytes: Vec<u8>,
    /// When it was last modified, in milliseconds since the Unix epoch, if that is known.
    pub modified_ms: Option<u64>,
}

/// Reads a regular file of at most `len_max` bytes if that needs no disk. Nothing when it does,
/// and for everything that is wrong with the file: who opens it in the ordinary way is told what.
pub fn read_cached(path: &Path, len_max: u64) -> Option<CachedFile> {
    system::read(path, len_max)
}

#[cfg(target_os = "linux")]
mod system {
    use super::CachedFile;
    use crate::file_id::FileId;
    use crate::source::file::Fingerprint;
    use crate::time::modified_ms;
    use crate::volume::TMPFS_MAGIC;
    use core::time::Duration;
    use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, fstatfs, openat2};
    use rustix::io::{Errno, ReadWriteFlags, preadv2};
    use std::fs::File;
    use std::io::{self, IoSliceMut};
    use std::os::unix::fs::{FileExt as _, MetadataExt as _};
    use std::path::Path;
    use std::sync::{Mutex, PoisonError};
    use std::time::Instant;

    pub(super) fn read(path: &Path, len_max: u64) -> Option<CachedFile> {
        // Without waiting for the writer of a pipe either.
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let file = openat2(CWD, path, flags, Mode::empty(), ResolveFlags::CACHED).ok()?;
        let file = File::from(file);
        let (id, before) = FileId::of(&file).ok()?;
        if !before.is_file() || before.len() > len_max {
            return None;
        }
        let len = usize::try_from(before.len()).ok()?;
        // An empty file is read as well: some tell no length but have content.
        let mut bytes = vec![0; len.max(1)];
        if read_now(&file, before.dev(), &mut bytes).ok()? != len {
            return None;
        }
        bytes.truncate(len);
        let after = file.metadata().ok()?;
        (Fingerprint::of(id, &before) == Fingerprint::of(id, &after))
            .then(|| CachedFile { bytes, modified_ms: modified_ms(&after) })
    }

    /// The last device that was memory only, and when that was asked: asking takes as long as
    /// reading.
    static MEMORY: Mutex<Option<(u64, Instant)>> = Mutex::new(None);
    /// So long nobody asks again. Its number may go to a disk or a share that is mounted then.
    const SURE_FOR: Duration = Duration::from_secs(1);

    fn read_now(file: &File, device: u64, bytes: &mut [u8]) -> io::Result<usize> {
        let known = *MEMORY.lock().unwrap_or_else(PoisonError::into_inner);
        if known.is_some_and(|(memory, at)| memory == device && at.elapsed() < SURE_FOR) {
            return file.read_at(bytes, 0);
        }
        match preadv2(file, &mut [IoSliceMut::new(bytes)], 0, ReadWriteFlags::NOWAIT) {
            // What is in memory only has no such reads, and needs none.
            Err(Errno::OPNOTSUPP) if fstatfs(file)?.f_type == TMPFS_MAGIC => {
                let now = Some((device, Instant::now()));
                *MEMORY.lock().unwrap_or_else(PoisonError::into_inner) = now;
                file.read_at(bytes, 0)
            }
            result => Ok(result?),
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use super::CachedFile;
    use std::path::Path;

    pub(super) const fn read(_: &Path, _: u64) -> Option<CachedFile> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{FileSource, ReadAt as _};
    use std::fs;

    #[test]
    fn what_is_at_hand_is_what_is_there() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("a");
        for content in [&b""[..], b"0123456789"] {
            fs::write(&path, content).expect("write");
            // Whether it is at hand is up to the system.
            if let Some(read) = read_cached(&path, 10) {
                assert_eq!(read.bytes, content);
                let source = FileSource::open(&path).expect("open");
                assert_eq!(read.modified_ms, source.modified_ms());
            }
        }
        assert_eq!(read_cached(&path, 9), None);
    }

    #[test]
    fn only_regular_files_are_read() {
        let folder = tempfile::tempdir().expect("folder");
        assert_eq!(read_cached(folder.path(), 10), None);
        assert_eq!(read_cached(&folder.path().join("none"), 10), None);
        assert_eq!(read_cached(Path::new("/dev/zero"), 10), None);
        // It tells a length of 0, but is not empty.
        let made_up = Path::new("/proc/version");
        let _ = fs::read(made_up);
        assert_eq!(read_cached(made_up, 10), None);
    }
}
