//! What can be uploaded.

use crate::driver::Smol;
use b2_local::flow::source::{Opened, Reader};
use b2_local::source::Chunks;
use bytes::Bytes;
use futures_core::Stream;
use futures_io::AsyncRead;
use std::io;

b2_local::source_face!(AsyncRead, async await driver: Smol);

impl Source {
    /// Chunks that a generator makes, until it ends; as [`stream`](Self::stream).
    pub fn chunks(chunks: impl Stream<Item = io::Result<Bytes>> + Send + 'static) -> Self {
        Self::stream(Chunks::new(Box::pin(chunks)))
    }
}

fn shared(reader: impl AsyncRead + Send + 'static) -> Reader {
    Reader::new(reader)
}
