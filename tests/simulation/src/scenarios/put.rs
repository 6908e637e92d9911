//! Uploads, small and in parts, and that the service holds what was asked.

use b2_proto::error::Error;
use b2_proto::machine::copy::TargetEncryption;
use b2_proto::machine::engine::{AnyOutput, JobId};
use b2_proto::machine::large::Leftover;
use b2_proto::machine::put::{Put, PutOptions};
use b2_proto::machine::upload::{Payload, Uploaded};
use b2_proto::op::receipt::FileRef;
use b2_proto::plan::parts::PartPlan;
use b2_proto::plan::sizes::{SizeOptions, Sizes};
use b2_proto::rng::Rng;
use b2_proto::wire::text::Sha1;

use crate::checkers::repeats_have_reasons::{CANDIDATES_MAX, Needs};
use crate::checkers::versions_match_outcomes::Makes;
use crate::jobs::{After, Job, Seat};
use crate::scenarios::{Guard, Manner};
use crate::service::Side;
use crate::source::bytes_of;

/// An upload.
#[derive(Clone, Debug)]
pub(crate) struct PutJob {
    pub(crate) name: String,
    pub(crate) seed: u64,
    pub(crate) len: u64,
    pub(crate) part_len: u64,
    pub(crate) lanes: u16,
    pub(crate) is_stream: bool,
    /// Bytes of all buffers of a stream whose length is not told.
    pub(crate) open: Option<u64>,
    pub(crate) knows_sha1: bool,
    pub(crate) removes_leftover: bool,
    /// Another job uploads the same at the same time.
    pub(crate) is_twin: bool,
    pub(crate) manner: Manner,
}

/// So many files that were started are given up to others.
const LOST_FILES_MAX: u64 = 5;
const START: &str = "b2_start_large_file";

/// The shortest part the simulated service takes.
const PART_LEN_MIN: u64 = 100;

impl PutJob {
    /// An upload of up to 40 parts.
    pub(crate) fn draw(name: String, rng: &mut Rng, side: &Side) -> Self {
        let part_len = PART_LEN_MIN << rng.below(9);
        let is_small = rng.below(3) == 0;
        let parts = if is_small { 1 } else { 1 + rng.below(40) };
        let is_stream = rng.below(4) == 0;
        let mut job = Self {
            name,
            seed: rng.next_u64(),
            len: rng.below(part_len * parts + 1),
            part_len,
            lanes: u16::try_from(1 + rng.below(8)).unwrap_or(1),
            is_stream,
            open: None,
            knows_sha1: rng.below(3) == 0 && !is_stream,
            removes_leftover: rng.below(2) == 0,
            is_twin: false,
            manner: Manner::draw(rng, side),
        };
        if is_stream && rng.below(2) == 0 {
            job.open = Some(part_len * (2 + rng.below(u64::from(job.lanes) + 1)));
            if rng.below(2) == 0 {
                // At a border, or a byte beside it.
                job.len = (part_len * rng.below(parts + 1) + rng.below(3)).saturating_sub(1);
            }
        }
        job
    }

    /// An upload of a file of at least two parts that can be read again.
    pub(crate) fn draw_large(name: String, rng: &mut Rng, side: &Side) -> Self {
        let drawn = Self::draw(name, rng, side);
        let part_len = PART_LEN_MIN << rng.below(6);
        let len = part_len * (2 + rng.below(20)) + 1 + rng.below(part_len);
        let guard = drawn.manner.guard.encrypted(TargetEncryption::Default);
        let (is_stream, open) = (false, None);
        let manner = Manner::guarded(guard);
        Self { part_len, len, is_stream, open, manner, ..drawn }
    }

    /// How a source of known length is cut.
    pub(crate) fn plan(&self) -> PartPlan {
        let sizes = Sizes::resolve(self.sizes()).expect("in order");
        PartPlan::for_file(self.len, &sizes).expect("within the limits")
    }

    fn sizes(&self) -> SizeOptions {
        SizeOptions {
            min: Some(PART_LEN_MIN),
            recommended: Some(self.part_len),
            ..SizeOptions::default()
        }
    }

    /// Parts it must go up in.
    pub(crate) fn parts(&self) -> u64 {
        if self.open.is_some() {
            return self.len.div_ceil(self.part_len).max(1);
        }
        self.plan().count()
    }
}

