//! Uploads that go on with an unfinished file of yesterday, which the caller names.

use b2_proto::error::{Error, ErrorKind};
use b2_proto::machine::engine::{AnyOutput, JobId};
use b2_proto::machine::upload::{Continued, Uploaded};
use b2_proto::op::receipt::FileRef;
use b2_proto::rng::Rng;

use crate::checkers::repeats_have_reasons::Needs;
use crate::checkers::versions_match_outcomes::Makes;
use crate::jobs::{After, Job, Seat};
use crate::scenarios::{Guard, PutJob};
use crate::service::{Side, YESTERDAY_MS};
use crate::source::range_of;
use crate::world::index;

/// An upload of which some parts are there.
#[derive(Clone, Debug)]
pub(crate) struct GoOnJob {
    pub(crate) put: PutJob,
    file_id: String,
    /// Parts that are there.
    stored: u64,
}

/// How the error begins that says that the file cannot be gone on with.
pub(super) const CANNOT: &str = "the unfinished file cannot be continued";

impl GoOnJob {
    /// An upload whose file is started now, with half of the parts.
    pub(crate) fn draw(name: String, rng: &mut Rng, side: &Side) -> Self {
        let mut put = PutJob::draw_large(name, rng, side);
        let plan = put.plan();
        let parts: Vec<_> = (1..)
            .zip(plan.parts())
            .filter(|_| rng.below(2) == 0)
            .map(|(number, it)| (number, range_of(put.seed, index(it.offset), index(it.len))))
            .collect();
        let guard = &put.manner.guard;
        let what = (guard.place(&put.name), &guard.locks());
        let file_id = side.start_with(YESTERDAY_MS, what, &parts);
        put.manner.file_id = Some(file_id.clone());
        Self { put, file_id, stored: parts.len() as u64 }
    }

    fn says_gone(error: &Error) -> bool {
        let is_kind = matches!(error.kind, ErrorKind::NotFound | ErrorKind::Conflict);
        is_kind && error.message.starts_with(CANNOT)
    }
}

impl Job for GoOnJob {
    fn add(&self, seat: &mut Seat<'_>) -> JobId {
        self.put.add(seat)
    }

    fn needs(&self) -> Needs {
        let mut needs = self.put.needs();
        needs.remove("b2_start_large_file");
        needs
    }

    fn continues(&self) -> Option<(&str, u64)> {
        Some((&self.put.name, self.put.parts()))
    }

    fn is_done_before(&self, error: &Error) -> bool {
        Self::says_gone(error)
    }

    fn guard(&self) -> Option<(&str, &Guard)> {
        self.put.guard()
    }

    /// A job that cleans up can have come first.
    fn is_overtaken(&self, error: &Error) -> bool {
        Self::says_gone(error)
    }

    fn makes(&self, outcome: &Result<AnyOutput, Error>, after: &After<'_>) -> Option<Makes> {
        // What was not got hold of stays.
        self.put.makes(outcome, after).map(|makes| Makes { removes_leftover: false, ..makes })
    }

    fn check(&self, outcome: &Result<AnyOutput, Error>, after: &After<'_>) -> Result<(), String> {
        self.put.check(outcome, after)?;
        let output = match outcome {
            Err(error) if Self::says_gone(error) && after.deaths == 0 && after.cleaners == 0 => {
                return Err(format!("a false failure: nobody has taken the file: {error}"));
            }
            Err(_) => return Ok(()),
            Ok(output) => output.downcast_ref::<Uploaded<FileRef>>().expect("an upload"),
        };
        if output.file.file_id.as_str() != self.file_id {
            return Err("another file was gone on with".to_owned());
        }
        let Continued::File { parts, .. } = output.continued else {
            return Err(format!("the file was not gone on with: {:?}", output.continued));
        };
        let (count, sent) = (self.put.parts(), after.suffered.successes("b2_upload_part"));
        if after.deaths == 0 && (u64::from(parts) != self.stored || sent + self.stored > count) {
            let stored = self.stored;
            return Err(format!("S9: {sent} of {count} parts sent, {stored} were there: {parts}"));
        }
        Ok(())
    }
}
