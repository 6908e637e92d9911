//! A regular file as a source.

use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::ReadAt;
use crate::file_id::FileId;
use crate::time::modified_ms;
use crate::{Error, Reason};

/// A regular file, read by positioned reads from one handle, and what it looked like when it was
/// opened.
#[derive(Debug)]
pub struct FileSource {
    file: File,
    path: PathBuf,
    print: Fingerprint,
    modified_ms: Option<u64>,
}

/// What tells one state of a file from another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Fingerprint {
    len: u64,
    modified: Option<SystemTime>,
    id: FileId,
}

impl FileSource {
    /// Opens a regular file, following symbolic links.
    ///
    /// # Errors
    /// A missing or unreadable file, a folder, a pipe or a device.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, Error> {
        let path = path.into();
        // Looked at first: opening a pipe would wait for a writer.
        check_regular(&std::fs::metadata(&path).map_err(|e| Error::reading(&e, &path))?, &path)?;
        let file = File::open(&path).map_err(|e| Error::reading(&e, &path))?;
        Self::of(file, path)
    }

    /// The same of a file that was opened; `path` is what leads to it.
    pub(crate) fn of(file: File, path: PathBuf) -> Result<Self, Error> {
        let (id, metadata) = FileId::of(&file).map_err(|e| Error::reading(&e, &path))?;
        check_regular(&metadata, &path)?;
        check_len(&file, &metadata, &path)?;
        let (print, modified_ms) = (Fingerprint::of(id, &metadata), modified_ms(&metadata));
        Ok(Self { file, path, print, modified_ms })
    }

    /// What it looked like when it was opened.
    pub(super) const fn print(&self) -> Fingerprint {
        self.print
    }

    fn changed(&self) -> Error {
        Error::new(Reason::SourceChanged, &self.path)
    }
}

impl ReadAt for FileSource {
    fn len(&self) -> u64 {
        self.print.len
    }

    fn modified_ms(&self) -> Option<u64> {
        self.modified_ms
    }

    /// The path it was opened by.
    fn path(&self) -> &Path {
        &self.path
    }

    fn read_exact_at(&self, mut offset: u64, mut buf: &mut [u8]) -> Result<(), Error> {
        while !buf.is_empty() {
            match read_at(&self.file, buf, offset) {
                Ok(0) => return Err(self.changed()),
                Ok(count) => {
                    offset += count as u64;
                    buf = buf.get_mut(count..).unwrap_or_default();
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    return Err(Error::from_system(Reason::SourceUnreadable, &error, &self.path));
                }
            }
        }
        Ok(())
    }

    fn check_unchanged(&self) -> Result<(), Error> {
        let open = FileId::of(&self.file).map_err(|e| Error::reading(&e, &self.path))?;
        // The path may lead to another file by now: what was read is no longer what is there.
        let named = FileId::behind(&self.path).map_err(|_| self.changed())?;
        let is_same = |(id, now): (FileId, Metadata)| Fingerprint::of(id, &now) == self.print;
        let is_same = [open, named].into_iter().all(is_same);
        if is_same { Ok(()) } else { Err(self.changed()) }
    }
}

impl Fingerprint {
    pub(super) fn of(id: FileId, metadata: &Metadata) -> Self {
        Self { len: metadata.len(), modified: metadata.modified().ok(), id }
    }
}

fn check_regular(metadata: &Metadata, path: &Path) -> Result<(), Error> {
    if metadata.is_dir() {
        Err(Error::new(Reason::SourceIsFolder, path))
    } else if !metadata.is_file() {
        Err(Error::new(Reason::SourceIsSpecial, path))
    } else {
        Ok(())
    }
}

/// Some file systems, such as `/proc`, make content up when it is read and tell a length of 0.
/// Such a file would be stored as an empty one.
fn check_len(file: &File, metadata: &Metadata, path: &Path) -> Result<(), Error> {
    if metadata.len() > 0 || read_at(file, &mut [0], 0).map_err(|e| Error::reading(&e, path))? == 0
    {
        return Ok(());
    }
    let now = file.metadata().map_err(|e| Error::reading(&e, path))?;
    let has_grown = now.len() > 0;
    let reason = if has_grown { Reason::SourceChanged } else { Reason::SourceIsSpecial };
    Err(Error::new(reason, path))
}

#[cfg(unix)]
fn read_at(file: &File, buf: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buf, offset)
}

#[cfg(windows)]
fn read_at(file: &File, buf: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buf, offset)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().expect("folder")
    }

    #[test]
    fn reads_anywhere_and_notices_the_end() {
        let folder = folder();
        let path = folder.path().join("a");
        fs::write(&path, b"0123456789").expect("write");
        let source = FileSource::open(&path).expect("open");
        assert_eq!(source.len(), 10);
        assert!(source.modified_ms().is_some_and(|ms| ms > 1_600_000_000_000));
        let mut buf = [0; 4];
        source.read_exact_at(5, &mut buf).expect("read");
        assert_eq!(&buf, b"5678");
        let error = source.read_exact_at(7, &mut buf).expect_err("too short");
        assert_eq!(error.reason, Reason::SourceChanged);
    }

    #[test]
    fn only_regular_files() {
        let folder = folder();
        let reason = |path: &Path| FileSource::open(path).expect_err("refused").reason;
        assert_eq!(reason(folder.path()), Reason::SourceIsFolder);
        assert_eq!(reason(&folder.path().join("none")), Reason::SourceMissing);
        #[cfg(unix)]
        assert_eq!(reason(Path::new("/dev/null")), Reason::SourceIsSpecial);
        #[cfg(target_os = "linux")]
        assert_eq!(reason(Path::new("/proc/version")), Reason::SourceIsSpecial);
    }

    #[test]
    fn any_change_is_noticed() {
        let folder = folder();
        let path = folder.path().join("a");
        type Change = fn(&Path);
        let changes: [(&str, Change); 3] = [
            ("longer", |path| fs::write(path, b"longer than before").expect("write")),
            ("same length, later", |path| {
                let later = SystemTime::now() + core::time::Duration::from_secs(10);
                let file = File::options().write(true).open(path).expect("open");
                file.set_modified(later).expect("time");
            }),
            ("another file", |path| {
                let time = fs::metadata(path).and_then(|m| m.modified()).expect("time");
                let other = path.with_extension("new");
                fs::write(&other, b"before").expect("write");
                let file = File::options().write(true).open(&other).expect("open");
                file.set_modified(time).expect("time");
                // Not every system replaces a file that is open.
                fs::rename(path, path.with_extension("old")).expect("rename");
                fs::rename(&other, path).expect("rename");
            }),
        ];
        for (what, change) in changes {
            fs::write(&path, b"before").expect("write");
            let source = FileSource::open(&path).expect("open");
            assert_eq!(source.check_unchanged(), Ok(()), "{what}");
            change(&path);
            let error = source.check_unchanged().expect_err(what);
            assert_eq!(error.reason, Reason::SourceChanged, "{what}");
        }
    }

    #[test]
    fn a_file_that_is_gone_has_changed() {
        let folder = folder();
        let path = folder.path().join("a");
        fs::write(&path, b"before").expect("write");
        let source = FileSource::open(&path).expect("open");
        fs::remove_file(&path).expect("remove");
        let error = source.check_unchanged().expect_err("gone");
        assert_eq!(error.reason, Reason::SourceChanged);
    }
}
