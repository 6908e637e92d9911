//! How long blocks are.

/// Logarithms of the averages there may be: 128 bytes to 32 MiB.
const LOG2_MIN: u8 = 7;
const LOG2_MAX: u8 = 25;

/// A file has on average at most so many blocks, as long as an average allows that; blocks are
/// never shorter than half of it, so no file has more than twice as many.
const BLOCKS_MEAN_MAX: u64 = 1 << 19;
/// No file has more blocks than this, and no manifest is read that tells of more.
pub const BLOCKS_MAX: u64 = 2 * BLOCKS_MEAN_MAX;

/// The shortest part has so many blocks on average: a change spoils one or two blocks, and a part
/// that is sent for it is as long as the shortest part anyway.
const BLOCKS_PER_PART: u64 = 32;

/// A size that an earlier version has is kept while it is at most so many times what a new file
/// would get.
const KEPT_FACTOR_LOG2: u8 = 3;

/// How long the blocks of a file are: an average *A* that is a power of two.
///
/// No block is shorter than *A*/2 but the last of a file, and none is longer than 4 *A*.
///
/// ```
/// use b2_proto::plan::blocks::BlockSize;
///
/// let size = BlockSize::of_file(1 << 30, 5_000_000);
/// assert_eq!((size.min(), size.average(), size.max()), (64 << 10, 128 << 10, 512 << 10));
/// // No more than 524,288 of them on average.
/// assert_eq!(BlockSize::of_file(1_000_000_000_000, 5_000_000).average(), 2 << 20);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlockSize {
    log2: u8,
}

impl BlockSize {
    /// The size whose average is two to the power of `log2`; there is none for less than 7 and for
    /// more than 25.
    #[must_use]
    pub const fn from_log2(log2: u8) -> Option<Self> {
        if log2 < LOG2_MIN || log2 > LOG2_MAX { None } else { Some(Self { log2 }) }
    }

    /// The size for a new file of `len` bytes, where no copied part may be shorter than
    /// `part_len_min` bytes.
    #[must_use]
    pub const fn of_file(len: u64, part_len_min: u64) -> Self {
        let mut log2 = LOG2_MIN;
        while log2 < LOG2_MAX
            && ((2 << log2) <= part_len_min / BLOCKS_PER_PART || len >> log2 >= BLOCKS_MEAN_MAX)
        {
            log2 += 1;
        }
        Self { log2 }
    }

    /// The size for a file whose earlier version has blocks of the size `base`: that one, if it is
    /// about what a new file would get. Other blocks would match nothing.
    #[must_use]
    pub const fn after(self, base: Self) -> Self {
        let is_about = self.log2 <= base.log2 && base.log2 <= self.log2 + KEPT_FACTOR_LOG2;
        if is_about { base } else { self }
    }

    /// The logarithm of the average.
    #[must_use]
    pub const fn log2(self) -> u8 {
        self.log2
    }

    /// The average, in bytes, of data without a pattern.
    #[must_use]
    pub const fn average(self) -> u32 {
        1 << self.log2
    }

    /// Length of the shortest block, in bytes, but for the last one.
    #[must_use]
    pub const fn min(self) -> u32 {
        self.average() / 2
    }

    /// From this length on it is easier for a block to end.
    #[must_use]
    pub const fn easy(self) -> u32 {
        self.average() / 4 * 3
    }

    /// Length of the longest block, in bytes.
    #[must_use]
    pub const fn max(self) -> u32 {
        self.average() * 4
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::{LARGE_FILE_LEN_MAX, PART_LEN_MIN};
    use proptest::prelude::*;

    #[test]
    fn averages_fit_parts_and_files() {
        let average = |len| BlockSize::of_file(len, PART_LEN_MIN).average();
        assert_eq!(average(0), 128 << 10);
        assert_eq!(average((64 << 30) - 1), 128 << 10);
        assert_eq!(average(64 << 30), 256 << 10);
        assert_eq!(average(LARGE_FILE_LEN_MAX), 32 << 20);
        // A service of small parts, as in tests.
        assert_eq!(BlockSize::of_file(1_000_000, 100_000).average(), 2_048);
        assert_eq!(BlockSize::of_file(1_000_000, 0).average(), 128);
        assert_eq!(BlockSize::of_file(u64::MAX, u64::MAX).average(), 32 << 20);
    }

    #[test]
    fn a_size_is_kept_unless_it_is_far_off() {
        let size = |log2| BlockSize::from_log2(log2).unwrap();
        assert_eq!(size(17).after(size(17)), size(17));
        assert_eq!(size(17).after(size(20)), size(20));
        assert_eq!(size(17).after(size(21)), size(17));
        assert_eq!(size(17).after(size(16)), size(17));
        assert_eq!((BlockSize::from_log2(6), BlockSize::from_log2(26)), (None, None));
    }

    proptest! {
        #[test]
        fn no_file_has_too_many_blocks(len in 0..=LARGE_FILE_LEN_MAX, part in 0_u64..10_000_000) {
            let size = BlockSize::of_file(len, part);
            prop_assert!(len.div_ceil(size.min().into()) <= BLOCKS_MAX);
            prop_assert!(64 <= size.min() && size.min() < size.easy() && size.easy() < size.max());
        }
    }
}
