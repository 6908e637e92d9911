//! Elements and members, one after the other.

use super::Json;
use super::scan::{byte, member, space, value};
use core::fmt;

/// A place in an array or an object that is known to be well-formed.
#[derive(Clone)]
struct Place<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Place<'a> {
    /// Goes to the next element or member; nothing when there is only `closing` left.
    fn next(&mut self, closing: u8) -> Option<&'a [u8]> {
        let json = self.text.as_bytes();
        self.at = space(json, self.at);
        if byte(json, self.at) == b',' {
            self.at = space(json, self.at + 1);
        }
        (byte(json, self.at) != closing).then_some(json)
    }

    fn slice(&self, from: usize, to: usize) -> Option<Json<'a>> {
        Some(Json { raw: self.text.get(from..to)? })
    }
}

impl fmt::Debug for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} bytes", self.at, self.text.len())
    }
}

/// Iterator over the elements of an array; see [`Json::items`].
#[derive(Clone, Debug)]
pub struct Items<'a>(Place<'a>);

impl<'a> Items<'a> {
    /// Those of `array`, brackets and all.
    pub(super) const fn of(array: &'a str) -> Self {
        Self(Place { text: array, at: 1 })
    }
}

impl<'a> Iterator for Items<'a> {
    type Item = Json<'a>;

    fn next(&mut self) -> Option<Json<'a>> {
        let json = self.0.next(b']')?;
        let from = self.0.at;
        self.0.at = value(json, from).ok()?;
        self.0.slice(from, self.0.at)
    }
}

/// Iterator over keys and values of an object; see [`Json::members`].
#[derive(Clone, Debug)]
pub struct Members<'a>(Place<'a>);

impl<'a> Members<'a> {
    /// Those of `object`, brackets and all.
    pub(super) const fn of(object: &'a str) -> Self {
        Self(Place { text: object, at: 1 })
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = (Json<'a>, Json<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let json = self.0.next(b'}')?;
        let from = self.0.at;
        let found = member(json, from).ok()?;
        self.0.at = found.end;
        Some((self.0.slice(from, found.key_end)?, self.0.slice(found.value, found.end)?))
    }
}
