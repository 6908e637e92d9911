//! What can be uploaded.

use crate::flow::io::{BoxedReader, Opened};
use b2_local::source::Chunks;
use bytes::Bytes;
use std::io::{self, Read};

b2_local::source_face!(Read);

impl Source {
    /// Chunks that a generator makes, until it ends; as [`stream`](Self::stream).
    pub fn chunks<C>(chunks: C) -> Self
    where
        C: IntoIterator<Item = io::Result<Bytes>>,
        C::IntoIter: Send + 'static,
    {
        Self::stream(Chunks::new(chunks.into_iter()))
    }
}

fn boxed(reader: impl Read + Send + 'static) -> BoxedReader {
    Box::new(reader)
}
