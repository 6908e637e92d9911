//! Names that vanished: the source is looked at once more, right before they are removed (S1).
//!
//! The walk may have passed a name hours before its turn comes. So a removal that rests on its
//! absence has two jobs: a look where waiting for a disk is allowed, and the call.

use b2_proto::error::Error;

use super::event::Action;
use super::job::{Job, LocalJob, Ticket};
use super::run::{Next, Run};

impl Run {
    /// The first job of an action.
    pub(super) fn first_job(&self, action: &Action) -> Result<Job, Error> {
        match &self.roots.source {
            Some(root) if action.must_look => {
                let path = root.path().join(action.path());
                Ok(Job::Local(LocalJob::Look(path, root.clone())))
            }
            Some(_) | None => self.setup.job(action, &self.roots, &self.unplaced),
        }
    }

    /// The source was looked at for an action.
    pub(super) fn looked(&mut self, id: u64, result: Result<(), Error>) {
        match result {
            Ok(()) => self.looked.push_back(id),
            Err(error) => self.action_ended(id, Err(error)),
        }
    }

    /// Begins none of the second jobs any more; tells how many actions come to nothing by that.
    pub(super) fn forget_looked(&mut self) -> u64 {
        let ids = core::mem::take(&mut self.looked);
        for id in &ids {
            self.flying.remove(id);
            self.schedule.ended(*id, false);
        }
        ids.len() as u64
    }

    /// The second job of an action, which is under way since the first.
    pub(super) fn second_job(&mut self) -> Option<Next> {
        let id = self.looked.pop_front()?;
        match self.setup.job(self.flying.get(&id)?, &self.roots, &self.unplaced) {
            Ok(job) => Some(Next::Begin(Ticket::Action(id), job)),
            Err(error) => {
                self.action_ended(id, Err(error));
                None
            }
        }
    }
}
