//! `b2_delete_file_version` (spec 3.8): deletes one version for good.

use crate::error::{ApiCode, Error};
use crate::op::needs::Needs;
use crate::op::receipt::Receipt;
use crate::op::{CALL_TIMEOUT_MS, Class, Idempotency, Operation, Spec, check_id, check_name};
use crate::policy::retry::RetryClass;
use crate::wire::body::{Body, WriteJson};
use crate::wire::json_write::Writer;
use crate::wire::reply::Reply;
use core::fmt;
use core::marker::PhantomData;

/// The call.
#[derive(Clone, Debug)]
pub struct DeleteFileVersion<S, R> {
    /// The version.
    pub file_id: S,
    /// Its name.
    pub file_name: S,
    /// Overrides governance retention; the key needs `bypassGovernance`.
    pub bypass_governance: bool,
    receipt: PhantomData<fn() -> R>,
}

impl<S: AsRef<str>, R: Receipt> DeleteFileVersion<S, R> {
    /// The call for one file.
    pub const fn new(file_id: S, file_name: S) -> Self {
        Self { file_id, file_name, bypass_governance: false, receipt: PhantomData }
    }

    /// Overrides governance retention; the key needs `bypassGovernance`.
    #[must_use]
    pub fn bypass_governance(mut self) -> Self {
        self.bypass_governance = true;
        self
    }
}

impl<S: AsRef<str>, R> WriteJson for DeleteFileVersion<S, R> {
    fn write_json(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        Writer::new(out).object(|out| {
            out.key("fileId")?.string(self.file_id.as_ref())?;
            if self.bypass_governance {
                out.key("bypassGovernance")?.bool(true)?;
            }
            out.key("fileName")?.string(self.file_name.as_ref())
        })
    }
}

impl<S: AsRef<str>, R: Receipt> Operation for DeleteFileVersion<S, R> {
    type Output = R;

    const SPEC: Spec = Spec {
        name: "b2_delete_file_version",
        capability: "deleteFiles",
        class: Class::A,
        idempotency: Idempotency::Settles,
        retry: RetryClass::Call,
        timeout_ms: CALL_TIMEOUT_MS,
    };

    fn check(&self) -> Result<(), Error> {
        check_id("file", self.file_id.as_ref())?;
        check_name(self.file_name.as_ref())
    }

    fn needs(&self) -> Needs<'_> {
        Needs::of(Self::SPEC.capability)
            .with("bypassGovernance", self.bypass_governance)
            .for_name(self.file_name.as_ref())
    }

    fn body(&self) -> Body<'_> {
        Body::Json(self)
    }

    fn parse(&self, reply: &Reply<'_>) -> Result<R, Error> {
        R::read(reply.body)
    }

    fn settled(&self, error: &Error) -> Option<R> {
        let is_gone = error.code == ApiCode::FileNotPresent;
        is_gone.then(|| R::of_deleted(self.file_id.as_ref(), self.file_name.as_ref())).flatten()
    }
}
