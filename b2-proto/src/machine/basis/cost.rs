//! What a manifest costs: finding the one that is there, and keeping the next.

use super::{Basis, NoBasis};
use crate::id::SourceId;
use crate::machine::synthesis::{SynthesisOptions, WriteIntent};
use crate::op::delete_file_version::DeleteFileVersion;
use crate::op::receipt::FileRef;
use crate::op::{ListFileNames, Operation as _, download};
use crate::plan::blocks::{MANIFEST_LEN_MAX, Matched};
use crate::plan::synthesis::Summary;
use alloc::string::String;

/// Bytes in the ID of a file, where nobody has told one yet.
const FILE_ID_LEN: usize = 90;

impl Basis {
    /// The calls and bytes of an upload by blocks that are its manifests', beside the upload
    /// itself: how what is here was found, and how the manifest of `matched` takes its place. The
    /// login tells the part length that the account recommends, in bytes. Neither the length of a
    /// file nor parts are in it.
    #[must_use]
    pub fn manifest_cost(&self, matched: Option<&Matched>, recommended_len: u64) -> Summary {
        let mut cost = Summary::default();
        let listings = match self.lacks {
            Some(NoBasis::NotAllowed | NoBasis::TooShort) => 0,
            Some(NoBasis::NameTooLong) => 1,
            None | Some(_) => 2,
        };
        cost.call(&ListFileNames::SPEC, listings);
        if let Some(len) = self.fetched_len() {
            cost.call(&download::BY_ID, 1);
            cost.bytes_fetched = len;
        }
        let draft = matched.and_then(|matched| matched.draft.as_ref());
        let Some(draft) = draft.filter(|_| self.takes_manifest) else { return cost };
        let id_len = self.version.as_ref().map_or(FILE_ID_LEN, |it| it.file_id.as_str().len());
        let all = [WriteIntent::local(0, SourceId(0), 0, draft.finished_len(id_len))];
        if let Ok(plan) = SynthesisOptions::default().plan(&all, recommended_len) {
            cost.add_calls(&plan.summary());
        }
        cost.call(&ListFileNames::SPEC, 1);
        if self.sidecar.is_some() {
            cost.call(&DeleteFileVersion::<String, FileRef>::SPEC, 1);
        }
        cost
    }

    /// Bytes of the manifest, if it was fetched.
    fn fetched_len(&self) -> Option<u64> {
        let was_fetched = matches!(
            self.lacks,
            None | Some(NoBasis::OtherVersion | NoBasis::Unreadable(_) | NoBasis::Refuted)
        );
        let len = self.sidecar.as_ref()?.content_length;
        (was_fetched && len <= MANIFEST_LEN_MAX).then_some(len)
    }
}
