//! Folders that have become empty.

use super::end::End;
use super::job::{Job, LocalJob, Ticket};
use super::run::Run;

/// Folders from which something was removed, until it is looked whether they are empty.
pub(super) const EMPTIED_MAX: usize = 4_096;

impl Run {
    /// Empty folders are removed while nothing is written into any, and at the end.
    pub(super) fn prune_job(&mut self) -> Option<(Ticket, Job)> {
        let is_time = self.emptied.len() >= EMPTIED_MAX
            || (self.plan_ended.is_some() && self.schedule.is_idle());
        if is_time { self.prune() } else { None }
    }

    /// The same at once, as soon as nothing is under way.
    pub(super) fn prune(&mut self) -> Option<(Ticket, Job)> {
        if self.emptied.is_empty() || self.schedule.in_flight() > 0 {
            return None;
        }
        let End::Folder(root) = &self.setup.destination else { return None };
        let (root, folders) = (root.clone(), core::mem::take(&mut self.emptied));
        self.is_pruning = true;
        Some((Ticket::Prune, Job::Local(LocalJob::Prune { root, folders })))
    }
}
