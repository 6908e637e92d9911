//! Uploads of what has changed: what they are made of, and their steps in order.
//!
//! ```text
//! find the newest version and its manifest ─► read the source ─► build the file, or send it whole
//!     ─► look what has the manifest's name ─► keep the new manifest ─► delete the one it replaces
//! ```

use b2_proto::error::{Error, ErrorKind};
use b2_proto::id::SourceId;
use b2_proto::machine::basis::{Basis, NoBasis};
use b2_proto::machine::put::{Continue, PutOptions, WholeSha1};
use b2_proto::machine::single::Single;
use b2_proto::machine::synthesis::{
    Planner, SynthesisOptions, Synthesize, Synthesized, WriteIntent,
};
use b2_proto::machine::upload::{Reused, Uploaded};
use b2_proto::machine::{Phase, Progress};
use b2_proto::model::{AccountAuthorization, FileVersion};
use b2_proto::op::{DeleteFileVersion, ListFileNames, Operation};
use b2_proto::plan::blocks::Matched;
use b2_proto::plan::sizes::SizeOptions;
use b2_proto::plan::synthesis::least::Weights;
use b2_proto::plan::synthesis::{Plan, Summary, Totals};
use bytes::Bytes;

use super::{UploadJob, UploadSpec};
use crate::hub::News;
use crate::source::Facts;

mod steps;

/// What came of an upload by blocks.
#[derive(Clone, Debug)]
pub struct BlockUploaded {
    /// As of any upload; `reused` tells what was copied.
    pub uploaded: Uploaded<FileVersion>,
    /// What was sent, fetched and copied.
    pub totals: Totals,
    /// Why there was no manifest of the version before that could be used.
    pub lacks: Option<NoBasis>,
    /// The manifest of the new version, if one is kept. That it could not be stored is no error of
    /// the upload: the next one sends more.
    pub manifest: Result<Option<FileVersion>, Error>,
}

/// What an upload by blocks would do.
#[derive(Clone, Debug)]
pub struct BlockPlan {
    /// The parts.
    pub plan: Plan,
    /// Bytes, parts and calls of the upload, without those of its manifests.
    pub summary: Summary,
    /// Bytes and calls by which the manifest that is there is found, which the plan has taken
    /// already, and the next one is kept. How long its ID will be is guessed.
    pub manifest: Summary,
    /// Why there is no manifest of the version before that could be used.
    pub lacks: Option<NoBasis>,
    /// What of the newest version is used.
    pub reused: Reused,
}

/// A file that was sent as it is.
pub type Sent = Uploaded<FileVersion>;

/// A source that has been read, and what it can be built from.
#[derive(Clone, Debug)]
pub struct BlocksRead {
    spec: UploadSpec,
    facts: Facts,
    len: u64,
    basis: Basis,
    matched: Option<Matched>,
}

impl UploadSpec {
    /// The source's length, if it can be uploaded by blocks.
    ///
    /// # Errors
    /// [`InvalidInput`](b2_proto::error::ErrorKind::InvalidInput) when it can be read only once.
    pub fn len_for_blocks(&self, source: &Facts) -> Result<u64, Error> {
        let unfit = || Error::invalid("an upload by blocks needs a source that can be read again");
        source.len.filter(|_| source.can_reread).ok_or_else(unfit)
    }
}

impl BlocksRead {
    /// What was found out about a source of `len` bytes.
    ///
    /// # Errors
    /// [`InvalidInput`](b2_proto::error::ErrorKind::InvalidInput) when the caller has told another
    /// SHA-1 than it has.
    pub fn new(
        mut spec: UploadSpec,
        facts: Facts,
        basis: Basis,
        matched: Option<Matched>,
    ) -> Result<Self, Error> {
        let len = spec.len_for_blocks(&facts)?;
        if let Some(matched) = &matched {
            if spec.sha1.is_some_and(|told| told != matched.sha1) {
                return Err(Error::invalid("the source has another SHA-1 than was told"));
            }
            spec.sha1 = Some(matched.sha1);
            // It is of the bytes that were matched, so nothing but these may be sent.
            spec.options.whole_sha1 = WholeSha1::ReadFirst;
        }
        if let Some(ms) = facts.modified_ms {
            spec.change(|file| file.default_modified_ms(ms));
        }
        Ok(Self { spec, facts, len, basis, matched })
    }

    fn intents(&self) -> Vec<WriteIntent> {
        let matched = self.matched.as_ref();
        matched.map(|matched| self.basis.intents(&self.spec.file, matched)).unwrap_or_default()
    }

    fn options(&self) -> SynthesisOptions {
        let PutOptions { lanes, sizes, resume, leftover, .. } = self.spec.options.clone();
        // As short as the account allows, not as the real service does.
        let min = sizes.min.or(Some(self.basis.part_len_min)).filter(|min| *min > 0);
        SynthesisOptions {
            lanes,
            sizes: SizeOptions { min, ..sizes },
            planner: Planner::Least(Weights::default()),
            // A manifest says what the version has; this shows it.
            verify_overlap: true,
            sha1: self.spec.sha1,
            resume,
            leftover,
            ..SynthesisOptions::default()
        }
    }

    /// The job that builds the file from source 0, if the service has anything of it.
    pub fn building(&self) -> Option<Synthesize> {
        let intents = self.intents();
        let file = self.spec.file.clone();
        (!intents.is_empty()).then(|| Synthesize::new(file, intents, self.options()))
    }

