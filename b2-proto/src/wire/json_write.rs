//! Writing JSON without a heap.
//!
//! The writer sends small pieces to any [`core::fmt::Write`], so a finish request with ten
//! thousand digests is never built in memory. [`length`] runs the same code once more to learn
//! the `Content-Length` first.
//!
//! ```
//! use b2_proto::wire::json_write::{self, Writer};
//! use b2_proto::wire::text::Text;
//!
//! let body = |w: &mut Writer<'_>| {
//!     w.object(|w| {
//!         w.key("fileName")?.string("a \"b\"")?;
//!         w.key("parts")?.array(|w| (1..=3).try_for_each(|n| w.unsigned(n)))?;
//!         w.key("prefix")?.null()
//!     })
//! };
//! let mut out = Text::<80>::new();
//! body(&mut Writer::new(&mut out))?;
//! assert_eq!(out, r#"{"fileName":"a \"b\"","parts":[1,2,3],"prefix":null}"#);
//! assert_eq!(json_write::length(body)?, 52);
//! # Ok::<(), core::fmt::Error>(())
//! ```

use core::fmt::{self, Display, Write};

use super::json_read::plain_len;
use super::text::{Decimal, Hex};

/// Writes one JSON value to a sink, without space between the tokens.
///
/// Every error is the sink's.
pub struct Writer<'w> {
    out: &'w mut dyn Write,
    /// Whether a value stands to the left on the same level, so that a comma must come first.
    comma: bool,
}

impl<'w> Writer<'w> {
    /// A writer of one value to `out`.
    pub fn new(out: &'w mut dyn Write) -> Self {
        Self { out, comma: false }
    }

    /// An object; `fill` writes its keys and values.
    pub fn object(&mut self, fill: impl FnOnce(&mut Self) -> fmt::Result) -> fmt::Result {
        self.open("{")?;
        fill(self)?;
        self.close("}")
    }

    /// An array; `fill` writes its elements.
    pub fn array(&mut self, fill: impl FnOnce(&mut Self) -> fmt::Result) -> fmt::Result {
        self.open("[")?;
        fill(self)?;
        self.close("]")
    }

    /// The key of the value that is written next.
    pub fn key(&mut self, key: &str) -> Result<&mut Self, fmt::Error> {
        self.string(key)?;
        self.out.write_str(":")?;
        self.comma = false;
        Ok(self)
    }

    /// Keys with their values, but those that are not there. As a table they take less code than
    /// one call after the other.
    pub(crate) fn fields(&mut self, fields: &[(&str, Value<'_>)]) -> fmt::Result {
        fields.iter().try_for_each(|(key, value)| match value {
            Value::Absent => Ok(()),
            Value::Text(text) => self.key(key)?.string(text),
            Value::Number(number) => self.key(key)?.unsigned(*number),
        })
    }

    /// A string.
    pub fn string(&mut self, text: &str) -> fmt::Result {
        self.raw("\"")?;
        Escape(&mut *self.out).write_str(text)?;
        self.out.write_str("\"")
    }

    /// A string with the text of any value.
    pub fn display(&mut self, value: &dyn Display) -> fmt::Result {
        self.raw("\"")?;
        write!(Escape(&mut *self.out), "{value}")?;
        self.out.write_str("\"")
    }

    /// A number.
    pub fn unsigned(&mut self, value: u64) -> fmt::Result {
        self.separate()?;
        write!(self.out, "{}", Decimal(value))
    }

    /// A number that may be negative.
    pub fn signed(&mut self, value: i64) -> fmt::Result {
        self.separate()?;
        write!(self.out, "{value}")
    }

    /// `true` or `false`.
    pub fn bool(&mut self, value: bool) -> fmt::Result {
        self.raw(if value { "true" } else { "false" })
    }

    /// `null`.
    pub fn null(&mut self) -> fmt::Result {
        self.raw("null")
    }

    /// A value that is JSON already; it is not checked.
    pub fn raw(&mut self, json: &str) -> fmt::Result {
        self.separate()?;
        self.out.write_str(json)
    }

    fn open(&mut self, bracket: &str) -> fmt::Result {
        self.raw(bracket)?;
        self.comma = false;
        Ok(())
    }

    #[inline(never)]
    fn close(&mut self, bracket: &str) -> fmt::Result {
        self.comma = true;
        self.out.write_str(bracket)
    }

    fn separate(&mut self) -> fmt::Result {
        if self.comma {
            self.out.write_str(",")?;
        }
        self.comma = true;
        Ok(())
    }
}

/// The value of a field of [`Writer::fields`].
pub(crate) enum Value<'a> {
    Absent,
    Text(&'a str),
    Number(u64),
}

impl fmt::Debug for Writer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").field("comma", &self.comma).finish_non_exhaustive()
    }
}

/// How many bytes `value` writes.
///
/// # Errors
/// Only an error of `value` itself.
pub fn length(value: impl FnOnce(&mut Writer<'_>) -> fmt::Result) -> Result<u64, fmt::Error> {
    let mut counter = Counter::default();
    value(&mut Writer::new(&mut counter))?;
    Ok(counter.len)
}

/// A sink that only counts bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counter {
    /// Bytes written so far.
    pub len: u64,
}

