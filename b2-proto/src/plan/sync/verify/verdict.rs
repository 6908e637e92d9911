//! What a comparison comes to.

use alloc::string::String;

/// What is known about a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// The bucket has this content, as this proves.
    Proven(Proof),
    /// What the bucket shows is something else, or hidden, but an older version has this content.
    InOlderVersion(Proof),
    /// Length and time agree, and the bucket keeps no digest.
    SizeAndTime,
    /// The bucket has something else.
    Differs(Difference),
    /// The bucket has nothing of this name.
    OnlyHere,
    /// The folder has nothing of this name.
    OnlyThere,
    /// One side could not be looked at, or the file could not be read.
    Unknown,
}

/// What proves that the bytes are the same.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Proof {
    /// The SHA-1 the service keeps.
    Sha1,
    /// The SHA-1 of the whole that the uploader noted for a large file.
    LargeFileSha1,
    /// The SHA-1 of each part, noted by the uploader too.
    PartSha1s,
}

/// In what two files differ.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Difference {
    /// In their lengths.
    Len,
    /// In their digests.
    Content,
    /// Only in their times; the bucket keeps no digest, so the content may be the same.
    Time,
}

impl Verdict {
    /// Whether the bucket has the content for sure, in any version.
    pub const fn is_proven(self) -> bool {
        matches!(self, Self::Proven(_) | Self::InOlderVersion(_))
    }

    /// Whether the content would be lost if the local file went.
    pub const fn is_lost(self) -> bool {
        matches!(self, Self::OnlyHere | Self::Differs(_))
    }
}

/// A name and what is known about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding<H, T> {
    /// The name relative to the folder, or a place that could not be looked at.
    pub path: String,
    /// What is known.
    pub verdict: Verdict,
    /// The local file, if there is one.
    pub here: Option<H>,
    /// The version in the bucket that decided, if there is one.
    pub there: Option<T>,
}
