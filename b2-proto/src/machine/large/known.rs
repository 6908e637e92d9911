//! A plan whose parts have been read before.

use super::cut::Cut;
use crate::error::Error;
use crate::machine::session::Session;
use crate::machine::upload::Payload;
use crate::plan::Span;
use crate::plan::parts::PartPlan;
use crate::wire::text::Sha1;
use alloc::vec::Vec;

/// The parts of a file, and the SHA-1 of those that have been read already: they are sent with it
/// and are not hashed again.
///
/// The service compares what it gets, so a source that has changed since it was read is noticed.
/// An upload with such a plan [claims](crate::machine::Action::Claim) the file it starts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KnownPlan {
    plan: PartPlan,
    digests: Vec<Option<Sha1>>,
}

impl KnownPlan {
    /// The parts of `plan`. `digests` may be shorter than the plan.
    #[must_use]
    pub const fn new(plan: PartPlan, digests: Vec<Option<Sha1>>) -> Self {
        Self { plan, digests }
    }

    /// Length of the longest part, in bytes.
    pub(crate) fn longest(&self) -> u64 {
        self.plan.longest()
    }
}

impl Cut for KnownPlan {
    const IS_OPEN: bool = false;
    const CLAIMS: bool = true;

    fn parts_total(&self) -> Option<u64> {
        self.plan.parts_total()
    }

    fn bytes_total(&self) -> Option<u64> {
        self.plan.bytes_total()
    }

    fn parts_max(&self) -> u64 {
        self.plan.parts_max()
    }

    fn part(&self, index: u64, _held: u64) -> Option<Span> {
        self.plan.part(index)
    }

    fn known_sha1(&self, index: u64) -> Option<Sha1> {
        *self.digests.get(usize::try_from(index).ok()?)?
    }

    fn note_filled(
        &mut self,
        cx: &mut Session,
        index: u64,
        planned: Span,
        len: u64,
    ) -> Option<u64> {
        self.plan.note_filled(cx, index, planned, len)
    }

    fn check_for(&self, payload: &Payload) -> Result<(), Error> {
        self.plan.check_for(payload)
    }
}
