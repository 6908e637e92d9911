//! What can be uploaded.

use crate::compat::Compat;
use crate::driver::Tokio;
use b2_local::flow::source::{BoxedReader, Opened};
use b2_local::source::{Chunks, Replay};
use b2_proto::error::Error;
use bytes::Bytes;
use core::ops::Range;
use futures_core::Stream;
use std::io;
use std::path::PathBuf;
use tokio::io::AsyncRead;

/// Where the bytes of an upload come from: a path or part of a file, bytes in memory, a reader, or
/// a function that opens readers.
///
/// A file of more than 64 KiB is streamed: it is never read into memory as a whole, and any part
/// of it can be sent again. If it changes while it is read, the upload fails and nothing is
/// stored.
pub struct Source(Kind);

enum Kind {
    Path(PathBuf),
    Part { path: PathBuf, range: Range<u64> },
    Replay(Replay),
    Bytes(Bytes),
    Reader { reader: BoxedReader, len: Option<u64> },
}

b2_local::source_face!();

impl Source {
    /// A reader of `len` bytes. It can be read only once, so what is being sent is kept in memory
    /// until the service has it. It is not looked for more bytes than that: a connection that
    /// stays open would never tell.
    pub fn reader(reader: impl AsyncRead + Send + 'static, len: u64) -> Self {
        Self::read_once(reader, Some(len))
    }

    /// A reader that is sent until it ends: a pipe, a generator. Whether it becomes a small or a
    /// large file is found out while it is read, so two parts of it are kept in memory before
    /// anything is sent, and parts grow with it as far as the client's buffers allow
    /// ([`ClientBuilder::buffers`](crate::ClientBuilder::buffers)). The SHA-1 of the
    /// whole is kept with a large one only if it is told
    /// ([`UploadBuilder::sha1`](crate::UploadBuilder::sha1)).
    pub fn stream(reader: impl AsyncRead + Send + 'static) -> Self {
        Self::read_once(reader, None)
    }

    /// Chunks that a generator makes, until it ends; as [`stream`](Self::stream).
    pub fn chunks(chunks: impl Stream<Item = io::Result<Bytes>> + Send + 'static) -> Self {
        Self(Kind::Reader { reader: Box::pin(Chunks::new(Box::pin(chunks))), len: None })
    }

    fn read_once(reader: impl AsyncRead + Send + 'static, len: Option<u64>) -> Self {
        Self(Kind::Reader { reader: Box::pin(Compat(Box::pin(reader))), len })
    }

    pub(crate) async fn open(self, driver: &Tokio) -> Result<Opened, Error> {
        Ok(match self.0 {
            Kind::Bytes(bytes) => Opened::bytes(bytes),
            Kind::Part { path, range } => Opened::part(driver, path, range).await?,
            Kind::Replay(replay) => Opened::seekable(replay),
            Kind::Reader { reader, len } => Opened::reader(reader, len),
            Kind::Path(path) => Opened::path(driver, path).await?,
        })
    }
}