    /// Whether the file is to be sent as it is when building it has failed like this: what was to
    /// be copied is not what it was said to be, or gone.
    pub fn is_refuted(&mut self, error: &Error) -> bool {
        let is_refuted = matches!(error.kind, ErrorKind::Corrupted | ErrorKind::NotFound);
        if is_refuted {
            self.basis.lacks = Some(NoBasis::Refuted);
            // The file that was named, if it was taken up, is cancelled: nobody could finish it.
            if let Continue::File(_) = self.spec.options.resume {
                self.spec.options.resume = Continue::Auto;
            }
        }
        is_refuted
    }

    /// The job that sends source 0 as it is.
    pub fn sending(&self) -> UploadJob {
        self.spec.clone().machine(self.facts)
    }

    /// The plan for an account, without carrying it out.
    ///
    /// # Errors
    /// Those of the plan.
    pub fn plan(&self, account: &AccountAuthorization) -> Result<BlockPlan, Error> {
        let (mut intents, mut options) = (self.intents(), self.options());
        if intents.is_empty() {
            // As an ordinary upload is cut.
            let sizes = self.spec.options.sizes;
            options = SynthesisOptions { sizes, ..SynthesisOptions::default() };
            intents.push(WriteIntent::local(0, SourceId(0), 0, self.len));
        }
        let recommended_len = account.storage_api.recommended_part_size;
        let plan = options.plan(&intents, recommended_len)?;
        let summary = plan.summary();
        let reused = self.basis.reused(summary.bytes_copied);
        let manifest = self.basis.manifest_cost(self.matched.as_ref(), recommended_len);
        Ok(BlockPlan { plan, summary, manifest, lacks: self.basis.lacks, reused })
    }

    /// What to say about a file that was built.
    pub fn built(&self, built: Synthesized) -> (Sent, Totals) {
        let Synthesized { file, sha1, totals, continued, may_be_duplicate, .. } = built;
        let reused = self.basis.reused(totals.copied);
        (Uploaded { file, sha1, continued, reused, may_be_duplicate }, totals)
    }

    /// What to say about a file that was sent.
    pub fn sent(&self, sent: Sent) -> (Sent, Totals) {
        let len = sent.file.content_length;
        let reused = self.basis.reused(0);
        (Uploaded { reused, ..sent }, Totals { len, sent: len, ..Totals::default() })
    }

    /// The call that shows, once the file is there, whether somebody has stored another one in the
    /// place of its manifest. Nothing if none is kept.
    pub fn last_look(&self) -> Option<Single<ListFileNames>> {
        let has_draft = self.matched.as_ref().is_some_and(|matched| matched.draft.is_some());
        self.basis.last_look(&self.spec.file).filter(|_| has_draft)
    }

    /// Takes the answer to that.
    pub fn looked_last(&mut self, page: <ListFileNames as Operation>::Output) {
        self.basis.looked_last(&self.spec.file, page);
    }

    /// The manifest of the new version, if one is to be kept: the job that sends source 0 as it,
    /// and its bytes.
    pub fn manifest(&mut self, version: &FileVersion) -> Option<(UploadJob, Bytes)> {
        let matched = self.matched.take().filter(|_| self.basis.takes_manifest)?;
        let bytes = matched.draft?.finish(version.file_id.as_str(), matched.sha1)?;
        let PutOptions { lanes, buffer_len_max, .. } = self.spec.options;
        // Who would continue it has the bytes of another manifest.
        let resume = Continue::Never;
        let options = PutOptions { lanes, buffer_len_max, resume, ..PutOptions::default() };
        let file = self.spec.file.manifest()?;
        let spec = UploadSpec { file, sha1: None, options, is_incremental: false };
        let facts = Facts { len: Some(bytes.len() as u64), can_reread: true, modified_ms: None };
        Some((spec.machine(facts), bytes.into()))
    }

    /// Deletes the manifest that another has taken the place of.
    pub fn replaced(&self) -> Option<DeleteFileVersion<String>> {
        let old = self.basis.sidecar.as_ref()?;
        Some(DeleteFileVersion::new(old.file_id.as_str().to_owned(), old.file_name.clone()))
    }

    /// Why there was no manifest that could be used.
    pub const fn lacks(&self) -> Option<NoBasis> {
        self.basis.lacks
    }
}

/// How far a source of `len` bytes has been read.
pub fn reading(done: u64, len: u64) -> News<'static> {
    let bytes_total = Some(len);
    let phase = Phase::Reading;
    News::Progress(Progress { phase, bytes_done: done, bytes_total, ..Progress::default() })
}

#[cfg(test)]
mod tests {
    use b2_proto::op::new_file::NewFile;
    use b2_proto::plan::blocks::Matcher;

    use super::*;

    /// Its SHA-1 and its manifest are of the bytes that were matched.
    #[test]
    fn what_was_matched_is_read_again_before_it_is_sent() {
        for is_matched in [false, true] {
            let options = PutOptions { whole_sha1: WholeSha1::OnePass, ..PutOptions::default() };
            let file = NewFile::new("b", "n");
            let spec = UploadSpec { file, sha1: None, options, is_incremental: false };
            let facts = Facts { len: Some(0), can_reread: true, modified_ms: None };
            let basis = Basis {
                version: None,
                key: None,
                manifest: None,
                lacks: Some(NoBasis::NoVersion),
                sidecar: None,
                takes_manifest: true,
                part_len_min: 5,
            };
            let matched = is_matched.then(|| Matcher::new(0, 5, None).finish());
            let read = BlocksRead::new(spec, facts, basis, matched).expect("it fits");
            let whole_sha1 = read.spec.options.whole_sha1;
            assert_eq!(whole_sha1 == WholeSha1::ReadFirst, is_matched);
        }
    }
}
