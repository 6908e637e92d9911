//! The grammar: finds where a value ends, without recursion.
//!
//! Every function takes the document and an offset in it and gives the offset behind what it has
//! taken, so that positions stay in registers. Offsets behind the end read as 0, which nothing in
//! the grammar allows.

use super::JsonError;
use super::plain::plain_len;

/// Deepest nesting of arrays and objects that is read.
///
/// The kinds of the open brackets are the bits of one word, so depth costs no stack. The deepest
/// replies of the service have fewer than ten levels.
pub const DEPTH_MAX: u32 = u64::BITS;

/// The offset behind what was taken, or the [`Stop`].
pub(super) type Step = Result<usize, Stop>;

/// Where the grammar is broken; [`Stop::TOO_DEEP`] when it is not, but nesting ended the walk.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Stop(usize);

impl Stop {
    const TOO_DEEP: Self = Self(usize::MAX);
}

impl From<Stop> for JsonError {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::TOO_DEEP => Self::TooDeep,
            Stop(at) => Self::Syntax { at },
        }
    }
}

/// Where the parts of a member are.
pub(super) struct Member {
    /// Behind its key.
    pub(super) key_end: usize,
    /// Nothing in the key is escaped.
    pub(super) is_plain: bool,
    /// The first byte of its value.
    pub(super) value: usize,
    /// Behind its value.
    pub(super) end: usize,
}

/// The byte at `at`.
#[inline]
pub(super) fn byte(json: &[u8], at: usize) -> u8 {
    json.get(at).copied().unwrap_or(0)
}

/// Skips space.
#[inline]
pub(super) fn space(json: &[u8], mut at: usize) -> usize {
    while matches!(byte(json, at), b' ' | b'\t' | b'\n' | b'\r') {
        at += 1;
    }
    at
}

/// Takes one certain byte.
#[inline]
pub(super) fn must(json: &[u8], at: usize, wanted: u8) -> Step {
    if byte(json, at) == wanted { Ok(at + 1) } else { Err(Stop(at)) }
}

/// Checks that only space follows.
pub(super) fn end(json: &[u8], at: usize) -> Result<(), Stop> {
    let at = space(json, at);
    if at == json.len() { Ok(()) } else { Err(Stop(at)) }
}

/// Takes a key, a colon and a value.
pub(super) fn member(json: &[u8], at: usize) -> Result<Member, Stop> {
    let mut key_end = must(json, at, b'"')?;
    key_end += plain_len(json.get(key_end..).unwrap_or_default());
    let is_plain = byte(json, key_end) == b'"';
    key_end = if is_plain { key_end + 1 } else { string(json, at)? };
    let value = space(json, must(json, space(json, key_end), b':')?);
    Ok(Member { key_end, is_plain, value, end: self::value(json, value)? })
}

/// Takes the value that begins at `at`, whatever it holds.
#[inline]
pub(super) fn value(json: &[u8], at: usize) -> Step {
    match byte(json, at) {
        b'"' => string(json, at),
        b'{' | b'[' => nested(json, at),
        _ => scalar(json, at),
    }
}

/// Takes an array or an object with all there is in it.
// Inlined, it would be in the bare core more than once.
#[cfg_attr(not(feature = "alloc"), inline(never))]
fn nested(json: &[u8], mut at: usize) -> Step {
    let mut open = Open::default();
    loop {
        at = space(json, at);
        let first = byte(json, at);
        if matches!(first, b'{' | b'[') {
            open.push(first == b'{')?;
            at = space(json, at + 1);
            if byte(json, at) != closing(first == b'{') {
                at = first_key(json, at, first == b'{')?;
                continue;
            }
        } else {
            at = scalar(json, at)?;
        }
        // After a complete value there are closing brackets, or a comma and what follows it.
        loop {
            let Some(in_object) = open.innermost() else { return Ok(at) };
            at = space(json, at);
            if byte(json, at) == b',' {
                at = first_key(json, space(json, at + 1), in_object)?;
                break;
            }
            at = must(json, at, closing(in_object))?;
            open.pop();
        }
    }
}

/// In an object, takes the key and the colon that must come before a value.
#[inline]
fn first_key(json: &[u8], at: usize, in_object: bool) -> Step {
    if in_object { must(json, space(json, string(json, at)?), b':') } else { Ok(at) }
}

fn scalar(json: &[u8], at: usize) -> Step {
    match byte(json, at) {
        b'"' => string(json, at),
        b't' => word(json, at, b"true"),
        b'f' => word(json, at, b"false"),
        b'n' => word(json, at, b"null"),
        _ => number(json, at),
    }
}

fn string(json: &[u8], at: usize) -> Step {
    let mut at = must(json, at, b'"')?;
    loop {
        at += plain_len(json.get(at..).unwrap_or_default());
        match byte(json, at) {
            b'"' => return Ok(at + 1),
            b'\\' => at = escape(json, at + 1)?,
            _ => return Err(Stop(at)),
        }
    }
}

#[cold]
fn escape(json: &[u8], at: usize) -> Step {
    match byte(json, at) {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Ok(at + 1),
        b'u' => (at + 1..at + 5).try_fold(at + 1, |_, at| match byte(json, at) {
            digit if digit.is_ascii_hexdigit() => Ok(at + 1),
            _ => Err(Stop(at)),
        }),
        _ => Err(Stop(at)),
    }
}

fn number(json: &[u8], at: usize) -> Step {
    let mut at = at + usize::from(byte(json, at) == b'-');
    at = if byte(json, at) == b'0' { at + 1 } else { digits(json, at)? };
    if byte(json, at) == b'.' {
        at = digits(json, at + 1)?;
    }
    if matches!(byte(json, at), b'e' | b'E') {
        let has_sign = matches!(byte(json, at + 1), b'+' | b'-');
        at = digits(json, at + 1 + usize::from(has_sign))?;
    }
    Ok(at)
}

fn digits(json: &[u8], start: usize) -> Step {
    let mut at = start;
    while byte(json, at).is_ascii_digit() {
        at += 1;
    }
    if at > start { Ok(at) } else { Err(Stop(at)) }
}

fn word(json: &[u8], at: usize, word: &[u8]) -> Step {
    word.iter().try_fold(at, |at, letter| must(json, at, *letter))
}

const fn closing(in_object: bool) -> u8 {
    if in_object { b'}' } else { b']' }
}

/// The open brackets, innermost in the lowest bit: one for objects, zero for arrays.
#[derive(Default)]
struct Open {
    bits: u64,
    depth: u32,
}

impl Open {
    const fn push(&mut self, in_object: bool) -> Result<(), Stop> {
        if self.depth >= DEPTH_MAX {
            return Err(Stop::TOO_DEEP);
        }
        self.bits = self.bits << 1 | in_object as u64;
        self.depth += 1;
        Ok(())
    }

    const fn pop(&mut self) {
        self.bits >>= 1;
        self.depth = self.depth.saturating_sub(1);
    }

    fn innermost(&self) -> Option<bool> {
        (self.depth > 0).then_some(self.bits & 1 == 1)
    }
}
