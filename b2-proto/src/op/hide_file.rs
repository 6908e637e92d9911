//! `b2_hide_file` (spec 3.19): makes a name look deleted without deleting anything.

use crate::error::Error;
#[cfg(feature = "alloc")]
use crate::model::FileVersion;
use crate::op::needs::Needs;
use crate::op::receipt::Receipt;
#[cfg(feature = "alloc")]
use crate::op::settle::{Conclusion, Facts, Lost, Question, Search};
use crate::op::{CALL_TIMEOUT_MS, Class, Idempotency, Operation, Spec, check_id, check_name};
use crate::policy::retry::RetryClass;
use crate::wire::body::{Body, WriteJson};
use crate::wire::json_write::Writer;
use crate::wire::reply::Reply;
use core::fmt;
use core::marker::PhantomData;

/// The call.
#[derive(Clone, Debug)]
pub struct HideFile<S, R> {
    /// The bucket.
    pub bucket_id: S,
    /// The name to hide.
    pub file_name: S,
    receipt: PhantomData<fn() -> R>,
}

impl<S: AsRef<str>, R: Receipt> HideFile<S, R> {
    /// The call for one file.
    pub const fn new(bucket_id: S, file_name: S) -> Self {
        Self { bucket_id, file_name, receipt: PhantomData }
    }
}

impl<S: AsRef<str>, R> WriteJson for HideFile<S, R> {
    fn write_json(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        Writer::new(out).object(|out| {
            out.key("bucketId")?.string(self.bucket_id.as_ref())?;
            out.key("fileName")?.string(self.file_name.as_ref())
        })
    }
}

impl<S: AsRef<str>, R: Receipt> Operation for HideFile<S, R> {
    type Output = R;

    const SPEC: Spec = Spec {
        name: "b2_hide_file",
        capability: "writeFiles",
        class: Class::A,
        idempotency: Idempotency::Unsafe,
        retry: RetryClass::Call,
        timeout_ms: CALL_TIMEOUT_MS,
    };

    const MAKES_VERSION: bool = true;

    fn check(&self) -> Result<(), Error> {
        check_id("bucket", self.bucket_id.as_ref())?;
        check_name(self.file_name.as_ref())
    }

    fn needs(&self) -> Needs<'_> {
        Needs::of(Self::SPEC.capability)
            .in_bucket(self.bucket_id.as_ref())
            .for_name(self.file_name.as_ref())
    }

    fn body(&self) -> Body<'_> {
        Body::Json(self)
    }

    fn parse(&self, reply: &Reply<'_>) -> Result<R, Error> {
        R::read(reply.body)
    }

    #[cfg(feature = "alloc")]
    fn question(&self) -> Option<Question> {
        Some(Question::versions_of(self.bucket_id.as_ref(), self.file_name.as_ref()))
    }

    /// The marker is the request's if it was made since and no other job has got it.
    #[cfg(feature = "alloc")]
    fn conclude(&self, facts: Option<Facts>, lost: &mut Lost<'_>) -> Conclusion<R> {
        let Some(Facts::Versions(page)) = facts else { return Conclusion::Unclear };
        match lost.find(page, self.file_name.as_ref(), FileVersion::is_hide_marker) {
            Search::Found(marker) => {
                R::of_version(marker).map_or(Conclusion::Unclear, Conclusion::Done)
            }
            Search::Missing => Conclusion::NotDone,
            Search::Unclear => Conclusion::Unclear,
        }
    }
}
