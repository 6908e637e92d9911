//! What a plan comes to, for summaries and dry runs.

use super::action::Work;
use super::entry::Entry;

/// Counts of a plan so far.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Totals {
    /// Visible files of the source that take part.
    pub source_files: u64,
    /// Visible files of the destination.
    pub destination_files: u64,
    /// Those of them that could vanish, if the source had them no more: not what it leaves out, nor
    /// what it cannot have, nor where nobody could look. Of these a limit is a share.
    pub removable: u64,
    /// Files that both sides have alike.
    pub same: u64,
    /// Files to upload, download or copy.
    pub transfers: u64,
    /// Their bytes.
    pub transfer_bytes: u64,
    /// Files to copy at the service because they were only renamed.
    pub renames: u64,
    /// Their bytes.
    pub rename_bytes: u64,
    /// Names to hide.
    pub hides: u64,
    /// Versions or local files to delete.
    pub deletes: u64,
    /// Names that are visible at the destination and are to vanish from it, whether they may or
    /// not.
    pub vanishing: u64,
    /// Changed files that are left because the destination is newer.
    pub skipped_newer: u64,
    /// Names of the source that its filter or its ranges of times leave out.
    pub left_out: u64,
    /// Names that stay at the destination because the source leaves them out.
    pub protected: u64,
    /// Files that came to nothing: see [`Report`](super::Report).
    pub failed: u64,
    /// Versions or local files that stay against the options: see
    /// [`HeldBack`](super::HeldBack).
    pub held_back: u64,
    /// Places that nobody could look at (S2): of the source, and of the destination where something
    /// may have to be removed there, or all that follows. What belongs to one of the others has
    /// failed.
    pub unknown: u64,
}

impl Totals {
    /// Number of actions.
    pub const fn actions(&self) -> u64 {
        self.transfers + self.renames + self.hides + self.deletes
    }

    /// Whether something was not done that should be.
    pub const fn is_incomplete(&self) -> bool {
        self.failed > 0 || self.held_back > 0 || self.unknown > 0
    }

    pub(super) fn add<S: Entry, D: Entry>(&mut self, work: &Work<S, D>) {
        match work {
            Work::Transfer { source, .. } => {
                self.transfers += 1;
                self.transfer_bytes = self.transfer_bytes.saturating_add(source.content_len());
            }
            Work::Rename { source, .. } => {
                self.renames += 1;
                self.rename_bytes = self.rename_bytes.saturating_add(source.content_len());
            }
            Work::Hide(_) => self.hides += 1,
            Work::Delete { .. } => self.deletes += 1,
        }
    }
}
