//! Uploads, small and in parts, and that the service holds what was asked.

use b2_proto::error::Error;
use b2_proto::machine::engine::{AnyOutput, JobId};
use b2_proto::machine::large::Leftover;
use b2_proto::machine::put::{Put, PutOptions};
use b2_proto::machine::upload::{Payload, Uploaded};
use b2_proto::op::new_file::NewFile;
use b2_proto::op::receipt::FileRef;
use b2_proto::plan::parts::PartPlan;
use b2_proto::plan::sizes::{SizeOptions, Sizes};
use b2_proto::rng::Rng;
use b2_proto::wire::text::Sha1;

use crate::checkers::repeats::Needs;
use crate::jobs::{After, Job, Seat};
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
}

/// The shortest part the simulated service takes.
const PART_LEN_MIN: u64 = 100;

impl PutJob {
    /// An upload of up to 40 parts.
    pub(crate) fn draw(name: String, rng: &mut Rng) -> Self {
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

    fn sizes(&self) -> SizeOptions {
        SizeOptions {
            min: Some(PART_LEN_MIN),
            recommended: Some(self.part_len),
            ..SizeOptions::default()
        }
    }

    /// Parts it must go up in.
    fn parts(&self) -> u64 {
        if self.open.is_some() {
            return self.len.div_ceil(self.part_len).max(1);
        }
        let sizes = Sizes::resolve(self.sizes()).expect("in order");
        PartPlan::for_file(self.len, &sizes).expect("within the limits").count()
    }
}

impl Job for PutJob {
    fn add(&self, seat: &mut Seat<'_>) -> JobId {
        let file = NewFile::new(seat.bucket_id, self.name.as_str());
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
            // What is looked for is not there: names are used once.
            ("b2_list_unfinished_large_files", u64::from(!self.is_stream)),
            ("b2_start_large_file", 1),
            ("b2_get_upload_part_url", lanes),
            ("b2_upload_part", parts),
            ("b2_finish_large_file", 1),
            ("b2_get_file_info", 1),
            ("b2_cancel_large_file", 1),
        ])
    }

    fn check(&self, outcome: &Result<AnyOutput, Error>, after: &After<'_>) -> Result<(), String> {
        let mine: Vec<_> = after.held.iter().filter(|held| held.name == self.name).collect();
        if let Some(other) = mine.iter().find(|held| held.bytes != after.source.bytes()) {
            let len = other.bytes.len();
            return Err(format!("the service holds {len} other bytes than were asked for"));
        }
        let is_large = self.parts() > 1;
        let of_data = if is_large { "b2_finish_large_file" } else { "b2_upload_file" };
        let lies = if is_large { 0 } else { after.suffered.lies };
        let lost = after.suffered.count(of_data) - lies + u64::from(after.suffered.is_cancelled);
        let may_stay = after.suffered.count("b2_delete_file_version") > 0
            || after.suffered.is_cancelled
            || after.login_failures > 0;
        let damaged = if may_stay { lies } else { 0 };
        match outcome {
            Ok(output) => {
                let uploaded = output.downcast_ref::<Uploaded<FileRef>>().expect("an upload");
                let id = uploaded.file.file_id.as_str();
                if !mine.iter().any(|held| held.file_id == id) {
                    return Err("a false success: the service does not hold the file".to_owned());
                }
                let parts = after.suffered.successes("b2_upload_part");
                if lies > 0 || (is_large && parts < self.parts()) {
                    return Err("S11: an answer with a wrong digest was believed".to_owned());
                }
                if mine.len() > 1 && (is_large || !uploaded.may_be_duplicate) {
                    return Err(format!("{} versions, and nobody says so", mine.len()));
                }
            }
            Err(_) if mine.len() as u64 > lost + damaged => {
                return Err(format!(
                    "{} versions after a failure, {lost} lost answers, {damaged} damaged",
                    mine.len()
                ));
            }
            Err(error) if !mine.is_empty() && !error.may_have_taken_effect => {
                return Err("S10: the file is there, and the error does not say so".to_owned());
            }
            Err(_) => {}
        }
        let unfinished = after.unfinished.iter().filter(|name| **name == self.name).count() as u64;
        let strays = after.suffered.count("b2_start_large_file");
        let clean_up = after.suffered.count("b2_cancel_large_file");
        let may_fail = clean_up > 0 || after.login_failures > 0;
        let is_kept = outcome.is_err() && (!self.removes_leftover || may_fail);
        let allowed = strays + u64::from(is_kept || after.suffered.is_cancelled);
        if unfinished > allowed {
            return Err(format!("{unfinished} unfinished files, {allowed} are explained"));
        }
        if after.suffered.is_clean() && outcome.is_ok() && (mine.len() != 1 || unfinished > 0) {
            return Err("more was done than asked although nothing went wrong".to_owned());
        }
        Ok(())
    }
}
