//! What a bucket keeps about the content of a version.

use super::super::entry::{Entry, Remote};
use crate::info::PART_SHA1S;
use crate::model::ContentSha1;
use crate::part_digests::PartDigests;
use crate::wire::text::Sha1;

/// Digests of a stored file, the strongest there are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Kept {
    /// The SHA-1 the service keeps for it.
    Sha1(Sha1),
    /// The SHA-1 its uploader noted for a large file.
    LargeFileSha1(Sha1),
    /// The SHA-1 of each part, which its uploader noted for a large file.
    PartSha1s(PartDigests),
    /// None.
    Nothing,
}

/// An entry that a bucket has.
pub trait Stored: Entry {
    /// What is kept about its content.
    fn kept(&self) -> Kept;
}

impl Stored for Remote {
    fn kept(&self) -> Kept {
        let version = &self.version;
        if let Some(sha1) = version.content_sha1.as_ref().and_then(ContentSha1::digest) {
            return Kept::Sha1(sha1);
        }
        if let Some(sha1) = version.whole_sha1() {
            return Kept::LargeFileSha1(sha1);
        }
        let parts = version.file_info.get(PART_SHA1S);
        let parts = parts.and_then(|value| PartDigests::parse(value, version.content_length));
        parts.map_or(Kept::Nothing, Kept::PartSha1s)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{FileAction, FileVersion};
    use std::string::ToString as _;

    #[test]
    fn the_strongest_digest_counts() {
        let kept = |version: &FileVersion| Remote::below("", version.clone()).map(|it| it.kept());
        let mut version = FileVersion::new("a", "b", "f", "n", FileAction::Upload);
        version.content_length = 12;
        assert_eq!(kept(&version), Some(Kept::Nothing));
        let digests = PartDigests::new(12, 5, (0..3).map(|n| Sha1([n; 20])).collect()).unwrap();
        version.file_info.insert(PART_SHA1S.into(), digests.to_string());
        assert_eq!(kept(&version), Some(Kept::PartSha1s(digests)));
        let sha1 = Sha1::of(b"whole");
        version.file_info.insert("large_file_sha1".into(), sha1.to_string());
        assert_eq!(kept(&version), Some(Kept::LargeFileSha1(sha1)));
        version.content_sha1 = Some(ContentSha1::Unverified(sha1));
        assert_eq!(kept(&version), Some(Kept::Sha1(sha1)));
    }
}
