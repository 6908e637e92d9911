//! `HEAD` of `b2_download_file_by_name` (spec 3.11): what is known about the visible file of a
//! name, without its bytes.

use alloc::string::String;
use alloc::vec::Vec;

use crate::error::Error;
use crate::info::Override;
use crate::model::{CustomerKey, DownloadInfo};
use crate::op::file_spec::CustomerKeyRef;
use crate::op::needs::Needs;
use crate::op::{Class, DATA_TIMEOUT_MS, Grant, Idempotency, Operation, Spec};
use crate::policy::retry::RetryClass;
use crate::secret::Secret;
use crate::wire::body::Body;
use crate::wire::head::{Auth, Field, FieldSet, Fields, Head, Method, Target};
use crate::wire::reply::Reply;

/// Asks about the newest version of a file by its name.
///
/// The service answers `not_found` when the name is hidden or does not exist.
///
/// ```
/// use b2_proto::op::HeadFileByName;
///
/// let head = HeadFileByName::new("photos", "2026/a.jpg");
/// # let _ = head;
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct HeadFileByName {
    /// The bucket's name.
    pub bucket_name: String,
    /// The file's name.
    pub file_name: String,
    /// The key of a file encrypted with SSE-C.
    pub customer_key: Option<CustomerKey>,
    /// A download authorization in place of the account's token.
    pub authorization: Option<Secret>,
    /// Other values for some headers of the answer (spec 4.3.5). A download authorization wants
    /// those it was made with, and no others.
    pub overrides: Vec<(Override, String)>,
}

impl HeadFileByName {
    /// The visible file of this name.
    pub fn new(bucket_name: impl Into<String>, file_name: impl Into<String>) -> Self {
        Self {
            bucket_name: bucket_name.into(),
            file_name: file_name.into(),
            customer_key: None,
            authorization: None,
            overrides: Vec::new(),
        }
    }

    /// With the key of a file encrypted with SSE-C.
    #[must_use]
    pub fn customer_key(mut self, key: CustomerKey) -> Self {
        self.customer_key = Some(key);
        self
    }

    /// With a token of `b2_get_download_authorization`.
    #[must_use]
    pub fn authorization(mut self, token: Secret) -> Self {
        self.authorization = Some(token);
        self
    }

    /// With another value of a header of the answer.
    #[must_use]
    pub fn header(mut self, header: Override, value: impl Into<String>) -> Self {
        self.overrides.push((header, value.into()));
        self
    }
}

impl Fields for HeadFileByName {
    fn each(&self, put: &mut dyn FnMut(Field<'_>)) {
        key_fields(self.customer_key.as_ref(), put);
    }
}

/// The headers of a request about a file encrypted with this key, if it is with one.
pub(super) fn key_fields(key: Option<&CustomerKey>, put: &mut dyn FnMut(Field<'_>)) {
    let Some(key) = key else { return };
    let (key_base64, md5_base64) = (key.to_base64(), key.md5_base64());
    let (key_base64, md5_base64) = (key_base64.expose(), md5_base64.as_str());
    CustomerKeyRef { key_base64, md5_base64, id: None }.each_field(put);
}

impl Operation for HeadFileByName {
    type Output = DownloadInfo;

    const SPEC: Spec = Spec {
        name: "b2_download_file_by_name",
        capability: "readFiles",
        class: Class::B,
        idempotency: Idempotency::Safe,
        retry: RetryClass::Call,
        timeout_ms: DATA_TIMEOUT_MS,
    };

    fn check(&self) -> Result<(), Error> {
        crate::op::check_bucket_path(&self.bucket_name)?;
        crate::op::check_name(&self.file_name)
    }

    fn head<'a>(&'a self, grant: &'a Grant) -> Head<'a> {
        let token =
            self.authorization.as_ref().map_or_else(|| grant.token.expose(), Secret::expose);
        Head {
            method: Method::Head,
            target: Target::FileByName {
                base: grant.download_url.as_str(),
                bucket: &self.bucket_name,
                name: &self.file_name,
                query: &self.overrides,
            },
            auth: Auth::Token(token),
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

    fn headers(head: &Head<'_>) -> Vec<(String, String)> {
        let mut list = Vec::new();
        head.each_field(&mut |field| {
            list.push((field.name.to_string(), field.value.to_string()));
        });
        list
    }

    #[test]
    fn the_request() {
        let plain = HeadFileByName::new("photos", "2026/a b.jpg");
        let grant = grant();
        let head = plain.head(&grant);
        assert_eq!(head.method, Method::Head);
        assert_eq!(head.target.to_string(), "https://f.test/file/photos/2026/a%20b.jpg");
        assert_eq!(headers(&head), [("Authorization".into(), "token".into())]);
        let other = plain.customer_key(CustomerKey::new([0; 32])).authorization("3_dnld".into());
        let list = headers(&other.head(&grant));
        assert_eq!(list[0].1, "3_dnld");
        assert_eq!(list[2].1, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
        assert_eq!(list[3].1, "cLyPS3KoaSFGi/joRB3OUQ==");
        assert!(!std::format!("{other:?}").contains("dnld"));
    }

    /// A token that fixes headers works for the same headers alone (spec 3.11).
    #[test]
    fn headers_of_the_answer_are_asked_for() {
        let head = HeadFileByName::new("photos", "a.jpg")
            .header(Override::ContentDisposition, "attachment; filename=\"a b.jpg\"")
            .header(Override::CacheControl, "no-store");
        assert_eq!(
            head.head(&grant()).target.to_string(),
            "https://f.test/file/photos/a.jpg?b2ContentDisposition=\
             attachment%3B%20filename%3D%22a%20b.jpg%22&b2CacheControl=no-store"
        );
    }

    #[test]
    fn the_answer_is_in_the_headers() {
        let answer =
            [("X-Bz-File-Id", "4_z1"), ("X-Bz-File-Name", "2026/a.jpg"), ("Content-Length", "11")];
        let reply = Reply { status: 200, headers: &answer, body: &[] };
        let info = HeadFileByName::new("photos", "2026/a.jpg").parse(&reply).expect("readable");
        assert_eq!((info.file_id, info.content_length), ("4_z1".into(), 11));
    }

    #[test]
    fn a_path_that_leads_elsewhere_is_not_sent() {
        refuses(&HeadFileByName::new("photos/..", "a"), "bucket");
        refuses(&HeadFileByName::new("", "a"), "bucket");
        refuses(&HeadFileByName::new("photos", ""), "name");
    }
}
