//! Folders that have become empty.

use std::collections::BTreeSet;

use super::event::Action;
use super::job::{Job, LocalJob, Ticket};
use super::run::Run;

/// Folders from which something was removed, until it is looked whether they are empty. With so
/// many, no action begins before some of them were looked at.
pub(super) const EMPTIED_MAX: usize = 4_096;

impl Run {
    /// Empty folders are removed when there are many, and at the end.
    pub(super) fn prune_job(&mut self) -> Option<(Ticket, Job)> {
        let is_time = self.emptied.len() >= EMPTIED_MAX
            || (self.plan_ended.is_some() && self.schedule.is_idle());
        if is_time { self.prune() } else { None }
    }

    /// The same at once. Folders that something under way is in or makes stay for later; nothing
    /// else begins meanwhile.
    pub(super) fn prune(&mut self) -> Option<(Ticket, Job)> {
        if self.emptied.is_empty() || self.is_pruning {
            return None;
        }
        let (root, in_use) = (self.roots.destination.clone()?, self.in_use());
        let folders: BTreeSet<String> =
            self.emptied.extract_if(.., |folder| !in_use.contains(folder)).collect();
        if folders.is_empty() {
            return None;
        }
        self.is_pruning = true;
        Some((Ticket::Prune, Job::Local(LocalJob::Prune { root, folders, in_use })))
    }

    /// All folders that actions under way are in.
    fn in_use(&self) -> BTreeSet<String> {
        let paths = self.flying.values().map(Action::path);
        let folders =
            paths.flat_map(|path| path.match_indices('/').map(|(at, _)| path.split_at(at).0));
        folders.map(str::to_owned).collect()
    }
}
