//! How a file is built, and what comes of it.

use alloc::vec::Vec;

use super::WriteIntent;
use crate::error::Error;
use crate::machine::large::Leftover;
use crate::machine::put::Continue;
use crate::machine::resume::Skipped;
use crate::machine::upload::Continued;
use crate::model::FileVersion;
use crate::plan::sizes::{SizeOptions, Sizes};
use crate::plan::synthesis::least::Weights;
use crate::plan::synthesis::{Intent, Overlap, Plan, Priority, Synthesis, Totals};
use crate::wire::text::Sha1;

/// Who decides which bytes are sent, copied and fetched.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Planner {
    /// The reference's rules, with this priority where local and remote bytes overlap.
    Reference(Priority),
    /// Whatever costs the least.
    Least(Weights),
}

impl Default for Planner {
    fn default() -> Self {
        Self::Reference(Priority::Reference)
    }
}

/// How a file is built.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SynthesisOptions {
    /// Parts under way at the same time; at most [`FEEDING_LANES_MAX`](super::FEEDING_LANES_MAX)
    /// where bytes are fetched, else [`LANES_MAX`](crate::machine::LANES_MAX).
    pub lanes: u16,
    /// Part sizes in bytes; what is left open is filled in by the account's.
    pub sizes: SizeOptions,
    /// Who decides what is sent, copied and fetched.
    pub planner: Planner,
    /// Whether each copied part that local data wholly covers is compared with it, by SHA-1.
    pub verify_overlap: bool,
    /// The SHA-1 of the new file, when it is known. Another one ends the job before anything is
    /// sent where it shows: where all bytes are read before, sent ones and copied ones that are
    /// compared, and where the file is one copy of a version with a known SHA-1. A file that is one
    /// upload is refused by the service. Otherwise it is taken as it is told.
    pub sha1: Option<Sha1>,
    /// Whether an unfinished large file of the same plan is continued.
    pub resume: Continue,
    /// Sends local bytes without reading them before. The file cannot be told from that of
    /// another plan then, so nothing is continued, now or later.
    pub one_pass: bool,
    /// What becomes of an unfinished file on failure.
    pub leftover: Leftover,
}

impl Default for SynthesisOptions {
    fn default() -> Self {
        Self {
            lanes: 8,
            sizes: SizeOptions::default(),
            planner: Planner::default(),
            verify_overlap: false,
            sha1: None,
            resume: Continue::Auto,
            one_pass: false,
            leftover: Leftover::Keep,
        }
    }
}

impl SynthesisOptions {
    /// The plan, without carrying it out. The login tells the part length that the account
    /// recommends, in bytes.
    ///
    /// ```
    /// use b2_proto::id::SourceId;
    /// use b2_proto::machine::copy::CopySource;
    /// use b2_proto::machine::synthesis::{SynthesisOptions, WriteIntent};
    ///
    /// let old = CopySource::new("4_z1").range(0, 40_000_000);
    /// let intents =
    ///     [WriteIntent::remote(0, old), WriteIntent::local(40_000_000, SourceId(0), 0, 1_000)];
    /// let summary = SynthesisOptions::default().plan(&intents, 100_000_000)?.summary();
    /// assert_eq!((summary.parts, summary.bytes_copied), (2, 40_000_000));
    /// assert_eq!(summary.bytes_sent, 1_000);
    /// # Ok::<(), b2_proto::error::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`InvalidInput`](crate::error::ErrorKind::InvalidInput) when the intents are no file.
    pub fn plan(&self, intents: &[WriteIntent], recommended_len: u64) -> Result<Plan, Error> {
        intents.iter().try_for_each(WriteIntent::check)?;
        let account = Some(recommended_len);
        let sizes = Sizes::resolve(SizeOptions { account, ..self.sizes })?;
        let synthesis = Synthesis::new(sizes).verify_overlap(self.verify_overlap);
        let planned: Vec<Intent> = intents.iter().map(Intent::from).collect();
        Ok(match &self.planner {
            Planner::Reference(priority) => synthesis.priority(*priority).plan(&planned)?,
            Planner::Least(weights) => synthesis.least_transfer(&planned, weights)?,
        })
    }
}

/// What comes of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Synthesized {
    /// What the service says about the new version.
    pub file: FileVersion,
    /// The SHA-1 of its bytes, when it is known.
    pub sha1: Option<Sha1>,
    /// What the plan moved, parts of a continued file included.
    pub totals: Totals,
    /// What of the copied bytes was compared with local data, and what was not although there is
    /// some; nothing where no comparison was asked for.
    pub overlap: Option<Overlap>,
    /// Whether an unfinished file was continued.
    pub continued: Continued,
    /// Unfinished files that were looked at and not continued, and why.
    pub skipped: Vec<Skipped>,
    /// An answer was lost on the way, so the same bytes may be there as a second version.
    pub may_be_duplicate: bool,
}
