//! Fuzzed bytes, taken apart piece by piece.

use b2_proto::wire::reply::Headers;

/// The bytes that are not used yet. Behind their end there are only zeros.
pub(crate) struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    pub(crate) const fn new(data: &'a [u8]) -> Self {
        Self(data)
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    pub(crate) fn number(&mut self) -> u16 {
        u16::from_le_bytes([self.byte(), self.byte()])
    }

    /// The bytes up to the next line end, which is taken too.
    pub(crate) fn line(&mut self) -> &'a [u8] {
        let end = self.0.iter().position(|byte| *byte == b'\n');
        let (line, rest) = self.0.split_at(end.unwrap_or(self.0.len()));
        self.0 = rest.get(1..).unwrap_or_default();
        line
    }

    /// The next line if it is text.
    pub(crate) fn text(&mut self) -> &'a str {
        core::str::from_utf8(self.line()).unwrap_or_default()
    }

    /// Lines of `name: value` up to an empty one.
    pub(crate) fn fields(&mut self) -> Fields<'a> {
        let mut fields = Vec::new();
        while let Some(field) = self.text().split_once(": ") {
            fields.push(field);
        }
        Fields(fields)
    }

    pub(crate) const fn rest(self) -> &'a [u8] {
        self.0
    }
}

/// Header fields in the order of the bytes.
pub(crate) struct Fields<'a>(pub(crate) Vec<(&'a str, &'a str)>);

impl Headers for Fields<'_> {
    fn value(&self, name: &str) -> Option<&str> {
        self.0.as_slice().value(name)
    }

    fn each(&self, take: &mut dyn FnMut(&str, &str)) {
        self.0.as_slice().each(take);
    }
}
