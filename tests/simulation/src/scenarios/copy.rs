//! Copies on the server, small and large, of whole files and ranges.

use b2_proto::error::Error;
use b2_proto::machine::copy::{Copied, CopyOptions, CopySource, CopyTarget, FileCopy};
use b2_proto::machine::engine::{AnyOutput, JobId};
use b2_proto::machine::large::Leftover;
use b2_proto::plan::sizes::SizeOptions;
use b2_proto::rng::Rng;

use crate::checkers::repeats_have_reasons::Needs;
use crate::checkers::versions_match_outcomes::Makes;
use crate::jobs::{After, Job, Seat};
use crate::scenarios::Guard;
use crate::service::{BEGIN_MS, Side};
use crate::source::range_of;
use crate::world::index;

/// A copy.
#[derive(Clone, Debug)]
pub(crate) struct CopyJob {
    name: String,
    source_id: String,
    seed: u64,
    len: u64,
    range: Option<(u64, u64)>,
    /// What is longer is copied in parts.
    part_len_max: u64,
    lanes: u16,
    removes_leftover: bool,
    guard: Guard,
}

/// The shortest part the simulated service takes.
const PART_LEN_MIN: u64 = 100;

impl CopyJob {
    /// A copy of a file that is put there now.
    pub(crate) fn draw(name: String, rng: &mut Rng, side: &Side) -> Self {
        let (seed, len) = (rng.next_u64(), 1 + rng.below(8_000));
        let source = format!("{name}-source");
        let source_id = side.put(BEGIN_MS, &source, &range_of(seed, 0, index(len)));
        let range = (rng.below(2) == 0).then(|| {
            let first = rng.below(len);
            (first, 1 + rng.below(len - first))
        });
        Self {
            name,
            source_id,
            seed,
            len,
            range,
            part_len_max: PART_LEN_MIN << (1 + rng.below(7)),
            lanes: u16::try_from(1 + rng.below(6)).unwrap_or(1),
            removes_leftover: rng.below(2) == 0,
            guard: Guard::draw(rng, side),
        }
    }

    fn span(&self) -> (u64, u64) {
        self.range.unwrap_or((0, self.len))
    }
}

impl Job for CopyJob {
    fn add(&self, seat: &mut Seat<'_>) -> JobId {
        let mut source = CopySource::new(self.source_id.as_str());
        if let Some((first, len)) = self.range {
            source = source.range(first, len);
        }
        let sizes = SizeOptions {
            min: Some(PART_LEN_MIN),
            recommended: Some(self.part_len_max),
            max: Some(self.part_len_max),
            ..SizeOptions::default()
        };
        let leftover = if self.removes_leftover { Leftover::Remove } else { Leftover::Keep };
        let options = CopyOptions { lanes: self.lanes, sizes, leftover, ..CopyOptions::default() };
        let target = CopyTarget::new(self.guard.bucket_id(seat.bucket_id), self.name.as_str());
        let target = self.guard.set_target(target);
        seat.add(FileCopy::new(source, target, options))
    }

    fn needs(&self) -> Needs {
        // Parts may be shorter than the longest, but not by more than half.
        let parts = 2 * self.span().1.div_ceil(self.part_len_max);
        Needs::from([
            ("b2_copy_file", 1),
            // A life before may have left something to go on with.
            ("b2_list_unfinished_large_files", 1),
            ("b2_list_buckets", 1),
            ("b2_list_parts", 20),
            ("b2_get_file_info", 3),
            ("b2_start_large_file", 1),
            ("b2_copy_part", parts),
            ("b2_finish_large_file", 1),
            ("b2_cancel_large_file", 1),
        ])
    }

    fn guard(&self) -> Option<(&str, &Guard)> {
        Some((&self.name, &self.guard))
    }

    fn makes(&self, outcome: &Result<AnyOutput, Error>, _after: &After<'_>) -> Option<Makes> {
        let told = match outcome {
            Ok(output) => {
                let copied = output.downcast_ref::<Copied>().expect("a copy");
                Ok((copied.file.file_id.as_str().to_owned(), copied.may_be_duplicate))
            }
            Err(error) => {
                let is_of_version = error.operation != "b2_start_large_file";
                Err(error.may_have_taken_effect && is_of_version)
            }
        };
        let operations = &["b2_copy_file", "b2_finish_large_file"];
        let (name, removes_leftover) = (self.name.clone(), self.removes_leftover);
        Some(Makes { name, operations, told, damaged: 0, is_asked: true, removes_leftover })
    }

    fn check(&self, _outcome: &Result<AnyOutput, Error>, after: &After<'_>) -> Result<(), String> {
        let (first, len) = self.span();
        let wanted = range_of(self.seed, index(first), index(len));
        let mut mine = after.held.iter().filter(|held| held.name == self.name);
        if mine.any(|held| held.bytes != wanted) {
            return Err("the service holds other bytes than were to be copied".to_owned());
        }
        Ok(())
    }
}
