//! The unbound form: one source whose length nobody knows.

use super::super::Span;
use super::super::sizes::Sizes;
use super::error::{PARTS_LIMIT, SynthesisError};
use crate::limits::{LARGE_FILE_LEN_MAX, PART_LEN_MAX};

/// Parts of a source that is read into buffers: each full buffer is a part, and so is what the
/// last one has (behaviour b.8).
///
/// One buffer is an ordinary upload, also an empty one; so nothing is sent before a second one has
/// begun to fill or the source has ended.
///
/// ```
/// use b2_proto::plan::sizes::{SizeOptions, Sizes};
/// use b2_proto::plan::synthesis::Unbound;
///
/// let sizes = Sizes::resolve(SizeOptions::default())?;
/// let mut parts = Unbound::new(sizes, Some(8_000_000), 5_000_000)?;
/// assert_eq!(parts.buffer_len(), 8_000_000);
/// let first = parts.take(8_000_000)?.expect("a part");
/// let last = parts.take(300)?.expect("a part");
/// assert_eq!((first.offset, last.offset, last.len), (0, 8_000_000, 300));
/// assert_eq!(parts.take(0)?, None);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unbound {
    buffer_len: u64,
    parts: u32,
    len: u64,
}

impl Unbound {
    /// Parts as long as the buffers given, or of the recommended size. `part_len_min` is the
    /// shortest part of the account, in bytes.
    ///
    /// # Errors
    /// [`SynthesisError::BufferTooShort`] or [`SynthesisError::PartTooLong`] when the service would
    /// refuse such parts.
    pub const fn new(
        sizes: Sizes,
        buffer_len: Option<u64>,
        part_len_min: u64,
    ) -> Result<Self, SynthesisError> {
        let len = match buffer_len {
            Some(len) => len,
            None => sizes.recommended(),
        };
        if len < part_len_min || len == 0 {
            Err(SynthesisError::BufferTooShort { len, min: part_len_min })
        } else if len > PART_LEN_MAX {
            Err(SynthesisError::PartTooLong { len })
        } else {
            Ok(Self { buffer_len: len, parts: 0, len: 0 })
        }
    }

    /// How much a buffer takes before it is a part, in bytes.
    #[must_use]
    pub const fn buffer_len(&self) -> u64 {
        self.buffer_len
    }

    /// The part of the next buffer, which has `filled` bytes; nothing for an empty buffer behind
    /// others.
    ///
    /// # Errors
    /// [`SynthesisError::TooManyParts`] or [`SynthesisError::TooLarge`] when the service takes no
    /// more.
    pub fn take(&mut self, filled: u64) -> Result<Option<Span>, SynthesisError> {
        if filled == 0 && self.parts > 0 {
            return Ok(None);
        }
        if self.parts == PARTS_LIMIT {
            return Err(SynthesisError::TooManyParts { max: PARTS_LIMIT });
        }
        let len = self.len.saturating_add(filled);
        if len > LARGE_FILE_LEN_MAX {
            return Err(SynthesisError::TooLarge { len });
        }
        let part = Span { offset: self.len, len: filled };
        self.len = len;
        self.parts += 1;
        Ok(Some(part))
    }

    /// Whether the file has several parts by now.
    #[must_use]
    pub const fn is_large(&self) -> bool {
        self.parts > 1
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    fn lens(buffer: u64, len: u64) -> Vec<u64> {
        let sizes = Sizes::new(1, 1, 1).expect("sizes");
        let mut parts = Unbound::new(sizes, Some(buffer), 1).expect("long enough");
        let mut taken = Vec::new();
        let mut rest = len;
        loop {
            let filled = rest.min(buffer);
            let Some(part) = parts.take(filled).expect("few parts") else { break };
            assert_eq!(part.offset, len - rest);
            taken.push(part.len);
            rest -= filled;
        }
        assert_eq!(parts.is_large(), taken.len() > 1);
        taken
    }

    #[test]
    fn buffers_are_parts() {
        assert_eq!(lens(200, 0), [0]);
        assert_eq!(lens(200, 150), [150]);
        assert_eq!(lens(200, 200), [200]);
        assert_eq!(lens(200, 201), [200, 1]);
        assert_eq!(lens(200, 950), [200, 200, 200, 200, 150]);
        assert_eq!(lens(300, 950), [300, 300, 300, 50]);
    }

    #[test]
    fn what_the_service_refuses_is_refused_before() {
        let sizes = Sizes::new(1, 300, 300).expect("sizes");
        let short = Unbound::new(sizes, Some(4), 5);
        assert_eq!(short, Err(SynthesisError::BufferTooShort { len: 4, min: 5 }));
        let len = PART_LEN_MAX + 1;
        assert_eq!(Unbound::new(sizes, Some(len), 5), Err(SynthesisError::PartTooLong { len }));
        let mut parts = Unbound::new(sizes, None, 5).expect("300 bytes");
        for _ in 0..PARTS_LIMIT {
            assert!(parts.take(300).expect("a part").is_some());
        }
        let many = SynthesisError::TooManyParts { max: PARTS_LIMIT };
        assert_eq!(parts.take(300), Err(many));
    }
}
