//! `HEAD` of `b2_download_file_by_id` (spec 3.10): what is known about a version, without its
//! bytes.

use alloc::string::String;
use alloc::vec::Vec;

use crate::error::Error;
use crate::info::Override;
use crate::model::{CustomerKey, DownloadInfo, FileId};
use crate::op::head_file_by_name::key_fields;
use crate::op::needs::Needs;
use crate::op::{Class, DATA_TIMEOUT_MS, Grant, Idempotency, Operation, Spec, check_id};
use crate::policy::retry::RetryClass;
use crate::wire::body::Body;
use crate::wire::head::{Auth, Field, FieldSet, Fields, Head, Method, Target};
use crate::wire::reply::Reply;

/// Asks about a version by its ID, as the headers of a download tell it.
///
/// The service answers `not_found` for hide markers and unfinished files. A download
/// authorization does not work here.
///
/// ```
/// use b2_proto::op::HeadFileById;
///
/// let head = HeadFileById::new("4_z1");
/// # let _ = head;
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct HeadFileById {
    /// The version.
    pub file_id: FileId,
    /// The key of a file encrypted with SSE-C.
    pub customer_key: Option<CustomerKey>,
    /// Other values for some headers of the answer (spec 4.3.5).
    pub overrides: Vec<(Override, String)>,
}

impl HeadFileById {
    /// The version with this ID.
    pub fn new(file_id: impl Into<FileId>) -> Self {
        Self { file_id: file_id.into(), customer_key: None, overrides: Vec::new() }
    }

    /// With the key of a file encrypted with SSE-C.
    #[must_use]
    pub fn customer_key(mut self, key: CustomerKey) -> Self {
        self.customer_key = Some(key);
        self
    }

    /// With another value of a header of the answer.
    #[must_use]
    pub fn header(mut self, header: Override, value: impl Into<String>) -> Self {
        self.overrides.push((header, value.into()));
        self
    }
}

impl Fields for HeadFileById {
    fn each(&self, put: &mut dyn FnMut(Field<'_>)) {
        key_fields(self.customer_key.as_ref(), put);
    }
}

impl Operation for HeadFileById {
    type Output = DownloadInfo;

    const SPEC: Spec = Spec {
        name: "b2_download_file_by_id",
        capability: "readFiles",
        class: Class::B,
        idempotency: Idempotency::Safe,
        retry: RetryClass::Call,
        timeout_ms: DATA_TIMEOUT_MS,
    };

    fn check(&self) -> Result<(), Error> {
        check_id("file", self.file_id.as_str())
    }

    fn head<'a>(&'a self, grant: &'a Grant) -> Head<'a> {
        Head {
            method: Method::Head,
            target: Target::FileById {
                base: grant.download_url.as_str(),
                file_id: self.file_id.as_str(),
                query: &self.overrides,
            },
            auth: Auth::Token(grant.token.expose()),
            wants_json: false,
            fields: FieldSet::Other(self),
            ..Head::json("", "", "")
        }
    }

    /// Nothing for sure: everybody may read a public bucket.
    fn needs(&self) -> Needs<'_> {
        Needs::default()
    }

    fn body(&self) -> Body<'_> {
        Body::Empty
    }

    fn parse(&self, reply: &Reply<'_>) -> Result<DownloadInfo, Error> {
        DownloadInfo::read(reply.headers)
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString as _;

    use super::*;
    use crate::op::testing::{grant, refuses};

    #[test]
    fn the_request() {
        let key = CustomerKey::new([0; 32]);
        let most = HeadFileById::new("4_z1")
            .customer_key(key)
            .header(Override::ContentType, "text/plain; charset=utf-8");
        let grant = grant();
        let head = most.head(&grant);
        assert_eq!(head.method, Method::Head);
        assert_eq!(
            head.target.to_string(),
            "https://f.test/b2api/v4/b2_download_file_by_id?fileId=4_z1&b2ContentType=\
             text/plain%3B%20charset%3Dutf-8"
        );
        let mut fields = Vec::new();
        head.each_field(&mut |field| {
            fields.push((field.name.to_string(), field.value.to_string()));
        });
        assert_eq!(fields[0], ("Authorization".to_string(), "token".to_string()));
        assert_eq!(fields[3].1, "cLyPS3KoaSFGi/joRB3OUQ==");
    }

    #[test]
    fn the_answer_is_in_the_headers() {
        let answer =
            [("X-Bz-File-Id", "4_z1"), ("X-Bz-File-Name", "2026/a.jpg"), ("Content-Length", "11")];
        let reply = Reply { status: 200, headers: &answer, body: &[] };
        let info = HeadFileById::new("4_z1").parse(&reply).expect("readable");
        assert_eq!((info.file_name.as_str(), info.content_length), ("2026/a.jpg", 11));
    }

    #[test]
    fn what_is_no_id_is_not_sent() {
        refuses(&HeadFileById::new("4_z1&b2Expires=x"), "file ID");
    }
}
