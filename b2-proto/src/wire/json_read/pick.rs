//! Checking a document and finding what is wanted in it, in one walk.

use super::scan::{self, Member};
use super::{Json, JsonError, Kind, check_utf8};

impl<'a> Json<'a> {
    /// Checks a whole document that is an object, and finds the values of several keys on the
    /// way, each as [`present`](Self::present) does. Takes half the time of one after the other.
    ///
    /// ```
    /// use b2_proto::wire::json_read::Json;
    ///
    /// let [size, next] = Json::pick(br#"{"size":3,"next":null}"#, &["size", "next"])?;
    /// assert_eq!(size.map(|size| size.to_u64()), Some(Ok(3)));
    /// assert!(next.is_none());
    /// # Ok::<(), b2_proto::wire::json_read::JsonError>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`parse`](Self::parse), and [`JsonError::WrongKind`] when it is not an object.
    #[inline(always)]
    pub fn pick<const N: usize>(
        document: &'a [u8],
        keys: &[&str; N],
    ) -> Result<[Option<Self>; N], JsonError> {
        let mut found = [None; N];
        Self::pick_into(document, keys, &mut found)?;
        Ok(found)
    }

    // Apart from `pick`, so that the walk is in a program once and not for each number of keys.
    fn pick_into(
        document: &'a [u8],
        keys: &[&str],
        found: &mut [Option<Self>],
    ) -> Result<(), JsonError> {
        check_utf8(document)?;
        let mut at = scan::space(document, 0);
        if scan::byte(document, at) != b'{' {
            return Self::parse(document)?.expect(Kind::Object);
        }
        at = scan::space(document, at + 1);
        // An object without members ends where its first one would begin.
        let mut has_more = scan::byte(document, at) != b'}';
        while has_more {
            let member = scan::member(document, at)?;
            if let Some(place) = place_among(document, at, &member, keys)
                && let Some(place) = found.get_mut(place)
            {
                let value = Self::slice(document, member.value, member.end);
                *place = Some(value).filter(|value| !value.is_null());
            }
            at = scan::space(document, member.end);
            has_more = scan::byte(document, at) == b',';
            if has_more {
                at = scan::space(document, at + 1);
            }
        }
        Ok(scan::end(document, scan::must(document, at, b'}')?)?)
    }
}

/// Which of `keys` is that of the member at `at`.
#[inline]
fn place_among(document: &[u8], at: usize, member: &Member, keys: &[&str]) -> Option<usize> {
    if member.is_plain {
        let name = document.get(at + 1..member.key_end - 1)?;
        return keys.iter().position(|key| key.as_bytes() == name);
    }
    let name = Json::slice(document, at, member.key_end);
    keys.iter().position(|key| name.is_str(key))
}
