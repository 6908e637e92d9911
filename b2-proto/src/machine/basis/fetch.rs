//! The manifest of a file's blocks (`plan::blocks`), downloaded by ID.
//!
//! It is metadata like the answer to any call, and no longer than they may be; so it is read as
//! one and not stored in a sink.

use crate::error::{Error, ErrorKind};
use crate::model::FileId;
use crate::op::download::BY_ID;
use crate::op::new_file::CustomerKeyText;
use crate::op::receipt::parse_sha1;
use crate::op::{Grant, Operation, Spec, check_id};
use crate::plan::blocks::{MANIFEST_LEN_MAX, Manifest, ManifestError};
use crate::policy::retry::RetryClass;
use crate::wire::body::Body;
use crate::wire::head::{Auth, Field, FieldSet, Fields, Head, Method, NO_QUERY, Target};
use crate::wire::reply::Reply;
use crate::wire::text::Sha1;

/// Downloads a manifest and reads it.
#[derive(Clone, Debug)]
pub(super) struct FetchManifest {
    file_id: FileId,
    customer_key: Option<CustomerKeyText>,
}

impl FetchManifest {
    /// The manifest that is this version of a file.
    pub(super) fn new(file_id: impl Into<FileId>) -> Self {
        Self { file_id: file_id.into(), customer_key: None }
    }

    /// With the key it is encrypted with.
    pub(super) fn customer_key(mut self, key: Option<CustomerKeyText>) -> Self {
        self.customer_key = key;
        self
    }
}

impl Fields for FetchManifest {
    fn each(&self, put: &mut dyn FnMut(Field<'_>)) {
        if let Some(key) = &self.customer_key {
            key.as_ref().each_field(put);
        }
    }
}

impl Operation for FetchManifest {
    type Output = Result<Manifest, ManifestError>;

    const SPEC: Spec = Spec { retry: RetryClass::Call, ..BY_ID };

    // As many as fit 32 bits.
    #[expect(clippy::cast_possible_truncation, reason = "24 MiB")]
    fn reply_len_max(&self) -> u32 {
        MANIFEST_LEN_MAX as u32
    }

    fn check(&self) -> Result<(), Error> {
        check_id("file", self.file_id.as_str())
    }

    fn head<'a>(&'a self, grant: &'a Grant) -> Head<'a> {
        Head {
            method: Method::Get,
            target: Target::FileById {
                base: grant.download_url.as_str(),
                file_id: self.file_id.as_str(),
                query: NO_QUERY,
            },
            auth: Auth::Token(grant.token.expose()),
            wants_json: false,
            fields: FieldSet::Other(self),
            ..Head::json("", "", "")
        }
    }

    fn body(&self) -> Body<'_> {
        Body::Empty
    }

    /// # Errors
    /// [`Protocol`](ErrorKind::Protocol), when other bytes have arrived than the service has.
    fn parse(&self, reply: &Reply<'_>) -> Result<Self::Output, Error> {
        let stored = reply.headers.value("X-Bz-Content-Sha1").and_then(parse_sha1);
        if stored.is_some_and(|stored| stored != Sha1::of(reply.body)) {
            return Err(Error::new(ErrorKind::Protocol, "the manifest has another SHA-1"));
        }
        Ok(Manifest::read(reply.body.to_vec()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::CustomerKey;
    use crate::op::testing::{grant, refuses};
    use std::string::ToString as _;
    use std::vec::Vec;

    #[test]
    fn the_request() {
        let key = CustomerKeyText::new(&CustomerKey::new([0; 32]), Some("mine"));
        let fetch = FetchManifest::new("4_z1").customer_key(Some(key));
        let grant = grant();
        let head = fetch.head(&grant);
        assert_eq!(head.method, Method::Get);
        let url = "https://f.test/b2api/v4/b2_download_file_by_id?fileId=4_z1";
        assert_eq!(head.target.to_string(), url);
        let mut names = Vec::new();
        head.each_field(&mut |field| names.push(field.name.to_string()));
        assert_eq!(names[0], "Authorization");
        assert!(names.contains(&"X-Bz-Server-Side-Encryption-Customer-Key".to_string()));
        refuses(&FetchManifest::new("4/z"), "file ID");
    }

    #[test]
    fn the_answer_is_compared_and_read() {
        let fetch = FetchManifest::new("4_z1");
        let sha1 = Sha1::of(b"foreign").to_string();
        let headers = [("X-Bz-Content-Sha1", sha1.as_str())];
        let reply = |body| Reply { status: 200, headers: &headers, body };
        assert_eq!(fetch.parse(&reply(b"foreign")), Ok(Err(ManifestError::Foreign)));
        let error = fetch.parse(&reply(b"damaged")).expect_err("another SHA-1");
        assert_eq!(error.kind, ErrorKind::Protocol);
    }
}
