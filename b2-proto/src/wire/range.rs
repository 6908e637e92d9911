//! Byte ranges as the service writes them: both ends inclusive.

use core::fmt;

use crate::wire::text::Decimal;

/// A range of bytes with both ends, never empty. `Display` gives `bytes=first-last`.
///
/// ```
/// use b2_proto::wire::range::ByteRange;
///
/// let range = ByteRange::of(100, 50).unwrap();
/// assert_eq!((range.first, range.last, range.len()), (100, 149, 50));
/// assert!(ByteRange::of(0, 0).is_none());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(clippy::len_without_is_empty, reason = "a range is never empty")]
pub struct ByteRange {
    /// First byte.
    pub first: u64,
    /// Last byte, at least `first`.
    pub last: u64,
}

impl ByteRange {
    /// `len` bytes from `first` on; `None` when there are none or the numbers overflow.
    pub const fn of(first: u64, len: u64) -> Option<Self> {
        match len.checked_sub(1) {
            Some(rest) => match first.checked_add(rest) {
                Some(last) => Some(Self { first, last }),
                None => None,
            },
            None => None,
        }
    }

    /// From `first` to `last`, both included; `None` when `last` comes before.
    pub const fn inclusive(first: u64, last: u64) -> Option<Self> {
        // The length of the whole 64-bit range would not fit.
        if first > last || last - first == u64::MAX { None } else { Some(Self { first, last }) }
    }

    /// Whether it is what [`inclusive`](Self::inclusive) would make; the fields can be anything.
    pub const fn is_valid(&self) -> bool {
        Self::inclusive(self.first, self.last).is_some()
    }

    /// Number of bytes.
    pub const fn len(&self) -> u64 {
        self.last.saturating_sub(self.first).saturating_add(1)
    }
}

impl fmt::Display for ByteRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bytes={}-{}", Decimal(self.first), Decimal(self.last))
    }
}
