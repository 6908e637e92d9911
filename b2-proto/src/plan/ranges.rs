//! Ranges of downloads: how many, which, and the headers that name them.

use core::fmt;

use super::Span;
use crate::wire::text::parse_u64;

/// A download gets one more stream for each such piece, in bytes (behaviour e.3).
pub const STREAM_LEN_MIN: u64 = 104_857_600;
/// Fewest bytes that a stream takes over from one that is slower: a further request costs money,
/// and waits for its answer about as long as a fast connection needs for so many.
pub const STEAL_LEN_MIN: u64 = 8 * 1_048_576;
/// Smallest chunk that is read at once, in bytes.
pub const CHUNK_LEN_MIN: u64 = 8_192;
/// Largest chunk that is read at once, in bytes, unless writes are larger.
pub const CHUNK_LEN_MAX: u64 = 1_048_576;
/// Chunks are a multiple of this, in bytes, unless a size for writes is given.
pub const CHUNK_ALIGN: u64 = 4_096;

/// How many streams a download of `len` bytes uses: one for each [`STREAM_LEN_MIN`], at most
/// `per_file` if given, else at most `pool`, and at least one.
#[must_use]
pub fn streams(len: u64, pool: Option<u64>, per_file: Option<u64>) -> u64 {
    let limit = per_file.or(pool).unwrap_or(u64::MAX);
    (len / STREAM_LEN_MIN).min(limit).max(1)
}

/// How many bytes of a download of `size` bytes to read at once; a multiple of `write_buffer`
/// when that is given.
#[must_use]
pub fn chunk_len(size: u64, write_buffer: Option<u64>) -> u64 {
    let align = write_buffer.filter(|&len| len > 0).unwrap_or(CHUNK_ALIGN);
    let chunk = (size / 1_000).max(align).max(CHUNK_LEN_MIN).min(CHUNK_LEN_MAX.max(align));
    chunk - chunk % align
}

/// A range of an object split among parallel streams, smaller parts first.
///
/// ```
/// use b2_proto::plan::ranges::Parallel;
///
/// let split = Parallel::new(100, 11, 4).expect("ends within 64 bits");
/// let lens: Vec<u64> = split.parts().map(|part| part.len).collect();
/// assert_eq!(lens, [2, 3, 3, 3]);
/// assert_eq!(split.part(1).map(|part| part.offset), Some(102));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parallel {
    first: u64,
    size: u64,
    count: u64,
}

impl Parallel {
    /// Splits `size` bytes from `first` on. No part is empty unless there are no bytes at all,
    /// so there may be fewer parts than `streams`. Nothing when the range ends past 64 bits.
    #[must_use]
    pub fn new(first: u64, size: u64, streams: u64) -> Option<Self> {
        first.checked_add(size)?;
        Some(Self { first, size, count: streams.min(size).max(1) })
    }

    /// Number of parts, at least one.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The part at an index from 0. Locally it belongs as far from where the first part is
    /// written as it is from the first part's start.
    #[must_use]
    pub fn part(&self, index: u64) -> Option<Span> {
        let next = index.checked_add(1).filter(|&next| next <= self.count)?;
        let start = self.start(index);
        Some(Span { offset: self.first + start, len: self.start(next) - start })
    }

    /// All parts in order.
    pub fn parts(&self) -> impl Iterator<Item = Span> + Clone {
        let split = *self;
        (0..split.count).map_while(move |index| split.part(index))
    }

    fn start(&self, index: u64) -> u64 {
        let shorter = self.count - self.size % self.count;
        self.size / self.count * index + index.saturating_sub(shorter)
    }
}

/// What a `Content-Range` or `Range` header says: bytes from `first` to `last` of `total`.
///
/// `Display` gives the form of `Content-Range`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContentRange {
    /// The first byte.
    pub first: u64,
    /// The last byte, included; before `first` only for the empty range `1-0`.
    pub last: u64,
    /// Length of the whole object, in bytes, when the header names it.
    pub total: Option<u64>,
}

