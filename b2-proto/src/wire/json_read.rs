//! Reading JSON without a heap.
//!
//! [`Json::parse`] checks a whole document once: UTF-8, grammar, depth, nothing behind it. What it
//! returns, and every value found inside, is a borrowed slice of that document, so looking
//! things up never allocates and strings are unescaped only where they are wanted.
//!
//! ```
//! use b2_proto::wire::json_read::Json;
//! use b2_proto::wire::text::Text;
//!
//! let reply = br#"{"fileName":"\u017c.txt","size":3,"parts":[{"n":1},{"n":2}],"next":null}"#;
//! let reply = Json::parse(reply)?;
//! assert_eq!(reply.field("fileName")?.text::<16>()?, "ż.txt");
//! assert_eq!(reply.field("size")?.to_u64()?, 3);
//! assert!(reply.present("next").is_none());
//! let parts = reply.field("parts")?.items()?;
//! let numbers: u64 = parts.filter_map(|part| part.at(&["n"])?.to_u64().ok()).sum();
//! assert_eq!(numbers, 3);
//! # Ok::<(), b2_proto::wire::json_read::JsonError>(())
//! ```
//!
//! Differences from a strict reader: half a surrogate pair becomes U+FFFD, and of equal keys in
//! one object the last counts.

mod kind;
mod pick;
mod plain;
mod scan;
#[cfg(test)]
pub(crate) mod tests;
mod unescape;
mod walk;

use core::cmp::Ordering;
use core::fmt::{self, Write};

use crate::wire::text::{Text, decimal, parse_i64};

pub use self::kind::{JsonError, Kind};
pub(crate) use self::plain::plain_len;
pub use self::scan::DEPTH_MAX;
pub use self::unescape::Unescape;
pub use self::walk::{Items, Members};

/// A JSON value known to be well-formed, borrowed from its document.
///
/// Its `Debug` shows only kind and length: documents of this service hold tokens.
#[derive(Clone, Copy)]
pub struct Json<'a> {
    /// Known to be UTF-8.
    raw: &'a [u8],
}

impl<'a> Json<'a> {
    /// Checks a whole document.
    ///
    /// # Errors
    /// [`JsonError::NotUtf8`], [`JsonError::Syntax`] or [`JsonError::TooDeep`].
    pub fn parse(document: &'a [u8]) -> Result<Self, JsonError> {
        check_utf8(document)?;
        let start = scan::space(document, 0);
        let end = scan::value(document, start)?;
        scan::end(document, end)?;
        Ok(Self::slice(document, start, end))
    }

