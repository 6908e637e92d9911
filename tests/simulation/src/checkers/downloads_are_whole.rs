//! S7, S8 and S11: a download that is done holds the bytes of one version and says truly what
//! verified them. S9: what an earlier run had made safe was not fetched again.

use b2_proto::machine::download::{Downloaded, Verified};
use b2_proto::model::DownloadInfo;

use crate::jobs::After;

/// What a download must have come to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected<'a> {
    /// The bytes that were asked for, of the version that the outcome names; nothing if nobody has
    /// put that version there.
    pub(crate) bytes: Option<&'a [u8]>,
    /// Whether a SHA-1 tells of them, where that is known.
    pub(crate) has_sha1: Option<bool>,
    /// Whether it can go on from what is there.
    pub(crate) can_seek: bool,
}

impl Expected<'_> {
    /// Compares with what the outcome and the disk say.
    pub(crate) fn check(
        &self,
        done: &Downloaded<DownloadInfo>,
        after: &After<'_>,
    ) -> Result<(), String> {
        let wanted = self.bytes.ok_or("S7: a version that nobody put there")?;
        let is_verified = done.verified != Verified::Unverified;
        if self.has_sha1.is_some_and(|has_sha1| has_sha1 != is_verified) {
            return Err(format!("S11: {:?}", done.verified));
        }
        self.check_kept(done, after)?;
        let is_whole = done.len == wanted.len() as u64;
        let is_right = match after.target {
            Some(bytes) if is_verified => bytes == wanted,
            // Nothing tells what was changed on the way.
            Some(bytes) => after.sink.is_like(bytes, wanted),
            None => false,
        };
        if !is_whole || !is_right {
            return Err("S8: a false success: other bytes than the version's".to_owned());
        }
        Ok(())
    }

    fn check_kept(&self, done: &Downloaded<DownloadInfo>, after: &After<'_>) -> Result<(), String> {
        let kept = after.sink.kept.as_ref().filter(|_| self.can_seek);
        let there = kept.map_or(0, |kept| kept.ranges.iter().map(|range| range.len).sum());
        // Who has all of it asks for the last byte again, to learn what it is.
        let there = if there == done.len { there.saturating_sub(1) } else { there };
        if done.kept_len != there {
            return Err(format!("S9: {} bytes are said to be kept of {there}", done.kept_len));
        }
        // Damaged bytes are fetched again.
        if after.sink.written > done.len - there && after.sink.changed.is_empty() {
            let written = after.sink.written;
            return Err(format!("S9: {written} bytes fetched of {}, {there} there", done.len));
        }
        Ok(())
    }
}
