//! Virtual sinks: byte vectors, which may run full.

use b2_proto::error::Cause;
use b2_proto::machine::Version;
use b2_proto::plan::Span;
use b2_proto::wire::text::Sha1;

use crate::world::index;

/// Something to download into.
#[derive(Debug, Default)]
pub(crate) struct Sink {
    bytes: Vec<u8>,
    len_max: Option<usize>,
    /// Of which version the bytes are, and how long it is.
    version: Option<(String, u64)>,
}

impl Sink {
    /// A sink with room for `len_max` bytes, or for any number.
    pub(crate) const fn new(len_max: Option<usize>) -> Self {
        Self { bytes: Vec::new(), len_max, version: None }
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

    /// What an earlier run has left: bytes of a version at some places, and rubbish elsewhere.
    pub(crate) fn leave(&mut self, version: (&str, u64), bytes: &[u8], there: &[Span]) {
        self.version = Some((version.0.to_owned(), version.1));
        self.bytes = vec![0xee; bytes.len()];
        for span in there {
            let place = index(span.offset)..index(span.end());
            self.bytes[place.clone()].copy_from_slice(&bytes[place]);
        }
    }

    /// Bytes of another version are forgotten.
    pub(crate) fn pin(&mut self, version: &Version<'_>) {
        let pinned = (version.file_id.to_owned(), version.len);
        if self.version.as_ref() != Some(&pinned) {
            self.bytes.clear();
        }
        self.version = Some(pinned);
    }

    /// What is stored.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The SHA-1 of `len` bytes from `offset` on.
    pub(crate) fn digest(&self, offset: usize, len: usize) -> Result<Sha1, Cause> {
        self.bytes.get(offset..offset + len).map(Sha1::of).ok_or(Cause::SinkFailed)
    }
}
