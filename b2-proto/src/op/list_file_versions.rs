//! `b2_list_file_versions` (spec 3.22, 4.12).

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::limits;
use crate::model::{BucketId, FileId, ListEntry};
use crate::op::check::{self, ensure};
use crate::op::json::{from_json, json_body};
use crate::op::needs::Needs;
use crate::op::{CALL_TIMEOUT_MS, Class, Idempotency, Operation, Paged, Spec, check_id};
use crate::policy::retry::RetryClass;
use crate::wire::body::Body;
use crate::wire::reply::Reply;

mod one_name;

pub use one_name::VersionsOfName;

/// Lists everything in a bucket: finished versions, hide markers and unfinished large files.
///
/// Names are in the order of their UTF-8 bytes, versions of one name newest first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ListFileVersions {
    /// The bucket.
    pub bucket_id: BucketId,
    /// Where to begin; this name is included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_file_name: Option<String>,
    /// With which version of that name to begin; this version is included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_file_id: Option<FileId>,
    /// Rows of a page, 10,000 at most; each started thousand is charged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_file_count: Option<u32>,
    /// Only names that begin with this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// Names that go on behind this, looked for after the prefix, become one folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<String>,
}

impl ListFileVersions {
    /// Everything in a bucket, a thousand in a page.
    pub fn new(bucket: impl Into<BucketId>) -> Self {
        Self {
            bucket_id: bucket.into(),
            start_file_name: None,
            start_file_id: None,
            max_file_count: Some(limits::ROWS_PER_TRANSACTION),
            prefix: None,
            delimiter: None,
        }
    }

    /// From the newest version of this name on.
    #[must_use]
    pub fn start_at(mut self, name: impl Into<String>) -> Self {
        self.start_file_name = Some(name.into());
        self.start_file_id = None;
        self
    }

    /// From this version on.
    #[must_use]
    pub fn start_at_version(mut self, name: impl Into<String>, id: impl Into<FileId>) -> Self {
        self.start_file_name = Some(name.into());
        self.start_file_id = Some(id.into());
        self
    }

    /// With `count` rows in a page.
    #[must_use]
    pub const fn page_len(mut self, count: u32) -> Self {
        self.max_file_count = Some(count);
        self
    }

    /// Only names that begin with `prefix`.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = Some(prefix.into());
        self
    }

    /// With folders, usually of `/`.
    #[must_use]
    pub fn delimiter(mut self, delimiter: impl Into<String>) -> Self {
        self.delimiter = Some(delimiter.into());
        self
    }
}

/// One page of versions.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FileVersionsPage {
    /// Versions and folders; may be empty also when more follow.
    pub files: Vec<ListEntry>,
    /// The name the next page begins with. `None` at the end.
    #[serde(default)]
    pub next_file_name: Option<String>,
    /// The version the next page begins with; may be `None` while there is a name.
    #[serde(default)]
    pub next_file_id: Option<FileId>,
}

impl FileVersionsPage {
    /// A page, and where the next one begins.
    pub const fn new(
        files: Vec<ListEntry>,
        next_file_name: Option<String>,
        next_file_id: Option<FileId>,
    ) -> Self {
        Self { files, next_file_name, next_file_id }
    }
}

json_body!(ListFileVersions);

impl Operation for ListFileVersions {
    type Output = FileVersionsPage;

    const SPEC: Spec = Spec {
        name: "b2_list_file_versions",
        capability: "listFiles",
        class: Class::C,
        idempotency: Idempotency::Safe,
        retry: RetryClass::Call,
        timeout_ms: CALL_TIMEOUT_MS,
    };

    fn reply_len_max(&self) -> u32 {
        crate::op::page_reply_len_max(self.max_file_count)
    }

    fn check(&self) -> Result<(), Error> {
        check_id("bucket", self.bucket_id.as_str())?;
        let fits = self.start_file_name.is_some() || self.start_file_id.is_none();
        ensure(fits, "a version to begin with needs its name")?;
        check::page_len(self.max_file_count, limits::FILES_PAGE_LEN_MAX)
    }

    fn needs(&self) -> Needs<'_> {
        Needs::of(Self::SPEC.capability).in_bucket(self.bucket_id.as_str())
    }

    fn body(&self) -> Body<'_> {
        Body::Json(self)
    }

    fn parse(&self, reply: &Reply<'_>) -> Result<FileVersionsPage, Error> {
        from_json(reply.body)
    }
}

impl Paged for ListFileVersions {
    type Item = ListEntry;

    fn split(&self, page: FileVersionsPage) -> (Vec<ListEntry>, Option<Self>) {
        let next = page.next_file_name.map(|name| Self {
            start_file_name: Some(name),
            start_file_id: page.next_file_id,
            ..self.clone()
        });
        (page.files, next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::op::testing::{answers, refuses, sends};

    #[test]
    fn the_least_and_the_most() {
        let json = r#"{"bucketId":"8d62","maxFileCount":1000}"#;
        sends(&ListFileVersions::new("8d62"), "b2_list_file_versions", json);
        let most = ListFileVersions::new("8d62")
            .start_at_version("a/b", "4_z1")
            .page_len(10_000)
            .prefix("a/")
            .delimiter("/");
        sends(
            &most,
            "b2_list_file_versions",
            r#"{"bucketId":"8d62","startFileName":"a/b","startFileId":"4_z1",
                "maxFileCount":10000,"prefix":"a/","delimiter":"/"}"#,
        );
        assert_eq!(most.start_at("c").start_file_id, None);
    }

    #[test]
    fn pages_follow_each_other() {
        let list = ListFileVersions::new("8d62");
        let page = answers(&list, r#"{"files":[],"nextFileName":"a","nextFileId":"4_z1"}"#);
        let (_, second) = list.split(page);
        let second = second.expect("more");
        assert_eq!(second, list.clone().start_at_version("a", "4_z1"));
        // Behind a folder there is a name without an ID.
        let page = answers(&second, r#"{"files":[],"nextFileName":"b/","nextFileId":null}"#);
        assert_eq!(second.split(page).1, Some(list.clone().start_at("b/")));
        let page = answers(&list, r#"{"files":[],"nextFileName":null,"nextFileId":null}"#);
        assert_eq!(list.split(page).1, None);
    }

    #[test]
    fn what_cannot_be_meant_is_not_sent() {
        let mut list = ListFileVersions::new("8d62");
        list.start_file_id = Some("4_z1".into());
        refuses(&list, "needs its name");
        refuses(&ListFileVersions::new("8d62").page_len(10_001), "10000");
        let len_max = |rows| ListFileVersions::new("8d62").page_len(rows).reply_len_max();
        assert_eq!(len_max(20), (256 + 20 * 24) << 10, "memory goes by what was asked for");
        assert_eq!(len_max(10_000), 128 << 20);
    }
}
