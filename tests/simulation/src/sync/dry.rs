//! A dry run before the run without faults: it does nothing, and tells what that one then does.

use b2_local::sync::{Ending, Job, LocalJob, Summary};
use b2_proto::plan::sync::Totals;

use super::{Stage, Sync};

impl Sync {
    /// A dry run begins nothing that changes anything.
    pub(super) fn check_dry(&self, job: &Job) {
        let does_nothing = match job {
            Job::Names(_) | Job::Versions(_) => true,
            Job::Local(job) => matches!(
                job,
                LocalJob::Walk(_) | LocalJob::Judge(_) | LocalJob::Hash(..) | LocalJob::Keep(_)
            ),
            Job::Upload(_) | Job::Download(_) | Job::Copy(_) | Job::Hide(_) | Job::Delete(_) => {
                false
            }
        };
        assert!(does_nothing || self.stage != Stage::Dry, "a dry run begins {job:?}");
    }

    /// What was told before is done, unless more names would vanish than may.
    pub(super) fn check_told(&self, told: &Totals, summary: &Summary) {
        let planned = &summary.planned;
        let always = |it: &Totals| (it.transfers, it.renames, it.vanishing, it.failed, it.same);
        assert_eq!(always(told), always(planned), "a dry run told {told:?}, done is {summary:?}");
        if summary.ending == Ending::Complete {
            let removed = |it: &Totals| (it.deletes, it.hides, it.held_back, it.unknown);
            assert_eq!(removed(told), removed(planned), "a dry run told {told:?}: {summary:?}");
        }
    }
}
