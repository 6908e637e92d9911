//! JSON as scripts of the reference expect it: four spaces, sorted keys, ASCII only (spec 5).

use std::io;

use serde::Serialize as _;
use serde_json::Value;
use serde_json::ser::{CharEscape, Formatter, PrettyFormatter, Serializer};

/// The text of a value, without the end of the line.
pub(crate) fn text(value: &Value) -> String {
    let mut bytes = Vec::new();
    let formatter = AsciiFormatter(PrettyFormatter::with_indent(b"    "));
    // A `Value` has only string keys, and a vector takes everything.
    let written = value.serialize(&mut Serializer::with_formatter(&mut bytes, formatter));
    debug_assert!(written.is_ok());
    String::from_utf8(bytes).unwrap_or_default()
}

struct AsciiFormatter(PrettyFormatter<'static>);

impl Formatter for AsciiFormatter {
    fn write_string_fragment<W: io::Write + ?Sized>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        for c in fragment.chars() {
            if matches!(c, ' '..='~') {
                write!(writer, "{c}")?;
            } else {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }

    fn write_char_escape<W: io::Write + ?Sized>(
        &mut self,
        writer: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        self.0.write_char_escape(writer, escape)
    }

    fn begin_array<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: io::Write + ?Sized>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: io::Write + ?Sized>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_form_is_that_of_the_reference() {
        let value = json!({
            "z": [], "b": {}, "a": [1, "ż\u{7f}😀\n\"\u{1}"], "A": null, "c": {"y": true},
        });
        let want = "{\n    \"A\": null,\n    \"a\": [\n        1,\n        \
                    \"\\u017c\\u007f\\ud83d\\ude00\\n\\\"\\u0001\"\n    ],\n    \"b\": {},\n    \
                    \"c\": {\n        \"y\": true\n    },\n    \"z\": []\n}";
        assert_eq!(text(&value), want);
    }
}
