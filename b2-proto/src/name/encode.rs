//! Percent-encoding as B2 wants it in headers, paths and queries (specification 4.1).

#[cfg(feature = "alloc")]
use alloc::string::{String, ToString as _};
use core::fmt::{self, Write};

use crate::wire::text::{hex_pair, hex_value, write_ascii};

/// Text that prints percent-encoded.
///
/// Every byte of its UTF-8 becomes `%XX` but for ASCII letters, digits and `-._~/`. That suits
/// header values, paths by name and query values alike.
///
/// ```
/// use b2_proto::name::Encoded;
///
/// assert_eq!(format!("{}", Encoded("dir/ż + 1")), "dir/%C5%BC%20%2B%201");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encoded<'a>(pub &'a str);

impl fmt::Display for Encoded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Piece by piece, because each call of the formatter costs more than a byte.
        self.0.as_bytes().chunks(32).try_for_each(|bytes| {
            let mut ascii = [0; 96];
            let mut len = 0;
            for byte in bytes {
                let [high, low] = hex_pair_upper(*byte);
                let (text, used) = match is_kept(char::from(*byte)) {
                    true => ([*byte, 0, 0], 1),
                    false => ([b'%', high, low], 3),
                };
                ascii[len..len + 3].copy_from_slice(&text);
                len += used;
            }
            write_ascii(f, ascii.get(..len).unwrap_or_default())
        })
    }
}

/// The two upper-case hex digits of a byte, as ASCII.
const fn hex_pair_upper(byte: u8) -> [u8; 2] {
    let [high, low] = hex_pair(byte);
    [high.to_ascii_uppercase(), low.to_ascii_uppercase()]
}

/// How many bytes `text` has when it is [`Encoded`].
#[must_use]
pub fn encoded_len(text: &str) -> u64 {
    text.bytes().map(|byte| if is_kept(char::from(byte)) { 1 } else { 3 }).sum()
}

const fn is_kept(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '~' | '/')
}

/// Percent-encoded text that prints decoded.
///
/// Escapes of either case are taken, broken ones stay as they are, and bytes that are not UTF-8
/// print as U+FFFD.
///
/// ```
/// use b2_proto::name::Decoded;
///
/// assert_eq!(format!("{}", Decoded::new("a+%c5%BC%zz%ff")), "a ż%zz\u{fffd}");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decoded<'a> {
    text: &'a str,
    plus_is_space: bool,
}

impl<'a> Decoded<'a> {
    /// The rule of headers and URLs: `+` is a space.
    #[must_use]
    pub const fn new(text: &'a str) -> Self {
        Self { text, plus_is_space: true }
    }

    /// The rule of encoded values inside JSON: `+` is itself (behaviour h.3).
    #[must_use]
    pub const fn keeping_plus(text: &'a str) -> Self {
        Self { text, plus_is_space: false }
    }
}

impl fmt::Display for Decoded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = Lossy { out: f, held: [0; 32], len: 0 };
        let mut bytes = self.text.bytes();
        while let Some(byte) = bytes.next() {
            let mut ahead = bytes.clone();
            let escape = ahead.next().zip(ahead.next());
            let value = escape.and_then(|(high, low)| Some((hex_value(high)?, hex_value(low)?)));
            out.push(match (byte, value) {
                (b'+', _) if self.plus_is_space => b' ',
                (b'%', Some((high, low))) => {
                    bytes = ahead;
                    high << 4 | low
                }
                _ => byte,
            })?;
        }
        out.drain(true)
    }
}

/// Collects bytes and passes them on as text, with U+FFFD for what is not UTF-8.
struct Lossy<'a, 'f> {
    out: &'a mut fmt::Formatter<'f>,
    held: [u8; 32],
    len: usize,
}

impl Lossy<'_, '_> {
    fn push(&mut self, byte: u8) -> fmt::Result {
        if self.len == self.held.len() {
            self.drain(false)?;
        }
        // A drain leaves at most the first three bytes of a character.
        let Some(slot) = self.held.get_mut(self.len) else { return Err(fmt::Error) };
        *slot = byte;
        self.len += 1;
        Ok(())
    }

    /// Passes on all that is held but, before the end, a character that is not complete.
    fn drain(&mut self, end: bool) -> fmt::Result {
        let held = self.held;
        let mut rest = held.get(..self.len).unwrap_or_default();
        loop {
            let (cut, skip) = match core::str::from_utf8(rest) {
                Ok(_) => (rest.len(), 0),
                Err(error) => match error.error_len() {
                    Some(skip) => (error.valid_up_to(), skip),
                    None if end => (error.valid_up_to(), rest.len() - error.valid_up_to()),
                    None => (error.valid_up_to(), 0),
                },
            };
            let (good, tail) = rest.split_at(cut);
            self.out.write_str(core::str::from_utf8(good).map_err(|_| fmt::Error)?)?;
            if skip == 0 {
                self.held[..tail.len()].copy_from_slice(tail);
                self.len = tail.len();
                return Ok(());
            }
            self.out.write_char(char::REPLACEMENT_CHARACTER)?;
            rest = &tail[skip..];
        }
    }
}

/// The encoded text as a string; see [`Encoded`].
#[cfg(feature = "alloc")]
#[must_use]
pub fn encode(text: &str) -> String {
    Encoded(text).to_string()
}

/// The decoded text as a string; see [`Decoded::new`].
#[cfg(feature = "alloc")]
#[must_use]
pub fn decode(text: &str) -> String {
    Decoded::new(text).to_string()
}

#[cfg(test)]
mod tests {
    use std::string::{String, ToString as _};
    use std::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    /// Decodes byte by byte, then repairs the whole at once.
    fn slow_decode(text: &str) -> String {
        let text = text.as_bytes();
        let mut bytes = Vec::new();
        let mut at = 0;
        while at < text.len() {
            let escape = text.get(at + 1..at + 3).filter(|_| text[at] == b'%');
            let escape = escape.and_then(|hex| core::str::from_utf8(hex).ok());
            let escape = escape.filter(|hex| hex.bytes().all(|c| c.is_ascii_hexdigit()));
            match escape {
                Some(hex) => bytes.push(u8::from_str_radix(hex, 16).unwrap()),
                None => bytes.push(if text[at] == b'+' { b' ' } else { text[at] }),
            }
            at += if escape.is_some() { 3 } else { 1 };
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }

    proptest! {
        #[test]
        fn decoding_undoes_encoding(text in any::<String>()) {
            let encoded = Encoded(&text).to_string();
            prop_assert_eq!(encoded.len() as u64, encoded_len(&text));
            prop_assert!(encoded.bytes().all(|b| is_kept(char::from(b)) || b == b'%'));
            prop_assert_eq!(Decoded::new(&encoded).to_string(), &*text);
            prop_assert_eq!(Decoded::keeping_plus(&encoded).to_string(), text);
        }

        #[test]
        fn decoding_repairs_anything(
            text in "(%[0-9a-fA-F]{2}|%[89a-fA-F][0-9a-f]|%|\\+|[a-z0-9]|ż|🙂){0,80}",
        ) {
            prop_assert_eq!(Decoded::new(&text).to_string(), slow_decode(&text));
        }
    }

    #[test]
    fn a_plus_inside_json_is_a_plus() {
        assert_eq!(Decoded::keeping_plus("a+%2B%20").to_string(), "a++ ");
    }
}
