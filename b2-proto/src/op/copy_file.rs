//! `b2_copy_file` (spec 3.3): a new file from the bytes of another, without moving them.

use alloc::collections::BTreeMap;
use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::info;
use crate::model::{BucketId, EncryptionSetting, FileId, FileRetention, FileVersion, LegalHold};
use crate::op::check::{self, ensure};
use crate::op::file_spec::is_content_type;
use crate::op::json::{from_json, json_body};
use crate::op::metadata_directive::MetadataDirective;
use crate::op::needs::Needs;
use crate::op::{CALL_TIMEOUT_MS, Class, Idempotency, Operation, Spec, check_id};
use crate::policy::retry::RetryClass;
use crate::wire::body::Body;
use crate::wire::range::ByteRange;
use crate::wire::reply::Reply;

/// Copies a version, or a range of it, up to 5 GB, to a new file of the same account.
///
/// Locks and encryption of the source are not copied: what is not given here comes from the
/// destination bucket's defaults. The answer's action is `copy`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CopyFile {
    /// The version to copy.
    pub source_file_id: FileId,
    /// The name of the new file.
    pub file_name: String,
    /// Where it goes; `None` for the source's bucket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination_bucket_id: Option<BucketId>,
    /// What to take of the source; `None` for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<ByteRange>,
    /// Whether content type and file info come from the source, which is what `None` means too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata_directive: Option<MetadataDirective>,
    /// MIME type, with [`MetadataDirective::Replace`] only, which needs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// File info, with [`MetadataDirective::Replace`] only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_info: Option<BTreeMap<String, String>>,
    /// Retention; needs `writeFileRetentions` and a bucket with file lock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_retention: Option<FileRetention>,
    /// Legal hold; needs `writeFileLegalHolds` and a bucket with file lock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_hold: Option<LegalHold>,
    /// The key of a source encrypted with SSE-C.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_server_side_encryption: Option<EncryptionSetting>,
    /// How the new file is encrypted; `None` for the bucket's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination_server_side_encryption: Option<EncryptionSetting>,
}

impl CopyFile {
    /// Copies all of a version, with its type and info, to `file_name` in the same bucket.
    pub fn new(source: impl Into<FileId>, file_name: impl Into<String>) -> Self {
        Self {
            source_file_id: source.into(),
            file_name: file_name.into(),
            destination_bucket_id: None,
            range: None,
            metadata_directive: None,
            content_type: None,
            file_info: None,
            file_retention: None,
            legal_hold: None,
            source_server_side_encryption: None,
            destination_server_side_encryption: None,
        }
    }

    /// To another bucket.
    #[must_use]
    pub fn to_bucket(mut self, bucket: impl Into<BucketId>) -> Self {
        self.destination_bucket_id = Some(bucket.into());
        self
    }

    /// Only a part of the source.
    #[must_use]
    pub const fn range(mut self, range: ByteRange) -> Self {
        self.range = Some(range);
        self
    }

    /// With this content type and file info in place of the source's.
    #[must_use]
    pub fn replace_metadata(
        mut self,
        content_type: impl Into<String>,
        info: BTreeMap<String, String>,
    ) -> Self {
        self.metadata_directive = Some(MetadataDirective::Replace);
        self.content_type = Some(content_type.into());
        self.file_info = Some(info);
        self
    }

    /// With a retention of its own.
    #[must_use]
    pub fn retention(mut self, retention: FileRetention) -> Self {
        self.file_retention = Some(retention);
        self
    }

    /// With a legal hold, or explicitly without.
    #[must_use]
    pub fn legal_hold(mut self, hold: LegalHold) -> Self {
        self.legal_hold = Some(hold);
        self
    }

    /// From a source with this customer key.
    #[must_use]
    pub fn source_encryption(mut self, setting: EncryptionSetting) -> Self {
        self.source_server_side_encryption = Some(setting);
        self
    }

    /// Encrypted in this way.
    #[must_use]
    pub fn encryption(mut self, setting: EncryptionSetting) -> Self {
        self.destination_server_side_encryption = Some(setting);
        self
    }
}

json_body!(CopyFile);

impl Operation for CopyFile {
    type Output = FileVersion;

    const SPEC: Spec = Spec {
        name: "b2_copy_file",
        capability: "writeFiles",
        class: Class::C,
        idempotency: Idempotency::Unsafe,
        retry: RetryClass::Call,
        timeout_ms: CALL_TIMEOUT_MS,
    };

    const MAKES_VERSION: bool = true;

