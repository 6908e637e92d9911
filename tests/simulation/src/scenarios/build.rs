//! Files built of local data and ranges of a stored file, and that every byte is where it should.

use b2_proto::error::Error;
use b2_proto::id::SourceId;
use b2_proto::machine::copy::CopySource;
use b2_proto::machine::engine::{AnyOutput, JobId};
use b2_proto::machine::large::Leftover;
use b2_proto::machine::synthesis::{
    Planner, SynthesisOptions, Synthesize, SynthesizeStream, Synthesized, WriteIntent,
};
use b2_proto::op::new_file::NewFile;
use b2_proto::plan::sizes::{SizeOptions, Sizes};
use b2_proto::plan::synthesis::least::Weights;
use b2_proto::plan::synthesis::{Intent, Plan, Priority, Synthesis};
use b2_proto::rng::Rng;

use crate::checkers::repeats_have_reasons::{CANDIDATES_MAX, Needs};
use crate::checkers::versions_match_outcomes::Makes;
use crate::jobs::{After, Job, Seat};
use crate::scenarios::Guard;
use crate::service::{BEGIN_MS, Side};
use crate::source::range_of;
use crate::world::index;

/// The building of one file. Its local source and the stored file have the same content, so that
/// intents may overlap.
#[derive(Clone, Debug)]
pub(crate) struct BuildJob {
    name: String,
    stored_id: String,
    pub(crate) seed: u64,
    /// Length of the content.
    pub(crate) len: u64,
    segments: Vec<Segment>,
    /// Its intents are told while it is built.
    is_stream: bool,
    options: SynthesisOptions,
    guard: Guard,
}

/// Some bytes of the content in a row.
#[derive(Clone, Copy, Debug)]
struct Segment {
    /// Where they are in the new file, and in the content.
    at: u64,
    from: u64,
    len: u64,
    is_local: bool,
    is_remote: bool,
}

/// The shortest part the simulated service takes.
const PART_LEN_MIN: u64 = 100;
/// What the account recommends does not matter: the options say everything.
const RECOMMENDED_LEN: u64 = 200;
/// Attempts at one part, each of which fetches its pieces anew.
const ATTEMPTS_MAX: u64 = 12;

impl BuildJob {
    /// One to twelve segments of a file that is put there now.
    pub(crate) fn draw(name: String, rng: &mut Rng, side: &Side) -> Self {
        let (seed, len) = (rng.next_u64(), 1 + rng.below(4_000));
        let stored = range_of(seed, 0, index(len));
        let stored_id = side.put(BEGIN_MS, &format!("{name}-source"), &stored);
        let mut segments = Vec::new();
        let mut at = 0;
        for _ in 0..1 + rng.below(12) {
            let from = rng.below(len);
            let len = 1 + rng.below((len - from).min(1_500));
            let (is_local, is_remote) = match rng.below(5) {
                0 | 1 => (true, false),
                2 | 3 => (false, true),
                _ => (true, true),
            };
            segments.push(Segment { at, from, len, is_local, is_remote });
            at += len;
        }
        let mut options = Self::options(rng);
        let is_stream = seed.is_multiple_of(3);
        if is_stream {
            options.planner = Planner::default();
            options.verify_overlap = false;
        }
        let guard = Guard::draw(rng, side);
        Self { name, stored_id, seed, len, segments, is_stream, options, guard }
    }

    fn options(rng: &mut Rng) -> SynthesisOptions {
        let recommended = PART_LEN_MIN << rng.below(5);
        let planner = match rng.below(5) {
            0 => Planner::Reference(Priority::Local),
            1 => Planner::Reference(Priority::Remote),
            2 => Planner::Reference(Priority::LocalVerification),
            3 => Planner::Least(Weights::default()),
            _ => Planner::default(),
        };
        SynthesisOptions {
            lanes: u16::try_from(1 + rng.below(6)).unwrap_or(1),
            sizes: SizeOptions {
                min: Some(PART_LEN_MIN),
                recommended: Some(recommended),
                max: Some(recommended << (1 + rng.below(3))),
                ..SizeOptions::default()
            },
            planner,
            verify_overlap: rng.below(3) == 0,
            one_pass: rng.below(4) == 0,
            leftover: if rng.below(2) == 0 { Leftover::Remove } else { Leftover::Keep },
            ..SynthesisOptions::default()
        }
    }

