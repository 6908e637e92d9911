//! `b2_copy_part` (spec 3.4): a part of a large file from the bytes of another file.

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::limits;
use crate::model::{EncryptionSetting, FileId, Part};
use crate::op::check::{self, ensure};
use crate::op::json::{from_json, json_body};
use crate::op::{CALL_TIMEOUT_MS, Class, Idempotency, Operation, Spec, check_id};
use crate::policy::retry::RetryClass;
use crate::wire::body::Body;
use crate::wire::range::ByteRange;
use crate::wire::reply::Reply;

/// Copies a version, or a range of it, into a part of an unfinished large file.
///
/// Repeating it overwrites the part.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CopyPart {
    /// The version to copy, in any bucket of the account.
    pub source_file_id: FileId,
    /// The large file.
    pub large_file_id: FileId,
    /// From 1 to 10,000.
    pub part_number: u16,
    /// What to take of the source; `None` for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<ByteRange>,
    /// The key of a source encrypted with SSE-C.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_server_side_encryption: Option<EncryptionSetting>,
    /// The key of a large file started with SSE-C.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination_server_side_encryption: Option<EncryptionSetting>,
}

impl CopyPart {
    /// Copies all of `source` into part `part_number` of `large_file`.
    pub fn new(source: impl Into<FileId>, large_file: impl Into<FileId>, part_number: u16) -> Self {
        Self {
            source_file_id: source.into(),
            large_file_id: large_file.into(),
            part_number,
            range: None,
            source_server_side_encryption: None,
            destination_server_side_encryption: None,
        }
    }

    /// Only a part of the source.
    #[must_use]
    pub const fn range(mut self, range: ByteRange) -> Self {
        self.range = Some(range);
        self
    }

    /// From a source with this customer key.
    #[must_use]
    pub fn source_encryption(mut self, setting: EncryptionSetting) -> Self {
        self.source_server_side_encryption = Some(setting);
        self
    }

    /// Into a large file with this customer key.
    #[must_use]
    pub fn encryption(mut self, setting: EncryptionSetting) -> Self {
        self.destination_server_side_encryption = Some(setting);
        self
    }
}

json_body!(CopyPart);

impl Operation for CopyPart {
    type Output = Part;

    const SPEC: Spec = Spec {
        name: "b2_copy_part",
        capability: "writeFiles",
        class: Class::C,
        idempotency: Idempotency::Part,
        retry: RetryClass::Transfer,
        timeout_ms: CALL_TIMEOUT_MS,
    };

    fn check(&self) -> Result<(), Error> {
        check_id("file", self.source_file_id.as_str())?;
        check_id("file", self.large_file_id.as_str())?;
        let is_number = (1..=limits::PARTS_MAX).contains(&self.part_number);
        ensure(is_number, "part numbers go from 1 to 10,000")?;
        check::source_encryption(self.source_server_side_encryption.as_ref())?;
        let own = self.destination_server_side_encryption.as_ref();
        let fits = matches!(own, None | Some(EncryptionSetting::SseC(_)));
        ensure(fits, "the encryption of a part is given for SSE-C only")
    }

    fn body(&self) -> Body<'_> {
        Body::Json(self)
    }

    fn parse(&self, reply: &Reply<'_>) -> Result<Part, Error> {
        from_json(reply.body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::op::testing::{answers, refuses, sends};

    #[test]
    fn request_and_answer() {
        let copy = CopyPart::new("4_z1", "4_z2", 3);
        let whole = r#"{"sourceFileId":"4_z1","largeFileId":"4_z2","partNumber":3}"#;
        sends(&copy, "b2_copy_part", whole);
        let part = copy.clone().range(ByteRange::of(0, 5_000_000).expect("not empty"));
        let json = whole.replace("}", r#","range":"bytes=0-4999999"}"#);
        sends(&part, "b2_copy_part", &json);
        let part = answers(
            &copy,
            r#"{"contentLength":5000000,"contentMd5":null,
                "contentSha1":"da39a3ee5e6b4b0d3255bfef95601890afd80709","fileId":"4_z2",
                "partNumber":3,"serverSideEncryption":{"algorithm":null,"mode":null},
                "uploadTimestamp":1637248690123}"#,
        );
        assert_eq!((part.part_number, part.content_length), (3, 5_000_000));
    }

    #[test]
    fn what_cannot_be_meant_is_not_sent() {
        refuses(&CopyPart::new("a", "b", 0), "10,000");
        refuses(&CopyPart::new("a", "b", 10_001), "10,000");
        let copy = CopyPart::new("a", "b", 1);
        refuses(&copy.clone().encryption(EncryptionSetting::SseB2), "SSE-C only");
        refuses(&copy.source_encryption(EncryptionSetting::None), "SSE-C only");
    }
}
