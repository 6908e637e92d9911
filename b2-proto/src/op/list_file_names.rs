//! `b2_list_file_names` (spec 3.21, 4.12).

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::limits;
use crate::model::{BucketId, ListEntry};
use crate::op::json::{from_json, json_body};
use crate::op::needs::Needs;
use crate::op::{CALL_TIMEOUT_MS, Class, Idempotency, Operation, Paged, Spec, check, check_id};
use crate::policy::retry::RetryClass;
use crate::wire::body::Body;
use crate::wire::reply::Reply;

/// Lists the files of a bucket that can be seen: of each name the newest version, unless it is
/// hidden. Names are in the order of their UTF-8 bytes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ListFileNames {
    /// The bucket.
    pub bucket_id: BucketId,
    /// Where to begin; this name is included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_file_name: Option<String>,
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

impl ListFileNames {
    /// All files of a bucket, a thousand in a page.
    pub fn new(bucket: impl Into<BucketId>) -> Self {
        Self {
            bucket_id: bucket.into(),
            start_file_name: None,
            max_file_count: Some(limits::ROWS_PER_TRANSACTION),
            prefix: None,
            delimiter: None,
        }
    }

    /// From this name on.
    #[must_use]
    pub fn start_at(mut self, name: impl Into<String>) -> Self {
        self.start_file_name = Some(name.into());
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

/// One page of file names.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FileNamesPage {
    /// Files and folders; may be empty also when more follow.
    pub files: Vec<ListEntry>,
    /// Where the next page begins; not always the name of a file. `None` at the end.
    #[serde(default)]
    pub next_file_name: Option<String>,
}

impl FileNamesPage {
    /// A page, and where the next one begins.
    pub const fn new(files: Vec<ListEntry>, next_file_name: Option<String>) -> Self {
        Self { files, next_file_name }
    }
}

json_body!(ListFileNames);

impl Operation for ListFileNames {
    type Output = FileNamesPage;

    const SPEC: Spec = Spec {
        name: "b2_list_file_names",
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
        check::page_len(self.max_file_count, limits::FILES_PAGE_LEN_MAX)
    }

    fn needs(&self) -> Needs<'_> {
        Needs::of(Self::SPEC.capability).in_bucket(self.bucket_id.as_str())
    }

    fn body(&self) -> Body<'_> {
        Body::Json(self)
    }

    fn parse(&self, reply: &Reply<'_>) -> Result<FileNamesPage, Error> {
        from_json(reply.body)
    }
}

impl Paged for ListFileNames {
    type Item = ListEntry;

    fn split(&self, page: FileNamesPage) -> (Vec<ListEntry>, Option<Self>) {
        let next = page.next_file_name.map(|name| self.clone().start_at(name));
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
        sends(&ListFileNames::new("8d62"), "b2_list_file_names", json);
        let most =
            ListFileNames::new("8d62").start_at("a/b").page_len(7).prefix("a/").delimiter("/");
        sends(
            &most,
            "b2_list_file_names",
            r#"{"bucketId":"8d62","startFileName":"a/b","maxFileCount":7,"prefix":"a/",
                "delimiter":"/"}"#,
        );
        refuses(&ListFileNames::new("8d62").page_len(10_001), "10000");
    }

    #[test]
    fn pages_follow_each_other() {
        let list = ListFileNames::new("8d62").prefix("a/");
        let page = answers(
            &list,
            r#"{"files":[{"accountId":"a","action":"folder","bucketId":"8d62",
                "contentLength":0,"fileId":null,"fileName":"a/b/"}],"nextFileName":"a/b/c "}"#,
        );
        let (rows, next) = list.split(page);
        assert_eq!(rows[0].name(), "a/b/");
        assert_eq!(next, Some(list.clone().start_at("a/b/c ")));
        let (rows, next) = list.split(answers(&list, r#"{"files":[],"nextFileName":null}"#));
        assert!(rows.is_empty() && next.is_none());
    }
}
