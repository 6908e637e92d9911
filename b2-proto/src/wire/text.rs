//! Text without a heap: SHA-1 digests, hex, decimal numbers and bounded strings.

use core::fmt;
use core::str::FromStr;

use crate::limits::SHA1_HEX_LEN;
use crate::wire::digest::Hasher;

mod bounded;
mod show;

pub use bounded::{Append, Text};
pub(crate) use show::write_ascii;
pub use show::{Decimal, Plain};

/// Why a text could not be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TextError {
    /// Longer than the space for it.
    #[error("text is longer than {} bytes", Decimal(*max as u64))]
    TooLong {
        /// The space, in bytes.
        max: usize,
    },
    /// Not the expected number of hex digits, or another character among them.
    #[error("not a text of hex digits of the right length")]
    NotHex,
}

/// A SHA-1 digest: 20 bytes, written as 40 lower-case hex digits.
///
/// ```
/// use b2_proto::wire::text::Sha1;
///
/// let digest = Sha1::of(b"abc");
/// assert_eq!(digest, Sha1::parse("A9993E364706816ABA3E25717850C26C9CD0D89D")?);
/// assert_eq!(&digest.hex(), b"a9993e364706816aba3e25717850c26c9cd0d89d");
/// # Ok::<(), b2_proto::wire::text::TextError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha1(pub [u8; 20]);

impl Sha1 {
    /// The digest of `data`, computed at once.
    #[must_use]
    pub fn of(data: &[u8]) -> Self {
        let mut hasher = Hasher::default();
        hasher.update(data);
        Self(hasher.finish())
    }

    /// Reads exactly 40 hex digits of either case; anything else is [`TextError::NotHex`].
    pub fn parse(text: &str) -> Result<Self, TextError> {
        Self::from_hex(text.as_bytes())
    }

    /// [`parse`](Self::parse) of bytes.
    pub(crate) fn from_hex(digits: &[u8]) -> Result<Self, TextError> {
        let mut bytes = [0; 20];
        hex_into(digits, &mut bytes)?;
        Ok(Self(bytes))
    }

    /// The 40 lower-case hex digits, as ASCII.
    #[must_use]
    pub fn hex(&self) -> [u8; SHA1_HEX_LEN] {
        let mut out = [0; SHA1_HEX_LEN];
        for (pair, byte) in out.chunks_exact_mut(2).zip(self.0) {
            pair.copy_from_slice(&hex_pair(byte));
        }
        out
    }
}

impl fmt::Display for Sha1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Hex(&self.0).fmt(f)
    }
}

impl fmt::Debug for Sha1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sha1({self})")
    }
}

impl FromStr for Sha1 {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        Self::parse(text)
    }
}

/// Bytes that print as lower-case hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hex<'a>(pub &'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Piece by piece, because each call of the formatter costs more than a digit.
        self.0.chunks(32).try_for_each(|bytes| {
            let mut digits = [0; 64];
            for (pair, byte) in digits.chunks_exact_mut(2).zip(bytes) {
                pair.copy_from_slice(&hex_pair(*byte));
            }
            write_ascii(f, digits.get(..2 * bytes.len()).unwrap_or_default())
        })
    }
}

/// Whether two texts are the same but for the case of ASCII letters. That of `core` is faster and
/// much larger.
pub(crate) fn is_same_word(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.eq_ignore_ascii_case(b))
}

/// Fills `out` from exactly twice as many hex digits, of either case.
///
/// # Errors
/// [`TextError::NotHex`] for another length or another character; `out` is then unspecified.
pub fn parse_hex(text: &str, out: &mut [u8]) -> Result<(), TextError> {
    hex_into(text.as_bytes(), out)
}

fn hex_into(digits: &[u8], out: &mut [u8]) -> Result<(), TextError> {
    let (pairs, rest) = digits.as_chunks::<2>();
    if !rest.is_empty() || pairs.len() != out.len() {
        return Err(TextError::NotHex);
    }
    // All digits are looked at before any is judged, because that takes no branches.
    let mut all = 0;
    for (byte, [high, low]) in out.iter_mut().zip(pairs) {
        let (high, low) = (HEX_VALUES[usize::from(*high)], HEX_VALUES[usize::from(*low)]);
        all |= high | low;
        *byte = high << 4 | low;
    }
    if all < 16 { Ok(()) } else { Err(TextError::NotHex) }
}

