//! Uploads with a heap: as many lanes as wanted, a file that may have parts already, and a plan
//! that goes on while it is carried out.

use super::cut::Cut;
use super::{FileId, Lane, LargeUpload, Stage};
use crate::machine::upload::Payload;
use crate::op::file_spec::DescribeFile;
use crate::op::receipt::Receipt;
use crate::wire::text::Sha1;
use alloc::vec::Vec;

impl<F, R, P> LargeUpload<F, Vec<Option<Sha1>>, Vec<Lane>, R, P>
where
    F: DescribeFile,
    R: Receipt,
    P: Cut,
{
    /// An upload of a payload as a file, cut as a plan says, by so many lanes. If it goes on with
    /// the file `file_id`, the service has the parts in `stored`.
    pub(in crate::machine) fn by_lanes(
        (file, payload, plan): (F, Payload, P),
        lanes: usize,
        file_id: Option<FileId>,
        mut stored: Vec<Option<Sha1>>,
    ) -> Self {
        stored.resize(usize::try_from(plan.parts_max()).unwrap_or(usize::MAX), None);
        let lanes = (0..lanes).map(|_| Lane::new()).collect();
        let large = Self::new(file, payload, plan, stored, lanes);
        match file_id {
            Some(id) => large.continuing(id),
            None => large,
        }
    }

    /// Whether parts that come now are of use to it.
    pub(in crate::machine) const fn takes_parts(&self) -> bool {
        matches!(self.stage, Stage::Unchecked | Stage::Starting | Stage::Claiming | Stage::Parts)
            && !self.is_cancelled
    }

    /// How many parts were begun, in order.
    pub(in crate::machine) const fn begun(&self) -> u64 {
        self.parts.cursor
    }

    /// Lets the plan learn of further parts, or that there are none.
    pub(in crate::machine) fn change_plan<T>(&mut self, change: impl FnOnce(&mut P) -> T) -> T {
        let changed = change(&mut self.plan);
        self.note_end();
        changed
    }
}
