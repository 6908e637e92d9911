//! The file whose turn it is, and what one version of its name says about it.

use super::super::entry::Entry;
use super::stored::{Kept, Stored};
use super::verdict::{Difference, Proof, Verdict};
use crate::part_digests::PartDigests;
use crate::wire::text::Sha1;

/// What is known about the file whose turn it is.
#[derive(Debug)]
pub(super) struct Turn<T> {
    /// Its SHA-1, if that was asked for; nothing within if it cannot be read.
    pub(super) sha1: Option<Option<Sha1>>,
    /// The same about the parts of the version whose turn it is.
    pub(super) has_parts: Option<Option<bool>>,
    pub(super) asked: Option<Asked>,
    pub(super) best: Option<(Verdict, T)>,
    /// Whether the newest version was looked at.
    pub(super) has_begun: bool,
}

#[derive(Debug)]
pub(super) enum Asked {
    Sha1,
    Parts(PartDigests),
}

impl<T> Turn<T> {
    pub(super) const fn new() -> Self {
        Self { sha1: None, has_parts: None, asked: None, best: None, has_begun: false }
    }
}

/// Judges a file by one version, or tells what has to be known for that.
pub(super) fn judge<T: Stored>(
    turn: &Turn<T>,
    here: &impl Entry,
    there: &T,
) -> Result<Verdict, Asked> {
    if here.content_len() != there.content_len() {
        return Ok(Verdict::Differs(Difference::Len));
    }
    let by_digest = |is_same: Option<bool>, proof| match is_same {
        Some(true) => Verdict::Proven(proof),
        Some(false) => Verdict::Differs(Difference::Content),
        None => Verdict::Unknown,
    };
    let whole = |want: Sha1, proof| {
        let sha1 = turn.sha1.ok_or(Asked::Sha1)?;
        Ok(by_digest(sha1.map(|sha1| sha1 == want), proof))
    };
    match there.kept() {
        Kept::Sha1(want) => whole(want, Proof::Sha1),
        Kept::LargeFileSha1(want) => whole(want, Proof::LargeFileSha1),
        Kept::PartSha1s(parts) => match turn.has_parts {
            Some(is_same) => Ok(by_digest(is_same, Proof::PartSha1s)),
            None => Err(Asked::Parts(parts)),
        },
        Kept::Nothing if here.modified_ms() == there.modified_ms() => Ok(Verdict::SizeAndTime),
        Kept::Nothing => Ok(Verdict::Differs(Difference::Time)),
    }
}
