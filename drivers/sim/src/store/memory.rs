//! Content and state in memory; nothing outlives the process.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

use super::{BlobReader, BlobWriter, Store};
use crate::service::{Change, State};

/// A store in memory.
#[derive(Debug, Default)]
pub struct MemoryStore {
    blobs: Arc<Mutex<Blobs>>,
}

#[derive(Debug, Default)]
struct Blobs {
    next: u64,
    by_id: BTreeMap<u64, Arc<[Bytes]>>,
}

/// Blobs are kept in chunks of this size, so that a growing one is never moved.
const CHUNK_LEN: usize = 1 << 20;

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Store for MemoryStore {
    fn append(&self, _: &[Change], _: &State) -> io::Result<()> {
        Ok(())
    }

    fn create(&self) -> io::Result<Box<dyn BlobWriter>> {
        let blobs = self.blobs.clone();
        Ok(Box::new(Writer { blobs, chunks: Vec::new(), open: Vec::new() }))
    }

    fn open(&self, blob: u64) -> io::Result<Box<dyn BlobReader>> {
        let blobs = self.blobs.lock().unwrap_or_else(PoisonError::into_inner);
        let chunks = blobs.by_id.get(&blob).cloned().ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(Reader { chunks }))
    }

    fn remove(&self, blob: u64) -> io::Result<()> {
        self.blobs.lock().unwrap_or_else(PoisonError::into_inner).by_id.remove(&blob);
        Ok(())
    }
}

struct Writer {
    blobs: Arc<Mutex<Blobs>>,
    chunks: Vec<Bytes>,
    open: Vec<u8>,
}

impl BlobWriter for Writer {
    fn write(&mut self, mut data: &[u8]) -> io::Result<()> {
        while !data.is_empty() {
            let take = data.len().min(CHUNK_LEN - self.open.len());
            self.open.extend_from_slice(&data[..take]);
            data = &data[take..];
            if self.open.len() == CHUNK_LEN {
                let next = Vec::with_capacity(CHUNK_LEN);
                self.chunks.push(Bytes::from(core::mem::replace(&mut self.open, next)));
            }
        }
        Ok(())
    }

    fn commit(mut self: Box<Self>) -> io::Result<u64> {
        // Only the last chunk is shorter than the others.
        self.open.shrink_to_fit();
        let open = core::mem::take(&mut self.open);
        self.chunks.push(Bytes::from(open));
        let mut blobs = self.blobs.lock().unwrap_or_else(PoisonError::into_inner);
        let id = blobs.next;
        blobs.next += 1;
        blobs.by_id.insert(id, core::mem::take(&mut self.chunks).into());
        Ok(id)
    }
}

struct Reader {
    chunks: Arc<[Bytes]>,
}

impl BlobReader for Reader {
    fn read(&mut self, offset: u64, _: u64, len_max: usize) -> io::Result<Bytes> {
        let offset = usize::try_from(offset).map_err(|_| io::ErrorKind::InvalidInput)?;
        let chunk = self.chunks.get(offset / CHUNK_LEN).ok_or(io::ErrorKind::UnexpectedEof)?;
        let from = offset % CHUNK_LEN;
        if from >= chunk.len() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(chunk.slice(from..chunk.len().min(from + len_max)))
    }
}
