//! How parts grow while nobody knows how long the file will be.

use crate::limits::{LARGE_FILE_LEN_MAX, PARTS_MAX};

/// Each part is as long as this share of all before it, but no shorter than the first.
const SHARE: u64 = 1_000;

/// Lengths of the parts of a file whose end is found while it is read.
///
/// The first thousand parts have one length; from there on each is a thousandth of what is before
/// it, up to the longest. Starting with the service's 5 MB and growing to its 5 GB, fewer than
/// 9,000 parts make the largest file of 10 TB; up to 5 GB nothing grows.
///
/// ```
/// use b2_proto::plan::growth::Growth;
///
/// let growth = Growth { first: 5_000_000, longest: 100_000_000 };
/// assert_eq!(growth.len_at(0), 5_000_000);
/// assert_eq!(growth.len_at(5_000_000_000), 5_000_000);
/// assert_eq!(growth.len_at(20_000_000_000), 20_000_000);
/// assert_eq!(growth.len_at(1_000_000_000_000), 100_000_000);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Growth {
    /// Length of the first part, in bytes.
    pub first: u64,
    /// Length of the longest part, in bytes; no less than the first.
    pub longest: u64,
}

impl Growth {
    /// Length of the part that begins at `offset`, in bytes.
    #[must_use]
    pub fn len_at(&self, offset: u64) -> u64 {
        (offset / SHARE).min(self.longest).max(self.first)
    }

    /// Length of the longest file whose parts the service takes, in bytes.
    #[must_use]
    pub fn file_len_max(&self) -> u64 {
        let after = |offset: u64, _| offset.saturating_add(self.len_at(offset));
        (0..PARTS_MAX).fold(0, after).min(LARGE_FILE_LEN_MAX)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::limits::{PART_LEN_MAX, PART_LEN_MIN};

    fn growths() -> impl Strategy<Value = Growth> {
        (PART_LEN_MIN..=PART_LEN_MAX, any::<u64>()).prop_map(|(first, more)| {
            let room = PART_LEN_MAX - first;
            Growth { first, longest: first + more.checked_rem(room + 1).unwrap_or(0) }
        })
    }

    proptest! {
        #[test]
        fn the_largest_file_fits_when_parts_may_be_as_long_as_the_service_takes(
            first in PART_LEN_MIN..=PART_LEN_MAX,
        ) {
            let growth = Growth { first, longest: PART_LEN_MAX };
            prop_assert_eq!(growth.file_len_max(), LARGE_FILE_LEN_MAX);
        }

        #[test]
        fn parts_stay_within_their_bounds_and_never_shrink(growth in growths()) {
            let (mut offset, mut before) = (0, 0);
            for _ in 0..PARTS_MAX {
                let len = growth.len_at(offset);
                prop_assert!((growth.first..=growth.longest).contains(&len));
                prop_assert!(len >= before);
                offset += len;
                before = len;
            }
            prop_assert_eq!(growth.file_len_max(), offset.min(LARGE_FILE_LEN_MAX));
        }

        #[test]
        fn parts_are_no_longer_than_the_file_needs(growth in growths(), offset in any::<u64>()) {
            let len = growth.len_at(offset);
            prop_assert!(len == growth.first || len <= offset / 1_000);
        }
    }

    #[test]
    fn fewer_than_nine_thousand_parts_make_the_largest_file() {
        let growth = Growth { first: PART_LEN_MIN, longest: PART_LEN_MAX };
        let (mut offset, mut count) = (0, 0);
        while offset < LARGE_FILE_LEN_MAX {
            offset += growth.len_at(offset);
            count += 1;
        }
        assert!((8_000..9_000).contains(&count), "{count}");
    }
}
