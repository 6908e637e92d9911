//! Deleting a version, which takes no other one.

use b2_proto::error::{Error, ErrorKind};
use b2_proto::machine::engine::{AnyOutput, JobId};
use b2_proto::machine::single::Single;
use b2_proto::op::DeleteFileVersion;

use crate::checkers::effects_are_told;
use crate::checkers::repeats_have_reasons::Needs;
use crate::jobs::{After, Job, Seat};
use crate::service::{BEGIN_MS, Side};

/// A version to delete, between two others.
#[derive(Clone, Debug)]
pub(crate) struct DeleteJob {
    name: String,
    file_id: String,
    others: [String; 2],
}

const DELETE: &str = "b2_delete_file_version";

impl DeleteJob {
    /// Deletes one of three versions that are put there now.
    pub(crate) fn draw(name: String, side: &Side) -> Self {
        let put = |number: u64| side.put(BEGIN_MS + number * 1_000, &name, b"to be deleted");
        let (older, file_id, newer) = (put(0), put(1), put(2));
        Self { name, file_id, others: [older, newer] }
    }
}

impl Job for DeleteJob {
    fn add(&self, seat: &mut Seat<'_>) -> JobId {
        seat.add(Single::new(DeleteFileVersion::new(self.file_id.clone(), self.name.clone())))
    }

    fn needs(&self) -> Needs {
        Needs::from([(DELETE, 1)])
    }

    fn is_done_before(&self, error: &Error) -> bool {
        error.kind == ErrorKind::NotFound && error.operation == DELETE
    }

    fn check(&self, outcome: &Result<AnyOutput, Error>, after: &After<'_>) -> Result<(), String> {
        let is_there = |id: &String| after.held.iter().any(|held| held.file_id == *id);
        if let Some(lost) = self.others.iter().find(|id| !is_there(id)) {
            return Err(format!("S10: {lost} is lost, which nobody wanted to be deleted"));
        }
        effects_are_told::check(DELETE, false, outcome, after, u64::from(!is_there(&self.file_id)))
    }
}
