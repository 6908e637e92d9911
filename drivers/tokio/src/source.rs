//! What can be uploaded.

use crate::compat::Compat;
use crate::driver::Tokio;
use b2_local::flow::source::{Opened, Reader};
use b2_local::source::Chunks;
use bytes::Bytes;
use futures_core::Stream;
use std::io;
use tokio::io::AsyncRead;

b2_local::source_face!(AsyncRead, async await driver: Tokio);

impl Source {
    /// Chunks that a generator makes, until it ends; as [`stream`](Self::stream).
    pub fn chunks(chunks: impl Stream<Item = io::Result<Bytes>> + Send + 'static) -> Self {
        Self(Kind::Reader { reader: Reader::new(Chunks::new(Box::pin(chunks))), len: None })
    }
}

fn shared(reader: impl AsyncRead + Send + 'static) -> Reader {
    Reader::new(Compat(Box::pin(reader)))
}
