//! Copies that the service refuses for what is written with them: what is done instead.
//!
//! A copy gets a time of modification where its source has none, and file info has a bound. Which
//! one depends on how the bucket encrypts and locks, so only the service knows.

use b2_proto::error::{ApiCode, Error, ErrorKind};
use b2_proto::plan::sync::Work;

use super::event::Action;
use super::job::Job;
use super::run::Run;

impl Run {
    /// The job of an action has ended, which may be refused so that another one is to be begun.
    pub(super) fn job_ended(&mut self, id: u64, result: Result<(), Error>) {
        let is_second = self.looks.crowded.remove(&id);
        let is_refused = match (result.as_ref().err(), self.flying.get(&id).map(|it| &it.work)) {
            (Some(error), Some(Work::Transfer { .. })) => error.code == ApiCode::MetadataExceeded,
            // What cannot be copied is uploaded.
            (Some(error), Some(Work::Rename { .. })) => error.kind == ErrorKind::BadRequest,
            (_, _) => false,
        };
        if is_refused && !is_second {
            self.looks.crowded.insert(id);
            return self.looked(id, Ok(()));
        }
        self.action_ended(id, result);
    }

    /// What is to be done for an action, after what was refused.
    pub(super) fn job_of(&self, action: &Action) -> Result<Job, Error> {
        let is_crowded = self.looks.crowded.contains(&action.id);
        let other = is_crowded.then(|| self.setup.other_job(action, &self.roots)).flatten();
        other.map_or_else(|| self.setup.job(action, &self.roots, &self.unplaced), Ok)
    }
}
