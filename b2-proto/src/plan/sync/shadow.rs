//! Places of a side that have no entries although something may be there.

use alloc::string::String;
use alloc::vec::Vec;

/// Why there are no entries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Cover {
    /// Nobody could look.
    Unknown,
    /// They take no part.
    LeftOut,
    /// A single file takes no part; what is below its name does.
    OneLeftOut,
}

/// Files and folders without entries, as far as the merge may still come to what is in them.
///
/// A place reaches over its own name and all below it; one with a slash at the end only over the
/// latter. The merge leaves it behind when it comes
/// to a greater name, so only places one within the other are kept: fewer than a name has bytes.
#[derive(Debug)]
pub(super) struct Shadows {
    places: Vec<(String, Cover)>,
    is_rest_unknown: bool,
}

impl Shadows {
    pub(super) const fn new() -> Self {
        Self { places: Vec::new(), is_rest_unknown: false }
    }

    /// Adds a place; the merge has come to `at` on the other side.
    pub(super) fn add(&mut self, place: &str, cover: Cover, at: Option<&str>) {
        if let Some(at) = at {
            self.places.retain(|(place, _)| !is_behind(place, at));
            if is_behind(place, at) {
                return;
            }
        }
        // Each version of a name may say the same of it.
        if self.places.last().is_none_or(|(last, of)| last != place || *of != cover) {
            self.places.push((String::from(place), cover));
        }
    }

    /// Everything from here on is unknown.
    pub(super) const fn add_rest(&mut self) {
        self.is_rest_unknown = true;
    }

    pub(super) const fn is_rest_unknown(&self) -> bool {
        self.is_rest_unknown
    }

    /// What lies over a name; names ascend from call to call.
    pub(super) fn over(&mut self, path: &str) -> Option<Cover> {
        if !self.places.is_empty() {
            self.places.retain(|(place, _)| !is_behind(place, path));
        }
        let mut covers = self.places.iter().filter(|(place, cover)| cover.reaches(place, path));
        // What is below a place would come only after it.
        let is_rest = self.is_rest_unknown && covers.clone().all(|(place, _)| place != path);
        if is_rest || covers.clone().any(|(_, cover)| *cover == Cover::Unknown) {
            return Some(Cover::Unknown);
        }
        covers.next().map(|(_, cover)| *cover)
    }
}

impl Cover {
    /// Whether a place that is covered so reaches over a name.
    fn reaches(self, place: &str, path: &str) -> bool {
        path.strip_prefix(place).is_some_and(|rest| {
            let is_below = place.ends_with('/') || rest.starts_with('/');
            rest.is_empty() || (is_below && self != Self::OneLeftOut)
        })
    }
}

/// Whether neither `path` nor a greater name is in the place.
fn is_behind(place: &str, path: &str) -> bool {
    match path.strip_prefix(place) {
        Some(_) if place.ends_with('/') => false,
        Some(rest) => rest.as_bytes().first().is_some_and(|byte| *byte > b'/'),
        None => path > place,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reaches_over_itself_and_what_is_below() {
        let mut shadows = Shadows::new();
        shadows.add("d", Cover::Unknown, None);
        shadows.add("d-/", Cover::LeftOut, None);
        shadows.add("e", Cover::OneLeftOut, None);
        let cover = [
            ("c", None),
            ("d", Some(Cover::Unknown)),
            ("d!", None),
            ("d-/x", Some(Cover::LeftOut)),
            ("d-0", None),
            ("d/x/y", Some(Cover::Unknown)),
            ("d0", None),
            ("d/", None),
            ("e", Some(Cover::OneLeftOut)),
            ("e/x", None),
            ("f", None),
        ];
        for (path, want) in cover {
            // The second `d/` comes too late: the place was left behind.
            assert_eq!(shadows.over(path), want, "{path}");
        }
        assert!(shadows.places.is_empty());
    }

    #[test]
    fn what_the_other_side_has_passed_is_not_kept() {
        let mut shadows = Shadows::new();
        for number in 100..999 {
            shadows.add(&std::format!("f{number}"), Cover::Unknown, Some("f2"));
        }
        assert!(shadows.over("f2").is_none());
        for number in 300..999 {
            let path = std::format!("f{number}");
            shadows.add(&path, Cover::Unknown, Some(&path));
            assert!(shadows.places.len() < 900);
        }
        assert!(shadows.places.len() < 10, "{}", shadows.places.len());
    }

    #[test]
    fn a_place_is_kept_once() {
        let mut shadows = Shadows::new();
        for cover in [Cover::OneLeftOut, Cover::OneLeftOut, Cover::Unknown, Cover::Unknown] {
            shadows.add("a", cover, None);
            shadows.add("a", cover, Some("a"));
        }
        assert_eq!(shadows.places.len(), 2);
        assert_eq!(shadows.over("a"), Some(Cover::Unknown));
    }

    #[test]
    fn the_rest_is_unknown_for_ever() {
        let mut shadows = Shadows::new();
        shadows.add("a", Cover::LeftOut, None);
        shadows.add_rest();
        assert_eq!(shadows.over("a"), Some(Cover::LeftOut));
        assert_eq!(shadows.over("a/b"), Some(Cover::Unknown), "it would have come later");
        assert_eq!(shadows.over("zzz"), Some(Cover::Unknown));
    }
}
