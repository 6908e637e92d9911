//! Ranges in the bodies of copies.

use serde::de::{Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::wire::range::ByteRange;
use crate::wire::text::parse_u64;
use core::fmt;

/// Text of the form `bytes=first-last` (spec 3.3).
impl Serialize for ByteRange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Only the exact form is read: copies know neither open nor several ranges.
impl<'de> Deserialize<'de> for ByteRange {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = ByteRange;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes=first-last")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<ByteRange, E> {
                parse(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

fn parse(text: &str) -> Option<ByteRange> {
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    ByteRange::inclusive(parse_u64(first)?, parse_u64(last)?)
}

#[cfg(test)]
mod tests {
    use std::string::ToString as _;

    use super::*;

    #[test]
    fn only_the_exact_form_is_read() {
        let read = |text: &str| serde_json::from_value::<ByteRange>(text.into()).ok();
        let range = read("bytes=7-9").expect("a range");
        assert_eq!((range.first, range.last), (7, 9));
        let written = serde_json::to_value(range).expect("JSON");
        assert_eq!(written, range.to_string().as_str());
        for text in ["", "bytes=", "bytes=7", "bytes=7-", "bytes=-7", "bytes=8-7", "bytes=1-2,3-4"]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
