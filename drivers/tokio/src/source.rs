//! What can be uploaded.

use crate::transport::source::{BoxedReader, SourceHandle};
use b2_local::source::{CachedFile, FileSource, ReadAt as _, read_cached};
use b2_proto::error::{Error, ErrorKind};
use bytes::Bytes;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::io::AsyncRead;
use tokio::sync::Mutex;

/// Where the bytes of an upload come from: a path, bytes in memory, or a reader.
///
/// A file of more than 64 KiB is streamed: it is never read into memory as a whole, and any part
/// of it can be sent again. If it changes while it is read, the upload fails and nothing is
/// stored.
pub struct Source(Kind);

enum Kind {
    Path(PathBuf),
    Bytes(Bytes),
    Reader { reader: BoxedReader, len: u64 },
}

/// Bytes up to which a file is kept in memory while it is uploaded; a client has a few hundred
/// uploads at a time at most.
const SHORT_LEN_MAX: u64 = 64 * 1024;

/// A source that is ready to be read.
pub(crate) struct Opened {
    pub(crate) handle: SourceHandle,
    pub(crate) len: u64,
    pub(crate) can_reread: bool,
    /// When the source was last modified, in milliseconds since 1970.
    pub(crate) modified_ms: Option<u64>,
}

impl Source {
    /// A reader of exactly `len` bytes. It can be read only once, so what is being sent is kept
    /// in memory until the service has it.
    pub fn reader(reader: impl AsyncRead + Send + 'static, len: u64) -> Self {
        Self(Kind::Reader { reader: Box::pin(reader), len })
    }

    pub(crate) async fn open(self) -> Result<Opened, Error> {
        let (handle, len, can_reread, modified_ms) = match self.0 {
            Kind::Bytes(bytes) => {
                let len = bytes.len() as u64;
                (SourceHandle::Memory(bytes), len, true, None)
            }
            Kind::Reader { reader, len } => {
                (SourceHandle::Reader(Arc::new(Mutex::new(reader))), len, false, None)
            }
            Kind::Path(path) => {
                if let Some(file) = read_cached(&path, SHORT_LEN_MAX) {
                    return Ok(Opened::cached(file));
                }
                let opening = tokio::task::spawn_blocking(|| open_file(path));
                let broke_off = |_| Error::new(ErrorKind::Source, "opening the source broke off");
                let (handle, len, modified_ms) = opening.await.map_err(broke_off)??;
                (handle, len, true, modified_ms)
            }
        };
        Ok(Opened { handle, len, can_reread, modified_ms })
    }
}

impl Opened {
    fn cached(file: CachedFile) -> Self {
        let (len, modified_ms) = (file.bytes.len() as u64, file.modified_ms);
        let handle = SourceHandle::Memory(file.bytes.into());
        Self { handle, len, can_reread: true, modified_ms }
    }
}

/// Opens a file; a short one is read at once, as it is at this moment.
fn open_file(path: PathBuf) -> Result<(SourceHandle, u64, Option<u64>), b2_local::Error> {
    let file = FileSource::open(path)?;
    let (len, modified_ms) = (file.len(), file.modified_ms());
    if len > SHORT_LEN_MAX {
        return Ok((SourceHandle::File(Arc::new(file)), len, modified_ms));
    }
    let mut bytes = vec![0; usize::try_from(len).unwrap_or(0)];
    file.read_exact_at(0, &mut bytes)?;
    file.check_unchanged()?;
    Ok((SourceHandle::Memory(bytes.into()), len, modified_ms))
}

impl core::fmt::Debug for Source {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match &self.0 {
            Kind::Path(path) => f.debug_tuple("Source").field(path).finish(),
            Kind::Bytes(bytes) => write!(f, "Source({} bytes)", bytes.len()),
            Kind::Reader { len, .. } => write!(f, "Source(reader of {len} bytes)"),
        }
    }
}

impl From<PathBuf> for Source {
    fn from(path: PathBuf) -> Self {
        Self(Kind::Path(path))
    }
}

impl From<&Path> for Source {
    fn from(path: &Path) -> Self {
        path.to_owned().into()
    }
}

impl From<&PathBuf> for Source {
    fn from(path: &PathBuf) -> Self {
        path.clone().into()
    }
}

impl From<Bytes> for Source {
    fn from(bytes: Bytes) -> Self {
        Self(Kind::Bytes(bytes))
    }
}

impl From<Vec<u8>> for Source {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes::from(bytes).into()
    }
}

impl From<&'static [u8]> for Source {
    fn from(bytes: &'static [u8]) -> Self {
        Bytes::from_static(bytes).into()
    }
}

impl<const LEN: usize> From<&'static [u8; LEN]> for Source {
    fn from(bytes: &'static [u8; LEN]) -> Self {
        Bytes::from_static(bytes).into()
    }
}
