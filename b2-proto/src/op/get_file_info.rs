//! `b2_get_file_info` (spec 3.16): everything about one file version.

use crate::error::Error;
use crate::op::receipt::Receipt;
use crate::op::{CALL_TIMEOUT_MS, Class, Idempotency, Operation, Spec};
use crate::policy::retry::RetryClass;
use crate::wire::body::{Body, WriteJson};
use crate::wire::json_write::Writer;
use crate::wire::reply::Reply;
use core::fmt;
use core::marker::PhantomData;

/// The call, for one file ID.
#[derive(Clone, Debug)]
pub struct GetFileInfo<S, R> {
    /// The file version.
    pub file_id: S,
    receipt: PhantomData<fn() -> R>,
}

impl<S: AsRef<str>, R: Receipt> GetFileInfo<S, R> {
    /// The call for `file_id`.
    pub const fn new(file_id: S) -> Self {
        Self { file_id, receipt: PhantomData }
    }
}

impl<S: AsRef<str>, R> WriteJson for GetFileInfo<S, R> {
    fn write_json(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        Writer::new(out).object(|out| out.key("fileId")?.string(self.file_id.as_ref()))
    }
}

impl<S: AsRef<str>, R: Receipt> Operation for GetFileInfo<S, R> {
    type Output = R;

    const SPEC: Spec = Spec {
        name: "b2_get_file_info",
        capability: "readFiles",
        class: Class::B,
        idempotency: Idempotency::Safe,
        retry: RetryClass::Call,
        timeout_ms: CALL_TIMEOUT_MS,
    };

    fn check(&self) -> Result<(), Error> {
        crate::op::check_id("file", self.file_id.as_ref())
    }

    fn body(&self) -> Body<'_> {
        Body::Json(self)
    }

    fn parse(&self, reply: &Reply<'_>) -> Result<R, Error> {
        R::read(reply.body)
    }
}
