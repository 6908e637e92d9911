//! Sources of which there may be many: a file is open only while it is read.

use core::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

use super::file::Fingerprint;
use super::{FileSource, MemorySource, ReadAt, Replay, SharedSource, Window};
use crate::sync::Way;
use crate::{Error, Reason};

/// A source that can be read again, before anybody has looked at it.
#[derive(Debug)]
pub enum LateSource {
    /// A file.
    Path(PathBuf),
    /// A file of a folder in which links are not followed.
    Way(Way),
    /// A range of a file.
    Part(PathBuf, Range<u64>),
    /// Readers that are opened at any offset.
    Replay(Replay),
    /// Bytes in memory.
    Bytes(Bytes),
}

impl LateSource {
    /// Looks at it, so that its length is known and any change will be noticed.
    ///
    /// # Errors
    /// As opening the file gives them, or when it ends before the range does.
    pub fn look(self) -> Result<SharedSource, Error> {
        Ok(match self {
            Self::Path(path) => Arc::new(LateFile::new(path)?),
            Self::Way(way) => Arc::new(LateFile::of(&way.open()?)),
            Self::Part(path, range) => Arc::new(Window::new(LateFile::new(path)?, range)?),
            Self::Replay(replay) => Arc::new(replay),
            Self::Bytes(bytes) => Arc::new(MemorySource::new(bytes)),
        })
    }
}

/// A file that is opened when it is read, and closed at the end of what is read in a row. It must
/// be as it was when it was looked at first.
#[derive(Debug)]
struct LateFile {
    path: PathBuf,
    print: Fingerprint,
    len: u64,
    modified_ms: Option<u64>,
    open: Mutex<Option<Arc<FileSource>>>,
}

impl LateFile {
    fn new(path: PathBuf) -> Result<Self, Error> {
        Ok(Self::of(&FileSource::open(path)?))
    }

    fn of(file: &FileSource) -> Self {
        let (path, print) = (file.path().to_owned(), file.print());
        let (len, modified_ms) = (file.len(), file.modified_ms());
        Self { path, print, len, modified_ms, open: Mutex::new(None) }
    }

    fn opened(&self) -> Result<Arc<FileSource>, Error> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = &*open {
            return Ok(file.clone());
        }
        let changed = || Error::new(Reason::SourceChanged, &self.path);
        let file = FileSource::open(&self.path).map_err(|error| {
            // It was a file before.
            let is_other = matches!(error.reason, Reason::SourceMissing | Reason::SourceIsFolder);
            if is_other { changed() } else { error }
        })?;
        if file.print() != self.print {
            return Err(changed());
        }
        let file = Arc::new(file);
        Ok(open.insert(file).clone())
    }
}

impl ReadAt for LateFile {
    fn len(&self) -> u64 {
        self.len
    }

    fn modified_ms(&self) -> Option<u64> {
        self.modified_ms
    }

    fn path(&self) -> &Path {
        &self.path
    }

    fn read_exact_at(&self, offset: u64, buf: &mut [u8]) -> Result<(), Error> {
        self.opened()?.read_exact_at(offset, buf)
    }

    /// Who asks has read what it wanted.
    fn check_unchanged(&self) -> Result<(), Error> {
        let file = self.opened()?;
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = None;
        file.check_unchanged()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn read(source: &SharedSource, offset: u64) -> Result<[u8; 3], Error> {
        let mut bytes = [0; 3];
        source.read_exact_at(offset, &mut bytes)?;
        Ok(bytes)
    }

    #[test]
    fn a_file_is_open_only_while_it_is_read() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("a");
        fs::write(&path, b"0123456789").expect("write");
        let late = LateFile::new(path).expect("there");
        let is_open = || late.open.lock().expect("whole").is_some();
        assert!(!is_open());
        late.read_exact_at(4, &mut [0; 2]).expect("read");
        assert!(is_open());
        late.check_unchanged().expect("as before");
        assert!(!is_open());
    }

    #[test]
    fn another_file_is_not_read() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("a");
        fs::write(&path, b"0123456789").expect("write");
        let sources = [LateSource::Path(path.clone()), LateSource::Part(path.clone(), 2..9)];
        let sources = sources.map(|source| source.look().expect("there"));
        assert_eq!(sources.each_ref().map(|source| source.len()), [10, 7]);
        assert_eq!(read(&sources[0], 2), Ok(*b"234"));
        assert_eq!(read(&sources[1], 2), Ok(*b"456"));
        sources.iter().for_each(|source| source.check_unchanged().expect("as before"));
        fs::write(&path, b"0123456789 and more").expect("write");
        for source in &sources {
            let reason = read(source, 0).expect_err("changed").reason;
            assert_eq!(reason, Reason::SourceChanged);
            assert_eq!(source.check_unchanged().expect_err("changed").reason, reason);
        }
        fs::remove_file(&path).expect("remove");
        assert_eq!(read(&sources[0], 0).expect_err("gone").reason, Reason::SourceChanged);
        let missing = LateSource::Path(path).look().err().expect("gone").reason;
        assert_eq!(missing, Reason::SourceMissing);
    }

    #[test]
    fn what_has_no_path_is_read_as_it_is() {
        let bytes = LateSource::Bytes(Bytes::from_static(b"0123456789")).look().expect("there");
        assert_eq!(read(&bytes, 7), Ok(*b"789"));
        let replay = Replay::new(5, |offset| {
            let mut reader = std::io::Cursor::new(b"abcde");
            reader.set_position(offset);
            Ok(reader)
        });
        assert_eq!(read(&LateSource::Replay(replay).look().expect("there"), 1), Ok(*b"bcd"));
    }
}
