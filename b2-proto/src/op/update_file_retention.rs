//! `b2_update_file_retention` (spec 3.29).

use alloc::string::String;
use core::ops::Not as _;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::model::{FileId, FileRetention};
use crate::op::json::{from_json, json_body};
use crate::op::needs::Needs;
use crate::op::{CALL_TIMEOUT_MS, Class, Idempotency, Operation, Spec, check, check_id};
use crate::policy::retry::RetryClass;
use crate::wire::body::Body;
use crate::wire::reply::Reply;

/// Sets, extends, shortens or removes the retention of a version in a bucket with file lock.
///
/// Compliance mode can only be extended; governance mode can be shortened or removed by a key
/// with `bypassGovernance` that says so.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UpdateFileRetention {
    /// The file's name, which must be that of the version.
    pub file_name: String,
    /// The version.
    pub file_id: FileId,
    /// The retention from now on.
    pub file_retention: FileRetention,
    /// Whether to override governance mode.
    #[serde(default, skip_serializing_if = "<&bool>::not")]
    pub bypass_governance: bool,
}

impl UpdateFileRetention {
    /// Gives a version this retention; [`FileRetention::NONE`] takes it away.
    pub fn new(
        file_name: impl Into<String>,
        file_id: impl Into<FileId>,
        file_retention: FileRetention,
    ) -> Self {
        Self {
            file_name: file_name.into(),
            file_id: file_id.into(),
            file_retention,
            bypass_governance: false,
        }
    }

    /// Overrides governance mode.
    #[must_use]
    pub const fn bypass_governance(mut self) -> Self {
        self.bypass_governance = true;
        self
    }
}

/// The retention as it is now.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UpdatedRetention {
    /// The version.
    pub file_id: FileId,
    /// The file's name.
    pub file_name: String,
    /// The retention.
    pub file_retention: FileRetention,
}

impl UpdatedRetention {
    /// The retention of a version.
    pub fn new(
        file_name: impl Into<String>,
        file_id: impl Into<FileId>,
        file_retention: FileRetention,
    ) -> Self {
        Self { file_id: file_id.into(), file_name: file_name.into(), file_retention }
    }
}

json_body!(UpdateFileRetention);

impl Operation for UpdateFileRetention {
    type Output = UpdatedRetention;

    const SPEC: Spec = Spec {
        name: "b2_update_file_retention",
        capability: "writeFileRetentions",
        class: Class::A,
        idempotency: Idempotency::Idempotent,
        retry: RetryClass::Call,
        timeout_ms: CALL_TIMEOUT_MS,
    };

    fn check(&self) -> Result<(), Error> {
        check_id("file", self.file_id.as_str())?;
        check::file_name(&self.file_name)?;
        check::file_retention(Some(&self.file_retention))
    }

    fn needs(&self) -> Needs<'_> {
        Needs::of(Self::SPEC.capability)
            .with("bypassGovernance", self.bypass_governance)
            .for_name(&self.file_name)
    }

    fn body(&self) -> Body<'_> {
        Body::Json(self)
    }

    fn parse(&self, reply: &Reply<'_>) -> Result<UpdatedRetention, Error> {
        from_json(reply.body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::op::testing::{answers, refuses, sends};

    #[test]
    fn request_and_answer() {
        let retention = FileRetention::governance(1_764_547_200_000);
        let update = UpdateFileRetention::new("a.txt", "4_z1", retention.clone());
        let json = r#"{"fileName":"a.txt","fileId":"4_z1",
            "fileRetention":{"mode":"governance","retainUntilTimestamp":1764547200000}}"#;
        sends(&update, "b2_update_file_retention", json);
        assert_eq!(answers(&update, json), UpdatedRetention::new("a.txt", "4_z1", retention));
    }

    #[test]
    fn retention_is_taken_away_by_nulls() {
        let update =
            UpdateFileRetention::new("a.txt", "4_z1", FileRetention::NONE).bypass_governance();
        sends(
            &update,
            "b2_update_file_retention",
            r#"{"fileName":"a.txt","fileId":"4_z1","bypassGovernance":true,
                "fileRetention":{"mode":null,"retainUntilTimestamp":null}}"#,
        );
        let mut half = update;
        half.file_retention.retain_until_ms = Some(5);
        refuses(&half, "both");
    }
}
