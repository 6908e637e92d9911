//! What a large upload asks the plan of its parts.

use crate::error::{Cause, Error};
use crate::machine::session::Session;
use crate::machine::upload::Payload;
use crate::op::upload_part;
use crate::plan::Span;
use crate::plan::parts::PartPlan;
use crate::wire::text::Sha1;

/// How a file is cut into parts: all known beforehand ([`PartPlan`]), or found while its source is
/// read ([`OpenPlan`](super::open::OpenPlan)).
pub trait Cut {
    /// Whether only reading the source tells where it ends.
    const IS_OPEN: bool;

    /// Whether a file that is started is claimed, so that no other job continues it meanwhile.
    const CLAIMS: bool = false;

    /// Number of parts, once it is known.
    fn parts_total(&self) -> Option<u64>;

    /// Length of all of them, once it is known, in bytes.
    fn bytes_total(&self) -> Option<u64>;

    /// Number of parts there may be at most.
    fn parts_max(&self) -> u64;

    /// Most parts that are sent at the same time, when there are more lanes than that.
    fn sending_max(&self) -> usize {
        usize::MAX
    }

    /// The part at `index`, beside buffers with `held` bytes. `None` when there is none, or no
    /// room for it yet.
    fn part(&self, index: u64, held: u64) -> Option<Span>;

    /// The SHA-1 of the part at `index`, if it has been read before.
    fn known_sha1(&self, index: u64) -> Option<Sha1> {
        let _ = index;
        None
    }

    /// Notes that reading the part at `index` gave `len` bytes, and tells how long the part is; it
    /// does not exist when it has none. `None` is a failure; the session has the fault.
    fn note_filled(&mut self, cx: &mut Session, index: u64, planned: Span, len: u64)
    -> Option<u64>;

    /// Checks that the plan can be carried out with this payload.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::error::ErrorKind::InvalidInput).
    fn check_for(&self, payload: &Payload) -> Result<(), Error>;
}

impl Cut for PartPlan {
    const IS_OPEN: bool = false;

    fn parts_total(&self) -> Option<u64> {
        Some(self.count())
    }

    fn bytes_total(&self) -> Option<u64> {
        Some(self.len())
    }

    fn parts_max(&self) -> u64 {
        self.count()
    }

    fn part(&self, index: u64, _held: u64) -> Option<Span> {
        Self::part(self, index)
    }

    fn note_filled(
        &mut self,
        cx: &mut Session,
        _index: u64,
        planned: Span,
        len: u64,
    ) -> Option<u64> {
        if len == planned.len {
            return Some(len);
        }
        let detail = "the source ended early";
        cx.fault.set_cause(upload_part::SPEC.name, Cause::SourceUnreadable, detail);
        None
    }

    fn check_for(&self, payload: &Payload) -> Result<(), Error> {
        self.check()?;
        if payload.len != Some(self.len()) {
            return Err(Error::invalid("the plan is for a file of another length"));
        }
        Ok(())
    }
}