    fn check(&self) -> Result<(), Error> {
        check_id("file", self.source_file_id.as_str())?;
        self.destination_bucket_id.iter().try_for_each(|id| check_id("bucket", id.as_str()))?;
        check::file_name(&self.file_name)?;
        if self.metadata_directive == Some(MetadataDirective::Replace) {
            let has_type = self.content_type.as_deref().is_some_and(|text| !text.is_empty());
            ensure(has_type, "a copy that replaces the metadata needs a content type")?;
            let is_plain = self.content_type.as_deref().is_some_and(is_content_type);
            ensure(is_plain, "the content type must be plain ASCII")?;
        } else {
            let has_metadata = self.content_type.is_some() || self.file_info.is_some();
            ensure(!has_metadata, "a copy that keeps the metadata takes no content type or info")?;
        }
        for key in self.file_info.iter().flat_map(BTreeMap::keys) {
            info::check_key(key)?;
        }
        check::file_retention(self.file_retention.as_ref())?;
        check::source_encryption(self.source_server_side_encryption.as_ref())
    }

    fn needs(&self) -> Needs<'_> {
        let needs = Needs::of(Self::SPEC.capability)
            .with("writeFileRetentions", self.file_retention.is_some())
            .with("writeFileLegalHolds", self.legal_hold.is_some())
            .for_name(&self.file_name);
        match &self.destination_bucket_id {
            Some(bucket) => needs.in_bucket(bucket.as_str()),
            None => needs,
        }
    }

    fn body(&self) -> Body<'_> {
        Body::Json(self)
    }

    fn parse(&self, reply: &Reply<'_>) -> Result<FileVersion, Error> {
        from_json(reply.body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CustomerKey, FileAction};
    use crate::op::testing::{answers, refuses, sends};

    fn key() -> EncryptionSetting {
        EncryptionSetting::SseC(CustomerKey::new([0; 32]))
    }

    #[test]
    fn the_least_and_the_most() {
        sends(
            &CopyFile::new("4_z1", "b.txt"),
            "b2_copy_file",
            r#"{"sourceFileId":"4_z1","fileName":"b.txt"}"#,
        );
        let info = BTreeMap::from([("a".into(), "b".into())]);
        let copy = CopyFile::new("4_z1", "b.txt")
            .to_bucket("8d62")
            .range(ByteRange::of(10, 10).expect("not empty"))
            .replace_metadata("text/plain", info)
            .retention(FileRetention::governance(1_764_547_200_000))
            .legal_hold(LegalHold::On)
            .source_encryption(key())
            .encryption(EncryptionSetting::SseB2);
        sends(
            &copy,
            "b2_copy_file",
            r#"{"sourceFileId":"4_z1","fileName":"b.txt","destinationBucketId":"8d62",
                "range":"bytes=10-19","metadataDirective":"REPLACE","contentType":"text/plain",
                "fileInfo":{"a":"b"},"legalHold":"on",
                "fileRetention":{"mode":"governance","retainUntilTimestamp":1764547200000},
                "sourceServerSideEncryption":{"mode":"SSE-C","algorithm":"AES256",
                    "customerKey":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
                    "customerKeyMd5":"cLyPS3KoaSFGi/joRB3OUQ=="},
                "destinationServerSideEncryption":{"mode":"SSE-B2","algorithm":"AES256"}}"#,
        );
    }

    #[test]
    fn the_answer_is_a_version_with_an_action_of_its_own() {
        let copied = answers(
            &CopyFile::new("4_z1", "b.txt"),
            r#"{"accountId":"a","action":"copy","bucketId":"8d62","contentLength":5,
                "contentMd5":null,"contentSha1":"none","contentType":"text/plain",
                "fileId":"4_z2","fileInfo":{},"fileName":"b.txt","uploadTimestamp":1000}"#,
        );
        assert_eq!((copied.action, copied.file_id), (FileAction::Copy, "4_z2".into()));
    }

    #[test]
    fn what_cannot_be_meant_is_not_sent() {
        let copy = || CopyFile::new("4_z1", "b.txt");
        let mut wrong = copy();
        wrong.content_type = Some("text/plain".into());
        refuses(&wrong, "keeps the metadata");
        wrong.metadata_directive = Some(MetadataDirective::Copy);
        refuses(&wrong, "keeps the metadata");
        refuses(&copy().replace_metadata("", BTreeMap::new()), "needs a content type");
        let info = BTreeMap::from([("with space".into(), "b".into())]);
        refuses(&copy().replace_metadata("text/plain", info), "");
        refuses(&copy().source_encryption(EncryptionSetting::SseB2), "SSE-C only");
        refuses(&CopyFile::new("4_z1", ""), "name");
        refuses(&CopyFile::new("", "b.txt"), "file ID");
        refuses(&copy().to_bucket("8d/62"), "bucket ID");
        let mut retention = FileRetention::governance(1);
        retention.retain_until_ms = None;
        refuses(&copy().retention(retention), "both");
    }
}
