//! Which files take part: filters of names, and ranges of times.

use alloc::string::String;

use super::entry::Entry;
use crate::name::PathClass;

/// Decides by names which files of the source take part.
///
/// Paths are relative to the synchronized folder, with `/` between their pieces and none at the
/// end. The planner asks for each folder on the way first, outermost first, and for the file only
/// when none of them is left out; a walk asks before it enters a folder.
pub trait PathFilter {
    /// Whether a folder is left out, with everything below it.
    fn excludes_folder(&mut self, path: &str) -> bool;

    /// Whether a file is left out.
    fn excludes_file(&mut self, path: &str) -> bool;

    /// Why nobody can say whether a file or folder takes part: rules that are kept somewhere could
    /// not be read. With a slash at the end of the path the question is about what is in that
    /// folder, and the path is empty for all of it.
    ///
    /// A walk asks before it enters a folder, and a plan about what is left out: what could not be
    /// judged is unknown then, so nothing is removed for it (S2).
    fn unjudged(&mut self, path: &str) -> Option<String> {
        let _ = path;
        None
    }

    /// Whether the source could have a file of that name. A folder cannot have every name that a
    /// bucket has, by the rules of its disk; that it has no such file says nothing then, so the
    /// name is not removed (S2).
    fn can_be_local(&mut self, path: &str) -> bool {
        let _ = path;
        true
    }

    /// Whether an answer may take long, because rules are read from somewhere. A sync asks where
    /// nothing else waits for it then. [`can_be_local`](Self::can_be_local) and `take_notice` never
    /// do.
    fn may_wait(&self) -> bool {
        false
    }

    /// What somebody should know about the rules themselves, once each; whoever walks passes it on.
    fn take_notice(&mut self) -> Option<String> {
        None
    }
}

/// What a filter says of a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Choice {
    /// It takes part.
    In,
    /// It does not.
    Out,
    /// It could not be judged.
    Unknown,
}

/// The filter that leaves nothing out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Everything;

impl PathFilter for Everything {
    fn excludes_folder(&mut self, _: &str) -> bool {
        false
    }

    fn excludes_file(&mut self, _: &str) -> bool {
        false
    }
}

impl<F: PathFilter + ?Sized> PathFilter for &mut F {
    fn excludes_folder(&mut self, path: &str) -> bool {
        (**self).excludes_folder(path)
    }

    fn excludes_file(&mut self, path: &str) -> bool {
        (**self).excludes_file(path)
    }

    fn unjudged(&mut self, path: &str) -> Option<String> {
        (**self).unjudged(path)
    }

    fn can_be_local(&mut self, path: &str) -> bool {
        (**self).can_be_local(path)
    }

    fn may_wait(&self) -> bool {
        (**self).may_wait()
    }

    fn take_notice(&mut self) -> Option<String> {
        (**self).take_notice()
    }
}

/// A filter together with what it last said about folders, since files come folder by folder.
#[derive(Debug)]
pub struct Selection<F> {
    pub(super) filter: F,
    /// A folder that takes part, with all it is in, and a slash at the end; or empty.
    inside: String,
    /// A folder that does not, with a slash at the end; or empty.
    outside: String,
    /// Why not.
    outside_is: Choice,
}

impl<F: PathFilter> Selection<F> {
    /// Nothing has been asked yet.
    pub const fn new(filter: F) -> Self {
        Self { filter, inside: String::new(), outside: String::new(), outside_is: Choice::Out }
    }

    /// Whether the file at a path takes part, and all folders it is in.
    pub fn choose(&mut self, path: &str) -> Choice {
        let folders = self.choose_folders(path);
        if folders == Choice::In && self.filter.excludes_file(path) {
            return self.why_out(path);
        }
        folders
    }

    /// Whether all folders take part that a path is in.
    fn choose_folders(&mut self, path: &str) -> Choice {
        if !self.outside.is_empty() && path.starts_with(self.outside.as_str()) {
            return self.outside_is;
        }
        let known = common_folder(&self.inside, path);
        for (at, _) in path.match_indices('/') {
            if at < known {
                continue;
            }
            let (folder, _) = path.split_at(at);
            if self.filter.excludes_folder(folder) {
                set(&mut self.outside, folder);
                self.outside_is = self.why_out(folder);
                return self.outside_is;
            }
            set(&mut self.inside, folder);
        }
        Choice::In
    }

    /// Whether the path is one of a file, with no slash at the end, and that is left out.
    pub(super) fn leaves_out(&mut self, path: &str) -> bool {
        !path.is_empty() && !path.ends_with('/') && self.choose(path) == Choice::Out
    }

    /// Whether a place takes part: a file, or, with a slash at the end, all of a folder. About that
    /// folder the filter is asked once more, since it may have been told of it only now.
    pub fn choose_place(&mut self, place: &str) -> Choice {
        let Some(folder) = place.strip_suffix('/') else {
            return if place.is_empty() { Choice::In } else { self.choose(place) };
        };
        if self.inside.starts_with(place) {
            self.inside.truncate(folder.rfind('/').map_or(0, |at| at + 1));
        }
        self.choose_folders(place)
    }

