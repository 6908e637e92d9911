//! Where the bytes of an upload come from, as a job's requests share it.

use core::ops::Range;
use core::pin::Pin;
use std::path::PathBuf;
use std::sync::Arc;

use async_lock::Mutex;
use b2_proto::error::{Error, ErrorKind};
use bytes::Bytes;
use futures_io::AsyncRead;

use super::Driver;
use crate::source::{Facts, FileSource, MemorySource, ReadAt, SharedSource, Window, read_cached};

/// A reader that can be read once.
pub type BoxedReader = Pin<Box<dyn AsyncRead + Send>>;

/// A source of a job.
#[derive(Clone)]
pub enum SourceHandle {
    /// Bytes at hand.
    Memory(Bytes),
    /// Something that is read at any offset, from threads that may block: an open file.
    Seekable(SharedSource),
    /// Something that can be read once; it is read into buffers.
    Reader(Arc<Mutex<BoxedReader>>),
}

impl SourceHandle {
    /// The same for threads that may block; `None` for what can be read only once.
    pub fn shared(&self) -> Option<SharedSource> {
        match self {
            Self::Memory(bytes) => Some(Arc::new(MemorySource::new(bytes.clone()))),
            Self::Seekable(source) => Some(source.clone()),
            Self::Reader(_) => None,
        }
    }
}

/// Bytes up to which a file is kept in memory while it is uploaded; a client has a few hundred
/// uploads at a time at most.
const SHORT_LEN_MAX: u64 = 64 * 1024;

/// A source that is ready to be read.
pub struct Opened {
    /// What the requests read from.
    pub handle: SourceHandle,
    /// What the upload needs to know.
    pub facts: Facts,
}

impl Opened {
    /// Bytes in memory.
    pub const fn bytes(bytes: Bytes) -> Self {
        let facts = Facts { len: Some(bytes.len() as u64), can_reread: true, modified_ms: None };
        Self { handle: SourceHandle::Memory(bytes), facts }
    }

    /// A reader of exactly `len` bytes, or of all until it ends.
    pub fn reader(reader: BoxedReader, len: Option<u64>) -> Self {
        let facts = Facts { len, can_reread: false, modified_ms: None };
        Self { handle: SourceHandle::Reader(Arc::new(Mutex::new(reader))), facts }
    }

    /// Something that is read at any offset, on threads that may block.
    pub fn seekable(source: impl ReadAt + 'static) -> Self {
        let (len, modified_ms) = (source.len(), source.modified_ms());
        let facts = Facts { len: Some(len), can_reread: true, modified_ms };
        Self { handle: SourceHandle::Seekable(Arc::new(source)), facts }
    }

    /// The bytes `range` of the file at `path`.
    ///
    /// # Errors
    /// [`Source`](ErrorKind::Source) when it is not a file that can be read, or ends before.
    pub async fn part<D: Driver>(
        driver: &D,
        path: PathBuf,
        range: Range<u64>,
    ) -> Result<Self, Error> {
        let opened = driver.unblock(|| Window::new(FileSource::open(path)?, range));
        Ok(Self::seekable(opened.await.ok_or_else(broke_off)??))
    }

    /// The file at `path`; a short one is read at once, as it is at this moment.
    ///
    /// # Errors
    /// [`Source`](ErrorKind::Source) when it is not a file that can be read.
    pub async fn path<D: Driver>(driver: &D, path: PathBuf) -> Result<Self, Error> {
        if let Some(file) = read_cached(&path, SHORT_LEN_MAX) {
            let (len, modified_ms) = (file.bytes.len() as u64, file.modified_ms);
            let facts = Facts { len: Some(len), can_reread: true, modified_ms };
            return Ok(Self { handle: SourceHandle::Memory(file.bytes.into()), facts });
        }
        Ok(driver.unblock(|| open_file(path)).await.ok_or_else(broke_off)??)
    }
}

fn broke_off() -> Error {
    Error::new(ErrorKind::Source, "opening the source broke off")
}

fn open_file(path: PathBuf) -> Result<Opened, crate::Error> {
    let file = FileSource::open(path)?;
    let (len, modified_ms) = (file.len(), file.modified_ms());
    if len > SHORT_LEN_MAX {
        return Ok(Opened::seekable(file));
    }
    let facts = Facts { len: Some(len), can_reread: true, modified_ms };
    let mut bytes = vec![0; usize::try_from(len).unwrap_or(0)];
    file.read_exact_at(0, &mut bytes)?;
    file.check_unchanged()?;
    Ok(Opened { handle: SourceHandle::Memory(bytes.into()), facts })
}
