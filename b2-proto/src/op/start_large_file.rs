//! `b2_start_large_file` (spec 3.26): gives a large file its ID before any of its parts.

use crate::error::Error;
use crate::op::file_spec::DescribeFile;
use crate::op::needs::Needs;
use crate::op::receipt::Receipt;
#[cfg(feature = "alloc")]
use crate::op::settle::{Conclusion, Facts, Lost, Question, Search};
use crate::op::{CALL_TIMEOUT_MS, Class, Idempotency, Operation, Spec};
use crate::policy::retry::RetryClass;
use crate::wire::body::{Body, WriteJson};
use crate::wire::json_write::Writer;
use crate::wire::reply::Reply;
use core::fmt;
use core::marker::PhantomData;

#[cfg(feature = "alloc")]
mod started;

/// Starts a large file.
#[derive(Clone, Debug)]
pub struct StartLargeFile<F, R> {
    /// What the file is to be.
    pub file: F,
    receipt: PhantomData<fn() -> R>,
}

impl<F: DescribeFile, R: Receipt> StartLargeFile<F, R> {
    /// Starts `file`.
    pub const fn new(file: F) -> Self {
        Self { file, receipt: PhantomData }
    }
}

impl<F: DescribeFile, R> WriteJson for StartLargeFile<F, R> {
    fn write_json(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        Writer::new(out).object(|out| self.file.spec().write_json(out))
    }
}

impl<F: DescribeFile, R: Receipt> Operation for StartLargeFile<F, R> {
    type Output = R;

    const SPEC: Spec = Spec {
        name: "b2_start_large_file",
        capability: "writeFiles",
        class: Class::A,
        idempotency: Idempotency::Unsafe,
        retry: RetryClass::Transfer,
        timeout_ms: CALL_TIMEOUT_MS,
    };

    const MAKES_VERSION: bool = true;

    fn check(&self) -> Result<(), Error> {
        self.file.spec().check()
    }

    fn needs(&self) -> Needs<'_> {
        Needs::of_new_file(&self.file.spec())
    }

    fn body(&self) -> Body<'_> {
        Body::Json(self)
    }

    fn parse(&self, reply: &Reply<'_>) -> Result<R, Error> {
        R::read(reply.body)
    }

    /// One with an upload time of its own may be anywhere among the versions, so nobody asks.
    #[cfg(feature = "alloc")]
    fn question(&self) -> Option<Question> {
        let spec = self.file.spec();
        let is_newest = spec.upload_timestamp_ms.is_none();
        is_newest.then(|| Question::versions_of(spec.bucket_id, spec.name))
    }

    /// It is the request's if it is described alike, was started since, and no other job of the
    /// session has got it.
    #[cfg(feature = "alloc")]
    fn conclude(&self, facts: Option<Facts>, lost: &mut Lost<'_>) -> Conclusion<R> {
        let Some(Facts::Versions(page)) = facts else { return Conclusion::Unclear };
        let spec = self.file.spec();
        match lost.find(page, spec.name, |version| started::is_by(version, &spec)) {
            Search::Found(file) => {
                R::of_version(file).map_or(Conclusion::Unclear, Conclusion::Done)
            }
            Search::Missing => Conclusion::NotDone,
            Search::Unclear => Conclusion::Unclear,
        }
    }
}
