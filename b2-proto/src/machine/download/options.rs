//! How a download is done, and what it gives.

use super::proof::Verified;
use crate::id::SinkId;
use crate::op::download::DownloadRef;
use crate::plan::ranges::{STEAL_LEN_MIN, STREAM_LEN_MIN};
use crate::wire::range::ByteRange;
use crate::wire::text::Sha1;

/// How a download is done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DownloadOptions {
    /// Where the bytes go, from its start on.
    pub sink: SinkId,
    /// Whether the sink takes bytes at any place; otherwise there is one lane only.
    pub can_seek: bool,
    /// The bytes to fetch; the whole file when none are given.
    pub range: Option<ByteRange>,
    /// The SHA-1 the whole file must have.
    pub expected_sha1: Option<Sha1>,
    /// A further lane is opened for each so many bytes.
    pub lane_len_min: u64,
    /// A lane that is done takes over half of what another one has left, but no fewer bytes than
    /// these. So a slow connection holds up no more than twice as many, and no download makes
    /// more requests than one for each so many bytes and one for each lane, but for repeats.
    pub steal_len_min: u64,
}

impl DownloadOptions {
    /// The whole file into `sink`.
    pub const fn whole(sink: SinkId) -> Self {
        Self {
            sink,
            can_seek: true,
            range: None,
            expected_sha1: None,
            lane_len_min: STREAM_LEN_MIN,
            steal_len_min: STEAL_LEN_MIN,
        }
    }
}

/// What a download gives.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Downloaded<H> {
    /// The version that was downloaded.
    pub file: DownloadRef,
    /// What the caller wanted from the headers.
    pub info: H,
    /// Bytes there are now.
    pub len: u64,
    /// How many of them were there already, from a download of before.
    pub kept_len: u64,
    /// What proves that they are the right ones.
    pub verified: Verified,
}
