//! Where the bytes of an upload come from, as a job's requests share it.

use core::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;

use super::SHORT_LEN_MAX;
use crate::Error;
use crate::source::{Facts, FileSource, MemorySource, ReadAt, SharedSource, Window, read_cached};
use crate::sync::Way;

/// A source of a job.
#[derive(Clone)]
pub enum SourceHandle<R> {
    /// Bytes at hand.
    Memory(Bytes),
    /// Something that is read at any offset, from threads that may block: an open file.
    Seekable(SharedSource),
    /// Something that can be read once; it is read into buffers.
    Reader(R),
}

impl<R> SourceHandle<R> {
    /// The same for threads that may block; `None` for what can be read only once.
    pub fn shared(&self) -> Option<SharedSource> {
        match self {
            Self::Memory(bytes) => Some(Arc::new(MemorySource::new(bytes.clone()))),
            Self::Seekable(source) => Some(source.clone()),
            Self::Reader(_) => None,
        }
    }
}

/// A source that is ready to be read.
pub struct Opened<R> {
    /// What the requests read from.
    pub handle: SourceHandle<R>,
    /// What the upload needs to know.
    pub facts: Facts,
}

impl<R> Opened<R> {
    /// Bytes in memory.
    pub const fn bytes(bytes: Bytes) -> Self {
        Self::short(bytes, None)
    }

    /// Exactly `len` bytes that can be read once, or all until they end.
    pub const fn read_once(reader: R, len: Option<u64>) -> Self {
        let facts = Facts { len, can_reread: false, modified_ms: None };
        Self { handle: SourceHandle::Reader(reader), facts }
    }

    /// Something that is read at any offset, on threads that may block.
    pub fn seekable(source: impl ReadAt + 'static) -> Self {
        let (len, modified_ms) = (source.len(), source.modified_ms());
        let facts = Facts { len: Some(len), can_reread: true, modified_ms };
        Self { handle: SourceHandle::Seekable(Arc::new(source)), facts }
    }

    /// The bytes `range` of the file at `path`. May wait for a disk.
    ///
    /// # Errors
    /// It is not a file that can be read, or ends before.
    pub fn open_part(path: PathBuf, range: Range<u64>) -> Result<Self, Error> {
        Ok(Self::seekable(Window::new(FileSource::open(path)?, range)?))
    }

    /// The file at `path`; a short one is read at once, as it is at this moment. May wait for a
    /// disk.
    ///
    /// # Errors
    /// It is not a file that can be read.
    pub fn open_path(path: PathBuf) -> Result<Self, Error> {
        Self::short_at_hand(&path).map_or_else(|| Self::open_file(path), Ok)
    }

    /// The same of a short file that needs no disk, with fewer calls of the system. `None` where
    /// [`open_file`](Self::open_file) is to tell what it is.
    pub fn short_at_hand(path: &Path) -> Option<Self> {
        let file = read_cached(path, SHORT_LEN_MAX)?;
        Some(Self::short(file.bytes.into(), file.modified_ms))
    }

    /// The same of any file. May wait for a disk.
    ///
    /// # Errors
    /// Those of [`open_path`](Self::open_path).
    pub fn open_file(path: PathBuf) -> Result<Self, Error> {
        Self::of_file(FileSource::open(path)?)
    }

    /// A file of a folder in which links are not followed, as [`open_path`](Self::open_path). May
    /// wait for a disk.
    ///
    /// # Errors
    /// It is not a file that can be read, or a link leads to it by now.
    pub fn open_way(way: &Way) -> Result<Self, Error> {
        Self::of_file(way.open()?)
    }

    fn of_file(file: FileSource) -> Result<Self, Error> {
        let (len, modified_ms) = (file.len(), file.modified_ms());
        if len > SHORT_LEN_MAX {
            return Ok(Self::seekable(file));
        }
        let mut bytes = vec![0; usize::try_from(len).unwrap_or(0)];
        file.read_exact_at(0, &mut bytes)?;
        file.check_unchanged()?;
        Ok(Self::short(bytes.into(), modified_ms))
    }

    const fn short(bytes: Bytes, modified_ms: Option<u64>) -> Self {
        let facts = Facts { len: Some(bytes.len() as u64), can_reread: true, modified_ms };
        Self { handle: SourceHandle::Memory(bytes), facts }
    }
}
