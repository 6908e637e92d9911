//! Reads content from the store.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use sha1::{Digest, Sha1};

use super::Host;
use crate::service::{Content, Slice};
use crate::store::BlobReader;

/// Most bytes of one read.
const READ_LEN: usize = 256 << 10;

/// Reads content from the store; keeps its blobs from being removed meanwhile.
pub struct ContentReader {
    host: Arc<Host>,
    read: u64,
    position: u64,
    left: u64,
    slices: VecDeque<Slice>,
    open: Option<(u64, Box<dyn BlobReader>)>,
}

impl core::fmt::Debug for ContentReader {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("ContentReader").field("left", &self.left).finish_non_exhaustive()
    }
}

impl ContentReader {
    pub(super) fn new(host: Arc<Host>, read: u64, content: Content) -> Self {
        Self {
            host,
            read,
            position: content.offset,
            left: content.len,
            slices: content.slices.into(),
            open: None,
        }
    }

    /// Bytes still to come.
    pub fn left(&self) -> u64 {
        self.left
    }

    /// Stops after at most `len` more bytes.
    pub(crate) fn cut(&mut self, len: u64) {
        self.left = self.left.min(len);
    }

    /// The next bytes; `None` at the end.
    pub fn next_bytes(&mut self) -> io::Result<Option<Bytes>> {
        let Some(slice) = self.slices.front_mut().filter(|_| self.left > 0) else {
            return Ok(None);
        };
        let reader = match &mut self.open {
            Some((blob, reader)) if *blob == slice.blob => reader,
            _ => &mut self.open.insert((slice.blob, self.host.store.open(slice.blob)?)).1,
        };
        let max = usize::try_from(slice.len.min(self.left)).unwrap_or(usize::MAX).min(READ_LEN);
        let bytes = reader.read(slice.offset, self.position, max)?;
        let len = bytes.len() as u64;
        slice.offset += len;
        slice.len -= len;
        if slice.len == 0 {
            self.slices.pop_front();
        }
        self.position += len;
        self.left -= len;
        Ok(Some(bytes))
    }

    pub(super) fn sha1(mut self) -> io::Result<[u8; 20]> {
        let mut hash = Sha1::new();
        while let Some(bytes) = self.next_bytes()? {
            hash.update(&bytes);
        }
        Ok(hash.finalize().into())
    }
}

impl Drop for ContentReader {
    fn drop(&mut self) {
        let mut inner = self.host.lock();
        inner.reads.remove(&self.read);
        self.host.collect(&mut inner);
    }
}