impl Write for Counter {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.len += text.len() as u64;
        Ok(())
    }
}

/// A sink that keeps one slice of everything written, for a body that is sent piece by piece.
///
/// Once the buffer is full it fails, which ends the generator early; [`Window::filled`] then
/// is the piece. The cut may fall inside a character: the pieces together are the text.
///
/// ```
/// use core::fmt::Write;
/// use b2_proto::wire::json_write::Window;
///
/// let mut buffer = [0; 4];
/// let mut window = Window::new(3, &mut buffer);
/// let _full = write!(window, "{}", "0123456789");
/// assert_eq!(window.filled(), b"3456");
/// ```
#[derive(Debug)]
pub struct Window<'b> {
    skip: u64,
    buffer: &'b mut [u8],
    len: usize,
}

impl<'b> Window<'b> {
    /// Keeps what follows the first `skip` bytes, as far as `buffer` reaches.
    pub fn new(skip: u64, buffer: &'b mut [u8]) -> Self {
        Self { skip, buffer, len: 0 }
    }

    /// What was kept so far.
    #[must_use]
    pub fn filled(&self) -> &[u8] {
        &self.buffer[..self.len]
    }
}

impl Write for Window<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let skipped = usize::try_from(self.skip).map_or(text.len(), |skip| skip.min(text.len()));
        self.skip -= skipped as u64;
        let rest = &text.as_bytes()[skipped..];
        let space = &mut self.buffer[self.len..];
        let kept = rest.len().min(space.len());
        space[..kept].copy_from_slice(&rest[..kept]);
        self.len += kept;
        if kept < rest.len() { Err(fmt::Error) } else { Ok(()) }
    }
}

/// Escapes what JSON does not allow inside a string.
struct Escape<'w>(&'w mut dyn Write);

/// What has an escape of its own.
const ESCAPES: [(u8, &str); 7] = [
    (b'"', "\\\""),
    (b'\\', "\\\\"),
    (b'\n', "\\n"),
    (b'\t', "\\t"),
    (b'\r', "\\r"),
    (8, "\\b"),
    (12, "\\f"),
];

impl Write for Escape<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        loop {
            // What ends it is ASCII, so there is always a character's end.
            let plain = plain_len(rest.as_bytes());
            let (plain, tail) = rest.split_at_checked(plain).unwrap_or((rest, ""));
            self.0.write_str(plain)?;
            let Some(special) = tail.as_bytes().first() else { return Ok(()) };
            match ESCAPES.iter().find(|(byte, _)| byte == special) {
                Some((_, escape)) => self.0.write_str(escape)?,
                // The rest of what is escaped are controls.
                None => write!(self.0, "\\u00{}", Hex(&[*special]))?,
            }
            rest = tail.get(1..).unwrap_or_default();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::string::String;
    use std::vec::Vec;

    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;
    use crate::wire::json_read::tests::any_json;

    fn write_value(w: &mut Writer<'_>, value: &Value) -> fmt::Result {
        match value {
            Value::Null => w.null(),
            Value::Bool(b) => w.bool(*b),
            Value::Number(n) => match (n.as_u64(), n.as_i64()) {
                (Some(n), _) => w.unsigned(n),
                (None, Some(n)) => w.signed(n),
                (None, None) => w.raw(&std::format!("{n}")),
            },
            Value::String(s) => w.string(s),
            Value::Array(list) => w.array(|w| list.iter().try_for_each(|v| write_value(w, v))),
            Value::Object(map) => w.object(|w| {
                map.iter().try_for_each(|(key, value)| write_value(w.key(key)?, value))
            }),
        }
    }

    proptest! {
        #[test]
        fn writes_what_serde_json_writes(value in any_json()) {
            let mut out = String::new();
            write_value(&mut Writer::new(&mut out), &value).unwrap();
            prop_assert_eq!(&out, &serde_json::to_string(&value).unwrap());
            prop_assert_eq!(length(|w| write_value(w, &value)), Ok(out.len() as u64));
        }

        #[test]
        fn windows_add_up_to_the_text(value in any_json(), step in 1_usize..40) {
            let mut whole = String::new();
            write_value(&mut Writer::new(&mut whole), &value).unwrap();
            let mut joined = Vec::new();
            let mut buffer = std::vec![0; step];
            while joined.len() < whole.len() {
                let mut window = Window::new(joined.len() as u64, &mut buffer);
                let done = write_value(&mut Writer::new(&mut window), &value).is_ok();
                joined.extend_from_slice(window.filled());
                prop_assert_eq!(done, joined.len() == whole.len());
            }
            prop_assert_eq!(joined, whole.into_bytes());
        }
    }

    #[test]
    fn a_full_sink_stops_the_writer() {
        let mut out = crate::wire::text::Text::<8>::new();
        let mut w = Writer::new(&mut out);
        assert_eq!(w.array(|w| (0..).try_for_each(|n| w.unsigned(n))), Err(fmt::Error));
    }
}
