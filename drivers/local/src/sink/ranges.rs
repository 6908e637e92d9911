//! Sets of bytes, as ranges in order and apart from each other.

use b2_proto::plan::Span;

/// Some bytes. One range more for each place where bytes are missing between others.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Ranges(Vec<Span>);

impl Ranges {
    /// Adds bytes, some of which may be there already.
    pub(super) fn add(&mut self, span: Span) {
        if span.len == 0 {
            return;
        }
        // Those that overlap or touch it become one with it.
        let first = self.0.partition_point(|range| range.end() < span.offset);
        let last = self.0.partition_point(|range| range.offset <= span.end());
        let joined = self.0.get(first..last).unwrap_or_default().iter().fold(span, |all, range| {
            let offset = all.offset.min(range.offset);
            Span { offset, len: all.end().max(range.end()) - offset }
        });
        self.0.splice(first..last, [joined]);
    }

    pub(super) fn as_slice(&self) -> &[Span] {
        &self.0
    }

    /// How many bytes they are.
    pub(super) fn len(&self) -> u64 {
        self.0.iter().map(|range| range.len).sum()
    }

    /// Where the last of them ends.
    pub(super) fn end(&self) -> u64 {
        self.0.last().map_or(0, |range| range.end())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use b2_proto::plan::gaps;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn they_are_the_bytes_that_were_added(
            spans in prop::collection::vec((0_u64..90, 0_u64..10), 0..30),
        ) {
            let mut ranges = Ranges::default();
            let mut there = [false; 100];
            for (offset, len) in spans {
                ranges.add(Span { offset, len });
                (offset..offset + len).for_each(|at| there[usize::try_from(at).unwrap()] = true);
            }
            prop_assert!(gaps::are_ranges(ranges.as_slice(), 100));
            let count = there.iter().filter(|there| **there).count() as u64;
            prop_assert_eq!(ranges.len(), count);
            for (at, there) in (0_u64..).zip(there) {
                let missing = gaps::missing(ranges.as_slice(), Span { offset: at, len: 1 });
                prop_assert_eq!(missing == 0, there);
            }
        }
    }
}
