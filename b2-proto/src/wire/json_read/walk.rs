//! Elements and members, one after the other.

use super::Json;
use super::scan::{byte, member, space, value};
use core::fmt;

/// A place in an array or an object that is known to be well-formed.
#[derive(Clone)]
struct Place<'a> {
    json: &'a [u8],
    at: usize,
}

impl<'a> Place<'a> {
    /// Goes to the next element or member; nothing when there is only `closing` left.
    fn next(&mut self, closing: u8) -> Option<()> {
        self.at = space(self.json, self.at);
        if byte(self.json, self.at) == b',' {
            self.at = space(self.json, self.at + 1);
        }
        (byte(self.json, self.at) != closing).then_some(())
    }
}

impl fmt::Debug for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} bytes", self.at, self.json.len())
    }
}

/// Iterator over the elements of an array; see [`Json::items`].
#[derive(Clone, Debug)]
pub struct Items<'a>(Place<'a>);

impl<'a> Items<'a> {
    /// Those of `array`, brackets and all.
    pub(super) const fn of(array: &'a [u8]) -> Self {
        Self(Place { json: array, at: 1 })
    }
}

impl<'a> Iterator for Items<'a> {
    type Item = Json<'a>;

    fn next(&mut self) -> Option<Json<'a>> {
        self.0.next(b']')?;
        let Place { json, at } = self.0;
        self.0.at = value(json, at).ok()?;
        Some(Json::slice(json, at, self.0.at))
    }
}

/// Iterator over keys and values of an object; see [`Json::members`].
#[derive(Clone, Debug)]
pub struct Members<'a>(Place<'a>);

impl<'a> Members<'a> {
    /// Those of `object`, brackets and all.
    pub(super) const fn of(object: &'a [u8]) -> Self {
        Self(Place { json: object, at: 1 })
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = (Json<'a>, Json<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next(b'}')?;
        let Place { json, at } = self.0;
        let found = member(json, at).ok()?;
        self.0.at = found.end;
        let key = Json::slice(json, at, found.key_end);
        Some((key, Json::slice(json, found.value, found.end)))
    }
}
