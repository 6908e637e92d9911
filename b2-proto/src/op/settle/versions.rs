//! Which version of a file is the one that a lost request has made.

use super::Lost;
use crate::model::{FileVersion, ListEntry};
use crate::op::file_spec::FileSpec;
use crate::op::list_file_versions::FileVersionsPage;
use alloc::vec::Vec;

/// Newest versions of a name that are looked at. If none of so many that are younger than the
/// first attempt is the one, others have written the same name so often that it stays unclear.
pub(super) const ROWS_MAX: u32 = 20;

/// What was found among the versions of a name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Search {
    /// The version that the lost request has made. No other job of the session gets it any more.
    Found(FileVersion),
    /// The request has made no version.
    Missing,
    /// The page ended before that could be told.
    Unclear,
}

impl Lost<'_> {
    /// Looks for the first version of `name` that is like `is_it`, was made since the first
    /// attempt, and was given to no other job of the session.
    pub fn find(
        &mut self,
        page: FileVersionsPage,
        name: &str,
        is_it: impl Fn(&FileVersion) -> bool,
    ) -> Search {
        let has_more = page.next_file_name.is_some_and(|next| next == name);
        let rows = page.files.len();
        let of_name = page.files.into_iter().map_while(ListEntry::into_file);
        let since = of_name.take_while(|version| {
            version.file_name == name && version.upload_timestamp_ms >= self.since_ms
        });
        let since: Vec<_> = since.collect();
        let ends_here = since.len() < rows || !has_more;
        // The first that was made: later ones may be those of jobs that began later.
        let mut matching = since.into_iter().rev().filter(is_it);
        match matching.find(|version| self.given.claim(version.file_id.as_str())) {
            Some(version) => Search::Found(version),
            None if ends_here => Search::Missing,
            None => Search::Unclear,
        }
    }
}

/// Whether a version has the file info of `spec` and nothing else, but for the keys in
/// `ignoring`. The service keeps keys in lower case.
pub fn has_info(version: &FileVersion, spec: &FileSpec<'_>, ignoring: &[&str]) -> bool {
    let counts = |key: &str| !ignoring.iter().any(|each| each.eq_ignore_ascii_case(key));
    let (mut wanted, mut is_same) = (0, true);
    spec.each_info(&mut |key, value| {
        if counts(key) {
            wanted += 1;
            let kept = version.file_info.get(&key.to_ascii_lowercase());
            is_same &= kept.is_some_and(|kept| kept == value);
        }
    });
    is_same && version.file_info.keys().filter(|key| counts(key)).count() == wanted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::session::given::Given;
    use crate::model::FileAction;
    use alloc::string::ToString as _;

    fn version(id: &str, name: &str, ms: u64) -> FileVersion {
        let mut version = FileVersion::new("a", "b", id, name, FileAction::Upload);
        version.upload_timestamp_ms = ms;
        version
    }

    fn page(rows: &[(&str, &str, u64)], next: Option<&str>) -> FileVersionsPage {
        let entry = |&(id, name, ms): &(&str, &str, u64)| ListEntry::File(version(id, name, ms));
        let files: Vec<_> = rows.iter().map(entry).collect();
        FileVersionsPage::new(files, next.map(Into::into), None)
    }

    /// The ID that is found among the rows since 100 ms, or why there is none.
    fn find(given: &mut Given, page: FileVersionsPage) -> Result<alloc::string::String, Search> {
        let mut lost = Lost { since_ms: 100, given };
        match lost.find(page, "n", |version| version.file_id != "4_other") {
            Search::Found(version) => Ok(version.file_id.as_str().to_string()),
            other @ (Search::Missing | Search::Unclear) => Err(other),
        }
    }

    #[test]
    fn only_what_is_younger_than_the_attempt_counts() {
        let mut given = Given::default();
        let rows = [("4_other", "n", 120), ("4_it", "n", 100), ("4_old", "n", 99)];
        assert_eq!(find(&mut given, page(&rows, None)), Ok("4_it".into()));
        let old = [("4_other", "n", 120), ("4_old", "n", 99)];
        assert_eq!(find(&mut given, page(&old, Some("n"))), Err(Search::Missing));
        assert_eq!(find(&mut given, page(&[("4_x", "nn", 120)], None)), Err(Search::Missing));
        assert_eq!(find(&mut given, page(&[], None)), Err(Search::Missing));
    }

    #[test]
    fn the_first_that_was_made_is_taken_and_no_other_job_gets_it() {
        // Another job with the same content has lost its answer, too, a little later.
        let rows = [("4_later", "n", 150), ("4_other", "n", 130), ("4_first", "n", 120)];
        let mut given = Given::default();
        assert_eq!(find(&mut given, page(&rows, None)), Ok("4_first".into()));
        assert_eq!(find(&mut given, page(&rows, None)), Ok("4_later".into()));
        assert_eq!(find(&mut given, page(&rows, None)), Err(Search::Missing));
    }

    #[test]
    fn a_page_of_strangers_tells_nothing() {
        let rows = [("4_other", "n", 120)];
        let mut given = Given::default();
        assert_eq!(find(&mut given, page(&rows, Some("n"))), Err(Search::Unclear));
        assert_eq!(find(&mut given, page(&rows, Some("nn"))), Err(Search::Missing));
    }

    #[test]
    fn the_file_info_is_compared_both_ways() {
        let info = [("Camera", "box"), ("x", "1")];
        let mut spec = FileSpec::new("b", "n");
        spec.info = &info;
        let with = |pairs: &[(&str, &str)]| {
            let mut kept = version("4_z", "n", 1);
            kept.file_info = pairs.iter().map(|&(key, value)| (key.into(), value.into())).collect();
            kept
        };
        let whole = [("camera", "box"), ("x", "1")];
        assert!(has_info(&with(&whole), &spec, &[]));
        assert!(!has_info(&with(&[("camera", "box")]), &spec, &[]));
        assert!(!has_info(&with(&[("camera", "bag"), ("x", "1")]), &spec, &[]));
        let more = [("camera", "box"), ("x", "1"), ("large_file_sha1", "5a")];
        assert!(!has_info(&with(&more), &spec, &[]));
        assert!(has_info(&with(&more), &spec, &["large_file_sha1"]));
        assert!(has_info(&with(&[("camera", "box")]), &spec, &["X"]));
    }
}
