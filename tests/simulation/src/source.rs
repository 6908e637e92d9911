//! Virtual sources: bytes that are a function of a seed and their place, and what can be wrong
//! with them.

use b2_proto::error::Cause;
use b2_proto::wire::text::Sha1;
use bytes::Bytes;

/// Something to upload.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) seed: u64,
    pub(crate) len: usize,
    pub(crate) trouble: Trouble,
    /// How far a source that is read once has been read.
    position: usize,
    /// How far the driver has hashed it in order.
    hashed: usize,
    /// Its bytes, where they do not follow from the seed.
    literal: Option<Bytes>,
    /// Nobody knows its length, and buffers may hold so many bytes.
    pub(crate) open: Option<usize>,
}

/// What is wrong with a source.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Trouble {
    None,
    /// It ends after so many bytes; one whose length nobody knows breaks off.
    Short {
        len: usize,
    },
    /// It is another one from this moment on, and the driver notices.
    Changes {
        at_ms: u64,
    },
}

impl Source {
    /// `len` bytes that differ from those of any other seed.
    pub(crate) const fn new(seed: u64, len: usize, trouble: Trouble) -> Self {
        Self { seed, len, trouble, position: 0, hashed: 0, literal: None, open: None }
    }

    /// These bytes.
    pub(crate) fn literal(bytes: Bytes) -> Self {
        let len = bytes.len();
        Self { literal: Some(bytes), ..Self::new(0, len, Trouble::None) }
    }

    fn range(&self, offset: usize, len: usize) -> Vec<u8> {
        match &self.literal {
            Some(bytes) => bytes.slice(offset..offset + len).to_vec(),
            None => range_of(self.seed, offset, len),
        }
    }

    /// What is not read.
    pub(crate) const fn none() -> Self {
        Self::new(0, 0, Trouble::None)
    }

    /// What was asked to be uploaded.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.range(0, self.len)
    }

    /// A new run opens it anew.
    pub(crate) const fn rewind(&mut self) {
        self.position = 0;
        self.hashed = 0;
    }

    /// Whether it is another one at `now_ms` than at the beginning.
    pub(crate) const fn has_changed(&self, now_ms: u64) -> bool {
        matches!(self.trouble, Trouble::Changes { at_ms } if at_ms <= now_ms)
    }

    /// Reads a range; when it cannot be read, the bytes before the trouble and what it is.
    pub(crate) fn read(
        &self,
        now_ms: u64,
        offset: usize,
        len: usize,
    ) -> Result<Vec<u8>, (Vec<u8>, Cause)> {
        assert!(offset + len <= self.len, "a range outside of the source");
        let range = |len| self.range(offset, len);
        match self.trouble {
            Trouble::Short { len: end } if offset + len > end => {
                Err((range(end.saturating_sub(offset).min(len)), Cause::SourceUnreadable))
            }
            Trouble::Changes { .. } if self.has_changed(now_ms) => {
                Err((range(len / 2), Cause::SourceChanged))
            }
            Trouble::None | Trouble::Short { .. } | Trouble::Changes { .. } => Ok(range(len)),
        }
    }

    /// The SHA-1 of a range, and that of everything up to its end if no byte was left out.
    pub(crate) fn hash(
        &mut self,
        now_ms: u64,
        offset: usize,
        len: usize,
    ) -> Result<(Sha1, Option<Sha1>), Cause> {
        let range = self.read(now_ms, offset, len).map_err(|(_, cause)| cause)?;
        let is_next = offset == 0 || offset == self.hashed;
        self.hashed = if is_next { offset + len } else { self.hashed };
        let through = is_next.then(|| Sha1::of(&self.range(0, self.hashed)));
        Ok((Sha1::of(&range), through))
    }

    /// Reads the next bytes of a source that is read once: fewer than `len` at its end.
    pub(crate) fn read_next(&mut self, now_ms: u64, len: usize) -> Result<Vec<u8>, Cause> {
        let end = match self.trouble {
            Trouble::Short { len: end } if self.open.is_some() && self.position + len > end => {
                return Err(Cause::SourceUnreadable);
            }
            Trouble::Short { len } => len.min(self.len),
            Trouble::Changes { .. } if self.has_changed(now_ms) => {
                return Err(Cause::SourceChanged);
            }
            Trouble::None | Trouble::Changes { .. } => self.len,
        };
        let from = self.position.min(end);
        self.position = end.min(from + len);
        Ok(self.range(from, self.position - from))
    }
}

/// The first `len` bytes that follow from `seed`.
pub(crate) fn bytes_of(seed: u64, len: usize) -> Vec<u8> {
    range_of(seed, 0, len)
}

/// `len` bytes from `offset` on. Eight of them are one step of SplitMix64, which can be taken at
/// any place.
pub(crate) fn range_of(seed: u64, offset: usize, len: usize) -> Vec<u8> {
    let skipped = offset % 8;
    let mut bytes = Vec::with_capacity(skipped + len + 8);
    let mut place = (offset / 8) as u64;
    while bytes.len() < skipped + len {
        bytes.extend_from_slice(&word(seed, place).to_le_bytes());
        place += 1;
    }
    bytes.truncate(skipped + len);
    bytes.drain(..skipped);
    bytes
}

const fn word(seed: u64, place: u64) -> u64 {
    let mixed = seed.wrapping_add((place + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_range_is_a_part_of_the_whole() {
        let whole = bytes_of(7, 100);
        for offset in 0..30 {
            for len in 0..30 {
                assert_eq!(range_of(7, offset, len), whole[offset..offset + len]);
            }
        }
        assert_ne!(bytes_of(8, 100), whole);
    }
}
