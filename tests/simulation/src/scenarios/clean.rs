//! Cleaning up what uploads of yesterday have left, beside uploads that go on with it.

use b2_proto::error::Error;
use b2_proto::machine::engine::{AnyOutput, JobId};
use b2_proto::machine::leftovers::{
    Fate, LeftoverList, LeftoverOptions, Leftovers, UnfinishedFile,
};
use b2_proto::rng::Rng;
use serde_json::json;

use crate::checkers::repeats_have_reasons::Needs;
use crate::jobs::{After, Job, Seat};
use crate::service::{Side, TODAY_MS, YESTERDAY_MS};

/// A job that cancels all unfinished files of yesterday.
#[derive(Clone, Debug)]
pub(crate) struct CleanJob {
    files: Vec<Left>,
}

/// A file that is there to be cancelled.
#[derive(Clone, Debug)]
struct Left {
    name: String,
    file_id: String,
    parts: u32,
    bytes: u64,
}

/// How names begin of what may be cancelled.
const OLD: [&str; 2] = ["clean-", "go-on-"];
/// Unfinished files of yesterday in all.
const FILES_MAX: u64 = 40;
const CANCEL: &str = "b2_cancel_large_file";
const LIST_PARTS: &str = "b2_list_parts";

impl CleanJob {
    /// Up to five files, started now, with up to three parts each.
    pub(crate) fn draw(folder: &str, rng: &mut Rng, side: &Side) -> Self {
        let mut files = Vec::new();
        for number in 0..rng.below(6) {
            let name = format!("{folder}/{number}");
            let parts: Vec<_> = (1..=rng.below(4))
                .map(|part| (part, vec![b'x'; 100 * crate::world::index(part)]))
                .collect();
            let file_id = side.start_with(YESTERDAY_MS, (&name, &json!({})), &parts);
            let bytes = parts.iter().map(|(_, bytes)| bytes.len() as u64).sum();
            let parts = u32::try_from(parts.len()).unwrap_or(0);
            files.push(Left { name, file_id, parts, bytes });
        }
        Self { files }
    }
}

impl Job for CleanJob {
    fn add(&self, seat: &mut Seat<'_>) -> JobId {
        let options = LeftoverOptions { started_before_ms: Some(TODAY_MS), cancels: true };
        seat.add(Leftovers::new(seat.bucket_id, options))
    }

    fn needs(&self) -> Needs {
        Needs::from([
            ("b2_list_unfinished_large_files", 4),
            ("b2_list_parts", FILES_MAX),
            (CANCEL, FILES_MAX),
            ("b2_get_file_info", FILES_MAX),
        ])
    }

    fn check(&self, outcome: &Result<AnyOutput, Error>, after: &After<'_>) -> Result<(), String> {
        let Ok(output) = outcome else { return Ok(()) };
        let list = output.downcast_ref::<LeftoverList>().expect("what was left");
        let is_old = |it: &UnfinishedFile| OLD.iter().any(|old| it.file.file_name.starts_with(old));
        if let Some(new) = list.files.iter().find(|it| !is_old(it)) {
            return Err(format!("S9: {new:?} is of today"));
        }
        self.files.iter().try_for_each(|left| left.check(list, after))
    }
}

impl Left {
    fn check(&self, list: &LeftoverList, after: &After<'_>) -> Result<(), String> {
        let is_there = after.unfinished.contains(&self.name);
        let Some(told) = list.files.iter().find(|it| it.file.file_id == *self.file_id) else {
            let why = || format!("{} is there and was not told of", self.name);
            return if is_there && !list.has_more { Err(why()) } else { Ok(()) };
        };
        // It may have failed before its parts could be listed.
        let is_right = (told.parts, told.bytes) == (self.parts, self.bytes)
            || matches!(&told.fate, Fate::Failed(error) if error.operation != CANCEL);
        let is_explained = match &told.fate {
            Fate::Cancelled => !is_there,
            // By another job that cleans up.
            Fate::InUse => true,
            // Another one can have cancelled it later.
            Fate::Failed(error) if !error.may_have_taken_effect && !is_there => {
                after.deaths > 0 || after.cleaners > 1
            }
            Fate::Failed(error) if error.operation == LIST_PARTS => {
                after.suffered.count(LIST_PARTS) > 0
            }
            Fate::Failed(_) => after.suffered.count(CANCEL) + after.login_failures > 0,
            Fate::Kept => false,
        };
        if is_right && is_explained { Ok(()) } else { Err(format!("{self:?}: {told:?}")) }
    }
}
