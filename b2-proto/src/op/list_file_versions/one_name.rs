//! The versions of one name: the rows of a listing up to the first of another name.

use alloc::string::String;
use alloc::vec::Vec;

use super::{FileVersionsPage, ListFileVersions};
use crate::error::Error;
use crate::model::{BucketId, FileId, FileVersion, ListEntry};
use crate::op::needs::Needs;
use crate::op::{Operation, Paged, Spec, check_name};
use crate::wire::body::Body;
use crate::wire::reply::Reply;

/// Lists everything that has exactly one name, the newest first: finished versions, hide markers
/// and unfinished large files. It ends where the next name begins, and does not read on.
///
/// ```
/// use b2_proto::machine::pages::Pages;
/// use b2_proto::op::VersionsOfName;
///
/// let job = Pages::new(VersionsOfName::new("8d625eb63be2775577c70e1a", "a.txt"), 1_000);
/// # let _ = job;
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VersionsOfName {
    name: String,
    list: ListFileVersions,
}

impl VersionsOfName {
    /// All versions of `name`, a thousand in a page.
    pub fn new(bucket: impl Into<BucketId>, name: impl Into<String>) -> Self {
        let name = name.into();
        // The prefix leaves out what comes behind all names that begin like this one.
        let list = ListFileVersions::new(bucket).start_at(name.as_str()).prefix(name.as_str());
        Self { name, list }
    }

    /// From this version on, to those that are older.
    #[must_use]
    pub fn start_at_version(mut self, id: impl Into<FileId>) -> Self {
        self.list.start_file_id = Some(id.into());
        self
    }

    /// With `count` rows in a page, 10,000 at most; each started thousand is charged.
    #[must_use]
    pub fn page_len(mut self, count: u32) -> Self {
        self.list = self.list.page_len(count);
        self
    }
}

impl Operation for VersionsOfName {
    type Output = FileVersionsPage;

    const SPEC: Spec = ListFileVersions::SPEC;

    fn check(&self) -> Result<(), Error> {
        check_name(&self.name)?;
        self.list.check()
    }

    fn needs(&self) -> Needs<'_> {
        self.list.needs()
    }

    fn body(&self) -> Body<'_> {
        self.list.body()
    }

    fn reply_len_max(&self) -> u32 {
        self.list.reply_len_max()
    }

    fn parse(&self, reply: &Reply<'_>) -> Result<FileVersionsPage, Error> {
        self.list.parse(reply)
    }
}

impl Paged for VersionsOfName {
    type Item = FileVersion;

    fn split(&self, page: FileVersionsPage) -> (Vec<FileVersion>, Option<Self>) {
        let (rows, next) = self.list.split(page);
        let is_it = |row: &ListEntry| row.name() == self.name;
        let goes_on = rows.iter().all(is_it);
        let next = next
            .filter(|next| goes_on && next.start_file_name.as_deref() == Some(self.name.as_str()));
        let versions = rows.into_iter().filter(is_it).filter_map(ListEntry::into_file).collect();
        (versions, next.map(|list| Self { name: self.name.clone(), list }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::op::testing::{answers, refuses, sends};

    const NAME: &str = "b2_list_file_versions";

    fn row(name: &str) -> String {
        std::format!(
            r#"{{"accountId":"a","action":"upload","bucketId":"8d62","contentLength":1,
                "fileId":"4_z","fileName":"{name}","uploadTimestamp":1}}"#
        )
    }

    #[test]
    fn other_names_end_it() {
        let list = VersionsOfName::new("8d62", "a").page_len(2);
        sends(
            &list.list,
            NAME,
            r#"{"bucketId":"8d62","startFileName":"a","maxFileCount":2,"prefix":"a"}"#,
        );
        let split = |files: &[&str], next: &str| {
            let files = files.iter().map(|name| row(name)).collect::<Vec<_>>().join(",");
            let json =
                std::format!(r#"{{"files":[{files}],"nextFileName":"{next}","nextFileId":"4_y"}}"#);
            let (versions, next) = list.split(answers(&list, &json));
            (versions.len(), next)
        };
        let (count, next) = split(&["a", "a"], "a");
        let next = next.expect("more of the name");
        assert_eq!((count, next.list.start_file_id), (2, Some("4_y".into())));
        assert_eq!(split(&["a", "a/b"], "a/c"), (1, None));
        assert_eq!(split(&["a", "a"], "a/b"), (2, None));
        // A page in the middle may be empty.
        assert!(split(&[], "a").1.is_some());
    }

    #[test]
    fn a_name_is_a_name() {
        refuses(&VersionsOfName::new("8d62", ""), "name");
        let later = VersionsOfName::new("8d62", "a").start_at_version("4_x");
        sends(
            &later.list,
            NAME,
            r#"{"bucketId":"8d62","startFileName":"a","startFileId":"4_x","maxFileCount":1000,
                "prefix":"a"}"#,
        );
    }
}
