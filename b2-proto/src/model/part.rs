//! Parts of large files.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use super::content_sha1::ContentSha1;
use super::encryption::EncryptionInfo;
use super::id::FileId;
use super::nullable;

/// One stored part of an unfinished large file (spec 3.0.4).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Part {
    /// The large file.
    pub file_id: FileId,
    /// From 1 to 10,000.
    pub part_number: u16,
    /// Size in bytes.
    pub content_length: u64,
    /// SHA-1 of the part.
    pub content_sha1: ContentSha1,
    /// MD5 as hex digits, where the service has it.
    #[serde(default)]
    pub content_md5: Option<String>,
    /// How it is encrypted.
    #[serde(default, deserialize_with = "nullable::or_default")]
    pub server_side_encryption: EncryptionInfo,
    /// When it was stored, in milliseconds since the Unix epoch; listings round to seconds.
    #[serde(default, rename = "uploadTimestamp", deserialize_with = "nullable::or_default")]
    pub upload_timestamp_ms: u64,
}

impl Part {
    /// A part without MD5, encryption and time.
    pub fn new(
        file_id: impl Into<FileId>,
        part_number: u16,
        content_length: u64,
        content_sha1: ContentSha1,
    ) -> Self {
        Self {
            file_id: file_id.into(),
            part_number,
            content_length,
            content_sha1,
            content_md5: None,
            server_side_encryption: EncryptionInfo::NONE,
            upload_timestamp_ms: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::{rewritten, round_trip};
    use super::*;

    const SHA1: &str = "da39a3ee5e6b4b0d3255bfef95601890afd80709";

    #[test]
    fn a_part_as_recorded() {
        let part: Part = round_trip(&std::format!(
            r#"{{"contentLength":5000000,"contentMd5":null,"contentSha1":"{SHA1}",
                "fileId":"4_zb_f2","partNumber":10000,
                "serverSideEncryption":{{"algorithm":null,"mode":null}},
                "uploadTimestamp":1637248690123}}"#
        ));
        assert_eq!((part.part_number, part.upload_timestamp_ms), (10_000, 1_637_248_690_123));
    }

    #[test]
    fn little_is_needed_and_more_is_accepted() {
        let part: Part = rewritten(
            &std::format!(
                r#"{{"contentLength":1,"contentSha1":"{SHA1}","fileId":"f","partNumber":1,
                    "serverSideEncryption":null,"parity":true}}"#
            ),
            &std::format!(
                r#"{{"contentLength":1,"contentSha1":"{SHA1}","fileId":"f","partNumber":1,
                    "contentMd5":null,"serverSideEncryption":{{"mode":null,"algorithm":null}},
                    "uploadTimestamp":0}}"#
            ),
        );
        assert_eq!(part, Part::new("f", 1, 1, SHA1.into()));
    }
}
