//! Files built of local data and ranges of a stored file, and that every byte is where it should.

mod draw;

use b2_proto::error::{Error, ErrorKind};
use b2_proto::machine::copy::CopySource;
use b2_proto::machine::engine::{AnyOutput, JobId};
use b2_proto::machine::large::Leftover;
use b2_proto::machine::synthesis::{
    Planner, SynthesisOptions, Synthesize, SynthesizeStream, Synthesized, WriteIntent,
};
use b2_proto::machine::upload::Continued;
use b2_proto::op::new_file::NewFile;
use b2_proto::plan::sizes::Sizes;
use b2_proto::plan::synthesis::{Intent, Plan, Synthesis};
use b2_proto::rng::Rng;

use crate::checkers::repeats_have_reasons::{CANDIDATES_MAX, Needs};
use crate::checkers::versions_match_outcomes::Makes;
use crate::customer_key;
use crate::jobs::{After, Job, Seat};
use crate::scenarios::Guard;
use crate::scenarios::go_on::CANNOT;
use crate::service::Side;
use crate::source::{Source, range_of};
use crate::world::index;
use draw::Segment;

/// The building of one file. Its local sources and the stored files have the same content, so that
/// intents may overlap.
#[derive(Clone, Debug)]
pub(crate) struct BuildJob {
    name: String,
    pub(crate) seed: u64,
    /// Length of the content.
    pub(crate) len: u64,
    /// So many bytes of the content are before those of the second local source.
    shift: u64,
    stored: [CopySource; 2],
    segments: Vec<Segment>,
    /// Its intents are told while it is built.
    is_stream: bool,
    /// With the customer's key.
    is_encrypted: bool,
    /// It is told to have the SHA-1 of another file.
    is_told_wrong: bool,
    /// How many parts the unfinished file has that is to be gone on with, if one is named.
    there: Option<u64>,
    options: SynthesisOptions,
    guard: Guard,
}

/// The shortest part the simulated service takes.
const PART_LEN_MIN: u64 = 100;
/// What the account recommends does not matter: the options say everything.
const RECOMMENDED_LEN: u64 = 200;
/// Attempts at one part, each of which fetches its pieces anew.
const ATTEMPTS_MAX: u64 = 12;

impl BuildJob {
    /// Segments of files that are put there now.
    pub(crate) fn draw(name: String, rng: &mut Rng, side: &Side) -> Self {
        let (seed, len) = (rng.next_u64(), 1 + rng.below(4_000));
        let content = range_of(seed, 0, index(len));
        let stored = draw::stored((&name, &content), rng, side);
        let segments = draw::segments(len, rng);
        let mut options = draw::options(rng);
        let is_stream = seed.is_multiple_of(3);
        if is_stream {
            options.planner = Planner::default();
            options.verify_overlap = false;
        }
        let is_encrypted = rng.below(4) == 0;
        let mut guard = Guard::draw(rng, side);
        if is_encrypted {
            guard = guard.encrypted(customer_key::named().into());
        }
        let mut job = Self {
            name,
            seed,
            len,
            shift: rng.below(len),
            stored,
            segments,
            is_stream,
            is_encrypted,
            is_told_wrong: false,
            there: None,
            options,
            guard,
        };
        job.draw_sha1(rng);
        job.draw_unfinished(rng, side);
        job
    }

    fn plan(&self) -> Plan {
        let intents = self.all_intents();
        if self.is_stream {
            let intents: Vec<_> = intents.iter().map(Intent::from).collect();
            let sizes = Sizes::resolve(self.options.sizes).expect("sizes");
            return Synthesis::new(sizes).in_order(true).plan(&intents).expect("a file");
        }
        self.options.plan(&intents, RECOMMENDED_LEN).expect("a file")
    }

    /// Whether the unfinished file that is named is gone: a life before has finished or cancelled
    /// it, or a job that cleans up.
    fn says_gone(&self, error: &Error) -> bool {
        let is_kind = matches!(error.kind, ErrorKind::NotFound | ErrorKind::Conflict);
        self.there.is_some() && is_kind && error.message.starts_with(CANNOT)
    }
}

impl Job for BuildJob {
    fn add(&self, seat: &mut Seat<'_>) -> JobId {
        let bucket_id = self.guard.bucket_id(seat.bucket_id);
        let file = self.guard.set(NewFile::new(bucket_id, self.name.as_str()));
        if self.is_stream {
            return seat.add(SynthesizeStream::new(file, self.options.clone()));
        }
        seat.add(Synthesize::new(file, self.all_intents(), self.options.clone()))
    }

    fn intents(&self) -> Vec<WriteIntent> {
        self.all_intents()
    }

    fn second_source(&self) -> Option<Source> {
        let bytes = range_of(self.seed, index(self.shift), index(self.len - self.shift));
        Some(Source::literal(bytes.into()))
    }

    fn is_refused(&self, error: &Error) -> bool {
        self.is_told_wrong && error.kind == ErrorKind::InvalidInput
    }

    fn is_done_before(&self, error: &Error) -> bool {
        self.says_gone(error)
    }

    fn is_overtaken(&self, error: &Error) -> bool {
        self.says_gone(error)
    }

    fn needs(&self) -> Needs {
        let plan = self.plan();
        let totals = plan.totals();
        // What cannot be compared before it is copied in one call is sent.
        let sent = u64::from(plan.count());
        Needs::from([
            ("b2_list_unfinished_large_files", 1),
            ("b2_list_buckets", 1),
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
        let is_found = plan.is_large() && self.there.is_none();
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
            // What was not got hold of stays.
            removes_leftover: self.options.leftover == Leftover::Remove && self.there.is_none(),
        })
    }

    fn check(&self, outcome: &Result<AnyOutput, Error>, after: &After<'_>) -> Result<(), String> {
        let wanted = self.wanted();
        let mut mine = after.held.iter().filter(|held| held.name == self.name);
        if self.is_told_wrong && mine.next().is_some() {
            return Err("a file was finished that has another SHA-1 than was told".to_owned());
        }
        if mine.any(|held| held.bytes != wanted) {
            return Err("the service holds other bytes than the file was to be built of".to_owned());
        }
        let output = match outcome {
            Err(error) if self.says_gone(error) && after.deaths == 0 && after.cleaners == 0 => {
                return Err(format!("a false failure: nobody has taken the file: {error}"));
            }
            Err(_) => return Ok(()),
            Ok(output) => output.downcast_ref::<Synthesized>().expect("a file that was built"),
        };
        let Some(there) = self.there else { return Ok(()) };
        let Continued::File { parts, .. } = output.continued else {
            return Err(format!("{there} parts were there, and {:?}", output.continued));
        };
        if after.deaths == 0 && u64::from(parts) != there {
            return Err(format!("{there} parts were there, of which {parts} served"));
        }
        Ok(())
    }
}