    /// The value as it stands in the document, without the space around it.
    #[must_use]
    pub fn raw(&self) -> &'a str {
        text_of(self.raw)
    }

    /// What kind of value this is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self.raw.first() {
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::Array,
            Some(b'"') => Kind::String,
            Some(b't' | b'f') => Kind::Bool,
            Some(b'n') => Kind::Null,
            _ => Kind::Number,
        }
    }

    /// Whether this is `null`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.kind() == Kind::Null
    }

    /// The value of `key`; nothing when absent or when this is not an object.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Self> {
        let members = self.members().ok()?;
        members.filter(|(name, _)| name.is_str(key)).last().map(|(_, value)| value)
    }

    /// The value at the end of a path of keys.
    #[must_use]
    pub fn at(&self, path: &[&str]) -> Option<Self> {
        path.iter().try_fold(*self, |value, key| value.get(key))
    }

    /// The value of `key` unless it is absent or null, which mean the same to the service.
    #[must_use]
    pub fn present(&self, key: &str) -> Option<Self> {
        self.get(key).filter(|value| !value.is_null())
    }

    /// The value of a key that must be there and not null.
    ///
    /// # Errors
    /// [`JsonError::Missing`], or [`JsonError::WrongKind`] when this is not an object.
    pub fn field(&self, key: &'static str) -> Result<Self, JsonError> {
        self.expect(Kind::Object)?;
        self.present(key).ok_or(JsonError::Missing { key })
    }

    /// The elements of an array.
    ///
    /// # Errors
    /// [`JsonError::WrongKind`] when this is none.
    pub fn items(&self) -> Result<Items<'a>, JsonError> {
        self.expect(Kind::Array)?;
        Ok(Items::of(self.raw))
    }

    /// Keys and values of an object; a key is a value of kind string.
    ///
    /// # Errors
    /// [`JsonError::WrongKind`] when this is none.
    pub fn members(&self) -> Result<Members<'a>, JsonError> {
        self.expect(Kind::Object)?;
        Ok(Members::of(self.raw))
    }

    /// The boolean.
    ///
    /// # Errors
    /// [`JsonError::WrongKind`] when this is none.
    pub fn to_bool(&self) -> Result<bool, JsonError> {
        self.expect(Kind::Bool)?;
        Ok(self.raw == b"true")
    }

    /// The number, when it is written as an integer.
    ///
    /// # Errors
    /// [`JsonError::WrongKind`]; [`JsonError::OutOfRange`] for a fraction, an exponent or overflow.
    pub fn to_u64(&self) -> Result<u64, JsonError> {
        self.expect(Kind::Number)?;
        decimal(self.raw).ok_or(JsonError::OutOfRange)
    }

    /// The number, when it is written as an integer.
    ///
    /// # Errors
    /// [`JsonError::WrongKind`]; [`JsonError::OutOfRange`] for a fraction, an exponent or overflow.
    pub fn to_i64(&self) -> Result<i64, JsonError> {
        self.expect(Kind::Number)?;
        parse_i64(self.raw()).ok_or(JsonError::OutOfRange)
    }

    /// The characters of a string, unescaped.
    ///
    /// # Errors
    /// [`JsonError::WrongKind`] when this is none.
    pub fn chars(&self) -> Result<Unescape<'a>, JsonError> {
        Ok(Unescape { rest: text_of(self.str_body()?).chars() })
    }

    /// The string where it stands, when nothing in it is escaped.
    #[must_use]
    pub fn borrowed(&self) -> Option<&'a str> {
        self.str_body().ok().filter(|body| !has_escape(body)).map(text_of)
    }

    /// Whether this is the string `text`.
    #[must_use]
    pub fn is_str(&self, text: &str) -> bool {
        let Ok(body) = self.str_body() else { return false };
        // An escape is longer than what it stands for.
        match body.len().cmp(&text.len()) {
            Ordering::Less => false,
            Ordering::Equal => body == text.as_bytes() && !has_escape(body),
            Ordering::Greater => {
                has_escape(body) && self.chars().is_ok_and(|chars| chars.eq(text.chars()))
            }
        }
    }

    /// The string, unescaped.
    ///
    /// # Errors
    /// [`JsonError::WrongKind`]; [`JsonError::TooLong`] when it does not fit.
    pub fn text<const N: usize>(&self) -> Result<Text<N>, JsonError> {
        let mut out = Text::new();
        self.write_text(&mut out.append())?;
        Ok(out)
    }

    /// The start of the string, unescaped, as far as it fits.
    ///
    /// # Errors
    /// [`JsonError::WrongKind`] when this is no string.
    pub fn text_truncated<const N: usize>(&self) -> Result<Text<N>, JsonError> {
        let mut out = Text::new();
        self.write_text(&mut out.clip())?;
        Ok(out)
    }

    /// Sends the string, unescaped, to `out`.
    ///
    /// # Errors
    /// [`JsonError::WrongKind`]; [`JsonError::TooLong`] when `out` fails.
    pub fn write_text(&self, out: &mut dyn Write) -> Result<(), JsonError> {
        let sent = match self.borrowed() {
            Some(text) => out.write_str(text),
            None => self.chars()?.try_for_each(|c| out.write_char(c)),
        };
        sent.map_err(|fmt::Error| JsonError::TooLong)
    }

    fn expect(&self, wanted: Kind) -> Result<(), JsonError> {
        let found = self.kind();
        if found == wanted { Ok(()) } else { Err(JsonError::WrongKind { wanted, found }) }
    }

    /// The string as it stands, escapes and all.
    pub(crate) fn str_body(&self) -> Result<&'a [u8], JsonError> {
        self.expect(Kind::String)?;
        match self.raw {
            [_, body @ .., _] => Ok(body),
            _ => Err(JsonError::Syntax { at: 0 }),
        }
    }

    /// A value found in a document.
    fn slice(document: &'a [u8], from: usize, to: usize) -> Self {
        Self { raw: document.get(from..to).unwrap_or_default() }
    }
}

/// Whether the body of a string has an escape: it has no other special bytes.
fn has_escape(body: &[u8]) -> bool {
    plain_len(body) < body.len()
}

/// Nearly all documents are ASCII, which is seen faster than UTF-8.
fn check_utf8(document: &[u8]) -> Result<(), JsonError> {
    if document.iter().fold(0, |all, byte| all | byte) < 0x80 {
        return Ok(());
    }
    match core::str::from_utf8(document) {
        Ok(_) => Ok(()),
        Err(error) => Err(JsonError::NotUtf8 { at: error.valid_up_to() }),
    }
}

/// A piece of a document that has been checked as text.
fn text_of(piece: &[u8]) -> &str {
    core::str::from_utf8(piece).unwrap_or_default()
}

impl fmt::Debug for Json<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Json({}, {} bytes)", self.kind(), self.raw.len())
    }
}