impl Job for PutJob {
    fn add(&self, seat: &mut Seat<'_>) -> JobId {
        let file = self.manner.file(seat.bucket_id, &self.name);
        let mut payload = match (self.is_stream, self.open) {
            (_, Some(_)) => Payload::unbounded(seat.source),
            (true, None) => Payload::stream(seat.source, self.len),
            (false, None) => Payload::seekable(seat.source, self.len),
        };
        if self.knows_sha1 {
            payload.sha1 = Some(Sha1::of(&bytes_of(self.seed, crate::world::index(self.len))));
        }
        let leftover = if self.removes_leftover { Leftover::Remove } else { Leftover::Keep };
        let sizes = self.sizes();
        let mut options =
            PutOptions { lanes: self.lanes, sizes, leftover, ..PutOptions::default() };
        self.manner.set(&mut options);
        options.buffer_len_max = self.open.unwrap_or(options.buffer_len_max);
        seat.add(Put::<FileRef>::new(file, payload, options))
    }

    fn needs(&self) -> Needs {
        let parts = self.parts();
        if parts == 1 {
            return Needs::from([
                ("b2_get_upload_url", 1),
                ("b2_upload_file", 1),
                ("b2_delete_file_version", 1),
            ]);
        }
        let lanes = u64::from(self.lanes).min(parts);
        Needs::from([
            // Unfinished files of this name are there after crashes, and from a twin.
            ("b2_list_unfinished_large_files", 1),
            ("b2_list_buckets", 1),
            ("b2_list_parts", CANDIDATES_MAX),
            // A twin may have taken the file.
            (START, if self.is_twin { 1 + LOST_FILES_MAX } else { 1 }),
            ("b2_get_upload_part_url", lanes),
            ("b2_upload_part", parts),
            ("b2_finish_large_file", 1),
            ("b2_get_file_info", 1),
            ("b2_cancel_large_file", 1),
        ])
    }

    fn continues(&self) -> Option<(&str, u64)> {
        // Of a file with a time of its own nobody knows when its bucket has locked it.
        let is_own_lock = self.manner.guard.is_by_default() && self.manner.is_dated();
        let is_found = !self.is_twin && !is_own_lock;
        let can_continue = !self.is_stream && is_found && self.parts() > 1;
        can_continue.then(|| (self.name.as_str(), self.parts()))
    }

    /// Between the start of a file and its answer a twin can find it, claim it and finish it.
    fn is_overtaken(&self, error: &Error) -> bool {
        self.is_twin && error.status == 400 && error.message.starts_with("No active upload")
    }

    fn guard(&self) -> Option<(&str, &Guard)> {
        Some((&self.name, &self.manner.guard))
    }

    fn makes(&self, outcome: &Result<AnyOutput, Error>, after: &After<'_>) -> Option<Makes> {
        let is_large = self.parts() > 1;
        let operations: &[_] =
            if is_large { &["b2_finish_large_file"] } else { &["b2_upload_file"] };
        let may_stay = after.suffered.count("b2_delete_file_version") > 0
            || after.suffered.is_cancelled
            || after.deaths > 0
            || after.login_failures > 0;
        let told = match outcome {
            Ok(output) => {
                let uploaded = output.downcast_ref::<Uploaded<FileRef>>().expect("an upload");
                Ok((uploaded.file.file_id.as_str().to_owned(), uploaded.may_be_duplicate))
            }
            // A file that may have been started is no version.
            Err(error) => Err(error.may_have_taken_effect && error.operation != START),
        };
        Some(Makes {
            name: self.name.clone(),
            operations,
            told,
            damaged: if may_stay && !is_large { after.suffered.lies } else { 0 },
            is_asked: !self.manner.is_dated(),
            // What a twin has started may be gone on with here, and then stays as its own.
            removes_leftover: self.removes_leftover && !self.is_twin,
        })
    }

    fn check(&self, outcome: &Result<AnyOutput, Error>, after: &After<'_>) -> Result<(), String> {
        let mine: Vec<_> = after.held.iter().filter(|held| held.name == self.name).collect();
        let wanted = after.source.bytes();
        if let Some(other) = mine.iter().find(|held| held.bytes != wanted) {
            let len = other.bytes.len();
            return Err(format!("the service holds {len} other bytes than were asked for"));
        }
        if outcome.is_ok() && self.parts() == 1 && after.suffered.lies > 0 && after.deaths == 0 {
            return Err("S11: an answer with a wrong digest was believed".to_owned());
        }
        Ok(())
    }
}