/// The values of hex digits; 16 for what is none.
static HEX_VALUES: [u8; 256] = {
    let mut values = [16; 256];
    let mut digit = 0;
    while digit < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "below 256")]
        if let Some(value) = hex_value(digit as u8) {
            values[digit] = value;
        }
        digit += 1;
    }
    values
};

/// The value of one ASCII hex digit of either case.
#[must_use]
pub const fn hex_value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// The two lower-case hex digits of a byte, as ASCII.
#[must_use]
pub const fn hex_pair(byte: u8) -> [u8; 2] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    [DIGITS[(byte >> 4) as usize], DIGITS[(byte & 15) as usize]]
}

/// Reads a decimal number of ASCII digits only: no sign, no space, not empty, no overflow.
///
/// ```
/// use b2_proto::wire::text::parse_u64;
///
/// assert_eq!(parse_u64("0042"), Some(42));
/// assert_eq!(parse_u64("+42"), None);
/// ```
#[must_use]
pub fn parse_u64(text: &str) -> Option<u64> {
    decimal(text.as_bytes())
}

/// [`parse_u64`] of bytes.
pub(crate) fn decimal(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |value, digit| {
        let digit = digit.is_ascii_digit().then(|| u64::from(digit - b'0'))?;
        value.checked_mul(10)?.checked_add(digit)
    })
}

/// Like [`parse_u64`], with an optional leading minus.
#[must_use]
pub fn parse_i64(text: &str) -> Option<i64> {
    match text.strip_prefix('-') {
        Some(digits) => 0_i64.checked_sub_unsigned(parse_u64(digits)?),
        None => parse_u64(text)?.try_into().ok(),
    }
}

#[cfg(test)]
mod tests {
    use core::fmt::Write as _;
    use std::string::ToString as _;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sha1_takes_only_forty_hex_digits() {
        let hex = "a9993e364706816aba3e25717850c26c9cd0d89d";
        assert_eq!(Sha1::parse(hex).unwrap().to_string(), hex);
        for bad in ["", &hex[1..], &std::format!("{hex}0"), &hex.replace('a', "g"), "none"] {
            assert_eq!(Sha1::parse(bad), Err(TextError::NotHex), "{bad}");
        }
        assert_eq!(Sha1::parse(&"é".repeat(20)), Err(TextError::NotHex));
    }

    #[test]
    fn decimals_keep_their_bounds() {
        assert_eq!(parse_u64("18446744073709551615"), Some(u64::MAX));
        assert_eq!(parse_u64("18446744073709551616"), None);
        assert_eq!(parse_i64("-9223372036854775808"), Some(i64::MIN));
        assert_eq!(parse_i64("9223372036854775808"), None);
        for bad in ["", "-", "+1", " 1", "1 ", "1.0", "٣", "--1", "0x1"] {
            assert_eq!((parse_u64(bad), parse_i64(bad)), (None, None), "{bad}");
        }
    }

    #[test]
    fn a_clipped_text_has_no_gaps() {
        let mut text = Text::<4>::new();
        let mut clip = text.clip();
        clip.write_str("abc").unwrap();
        clip.write_str("żż").unwrap();
        clip.write_str("d").unwrap();
        assert_eq!(text, "abc");
        assert!(text.write_str("de").is_err());
        assert_eq!(text, "abc");
    }

    proptest! {
        #[test]
        fn truncation_keeps_the_longest_whole_prefix(text in "\\PC{0,12}") {
            let cut = Text::<8>::truncated(&text);
            prop_assert!(text.starts_with(&*cut));
            let next = text[cut.len()..].chars().next().map_or(9, char::len_utf8);
            prop_assert!(cut.len() == text.len() || cut.len() + next > 8);
        }

        #[test]
        fn hex_round_trip(bytes in any::<[u8; 20]>()) {
            let digest = Sha1(bytes);
            prop_assert_eq!(Sha1::parse(&digest.to_string()), Ok(digest));
            let digits = digest.hex();
            prop_assert_eq!(core::str::from_utf8(&digits).unwrap(), digest.to_string());
        }
    }
}
