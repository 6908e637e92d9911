//! `b2_list_unfinished_large_files` (spec 3.25): what was started and not finished.

use crate::error::Error;
use crate::limits::UNFINISHED_PAGE_LEN_MAX;
use crate::op::needs::Needs;
use crate::op::receipt::Receipt;
use crate::op::{CALL_TIMEOUT_MS, Class, Idempotency, Operation, Spec, check_id};
use crate::policy::retry::RetryClass;
use crate::wire::body::{Body, WriteJson};
use crate::wire::json_write::Writer;
use crate::wire::reply::Reply;
use core::fmt;
use core::marker::PhantomData;

/// Lists the unfinished large files of a bucket, the oldest first.
///
/// With `alloc` the answer is an [`UnfinishedPage`]:
/// [`op::ListUnfinishedLargeFiles`](crate::op::ListUnfinishedLargeFiles).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ListUnfinishedLargeFiles<S, R> {
    /// The bucket.
    pub bucket_id: S,
    /// Only names that begin with this.
    pub name_prefix: Option<S>,
    /// Where to begin; this file is included.
    pub start_file_id: Option<S>,
    /// Rows of a page, 100 at most.
    pub max_file_count: Option<u32>,
    receipt: PhantomData<fn() -> R>,
}

impl<S: AsRef<str>, R: Receipt> ListUnfinishedLargeFiles<S, R> {
    /// All unfinished large files of a bucket, a hundred in a page.
    pub const fn new(bucket_id: S) -> Self {
        Self {
            bucket_id,
            name_prefix: None,
            start_file_id: None,
            max_file_count: Some(UNFINISHED_PAGE_LEN_MAX),
            receipt: PhantomData,
        }
    }

    /// Only names that begin with `prefix`.
    #[must_use]
    pub fn prefix(mut self, prefix: S) -> Self {
        self.name_prefix = Some(prefix);
        self
    }

    /// From this file on.
    #[must_use]
    pub fn start_at(mut self, file_id: S) -> Self {
        self.start_file_id = Some(file_id);
        self
    }

    /// With `count` rows in a page.
    #[must_use]
    pub fn page_len(mut self, count: u32) -> Self {
        self.max_file_count = Some(count);
        self
    }
}

impl<S: AsRef<str>, R> WriteJson for ListUnfinishedLargeFiles<S, R> {
    fn write_json(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        Writer::new(out).object(|out| {
            out.key("bucketId")?.string(self.bucket_id.as_ref())?;
            if let Some(prefix) = &self.name_prefix {
                out.key("namePrefix")?.string(prefix.as_ref())?;
            }
            if let Some(id) = &self.start_file_id {
                out.key("startFileId")?.string(id.as_ref())?;
            }
            if let Some(count) = self.max_file_count {
                out.key("maxFileCount")?.unsigned(count.into())?;
            }
            Ok(())
        })
    }
}

impl<S: AsRef<str>, R: Receipt> Operation for ListUnfinishedLargeFiles<S, R> {
    type Output = R;

    const SPEC: Spec = Spec {
        name: "b2_list_unfinished_large_files",
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
        check_id("bucket", self.bucket_id.as_ref())?;
        self.start_file_id.iter().try_for_each(|id| check_id("file", id.as_ref()))?;
        match self.max_file_count {
            Some(count) if count > UNFINISHED_PAGE_LEN_MAX => {
                Err(Error::invalid("a page has 100 rows at most"))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn needs(&self) -> Needs<'_> {
        Needs::of(Self::SPEC.capability).in_bucket(self.bucket_id.as_ref())
    }

    fn body(&self) -> Body<'_> {
        Body::Json(self)
    }

    fn parse(&self, reply: &Reply<'_>) -> Result<R, Error> {
        R::read(reply.body)
    }
}

#[cfg(feature = "alloc")]
mod page {
    use alloc::string::String;
    use alloc::vec::Vec;

    use serde::{Deserialize, Serialize};

    use super::{Error, ListUnfinishedLargeFiles, Receipt};
    use crate::model::{FileId, FileVersion};
    use crate::op::{Paged, from_json};

    /// One page of unfinished large files.
    #[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
    #[serde(rename_all = "camelCase")]
    #[non_exhaustive]
    pub struct UnfinishedPage {
        /// Unfinished large files; may be empty also when more follow.
        pub files: Vec<FileVersion>,
        /// The file the next page begins with. `None` at the end.
        #[serde(default)]
        pub next_file_id: Option<FileId>,
        /// In every recorded answer, and always `None` there: only the ID leads on.
        #[serde(default)]
        pub next_file_name: Option<String>,
    }

    impl UnfinishedPage {
        /// A page, and where the next one begins.
        pub const fn new(files: Vec<FileVersion>, next_file_id: Option<FileId>) -> Self {
            Self { files, next_file_id, next_file_name: None }
        }
    }

    impl Receipt for UnfinishedPage {
        fn read(body: &[u8]) -> Result<Self, Error> {
            from_json(body)
        }
    }

    impl Paged for ListUnfinishedLargeFiles<String, UnfinishedPage> {
        type Item = FileVersion;

        fn split(&self, page: UnfinishedPage) -> (Vec<FileVersion>, Option<Self>) {
            let next = page.next_file_id.map(|id| self.clone().start_at(id.as_str().into()));
            (page.files, next)
        }
    }
}

#[cfg(feature = "alloc")]
pub use page::UnfinishedPage;

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use std::string::String;

    use super::*;
    use crate::op::Paged as _;
    use crate::op::testing::{answers, refuses, writes};

    const NAME: &str = "b2_list_unfinished_large_files";

    fn list() -> ListUnfinishedLargeFiles<String, UnfinishedPage> {
        ListUnfinishedLargeFiles::new("8d62".into())
    }

    #[test]
    fn the_request() {
        writes(&list(), NAME, r#"{"bucketId":"8d62","maxFileCount":100}"#);
        let most = list().prefix("a \"b\"/".into()).start_at("4_z1".into()).page_len(7);
        let json = r#"{"bucketId":"8d62","maxFileCount":7,"namePrefix":"a \"b\"/",
            "startFileId":"4_z1"}"#;
        writes(&most, NAME, json);
        refuses(&list().page_len(101), "100");
        refuses(&list().start_at("/".into()), "file ID");
    }

    #[test]
    fn pages_follow_each_other() {
        let page = answers(
            &list(),
            r#"{"files":[{"accountId":"a","action":"start","bucketId":"8d62","contentLength":0,
                "contentMd5":null,"contentSha1":"none","contentType":"text/plain",
                "fileId":"4_z1","fileInfo":{},"fileName":"big","uploadTimestamp":1000}],
                "nextFileId":"4_z2","nextFileName":null}"#,
        );
        let (files, next) = list().split(page);
        assert!(!files[0].is_finished());
        assert_eq!(next, Some(list().start_at("4_z2".into())));
        let last = answers(&list(), r#"{"files":[],"nextFileId":null}"#);
        assert_eq!(list().split(last).1, None);
    }
}
