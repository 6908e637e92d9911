//! What can be uploaded.

use crate::flow::io::{Opened, Reader};
use b2_local::source::Chunks;
use bytes::Bytes;
use std::io::{self, Read};
use std::sync::{Arc, Mutex};

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

fn shared(reader: impl Read + Send + 'static) -> Reader {
    Arc::new(Mutex::new(Box::new(reader)))
}
