//! The SHA-1 of a file as the service tells it.

use alloc::boxed::Box;
use core::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::wire::text::Sha1;

const UNVERIFIED: &str = "unverified:";
const NONE: &str = "none";

/// What the service knows about the SHA-1 of a file's bytes (spec 4.3.2).
///
/// Written in JSON and in the `X-Bz-Content-Sha1` header of downloads as 40 hex digits,
/// `unverified:` and 40 hex digits, or `none`.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum ContentSha1 {
    /// Compared with the digest the uploader sent.
    Verified(Sha1),
    /// Computed by the service only: the uploader sent none.
    Unverified(Sha1),
    /// A large file has none; see the `large_file_sha1` of its file info.
    None,
    /// Any other text, as the service wrote it.
    #[non_exhaustive]
    Other(Box<str>),
}

impl ContentSha1 {
    /// The digest of the whole content, verified or not.
    pub const fn digest(&self) -> Option<Sha1> {
        match self {
            Self::Verified(digest) | Self::Unverified(digest) => Some(*digest),
            Self::None | Self::Other(_) => None,
        }
    }
}

impl From<&str> for ContentSha1 {
    fn from(text: &str) -> Self {
        if text == NONE {
            return Self::None;
        }
        let parsed = match text.strip_prefix(UNVERIFIED) {
            Some(digits) => Sha1::parse(digits).ok().map(Self::Unverified),
            None => Sha1::parse(text).ok().map(Self::Verified),
        };
        parsed.unwrap_or_else(|| Self::Other(text.into()))
    }
}

impl fmt::Display for ContentSha1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Verified(digest) => write!(f, "{digest}"),
            Self::Unverified(digest) => write!(f, "{UNVERIFIED}{digest}"),
            Self::None => f.write_str(NONE),
            Self::Other(text) => f.write_str(text),
        }
    }
}

impl Serialize for ContentSha1 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ContentSha1 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl serde::de::Visitor<'_> for Text {
            type Value = ContentSha1;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the text of a SHA-1")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<ContentSha1, E> {
                Ok(ContentSha1::from(text))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::{rewritten, round_trip};
    use super::*;

    const HEX: &str = "da39a3ee5e6b4b0d3255bfef95601890afd80709";

    #[test]
    fn every_form_is_told_apart() {
        let verified: ContentSha1 = round_trip(&std::format!("\"{HEX}\""));
        assert!(matches!(verified, ContentSha1::Verified(Sha1([0xda, .., 0x09]))));
        let unverified: ContentSha1 = round_trip(&std::format!("\"unverified:{HEX}\""));
        assert!(matches!(unverified, ContentSha1::Unverified(_)));
        assert_eq!(unverified.digest(), verified.digest());
        assert_eq!(round_trip::<ContentSha1>("\"none\""), ContentSha1::None);
    }

    #[test]
    fn case_of_the_digits_does_not_matter() {
        let upper = std::format!("\"{}\"", HEX.to_uppercase());
        let read: ContentSha1 = rewritten(&upper, &std::format!("\"{HEX}\""));
        assert_eq!(read, ContentSha1::from(HEX));
    }

    #[test]
    fn anything_else_is_kept() {
        for text in ["", "da39", "unverified:", "sha256:00", &HEX.replace('d', "g"), "é"] {
            let read: ContentSha1 = round_trip(&std::format!("\"{text}\""));
            assert!(matches!(read, ContentSha1::Other(_)), "{text}");
            assert_eq!(read.digest(), None);
        }
    }
}
