//! Headers of requests and answers.

use core::fmt;
use core::ops::Range;

use b2_proto::error::Cause;
use b2_proto::wire::reply::Headers;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::Trouble;

/// Most headers of an answer: all file info that fits into the service's limit, each entry a
/// header of its own, leaves room for a hundred others.
pub const COUNT_MAX: usize = 512;
/// Longest head of an answer, in bytes. The same file info is three times as long where each byte
/// of it is encoded.
pub const LEN_MAX: usize = 64 * 1024;

/// Bytes and number of most headers, tokens included.
const USUAL: (usize, usize) = (768, 16);

/// Headers as the lines that they are in a message, in order. So a request's are sent, and an
/// answer's are kept, without a piece of memory for each of them.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct HeaderList {
    lines: Vec<u8>,
    fields: Vec<Field>,
}

/// Where a header is among the lines.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Field {
    name: Range<usize>,
    value: Range<usize>,
    is_secret: bool,
}

/// It cannot be in the head of a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NoHeader;

impl HeaderList {
    /// Without headers, but with room for most.
    pub fn new() -> Self {
        let (len, count) = USUAL;
        Self { lines: Vec::with_capacity(len), fields: Vec::with_capacity(count) }
    }

    /// Adds a header.
    ///
    /// # Errors
    /// Its name is none, or its value has a byte that values do not have, such as the end of a
    /// line. Nothing is added then.
    pub fn push(
        &mut self,
        name: impl fmt::Display,
        value: impl fmt::Display,
        is_secret: bool,
    ) -> Result<(), NoHeader> {
        self.add(|lines| lines.write(name), |lines| lines.write(value), is_secret)
    }

    /// The same with a value that need not be text.
    ///
    /// # Errors
    /// Those of [`push`](Self::push).
    pub fn push_bytes(&mut self, name: &str, value: &[u8]) -> Result<(), NoHeader> {
        self.add(|lines| lines.put(name.as_bytes()), |lines| lines.put(value), false)
    }

    fn add(
        &mut self,
        name: impl FnOnce(&mut Lines<'_>) -> fmt::Result,
        value: impl FnOnce(&mut Lines<'_>) -> fmt::Result,
        is_secret: bool,
    ) -> Result<(), NoHeader> {
        let begin = self.lines.len();
        let mut lines = Lines(&mut self.lines);
        let write = || {
            name(&mut lines)?;
            let name = begin..lines.0.len();
            lines.0.extend_from_slice(b": ");
            let begin = lines.0.len();
            value(&mut lines)?;
            let value = begin..lines.0.len();
            lines.0.extend_from_slice(b"\r\n");
            Ok::<_, fmt::Error>((name, value))
        };
        let written = write().ok().filter(|(name, value)| {
            let (name, value) = (self.lines.get(name.clone()), self.lines.get(value.clone()));
            name.is_some_and(is_name) && value.is_some_and(is_value)
        });
        let Some((name, value)) = written else {
            self.lines.truncate(begin);
            return Err(NoHeader);
        };
        self.fields.push(Field { name, value, is_secret });
        Ok(())
    }

    /// The lines as they are sent, without the empty one at the end.
    pub fn lines(&self) -> &[u8] {
        &self.lines
    }

    /// How many headers there are.
    pub const fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Names and values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.fields.iter().map(|field| (self.name(field), self.bytes(&field.value)))
    }

    /// All values of a name, whatever the case of its letters.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        let is_named = move |field: &&Field| {
            let its = self.bytes(&field.name);
            its.len() == name.len() && its.eq_ignore_ascii_case(name.as_bytes())
        };
        self.fields.iter().filter(is_named).map(|field| self.bytes(&field.value))
    }

    /// The same as HTTP libraries have them; secrets are marked.
    pub fn to_map(&self) -> HeaderMap {
        let mut map = HeaderMap::with_capacity(self.len());
        for field in &self.fields {
            let name = HeaderName::from_bytes(self.bytes(&field.name));
            let value = HeaderValue::from_bytes(self.bytes(&field.value));
            // Both were looked at when they came.
            if let (Ok(name), Ok(mut value)) = (name, value) {
                value.set_sensitive(field.is_secret);
                map.append(name, value);
            }
        }
        map
    }

    /// An answer's headers as an HTTP library has read them.
    ///
    /// # Errors
    /// They are more or longer than is taken.
    pub fn of_answer(map: &HeaderMap) -> Result<Self, Trouble> {
        let mut list = Self::new();
        let too_long = || Trouble::new(Cause::BadReply, "the head of the answer is too long");
        for (name, value) in map {
            list.push_bytes(name.as_str(), value.as_bytes()).map_err(|NoHeader| too_long())?;
            if list.lines.len() > LEN_MAX || list.len() > COUNT_MAX {
                return Err(too_long());
            }
        }
        Ok(list)
    }

    fn name(&self, field: &Field) -> &str {
        core::str::from_utf8(self.bytes(&field.name)).unwrap_or_default()
    }

    fn bytes(&self, at: &Range<usize>) -> &[u8] {
        self.lines.get(at.clone()).unwrap_or_default()
    }
}

