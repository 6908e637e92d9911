//! What can be uploaded.

use crate::flow::io::{Opened, Reader};
use b2_local::source::{Chunks, Replay};
use b2_proto::error::Error;
use bytes::Bytes;
use core::ops::Range;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

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
    Reader { reader: Reader, len: Option<u64> },
}

b2_local::source_face!();

impl Source {
    /// A reader of `len` bytes. It can be read only once, so what is being sent is kept in memory
    /// until the service has it. It is read in a thread of the client, which does not look for
    /// more bytes than that: a connection that stays open would never tell.
    pub fn reader(reader: impl Read + Send + 'static, len: u64) -> Self {
        Self::read_once(reader, Some(len))
    }

    /// A reader that is sent until it ends: a pipe, a generator. Whether it becomes a small or a
    /// large file is found out while it is read, so two parts of it are kept in memory before
    /// anything is sent, and parts grow with it as far as the client's buffers allow
    /// ([`ClientBuilder::buffers`](crate::ClientBuilder::buffers)). The SHA-1 of the
    /// whole is kept with a large one only if it is told
    /// ([`UploadBuilder::sha1`](crate::UploadBuilder::sha1)).
    pub fn stream(reader: impl Read + Send + 'static) -> Self {
        Self::read_once(reader, None)
    }

    /// Chunks that a generator makes, until it ends; as [`stream`](Self::stream).
    pub fn chunks<C>(chunks: C) -> Self
    where
        C: IntoIterator<Item = io::Result<Bytes>>,
        C::IntoIter: Send + 'static,
    {
        Self::stream(Chunks::new(chunks.into_iter()))
    }

    fn read_once(reader: impl Read + Send + 'static, len: Option<u64>) -> Self {
        Self(Kind::Reader { reader: Arc::new(Mutex::new(Box::new(reader))), len })
    }

    pub(crate) fn open(self) -> Result<Opened, Error> {
        Ok(match self.0 {
            Kind::Bytes(bytes) => Opened::bytes(bytes),
            Kind::Part { path, range } => Opened::open_part(path, range)?,
            Kind::Replay(replay) => Opened::seekable(replay),
            Kind::Reader { reader, len } => Opened::read_once(reader, len),
            Kind::Path(path) => Opened::open_path(path)?,
        })
    }
}
