//! The grammar: finds where a value ends, without recursion.

use core::fmt;

use super::JsonError;
use super::plain::plain_len;

/// Deepest nesting of arrays and objects that is read.
///
/// The kinds of the open brackets are the bits of one word, so depth costs no stack. The deepest
/// replies of the service have fewer than ten levels.
pub const DEPTH_MAX: u32 = u64::BITS;

/// A position in a document.
#[derive(Clone)]
pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl fmt::Debug for Scanner<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Scanner({} of {} bytes)", self.at, self.text.len())
    }
}

impl<'a> Scanner<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// At the first element of a value that is known to be an array or an object.
    pub(super) const fn inside(text: &'a str) -> Self {
        Self { text, at: 1 }
    }

    /// The next element of an array; nothing at its end.
    pub(super) fn item(&mut self) -> Option<&'a str> {
        self.space();
        self.eat(b',');
        self.space();
        if self.peek() == Some(b']') { None } else { self.value().ok() }
    }

    /// The next key and value of an object; nothing at its end.
    pub(super) fn member(&mut self) -> Option<(&'a str, &'a str)> {
        self.space();
        self.eat(b',');
        self.space();
        if self.peek() == Some(b'}') {
            return None;
        }
        let key = self.slice(|scanner| scanner.string()).ok()?;
        self.colon().ok()?;
        Some((key, self.value().ok()?))
    }

    /// Whether an object comes next, right or wrong.
    pub(super) fn is_at_object(&mut self) -> bool {
        self.space();
        self.peek() == Some(b'{')
    }

    /// Walks over an object whose grammar is not known to be right; `take` gets its keys and
    /// values.
    pub(super) fn checked_members(
        &mut self,
        mut take: impl FnMut(&'a str, &'a str),
    ) -> Result<(), JsonError> {
        self.space();
        self.must(b'{')?;
        self.space();
        if self.eat(b'}') {
            return Ok(());
        }
        loop {
            self.space();
            let key = self.slice(Self::string)?;
            self.colon()?;
            take(key, self.value()?);
            self.space();
            if self.eat(b'}') {
                return Ok(());
            }
            self.must(b',')?;
        }
    }

    /// Walks over the next value, whatever it holds.
    pub(super) fn value(&mut self) -> Result<&'a str, JsonError> {
        self.space();
        self.slice(|scanner| {
            let mut open = Open::default();
            loop {
                if scanner.first_step(&mut open)? && scanner.close(&mut open)? {
                    return Ok(());
                }
            }
        })
    }

    /// Checks that only space follows.
    pub(super) fn end(&mut self) -> Result<(), JsonError> {
        self.space();
        if self.at == self.text.len() { Ok(()) } else { Err(self.error()) }
    }

    /// Takes a scalar, an empty bracket pair or an opening bracket.
    /// True when that completed a value.
    fn first_step(&mut self, open: &mut Open) -> Result<bool, JsonError> {
        self.space();
        match self.peek() {
            Some(b'{') => {
                self.at += 1;
                self.space();
                if self.eat(b'}') {
                    return open.check_one_more().map(|()| true);
                }
                open.push(true)?;
                self.key()?;
                Ok(false)
            }
            Some(b'[') => {
                self.at += 1;
                self.space();
                if self.eat(b']') {
                    return open.check_one_more().map(|()| true);
                }
                open.push(false)?;
                Ok(false)
            }
            Some(b'"') => self.string().map(|()| true),
            Some(b't') => self.word("true").map(|()| true),
            Some(b'f') => self.word("false").map(|()| true),
            Some(b'n') => self.word("null").map(|()| true),
            _ => self.number().map(|()| true),
        }
    }

    /// After a complete value: takes closing brackets, and a comma with the key behind it.
    /// True when nothing is open any more.
    fn close(&mut self, open: &mut Open) -> Result<bool, JsonError> {
        while let Some(in_object) = open.innermost() {
            self.space();
            if self.eat(b',') {
                if in_object {
                    self.space();
                    self.key()?;
                }
                return Ok(false);
            }
            if !self.eat(if in_object { b'}' } else { b']' }) {
                return Err(self.error());
            }
            open.pop();
        }
        Ok(true)
    }

    fn key(&mut self) -> Result<(), JsonError> {
        self.string()?;
        self.colon()
    }

    fn colon(&mut self) -> Result<(), JsonError> {
        self.space();
        self.must(b':')
    }

    fn string(&mut self) -> Result<(), JsonError> {
        self.must(b'"')?;
        loop {
            self.at += plain_len(self.text.as_bytes().get(self.at..).unwrap_or_default());
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => {
                    self.at += 1;
                    self.escape()?;
                }
                Some(_) | None => return Err(self.error()),
            }
        }
    }

    fn escape(&mut self) -> Result<(), JsonError> {
        match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 1,
            Some(b'u') => {
                self.at += 1;
                for _ in 0..4 {
                    if !self.peek().is_some_and(|byte| byte.is_ascii_hexdigit()) {
                        return Err(self.error());
                    }
                    self.at += 1;
                }
            }
            _ => return Err(self.error()),
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), JsonError> {
        self.eat(b'-');
        if !self.eat(b'0') {
            self.digits()?;
        }
        if self.eat(b'.') {
            self.digits()?;
        }
        if self.eat(b'e') || self.eat(b'E') {
            let _sign = self.eat(b'+') || self.eat(b'-');
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), JsonError> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start { Err(self.error()) } else { Ok(()) }
    }

    fn word(&mut self, word: &str) -> Result<(), JsonError> {
        word.bytes().try_for_each(|byte| self.must(byte))
    }

    fn slice(
        &mut self,
        walk: impl FnOnce(&mut Self) -> Result<(), JsonError>,
    ) -> Result<&'a str, JsonError> {
        let start = self.at;
        walk(self)?;
        self.text.get(start..self.at).ok_or_else(|| self.error())
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn must(&mut self, byte: u8) -> Result<(), JsonError> {
        if self.eat(byte) { Ok(()) } else { Err(self.error()) }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    const fn error(&self) -> JsonError {
        JsonError::Syntax { at: self.at }
    }
}

/// The open brackets, innermost in the lowest bit: one for objects, zero for arrays.
#[derive(Default)]
struct Open {
    bits: u64,
    depth: u32,
}

impl Open {
    fn check_one_more(&self) -> Result<(), JsonError> {
        if self.depth < DEPTH_MAX { Ok(()) } else { Err(JsonError::TooDeep) }
    }

    fn push(&mut self, object: bool) -> Result<(), JsonError> {
        self.check_one_more()?;
        self.bits = self.bits << 1 | u64::from(object);
        self.depth += 1;
        Ok(())
    }

    fn pop(&mut self) {
        self.bits >>= 1;
        self.depth = self.depth.saturating_sub(1);
    }

    fn innermost(&self) -> Option<bool> {
        (self.depth > 0).then_some(self.bits & 1 == 1)
    }
}