impl ContentRange {
    /// Reads `bytes=a-b`, `bytes a-b` or `a-b`, each with `/total` or `/*` behind it or not
    /// (behaviour e.1). Nothing for any other form or when `b` comes before `a`.
    ///
    /// ```
    /// use b2_proto::plan::ranges::ContentRange;
    ///
    /// let range = ContentRange::parse("bytes 0-11/100");
    /// assert_eq!(range, Some(ContentRange { first: 0, last: 11, total: Some(100) }));
    /// assert_eq!(ContentRange::parse("bytes=5-"), None);
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let unit = text.strip_prefix("bytes=").or_else(|| text.strip_prefix("bytes "));
        let text = unit.unwrap_or(text);
        let (range, total) = match text.split_once('/') {
            None => (text, None),
            Some((range, "*")) => (range, None),
            Some((range, total)) => (range, Some(parse_u64(total)?)),
        };
        let (first, last) = range.split_once('-')?;
        let (first, last) = (parse_u64(first)?, parse_u64(last)?);
        let is_known_form = first <= last || (first, last) == (1, 0);
        is_known_form.then_some(Self { first, last, total })
    }

    /// The bytes it names; nothing when they do not lie within the total.
    #[must_use]
    pub fn span(&self) -> Option<Span> {
        let end = self.last.checked_add(1)?;
        if self.total.is_some_and(|total| end > total) {
            return None;
        }
        Some(Span { offset: self.first, len: end.checked_sub(self.first)? })
    }
}

impl fmt::Display for ContentRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bytes {}-{}/", self.first, self.last)?;
        match self.total {
            Some(total) => write!(f, "{total}"),
            None => f.write_str("*"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString as _;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn parallel_parts_cover_exactly(
            first in 0..=u64::MAX / 2, size in prop_oneof![0_u64..200, 0..=u64::MAX / 2],
            streams in 0_u64..100,
        ) {
            let split = Parallel::new(first, size, streams).unwrap();
            let mut at = first;
            for part in split.parts() {
                prop_assert_eq!(part.offset, at);
                prop_assert!(part.len > 0 || size == 0);
                prop_assert!(part.len - size / split.count() <= 1);
                at = part.end();
            }
            prop_assert_eq!(at, first + size);
            prop_assert_eq!(split.parts().count() as u64, split.count());
            prop_assert_eq!(split.part(u64::MAX), None);
        }

        #[test]
        fn chunks_are_aligned_and_never_empty(
            size in any::<u64>(), buffer in any::<Option<u64>>(),
        ) {
            let chunk = chunk_len(size, buffer);
            let align = buffer.filter(|&len| len > 0).unwrap_or(CHUNK_ALIGN);
            prop_assert!(chunk > 0 && chunk.is_multiple_of(align));
        }

        #[test]
        fn range_headers_round_trip(
            first in any::<u64>(), more in any::<u64>(), total in any::<Option<u64>>(),
        ) {
            let range = ContentRange { first, last: first.saturating_add(more), total };
            prop_assert_eq!(ContentRange::parse(&range.to_string()), Some(range));
        }

        #[test]
        fn any_range_header_is_safe(text in "(bytes[= ])?[0-9*/-]{0,50}|\\PC{0,20}") {
            if let Some(span) = ContentRange::parse(&text).and_then(|range| range.span()) {
                prop_assert!(span.offset.checked_add(span.len).is_some());
            }
        }
    }

    #[test]
    fn ranges_outside_of_the_object_have_no_span() {
        let span = |text| ContentRange::parse(text).and_then(|range| range.span());
        assert_eq!(span("bytes 5-9/10"), Some(Span { offset: 5, len: 5 }));
        assert_eq!(span("bytes 5-10/10"), None);
        assert_eq!(span("bytes=1-0"), Some(Span { offset: 1, len: 0 }));
        assert_eq!(span("0-18446744073709551615"), None);
        assert_eq!(ContentRange::parse("0-18446744073709551616"), None);
    }
}
