//! Virtual sinks: byte vectors, which may run full.

use b2_proto::error::Cause;
use b2_proto::wire::text::Sha1;

/// Something to download into.
#[derive(Debug, Default)]
pub(crate) struct Sink {
    bytes: Vec<u8>,
    len_max: Option<usize>,
}

impl Sink {
    /// A sink with room for `len_max` bytes, or for any number.
    pub(crate) const fn new(len_max: Option<usize>) -> Self {
        Self { bytes: Vec::new(), len_max }
    }

    /// Stores bytes at any place.
    pub(crate) fn write(&mut self, offset: usize, bytes: &[u8]) -> Result<(), Cause> {
        let end = offset + bytes.len();
        if self.len_max.is_some_and(|max| end > max) {
            return Err(Cause::SinkFull);
        }
        if self.bytes.len() < end {
            self.bytes.resize(end, 0);
        }
        self.bytes[offset..end].copy_from_slice(bytes);
        Ok(())
    }

    /// What is stored.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The SHA-1 of the first `len` bytes.
    pub(crate) fn digest(&self, len: usize) -> Result<Sha1, Cause> {
        self.bytes.get(..len).map(Sha1::of).ok_or(Cause::SinkFailed)
    }
}
