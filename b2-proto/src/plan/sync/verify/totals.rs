//! What a comparison comes to in numbers.

use super::super::entry::Entry;
use super::verdict::{Finding, Verdict};

/// Names by verdict, and bytes of local files.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Totals {
    /// Names whose content is in the bucket for sure.
    pub proven: u64,
    /// Bytes of them.
    pub proven_bytes: u64,
    /// Of these, names whose content only an older version has.
    pub in_older_version: u64,
    /// Names of which only length and time agree.
    pub size_and_time: u64,
    /// Names that differ.
    pub differs: u64,
    /// Names that only the folder has.
    pub only_here: u64,
    /// Names that only the bucket has.
    pub only_there: u64,
    /// Names and places about which nothing is known.
    pub unknown: u64,
    /// Bytes that would be lost if the folder went.
    pub lost_bytes: u64,
    /// Names that take no part.
    pub left_out: u64,
}

impl Totals {
    /// Counts a finding.
    pub(super) fn add<H: Entry, T>(&mut self, finding: &Finding<H, T>) {
        let len = finding.here.as_ref().map_or(0, Entry::content_len);
        let verdict = finding.verdict;
        let count = match verdict {
            Verdict::Proven(_) | Verdict::InOlderVersion(_) => &mut self.proven,
            Verdict::SizeAndTime => &mut self.size_and_time,
            Verdict::Differs(_) => &mut self.differs,
            Verdict::OnlyHere => &mut self.only_here,
            Verdict::OnlyThere => &mut self.only_there,
            Verdict::Unknown => &mut self.unknown,
        };
        *count += 1;
        self.in_older_version += u64::from(matches!(verdict, Verdict::InOlderVersion(_)));
        if verdict.is_proven() {
            self.proven_bytes += len;
        }
        if verdict.is_lost() {
            self.lost_bytes += len;
        }
    }
}
