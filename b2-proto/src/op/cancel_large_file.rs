//! `b2_cancel_large_file` (spec 3.2): drops an unfinished large file with all its parts.
//!
//! Its output is nothing when the answer was lost and the file is not there any more.

use crate::error::Error;
use crate::op::receipt::Receipt;
#[cfg(feature = "alloc")]
use crate::op::settle::{Conclusion, Facts, Lost, Question};
use crate::op::{CALL_TIMEOUT_MS, Class, Idempotency, Operation, Spec};
use crate::policy::retry::RetryClass;
use crate::wire::body::{Body, WriteJson};
use crate::wire::json_write::Writer;
use crate::wire::reply::Reply;
use core::fmt;
use core::marker::PhantomData;

/// The call, for one file ID.
#[derive(Clone, Debug)]
pub struct CancelLargeFile<S, R> {
    /// The file version.
    pub file_id: S,
    receipt: PhantomData<fn() -> R>,
}

impl<S: AsRef<str>, R: Receipt> CancelLargeFile<S, R> {
    /// The call for `file_id`.
    pub const fn new(file_id: S) -> Self {
        Self { file_id, receipt: PhantomData }
    }
}

impl<S: AsRef<str>, R> WriteJson for CancelLargeFile<S, R> {
    fn write_json(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        Writer::new(out).object(|out| out.key("fileId")?.string(self.file_id.as_ref()))
    }
}

impl<S: AsRef<str>, R: Receipt> Operation for CancelLargeFile<S, R> {
    type Output = Option<R>;

    const SPEC: Spec = Spec {
        name: "b2_cancel_large_file",
        capability: "writeFiles",
        class: Class::A,
        idempotency: Idempotency::Settles,
        retry: RetryClass::Call,
        timeout_ms: CALL_TIMEOUT_MS,
    };

    fn check(&self) -> Result<(), Error> {
        crate::op::check_id("file", self.file_id.as_ref())
    }

    fn body(&self) -> Body<'_> {
        Body::Json(self)
    }

    fn parse(&self, reply: &Reply<'_>) -> Result<Option<R>, Error> {
        R::read(reply.body).map(Some)
    }

    const ASKS_FIRST: bool = false;

    /// What is refused is not unfinished any more: finished by somebody, or gone.
    #[cfg(feature = "alloc")]
    fn question(&self) -> Option<Question> {
        Some(Question::File(crate::op::GetFileInfo::new(self.file_id.as_ref().into())))
    }

    #[cfg(feature = "alloc")]
    fn conclude(&self, facts: Option<Facts>, _lost: &mut Lost<'_>) -> Conclusion<Option<R>> {
        match facts {
            Some(Facts::File(None)) => Conclusion::Done(None),
            Some(Facts::File(Some(_))) => Conclusion::NotDone,
            _ => Conclusion::Unclear,
        }
    }
}
