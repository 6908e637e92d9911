//! Uploads of files that have grown since their newest version, of which the service copies what
//! it has.

use b2_proto::error::Error;
use b2_proto::machine::engine::{AnyOutput, JobId};
use b2_proto::machine::incremental::Incremental;
use b2_proto::machine::large::Leftover;
use b2_proto::machine::put::PutOptions;
use b2_proto::machine::upload::{Payload, Reason, Reused, Uploaded};
use b2_proto::model::FileVersion;
use b2_proto::op::new_file::NewFile;
use b2_proto::plan::sizes::SizeOptions;
use b2_proto::rng::Rng;
use serde_json::json;

use crate::checkers::repeats_have_reasons::{CANDIDATES_MAX, Needs};
use crate::checkers::versions_match_outcomes::Makes;
use crate::jobs::{After, Job, Seat};
use crate::scenarios::Guard;
use crate::service::{BEGIN_MS, Side};
use crate::source::range_of;
use crate::world::{Happening, index};

/// An upload of a file whose version of before is there.
#[derive(Clone, Debug)]
pub(crate) struct GrowJob {
    name: String,
    pub(crate) seed: u64,
    pub(crate) len: u64,
    /// Bytes that the version of before has.
    base_len: u64,
    /// Whether the local file begins with them.
    is_same: bool,
    /// Its ID, and whether it is deleted while the job runs.
    base_id: String,
    pub(crate) vanishes: bool,
    part_len: u64,
    lanes: u16,
    removes_leftover: bool,
    guard: Guard,
}

/// The shortest part the simulated service takes.
const PART_LEN_MIN: u64 = 100;
const START: &str = "b2_start_large_file";

impl GrowJob {
    /// An upload after a version that is put there now.
    pub(crate) fn draw(name: String, rng: &mut Rng, side: &Side) -> Self {
        let part_len = PART_LEN_MIN << rng.below(6);
        let seed = rng.next_u64();
        let base_len = rng.below(part_len * 10);
        let more = rng.below(part_len * 20);
        let len = match rng.below(8) {
            0 => base_len,
            1 => base_len / 2,
            _ => base_len + more,
        };
        let is_same = rng.below(6) > 0;
        let bytes = range_of(if is_same { seed } else { !seed }, 0, index(base_len));
        let guard = Guard::draw(rng, side);
        let is_large = base_len >= 2 * PART_LEN_MIN && rng.below(2) == 0;
        let base_id = if is_large {
            let sha1 = b2_proto::wire::text::Sha1::of(&bytes).to_string();
            let info = json!({ "large_file_sha1": sha1 });
            side.put_large(BEGIN_MS, guard.place(&name), &bytes, &info)
        } else {
            side.put(BEGIN_MS, guard.place(&name), &bytes)
        };
        let lanes = u16::try_from(1 + rng.below(6)).unwrap_or(1);
        let removes_leftover = rng.below(2) == 0;
        Self {
            name,
            seed,
            len,
            base_len,
            is_same,
            base_id,
            vanishes: false,
            part_len,
            lanes,
            removes_leftover,
            guard,
        }
    }

    /// Whether the version of before can be deleted: its bucket does not lock it.
    pub(crate) const fn may_vanish(&self) -> bool {
        !self.guard.is_default_of_bucket()
    }

    /// That the version is deleted.
    pub(crate) fn vanishing(&self) -> Happening {
        Happening::Remove { name: self.name.clone(), file_id: self.base_id.clone() }
    }

    /// Whether all of the version can be copied when nothing goes wrong.
    fn can_copy(&self) -> bool {
        self.is_same && self.len >= self.base_len && self.base_len >= PART_LEN_MIN
    }
}

impl Job for GrowJob {
    fn add(&self, seat: &mut Seat<'_>) -> JobId {
        let bucket_id = self.guard.bucket_id(seat.bucket_id);
        let file = self.guard.set(NewFile::new(bucket_id, self.name.as_str()));
        let payload = Payload::seekable(seat.source, self.len);
        let leftover = if self.removes_leftover { Leftover::Remove } else { Leftover::Keep };
        let sizes = SizeOptions {
            min: Some(PART_LEN_MIN),
            recommended: Some(self.part_len),
            ..SizeOptions::default()
        };
        let options = PutOptions { lanes: self.lanes, sizes, leftover, ..PutOptions::default() };
        seat.add(Incremental::new(file, payload, options))
    }

    fn needs(&self) -> Needs {
        // Of the version and of the rest, each cut by itself; and a short rest may be on its own.
        let parts = self.len.max(self.base_len) / self.part_len + 4;
        // What cannot be copied after all is sent by another large file.
        Needs::from([
            ("b2_list_file_names", 1),
            ("b2_list_unfinished_large_files", 2),
            ("b2_list_buckets", 2),
            ("b2_list_parts", 2 * CANDIDATES_MAX),
            (START, 2),
            ("b2_get_upload_url", 1),
            ("b2_upload_file", 1),
            ("b2_get_upload_part_url", 2 * u64::from(self.lanes)),
            ("b2_upload_part", 2 * parts),
            ("b2_copy_file", 1),
            ("b2_copy_part", parts),
            ("b2_finish_large_file", 1),
            ("b2_get_file_info", 3),
            ("b2_cancel_large_file", 2),
            ("b2_delete_file_version", 1),
        ])
    }

    fn guard(&self) -> Option<(&str, &Guard)> {
        Some((&self.name, &self.guard))
    }

    fn makes(&self, outcome: &Result<AnyOutput, Error>, after: &After<'_>) -> Option<Makes> {
        let operations = &["b2_finish_large_file", "b2_upload_file", "b2_copy_file"];
        let may_stay = after.suffered.count("b2_delete_file_version") > 0
            || after.suffered.is_cancelled
            || after.deaths > 0
            || after.login_failures > 0;
        let told = match outcome {
            Ok(output) => {
                let uploaded = uploaded(output);
                Ok((uploaded.file.file_id.as_str().to_owned(), uploaded.may_be_duplicate))
            }
            Err(error) => Err(error.may_have_taken_effect && error.operation != START),
        };
        let damaged = if may_stay { after.suffered.lies } else { 0 };
        let (name, removes_leftover) = (self.name.clone(), self.removes_leftover);
        Some(Makes { name, operations, told, damaged, is_asked: true, removes_leftover })
    }

    fn check(&self, outcome: &Result<AnyOutput, Error>, after: &After<'_>) -> Result<(), String> {
        let wanted = after.source.bytes();
        let mut mine = after.held.iter().filter(|held| held.is_made && held.name == self.name);
        if let Some(other) = mine.find(|held| held.bytes != wanted) {
            let len = other.bytes.len();
            return Err(format!("the service holds {len} other bytes than were asked for"));
        }
        let Ok(output) = outcome else { return Ok(()) };
        let reused = uploaded(output).reused;
        let expected = Reused::Version { bytes: self.base_len };
        let is_refuted = reused == Reused::Nothing(Reason::Refuted);
        if is_refuted && !self.vanishes && after.suffered.wrong_bytes == 0 {
            return Err("what was to be copied was there".to_owned());
        }
        // A life before may have made the newest version, or a twin of it.
        let is_certain = after.deaths == 0 && !self.vanishes && !is_refuted;
        if is_certain && (reused == expected) != self.can_copy() {
            return Err(format!("{reused:?}"));
        }
        Ok(())
    }
}

fn uploaded(output: &AnyOutput) -> &Uploaded<FileVersion> {
    output.downcast_ref().expect("an upload")
}
