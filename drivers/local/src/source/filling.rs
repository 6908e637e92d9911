//! Reading the next part of a source that can be read only once.

use b2_proto::wire::body::{BodyHasher, DigestMode};
use b2_proto::wire::text::Sha1;
use bytes::{Bytes, BytesMut};

/// Bytes that are read at a time.
const READ_LEN: usize = 64 * 1024;

/// A buffer that is filled by one read after the other, and hashed meanwhile.
///
/// It has room for everything from the start: one that grew would be copied, and could become
/// twice as long as what is stated for it. Room that stays unused costs no memory.
///
/// ```
/// use b2_local::source::Filling;
/// use std::io::Read as _;
///
/// let mut reader = &b"seven bytes are enough"[..];
/// let mut filling = Filling::new(11);
/// while !filling.space().is_empty() {
///     let count = reader.read(filling.space())?;
///     if count == 0 {
///         break;
///     }
///     filling.took(count);
/// }
/// assert_eq!(filling.finish().0, "seven bytes");
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Filling {
    /// What was read, then what the next read may use.
    buffer: BytesMut,
    filled: usize,
    len: usize,
    hasher: BodyHasher,
}

impl Filling {
    /// For `len` bytes, or fewer if the source ends before.
    pub fn new(len: u64) -> Self {
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        let hasher = BodyHasher::new(DigestMode::AtEnd);
        Self { buffer: BytesMut::with_capacity(len), filled: 0, len, hasher }
    }

    /// Where the next bytes go; empty when all are there.
    pub fn space(&mut self) -> &mut [u8] {
        if self.buffer.len() == self.filled {
            let room = READ_LEN.min(self.len - self.filled);
            self.buffer.resize(self.filled + room, 0);
        }
        self.buffer.get_mut(self.filled..).unwrap_or_default()
    }

    /// So many bytes of the space were read.
    pub fn took(&mut self, count: usize) {
        let end = self.filled.saturating_add(count).min(self.buffer.len());
        self.hasher.update(self.buffer.get(self.filled..end).unwrap_or_default());
        self.filled = end;
    }

    /// What was read, and its digest.
    pub fn finish(mut self) -> (Bytes, Sha1) {
        self.buffer.truncate(self.filled);
        (self.buffer.freeze(), self.hasher.finish().0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_takes_as_many_bytes_as_it_is_for_and_no_more_room() {
        let len = 5 * READ_LEN + 7;
        let content: Vec<u8> = (0..=250).cycle().take(len).collect();
        let mut filling = Filling::new(len as u64);
        let room = filling.buffer.capacity();
        let mut at = 0;
        for step in (1..).step_by(1_013) {
            let space = filling.space();
            if space.is_empty() {
                break;
            }
            let count = space.len().min(step);
            space[..count].copy_from_slice(&content[at..at + count]);
            filling.took(count);
            at += count;
        }
        assert_eq!((at, filling.buffer.capacity()), (len, room));
        let (bytes, digest) = filling.finish();
        assert!(bytes == content && digest == Sha1::of(&content));
    }

    #[test]
    fn a_source_may_end_early() {
        let mut filling = Filling::new(1 << 30);
        filling.space()[..3].copy_from_slice(b"end");
        filling.took(3);
        assert_eq!(filling.finish(), (Bytes::from_static(b"end"), Sha1::of(b"end")));
        assert!(Filling::new(0).space().is_empty());
    }
}
