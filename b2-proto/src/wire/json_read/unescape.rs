//! Strings without their escapes.

use core::fmt;
use core::str::Chars;

use crate::wire::text::hex_value;

/// The characters of a string without their escapes; see [`Json::chars`](super::Json::chars).
#[derive(Clone)]
pub struct Unescape<'a> {
    pub(super) rest: Chars<'a>,
}

impl Iterator for Unescape<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        match self.rest.next()? {
            '\\' => Some(match self.rest.next()? {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                'b' => '\u{8}',
                'f' => '\u{c}',
                'u' => self.unicode(),
                same => same,
            }),
            plain => Some(plain),
        }
    }
}

impl Unescape<'_> {
    /// The character behind `\u`, and its second half when there is one.
    fn unicode(&mut self) -> char {
        let unit = self.code_unit();
        if !(0xd800..0xdc00).contains(&unit) {
            return char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER);
        }
        let mut ahead = self.clone();
        if ahead.rest.next() == Some('\\') && ahead.rest.next() == Some('u') {
            let low = ahead.code_unit();
            if (0xdc00..0xe000).contains(&low) {
                self.rest = ahead.rest;
                let code = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
                return char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
            }
        }
        char::REPLACEMENT_CHARACTER
    }

    fn code_unit(&mut self) -> u32 {
        let digits = self.rest.by_ref().take(4);
        digits.fold(0, |unit, digit| {
            let value = u8::try_from(digit).ok().and_then(hex_value).unwrap_or(0);
            unit << 4 | u32::from(value)
        })
    }
}

impl fmt::Debug for Unescape<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Unescape({} bytes left)", self.rest.as_str().len())
    }
}