    /// Whether a folder could have a file of that name.
    pub(super) fn can_be_local(&mut self, path: &str) -> bool {
        // One that ends like a folder is no file's either.
        let is_inside = PathClass::of(path) == PathClass::Inside && !path.ends_with('/');
        is_inside && !path.is_empty() && self.filter.can_be_local(path)
    }

    /// What is left out without having been judged is unknown.
    fn why_out(&mut self, path: &str) -> Choice {
        if self.filter.unjudged(path).is_some() { Choice::Unknown } else { Choice::Out }
    }
}

fn set(memory: &mut String, folder: &str) {
    memory.clear();
    memory.push_str(folder);
    memory.push('/');
}

/// Bytes of the longest folder, its slash included, that both are in.
fn common_folder(folder: &str, path: &str) -> usize {
    let both = folder.bytes().zip(path.bytes()).enumerate();
    let mut len = 0;
    for (at, (a, b)) in both {
        if a != b {
            break;
        }
        if a == b'/' {
            len = at + 1;
        }
    }
    len
}

/// A range of times in milliseconds since the Unix epoch, both ends included; an end may be open.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct TimeRange {
    /// The earliest.
    pub from: Option<i64>,
    /// The latest.
    pub to: Option<i64>,
}

impl TimeRange {
    /// Whether a time is in it.
    pub fn contains(&self, ms: i64) -> bool {
        self.from.is_none_or(|from| from <= ms) && self.to.is_none_or(|to| ms <= to)
    }
}

/// Which entries of the source take part, by their times.
///
/// In a bucket each version is judged by itself, so an older one may stand for a name whose newest
/// is left out. An older hide marker does not: the name is there, and is left out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Times {
    /// When they were modified.
    pub modified_ms: TimeRange,
    /// When they were uploaded; local files are in any range.
    pub uploaded_ms: TimeRange,
}

impl Times {
    /// Whether an entry takes part.
    pub fn contain(&self, entry: &impl Entry) -> bool {
        self.modified_ms.contains(entry.modified_ms())
            && entry.uploaded_ms().is_none_or(|ms| self.uploaded_ms.contains(ms))
    }

    pub(super) fn has_negative(&self) -> bool {
        let ends = |range: TimeRange| [range.from, range.to].into_iter().flatten();
        ends(self.modified_ms).chain(ends(self.uploaded_ms)).any(|ms| ms < 0)
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;
    use std::vec::Vec;

    use super::*;

    /// Leaves out folders named `x` and files named `y`; notes what it is asked.
    #[derive(Default)]
    struct Noting(Vec<String>);

    impl PathFilter for Noting {
        fn excludes_folder(&mut self, path: &str) -> bool {
            self.0.push(path.to_string());
            path.ends_with('x')
        }

        fn excludes_file(&mut self, path: &str) -> bool {
            path.ends_with('y')
        }
    }

    #[test]
    fn every_folder_on_the_way_is_asked_for_once() {
        let mut selection = Selection::new(Noting::default());
        let paths = ["a/b/c", "a/b/d", "a/b/y", "a/x/1", "a/x/2/3", "a/x-/1", "ab", "b/1", "b/2/3"];
        let is_out = |path: &&str| selection.choose(path) == Choice::Out;
        let out: Vec<&str> = paths.into_iter().filter(is_out).collect();
        assert_eq!(out, ["a/b/y", "a/x/1", "a/x/2/3"]);
        assert_eq!(selection.filter.0, ["a", "a/b", "a/x", "a/x-", "b", "b/2"]);
    }

    /// What a rule says of files says nothing of a folder.
    #[test]
    fn a_folder_is_left_out_by_what_is_said_of_folders() {
        let mut selection = Selection::new(Noting::default());
        let places = ["", "a/", "a/x/", "a/x/y/", "b", "by", "by/", "x/y"];
        let is_out = |place: &&str| selection.choose_place(place) == Choice::Out;
        let out: Vec<&str> = places.into_iter().filter(is_out).collect();
        assert_eq!(out, ["a/x/", "a/x/y/", "by", "x/y"]);
    }

    /// One that was told of a folder only with the folder itself.
    #[test]
    fn a_folder_is_asked_for_once_more_when_its_place_comes() {
        let mut selection = Selection::new(Noting::default());
        for place in ["a/b/c", "a/b/d", "a/b/", "a/", ""] {
            assert_eq!(selection.choose_place(place), Choice::In);
        }
        assert_eq!(selection.filter.0, ["a", "a/b", "a/b", "a"]);
    }

    #[test]
    fn both_ends_of_a_range_belong_to_it() {
        let range = TimeRange { from: Some(3), to: Some(5) };
        assert!([3, 4, 5].into_iter().all(|ms| range.contains(ms)));
        assert!(!range.contains(2) && !range.contains(6));
        assert!(TimeRange::default().contains(i64::MIN));
    }
}
