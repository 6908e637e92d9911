//! What a large upload asks the plan of its parts.

use crate::error::{Cause, Error, ErrorKind};
use crate::machine::session::Session;
use crate::machine::upload::Payload;
use crate::op::{Spec, upload_part};
use crate::plan::Span;
use crate::plan::parts::PartPlan;
use crate::policy::code::ApiCode;
use crate::wire::body::{Body, DigestMode, WriteJson};
use crate::wire::text::Sha1;

/// Whether a copy failed because what was to be copied is gone. A 404 without a code may be a
/// proxy's.
pub(crate) fn is_source_gone(error: &Error) -> bool {
    error.kind == ErrorKind::NotFound && !matches!(error.code, ApiCode::None | ApiCode::BadBucketId)
}

/// Where the bytes of a part come from. There may be more ways one day.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Origin {
    /// Sent from the payload.
    Payload,
    /// Copied by the service from a file it has.
    Copy,
}

/// How a file is cut into parts: all known beforehand ([`PartPlan`]), or found while its source is
/// read ([`OpenPlan`](super::open::OpenPlan)).
pub trait Cut {
    /// Whether only reading the source tells where it ends.
    const IS_OPEN: bool;

    /// The call by which the service copies a part, if it copies some of them. Plans without
    /// copies pay nothing for it.
    const COPY: Option<&'static Spec> = None;

    /// Whether a file that is started is claimed, so that no other job continues it meanwhile.
    const CLAIMS: bool = false;

    /// Whether a later upload can go on with what an earlier one has left.
    const IS_RESUMABLE: bool = true;

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
    /// room for it yet. The offset of one that is sent is its place in the payload.
    fn part(&self, index: u64, held: u64) -> Option<Span>;

    /// Where the bytes of the part at `index` come from.
    fn origin(&self, index: u64) -> Origin {
        let _ = index;
        Origin::Payload
    }

    /// The SHA-1 of the part at `index`, if it has been read before.
    fn known_sha1(&self, index: u64) -> Option<Sha1> {
        let _ = index;
        None
    }

    /// What is sent as the part at `index`, where that is not in the payload.
    fn body(&mut self, index: u64, digest: DigestMode) -> Option<Body<'_>> {
        let _ = (index, digest);
        None
    }

    /// The body of the call that copies the part at `index` to the large file `file_id`. It must
    /// be there for every part whose origin is [`Origin::Copy`].
    fn copy_request(&mut self, index: u64, file_id: &str) -> Option<&dyn WriteJson> {
        let _ = (index, file_id);
        None
    }

    /// Notes that the service has the part at `index`: nothing more is asked about it.
    fn note_done(&mut self, index: u64) {
        let _ = index;
    }

    /// What is told when the service has copied other bytes for the part at `index` than those of
    /// which the SHA-1 is known.
    fn copied_other(&self, index: u64, error: Error) -> Error {
        let _ = index;
        error
    }

    /// Notes that reading the part at `index` gave `len` bytes, and tells how long the part is; it
    /// does not exist when it has none. `None` is a failure; the session has the fault. Only plans
    /// whose parts are read into buffers are told.
    fn note_filled(
        &mut self,
        cx: &mut Session,
        index: u64,
        planned: Span,
        len: u64,
    ) -> Option<u64> {
        let _ = (cx, index, planned, len);
        None
    }

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
