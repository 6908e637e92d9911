//! The part of a source that a copy takes.

use core::fmt;
use core::ops::Range;

use serde::de::{Error as _, Unexpected};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::wire::text::parse_u64;

/// Bytes `first` to `last`, both included, written `bytes=first-last` (spec 3.3).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct CopyRange {
    first: u64,
    last: u64,
}

impl CopyRange {
    /// The bytes of `range`; `None` when it is empty, as no text can say that.
    ///
    /// ```
    /// use b2_proto::op::CopyRange;
    ///
    /// let range = CopyRange::new(0..100).unwrap();
    /// assert_eq!(range.to_string(), "bytes=0-99");
    /// assert_eq!(CopyRange::new(5..5), None);
    /// ```
    pub const fn new(range: Range<u64>) -> Option<Self> {
        if range.start < range.end {
            Some(Self { first: range.start, last: range.end - 1 })
        } else {
            None
        }
    }

    /// Offset of the first byte.
    pub const fn first(self) -> u64 {
        self.first
    }

    /// Offset of the last byte.
    pub const fn last(self) -> u64 {
        self.last
    }

    fn parse(text: &str) -> Option<Self> {
        let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
        let (first, last) = (parse_u64(first)?, parse_u64(last)?);
        (first <= last).then_some(Self { first, last })
    }
}

impl fmt::Display for CopyRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bytes={}-{}", self.first, self.last)
    }
}

impl Serialize for CopyRange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CopyRange {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = alloc::string::String::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| D::Error::invalid_value(Unexpected::Str(&text), &"bytes=first-last"))
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString as _;

    use super::*;

    #[test]
    fn only_the_exact_form_is_read() {
        let parsed = |text: &str| CopyRange::parse(text).map(|range| range.to_string());
        assert_eq!(parsed("bytes=7-7").as_deref(), Some("bytes=7-7"));
        for text in ["", "bytes=", "bytes=7", "bytes=7-", "bytes=-7", "bytes=8-7", "bytes=1-2,3-4"]
        {
            assert_eq!(parsed(text), None, "{text}");
        }
    }

    #[test]
    fn the_end_of_a_range_is_not_part_of_it() {
        let range = CopyRange::new(5..u64::MAX).expect("not empty");
        assert_eq!((range.first(), range.last()), (5, u64::MAX - 1));
        assert_eq!(serde_json::to_string(&range).expect("json"), std::format!("\"{range}\""));
    }
}
