//! Hiding a file, which marks it at most once.

use b2_proto::error::{Error, ErrorKind};
use b2_proto::machine::engine::{AnyOutput, JobId};
use b2_proto::machine::single::Single;
use b2_proto::model::FileVersion;
use b2_proto::op::HideFile;

use crate::checkers::repeats_have_reasons::Needs;
use crate::checkers::versions_match_outcomes::Makes;
use crate::jobs::{After, Job, Seat};
use crate::service::{BEGIN_MS, Side};

/// A file to hide.
#[derive(Clone, Debug)]
pub(crate) struct HideJob {
    name: String,
}

impl HideJob {
    /// Hides a file that is put there now.
    pub(crate) fn draw(name: String, side: &Side) -> Self {
        side.put(BEGIN_MS, &name, b"to be hidden");
        Self { name }
    }
}

impl Job for HideJob {
    fn add(&self, seat: &mut Seat<'_>) -> JobId {
        let (bucket, name) = (seat.bucket_id.to_owned(), self.name.clone());
        seat.add(Single::new(HideFile::new(bucket, name)))
    }

    fn needs(&self) -> Needs {
        Needs::from([("b2_hide_file", 1)])
    }

    fn is_done_before(&self, error: &Error) -> bool {
        error.kind == ErrorKind::Conflict
    }

    fn makes(&self, outcome: &Result<AnyOutput, Error>, _after: &After<'_>) -> Option<Makes> {
        let told = match outcome {
            Ok(output) => {
                let hidden = output.downcast_ref::<FileVersion>().expect("a mark");
                Ok((hidden.file_id.as_str().to_owned(), false))
            }
            Err(error) => Err(error.may_have_taken_effect),
        };
        let (name, operations) = (self.name.clone(), &["b2_hide_file"]);
        Some(Makes { name, operations, told, damaged: 0, is_asked: true, removes_leftover: true })
    }

    fn check(&self, _outcome: &Result<AnyOutput, Error>, after: &After<'_>) -> Result<(), String> {
        let mut mine = after.held.iter().filter(|held| held.name == self.name);
        if mine.any(|held| !held.is_hidden && held.bytes != b"to be hidden"[..]) {
            return Err("another file of that name".to_owned());
        }
        Ok(())
    }
}