/// Takes text, and bytes that need not be.
struct Lines<'a>(&'a mut Vec<u8>);

impl Lines<'_> {
    fn write(&mut self, text: impl fmt::Display) -> fmt::Result {
        fmt::write(self, format_args!("{text}"))
    }

    fn put(&mut self, bytes: &[u8]) -> fmt::Result {
        self.0.extend_from_slice(bytes);
        Ok(())
    }
}

impl fmt::Write for Lines<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.put(text.as_bytes())
    }
}

/// A token (RFC 9110, section 5.6.2).
fn is_name(bytes: &[u8]) -> bool {
    let is_token = |byte: &u8| TOKEN[usize::from(*byte)];
    !bytes.is_empty() && bytes.iter().all(is_token)
}

/// Whether a byte may be in a token.
const TOKEN: [bool; 256] = {
    let all = b"!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let (mut table, mut at) = ([false; 256], 0);
    while at < all.len() {
        table[all[at] as usize] = true;
        at += 1;
    }
    table
};

/// Nothing that ends a line or the text (RFC 9110, section 5.5).
fn is_value(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == b'\t' || (*byte >= b' ' && *byte != 0x7f))
}

impl Headers for HeaderList {
    fn value(&self, name: &str) -> Option<&str> {
        core::str::from_utf8(self.all(name).next()?).ok()
    }

    fn each(&self, take: &mut dyn FnMut(&str, &str)) {
        for (name, value) in self.iter() {
            if let Ok(value) = core::str::from_utf8(value) {
                take(name, value);
            }
        }
    }
}

/// Values may be secrets.
impl fmt::Debug for HeaderList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter().map(|(name, _)| name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(fields: &[(&str, &str)]) -> HeaderList {
        let mut list = HeaderList::new();
        for (name, value) in fields {
            list.push(name, value, false).expect("a header");
        }
        list
    }

    #[test]
    fn lines_are_as_they_are_sent() {
        let list = list(&[("X-One", "1"), ("x-two", "")]);
        assert_eq!(list.lines(), b"X-One: 1\r\nx-two: \r\n");
        assert_eq!(list.iter().collect::<Vec<_>>(), [("X-One", &b"1"[..]), ("x-two", b"")]);
    }

    #[test]
    fn no_header_is_two() {
        let mut list = list(&[("a", "b")]);
        for (name, value) in [("x", "1\r\ny: 2"), ("x", "1\n"), ("x\r\ny", "1"), ("x", "\0")] {
            assert_eq!(list.push(name, value, false), Err(NoHeader), "{name:?}: {value:?}");
        }
        for name in ["", "x y", "x:", "\u{e9}"] {
            assert_eq!(list.push(name, "1", false), Err(NoHeader), "{name:?}");
        }
        assert_eq!(list.lines(), b"a: b\r\n");
        list.push("x", "\u{e9}\t", false).expect("a header");
    }

    #[test]
    fn secrets_are_marked_and_not_shown() {
        let mut list = list(&[("accept", "*/*")]);
        list.push("authorization", "token", true).expect("a header");
        let map = list.to_map();
        assert!(map["authorization"].is_sensitive() && !map["accept"].is_sensitive());
        assert_eq!(format!("{list:?}"), r#"["accept", "authorization"]"#);
    }

    #[test]
    fn long_heads_are_refused() {
        let mut map = HeaderMap::new();
        let long = "x".repeat(LEN_MAX - 5);
        map.insert("x", HeaderValue::from_str(&long).expect("legal"));
        let list = HeaderList::of_answer(&map).expect("short enough");
        assert_eq!(list.lines().len(), LEN_MAX);
        map.insert("y", HeaderValue::from_static(""));
        HeaderList::of_answer(&map).expect_err("too long");
    }

    #[test]
    fn names_ignore_case_and_values_must_be_text() {
        let mut list = list(&[("x-one", "1")]);
        list.push_bytes("x-two", &[0xff]).expect("legal");
        assert_eq!(list.value("X-One"), Some("1"));
        assert_eq!(list.value("X-Two"), None);
        let mut seen = Vec::new();
        list.each(&mut |name, value| seen.push(format!("{name}: {value}")));
        assert_eq!(seen, ["x-one: 1"]);
    }
}
