//! What is missing of some bytes when ranges of them are there.

use super::Span;

/// Whether ranges are in order, apart from each other, not empty, and end within `len` bytes.
///
/// ```
/// use b2_proto::plan::{Span, gaps};
///
/// let there = [Span { offset: 0, len: 10 }, Span { offset: 15, len: 5 }];
/// assert!(gaps::are_ranges(&there, 20));
/// assert_eq!(gaps::missing(&there, Span { offset: 0, len: 30 }), 15);
/// let first = gaps::first(&there, Span { offset: 0, len: 30 });
/// assert_eq!(first, Some(Span { offset: 10, len: 5 }));
/// ```
#[must_use]
pub fn are_ranges(ranges: &[Span], len: u64) -> bool {
    let mut end = None;
    ranges.iter().all(|range| {
        let is_apart = end.is_none_or(|end| range.offset > end);
        end = range.offset.checked_add(range.len);
        is_apart && range.len > 0 && end.is_some_and(|end| end <= len)
    })
}

/// How many bytes of `within` are in none of the ranges, which must be in order and apart.
#[must_use]
pub fn missing(ranges: &[Span], within: Span) -> u64 {
    ranges.iter().fold(within.len, |left, range| left - common(*range, within))
}

/// The first bytes in a row of `within` that are in none of the ranges; nothing when all are
/// there. The ranges must be in order and apart.
#[must_use]
pub fn first(ranges: &[Span], within: Span) -> Option<Span> {
    let mut offset = within.offset;
    let mut end = within.end();
    for range in ranges {
        if range.offset > offset {
            end = end.min(range.offset);
            break;
        }
        offset = offset.max(range.end());
    }
    let len = end.checked_sub(offset)?;
    (len > 0).then_some(Span { offset, len })
}

fn common(range: Span, within: Span) -> u64 {
    range.end().min(within.end()).saturating_sub(range.offset.max(within.offset))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::vec::Vec;

    /// Ranges of 100 bytes of which some are there.
    fn ranges_of(there: &[bool]) -> Vec<Span> {
        let mut ranges: Vec<Span> = Vec::new();
        for (at, _) in there.iter().enumerate().filter(|(_, there)| **there) {
            match ranges.last_mut() {
                Some(last) if last.end() == at as u64 => last.len += 1,
                Some(_) | None => ranges.push(Span { offset: at as u64, len: 1 }),
            }
        }
        ranges
    }

    proptest! {
        #[test]
        fn gaps_are_what_is_not_there(
            there in prop::collection::vec(any::<bool>(), 100),
            from in 0_u64..100, len in 0_u64..100,
        ) {
            let within = Span { offset: from, len: len.min(100 - from) };
            let ranges = ranges_of(&there);
            prop_assert!(are_ranges(&ranges, 100));
            let is_missing = |at: &u64| !there[usize::try_from(*at).unwrap()];
            let all: Vec<u64> = (within.offset..within.end()).filter(is_missing).collect();
            prop_assert_eq!(missing(&ranges, within), all.len() as u64);
            let mut found = Vec::new();
            let mut rest = within;
            while let Some(gap) = first(&ranges, rest) {
                found.extend(gap.offset..gap.end());
                rest = Span { offset: gap.end(), len: rest.end() - gap.end() };
            }
            prop_assert_eq!(found, all);
        }
    }

    #[test]
    fn what_is_no_list_of_ranges_is_noticed() {
        let span = |offset, len| Span { offset, len };
        assert!(are_ranges(&[], 0));
        assert!(are_ranges(&[span(0, 1), span(2, 8)], 10));
        for wrong in [
            [span(0, 1), span(1, 1)],
            [span(5, 1), span(2, 1)],
            [span(0, 0), span(2, 1)],
            [span(0, 1), span(2, 9)],
            [span(0, 1), span(2, u64::MAX)],
        ] {
            assert!(!are_ranges(&wrong, 10), "{wrong:?}");
        }
    }
}