    fn all_intents(&self, source: SourceId) -> Vec<WriteIntent> {
        let mut intents = Vec::new();
        for segment in &self.segments {
            let Segment { at, from, len, .. } = *segment;
            if segment.is_local {
                intents.push(WriteIntent::local(at, source, from, len));
            }
            if segment.is_remote {
                let stored = CopySource::new(self.stored_id.as_str()).range(from, len);
                intents.push(WriteIntent::remote(at, stored));
            }
        }
        intents
    }

    fn plan(&self) -> Plan {
        let intents = self.all_intents(SourceId(0));
        if self.is_stream {
            let intents: Vec<_> = intents.iter().map(Intent::from).collect();
            let sizes = Sizes::resolve(self.options.sizes).expect("sizes");
            return Synthesis::new(sizes).in_order(true).plan(&intents).expect("a file");
        }
        self.options.plan(&intents, RECOMMENDED_LEN).expect("a file")
    }
}

impl Job for BuildJob {
    fn add(&self, seat: &mut Seat<'_>) -> JobId {
        let bucket_id = self.guard.bucket_id(seat.bucket_id);
        let file = self.guard.set(NewFile::new(bucket_id, self.name.as_str()));
        if self.is_stream {
            return seat.add(SynthesizeStream::new(file, self.options.clone()));
        }
        let intents = self.all_intents(seat.source);
        seat.add(Synthesize::new(file, intents, self.options.clone()))
    }

    fn intents(&self, source: SourceId) -> Vec<WriteIntent> {
        self.all_intents(source)
    }

    fn needs(&self) -> Needs {
        let plan = self.plan();
        let totals = plan.totals();
        // What cannot be compared before it is copied in one call is sent.
        let sent = u64::from(plan.count());
        Needs::from([
            ("b2_list_unfinished_large_files", 1),
            ("b2_list_parts", CANDIDATES_MAX),
            ("b2_start_large_file", 1),
            ("b2_get_upload_url", 1),
            ("b2_get_upload_part_url", self.options.lanes.into()),
            ("b2_upload_file", 1),
            ("b2_upload_part", sent.max(self.len.div_ceil(PART_LEN_MIN))),
            ("b2_copy_part", totals.copies.into()),
            ("b2_copy_file", 1),
            ("b2_download_file_by_id", u64::from(totals.fetches) * ATTEMPTS_MAX),
            ("b2_finish_large_file", 1),
            ("b2_get_file_info", 3),
            ("b2_cancel_large_file", 1),
            ("b2_delete_file_version", 1),
        ])
    }

    fn continues(&self) -> Option<(&str, u64)> {
        let plan = self.plan();
        let is_found = plan.is_large() && !self.guard.is_by_default();
        let is_continued = is_found && !self.options.one_pass && !self.is_stream;
        is_continued.then(|| (self.name.as_str(), plan.count().into()))
    }

    fn guard(&self) -> Option<(&str, &Guard)> {
        Some((&self.name, &self.guard))
    }

    fn makes(&self, outcome: &Result<AnyOutput, Error>, after: &After<'_>) -> Option<Makes> {
        let told = match outcome {
            Ok(output) => {
                let built = output.downcast_ref::<Synthesized>().expect("a file that was built");
                Ok((built.file.file_id.as_str().to_owned(), built.may_be_duplicate))
            }
            Err(error) => {
                let is_of_version = error.operation != "b2_start_large_file";
                Err(error.may_have_taken_effect && is_of_version)
            }
        };
        let may_stay = after.suffered.count("b2_delete_file_version") > 0
            || after.suffered.is_cancelled
            || after.deaths > 0
            || after.login_failures > 0;
        let is_small = !self.plan().is_large();
        Some(Makes {
            name: self.name.clone(),
            operations: &["b2_upload_file", "b2_copy_file", "b2_finish_large_file"],
            told,
            damaged: if may_stay && is_small { after.suffered.lies } else { 0 },
            is_asked: true,
            removes_leftover: self.options.leftover == Leftover::Remove,
        })
    }

    fn check(&self, _outcome: &Result<AnyOutput, Error>, after: &After<'_>) -> Result<(), String> {
        let bytes = |it: &Segment| range_of(self.seed, index(it.from), index(it.len));
        let wanted: Vec<u8> = self.segments.iter().flat_map(bytes).collect();
        let mut mine = after.held.iter().filter(|held| held.name == self.name);
        if mine.any(|held| held.bytes != wanted) {
            return Err("the service holds other bytes than the file was to be built of".to_owned());
        }
        Ok(())
    }
}
