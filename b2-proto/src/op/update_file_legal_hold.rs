//! `b2_update_file_legal_hold` (spec 3.28).

use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::model::{FileId, LegalHold};
use crate::op::json::{from_json, json_body};
use crate::op::needs::Needs;
use crate::op::{CALL_TIMEOUT_MS, Class, Idempotency, Operation, Spec, check, check_id};
use crate::policy::retry::RetryClass;
use crate::wire::body::Body;
use crate::wire::reply::Reply;

/// Sets or lifts the legal hold of a version in a bucket with file lock.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UpdateFileLegalHold {
    /// The file's name, which must be that of the version.
    pub file_name: String,
    /// The version.
    pub file_id: FileId,
    /// The hold from now on.
    pub legal_hold: LegalHold,
}

impl UpdateFileLegalHold {
    /// Gives a version this hold.
    pub fn new(
        file_name: impl Into<String>,
        file_id: impl Into<FileId>,
        legal_hold: LegalHold,
    ) -> Self {
        Self { file_name: file_name.into(), file_id: file_id.into(), legal_hold }
    }
}

/// The hold as it is now.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UpdatedLegalHold {
    /// The version.
    pub file_id: FileId,
    /// The file's name.
    pub file_name: String,
    /// The hold.
    pub legal_hold: LegalHold,
}

impl UpdatedLegalHold {
    /// The hold of a version.
    pub fn new(
        file_name: impl Into<String>,
        file_id: impl Into<FileId>,
        legal_hold: LegalHold,
    ) -> Self {
        Self { file_id: file_id.into(), file_name: file_name.into(), legal_hold }
    }
}

json_body!(UpdateFileLegalHold);

impl Operation for UpdateFileLegalHold {
    type Output = UpdatedLegalHold;

    const SPEC: Spec = Spec {
        name: "b2_update_file_legal_hold",
        capability: "writeFileLegalHolds",
        class: Class::A,
        idempotency: Idempotency::Idempotent,
        retry: RetryClass::Call,
        timeout_ms: CALL_TIMEOUT_MS,
    };

    fn check(&self) -> Result<(), Error> {
        check_id("file", self.file_id.as_str())?;
        check::file_name(&self.file_name)
    }

    fn needs(&self) -> Needs<'_> {
        Needs::of(Self::SPEC.capability).for_name(&self.file_name)
    }

    fn body(&self) -> Body<'_> {
        Body::Json(self)
    }

    fn parse(&self, reply: &Reply<'_>) -> Result<UpdatedLegalHold, Error> {
        from_json(reply.body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::op::testing::{answers, refuses, sends};

    #[test]
    fn request_and_answer() {
        let update = UpdateFileLegalHold::new("a.txt", "4_z1", LegalHold::On);
        let json = r#"{"fileName":"a.txt","fileId":"4_z1","legalHold":"on"}"#;
        sends(&update, "b2_update_file_legal_hold", json);
        assert_eq!(answers(&update, json), UpdatedLegalHold::new("a.txt", "4_z1", LegalHold::On));
        refuses(&UpdateFileLegalHold::new("", "4_z1", LegalHold::Off), "");
    }
}
