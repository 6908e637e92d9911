//! Where the bytes of a download go.

use super::meter::Trouble;
use b2_proto::error::Cause;
use b2_proto::wire::body::{BodyHasher, DigestMode};
use b2_proto::wire::text::Sha1;
use bytes::Bytes;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;

/// A sink of a job, as its requests share it.
#[derive(Clone)]
pub(crate) enum SinkHandle {
    /// Bytes in memory.
    Memory(Arc<MemorySink>),
    /// The caller's own writer, which takes bytes in order.
    Pipe(Arc<PipeSink>),
}

/// The digest of what was stored from the start on without a gap.
struct Prefix {
    len: u64,
    hasher: BodyHasher,
}

impl Default for Prefix {
    fn default() -> Self {
        Self { len: 0, hasher: BodyHasher::new(DigestMode::AtEnd) }
    }
}

impl Prefix {
    fn extend(&mut self, offset: u64, bytes: &[u8]) {
        if offset == self.len {
            self.hasher.update(bytes);
            self.len += bytes.len() as u64;
        }
    }
}

/// A vector that grows up to a bound.
pub(crate) struct MemorySink {
    len_max: usize,
    state: Mutex<(Vec<u8>, Prefix)>,
}

impl MemorySink {
    pub(crate) fn new(len_max: usize) -> Self {
        Self { len_max, state: Mutex::default() }
    }

    /// Takes the bytes out.
    pub(crate) fn take(&self) -> Vec<u8> {
        core::mem::take(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner).0)
    }

    pub(crate) fn write(&self, offset: u64, bytes: &[u8]) -> Result<(), Trouble> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (stored, prefix) = &mut *state;
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        let end = start.saturating_add(bytes.len());
        if end > self.len_max {
            let detail = format!("more than the {} bytes that were allowed", self.len_max);
            return Err(Trouble { cause: Cause::SinkFull, detail });
        }
        if stored.len() < end {
            stored.resize(end, 0);
        }
        if let Some(space) = stored.get_mut(start..end) {
            space.copy_from_slice(bytes);
        }
        prefix.extend(offset, bytes);
        Ok(())
    }

    /// The SHA-1 of the first `len` bytes.
    pub(crate) fn digest(&self, len: u64) -> Result<Sha1, Trouble> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (stored, prefix) = &mut *state;
        let mut done = core::mem::take(prefix);
        if done.len > len {
            done = Prefix::default();
        }
        let range = usize::try_from(done.len).ok().zip(usize::try_from(len).ok());
        let Some(rest) = range.and_then(|(start, end)| stored.get(start..end)) else {
            let detail = "fewer bytes were stored than are to be verified".to_owned();
            return Err(Trouble { cause: Cause::SinkFailed, detail });
        };
        done.hasher.update(rest);
        Ok(done.hasher.finish().0)
    }
}

/// Hands bytes in order to the task that owns a writer.
pub(crate) struct PipeSink {
    pieces: mpsc::Sender<Bytes>,
    prefix: Mutex<Prefix>,
}

impl PipeSink {
    pub(crate) fn new(pieces: mpsc::Sender<Bytes>) -> Self {
        Self { pieces, prefix: Mutex::default() }
    }

    pub(crate) async fn write(&self, offset: u64, bytes: Bytes) -> Result<(), Trouble> {
        {
            let mut prefix = self.prefix.lock().unwrap_or_else(PoisonError::into_inner);
            if prefix.len != offset {
                let detail = "the writer takes bytes only in order".to_owned();
                return Err(Trouble { cause: Cause::SinkFailed, detail });
            }
            prefix.extend(offset, &bytes);
        }
        self.pieces.send(bytes).await.map_err(|_| Trouble {
            cause: Cause::SinkFailed,
            detail: "the writer takes no more bytes".to_owned(),
        })
    }

    /// The SHA-1 of all `len` bytes.
    pub(crate) fn digest(&self, len: u64) -> Result<Sha1, Trouble> {
        let mut prefix = self.prefix.lock().unwrap_or_else(PoisonError::into_inner);
        if prefix.len != len {
            let detail = "the writer got another number of bytes".to_owned();
            return Err(Trouble { cause: Cause::SinkFailed, detail });
        }
        Ok(core::mem::take(&mut *prefix).hasher.finish().0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABC: &[u8] = b"a9993e364706816aba3e25717850c26c9cd0d89d";

    #[test]
    fn ranges_in_any_order_have_one_digest() {
        let orders: [&[(u64, &[u8])]; 3] = [
            &[(0, b"a"), (1, b"b"), (2, b"c")],
            &[(1, b"bc"), (0, b"a")],
            &[(0, b"a"), (2, b"c"), (1, b"b"), (3, b"not looked at")],
        ];
        for writes in orders {
            let sink = MemorySink::new(100);
            for (offset, bytes) in writes {
                sink.write(*offset, bytes).expect("fits");
            }
            assert_eq!(sink.digest(3).expect("stored").hex(), ABC);
            assert_eq!(&sink.take()[..3], b"abc");
        }
    }

    #[test]
    fn memory_is_bounded() {
        let sink = MemorySink::new(3);
        sink.write(0, b"abc").expect("fits");
        let cause = |result: Result<(), Trouble>| result.err().map(|trouble| trouble.cause);
        assert_eq!(cause(sink.write(3, b"d")), Some(Cause::SinkFull));
        assert_eq!(cause(sink.write(u64::MAX, b"d")), Some(Cause::SinkFull));
        assert!(sink.digest(4).is_err());
    }
}
