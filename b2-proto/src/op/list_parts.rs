//! `b2_list_parts` (spec 3.24): what is stored of an unfinished large file.

use crate::error::Error;
use crate::limits::{PARTS_PAGE_LEN_MAX, ROWS_PER_TRANSACTION};
use crate::op::receipt::Receipt;
use crate::op::{CALL_TIMEOUT_MS, Class, Idempotency, Operation, Spec, check_id};
use crate::policy::retry::RetryClass;
use crate::wire::body::{Body, WriteJson};
use crate::wire::json_write::Writer;
use crate::wire::reply::Reply;
use core::fmt;
use core::marker::PhantomData;

/// Lists the parts of an unfinished large file by their numbers.
///
/// With `alloc` the answer is a [`PartsPage`]: [`op::ListParts`](crate::op::ListParts).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ListParts<S, R> {
    /// The large file.
    pub file_id: S,
    /// Where to begin; this number is included.
    pub start_part_number: Option<u32>,
    /// Rows of a page, 1,000 at most.
    pub max_part_count: Option<u32>,
    receipt: PhantomData<fn() -> R>,
}

impl<S: AsRef<str>, R: Receipt> ListParts<S, R> {
    /// All parts of `file_id`, a thousand in a page.
    pub const fn new(file_id: S) -> Self {
        Self {
            file_id,
            start_part_number: None,
            max_part_count: Some(ROWS_PER_TRANSACTION),
            receipt: PhantomData,
        }
    }

    /// From this part number on.
    #[must_use]
    pub fn start_at(mut self, number: u32) -> Self {
        self.start_part_number = Some(number);
        self
    }

    /// With `count` rows in a page.
    #[must_use]
    pub fn page_len(mut self, count: u32) -> Self {
        self.max_part_count = Some(count);
        self
    }
}

impl<S: AsRef<str>, R> WriteJson for ListParts<S, R> {
    fn write_json(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        Writer::new(out).object(|out| {
            out.key("fileId")?.string(self.file_id.as_ref())?;
            if let Some(number) = self.start_part_number {
                out.key("startPartNumber")?.unsigned(number.into())?;
            }
            if let Some(count) = self.max_part_count {
                out.key("maxPartCount")?.unsigned(count.into())?;
            }
            Ok(())
        })
    }
}

impl<S: AsRef<str>, R: Receipt> Operation for ListParts<S, R> {
    type Output = R;

    const SPEC: Spec = Spec {
        name: "b2_list_parts",
        capability: "writeFiles",
        class: Class::C,
        idempotency: Idempotency::Safe,
        retry: RetryClass::Call,
        timeout_ms: CALL_TIMEOUT_MS,
    };

    fn reply_len_max(&self) -> u32 {
        crate::op::page_reply_len_max(self.max_part_count)
    }

    fn check(&self) -> Result<(), Error> {
        check_id("file", self.file_id.as_ref())?;
        match self.max_part_count {
            Some(count) if count > PARTS_PAGE_LEN_MAX => {
                Err(Error::invalid("a page has 1000 rows at most"))
            }
            Some(_) | None => Ok(()),
        }
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
    use alloc::vec::Vec;

    use serde::{Deserialize, Serialize};

    use super::{Error, ListParts, Receipt};
    use crate::model::Part;
    use crate::op::{Paged, from_json};

    /// One page of parts.
    #[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
    #[serde(rename_all = "camelCase")]
    #[non_exhaustive]
    pub struct PartsPage {
        /// Parts; may be empty also when more follow.
        pub parts: Vec<Part>,
        /// Where the next page begins; there may be no such part. `None` at the end.
        #[serde(default)]
        pub next_part_number: Option<u32>,
    }

    impl PartsPage {
        /// A page, and where the next one begins.
        pub const fn new(parts: Vec<Part>, next_part_number: Option<u32>) -> Self {
            Self { parts, next_part_number }
        }
    }

    impl Receipt for PartsPage {
        fn read(body: &[u8]) -> Result<Self, Error> {
            from_json(body)
        }
    }

    impl<S: AsRef<str> + Clone> Paged for ListParts<S, PartsPage> {
        type Item = Part;

        fn split(&self, page: PartsPage) -> (Vec<Part>, Option<Self>) {
            (page.parts, page.next_part_number.map(|number| self.clone().start_at(number)))
        }
    }
}

#[cfg(feature = "alloc")]
pub use page::PartsPage;

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;
    use crate::op::Paged as _;
    use crate::op::testing::{answers, refuses, writes};

    fn list() -> ListParts<&'static str, PartsPage> {
        ListParts::new("4_z1")
    }

    #[test]
    fn the_request() {
        writes(&list(), "b2_list_parts", r#"{"fileId":"4_z1","maxPartCount":1000}"#);
        let json = r#"{"fileId":"4_z1","maxPartCount":7,"startPartNumber":3}"#;
        writes(&list().start_at(3).page_len(7), "b2_list_parts", json);
        let mut least = list();
        least.max_part_count = None;
        writes(&least, "b2_list_parts", r#"{"fileId":"4_z1"}"#);
        refuses(&list().page_len(1_001), "1000");
        refuses(&ListParts::<_, PartsPage>::new(""), "file ID");
    }

    #[test]
    fn pages_follow_each_other() {
        let page = answers(
            &list(),
            r#"{"parts":[{"contentLength":5000000,"contentMd5":null,
                "contentSha1":"da39a3ee5e6b4b0d3255bfef95601890afd80709","fileId":"4_z1",
                "partNumber":1,"serverSideEncryption":{"algorithm":null,"mode":null},
                "uploadTimestamp":1637248690000}],"nextPartNumber":10001}"#,
        );
        let (parts, next) = list().split(page);
        assert_eq!(parts[0].part_number, 1);
        assert_eq!(next, Some(list().start_at(10_001)));
        let last = answers(&list(), r#"{"parts":[],"nextPartNumber":null}"#);
        assert_eq!(list().split(last).1, None);
    }
}
