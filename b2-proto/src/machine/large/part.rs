//! The states of a part in its lane, and what the service says about it.

use super::Lane;
use crate::error::{Error, ErrorKind};
use crate::machine::session::{Pass, Session};
use crate::machine::upload::no_sha1;
use crate::op::receipt::PartRef;
use crate::op::upload_part;
use crate::wire::text::Sha1;

/// The lane's buffer, for sources that cannot be read again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Buffer {
    Unused,
    Due,
    Filling,
    Full(Sha1),
    /// The service has the part, the driver still has its bytes.
    Spent,
}

impl Buffer {
    /// What becomes of it once the service has the part. Whoever has a heap gives its bytes back
    /// at once; without one, a lane keeps its buffer and fills it anew.
    pub(super) const fn after_use(self) -> Self {
        match self {
            Self::Full(_) if cfg!(feature = "alloc") => Self::Spent,
            Self::Unused | Self::Due | Self::Filling | Self::Full(_) | Self::Spent => Self::Unused,
        }
    }
}

impl Lane {
    /// Whether the buffer may be filled now, by a job that cannot go on before it has `needs`
    /// bytes in buffers.
    pub(crate) fn next_fill(&self, cx: &mut Session, needs: u64) -> LaneNext {
        match cx.room(&upload_part::SPEC, self.buffer_slot(), self.span().len, needs) {
            Pass::Now => LaneNext::Fill,
            Pass::Later => LaneNext::Nothing,
            Pass::Never => LaneNext::Failed,
        }
    }
}

/// A part the service has.
pub(crate) struct Done {
    pub(crate) index: u64,
    pub(crate) len: u64,
    pub(crate) sha1: Sha1,
}

/// What the service must say of a part that it has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Expected {
    pub(super) index: u64,
    pub(super) len: u64,
    pub(super) sha1: ExpectedSha1,
}

/// Which SHA-1 a part must have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum ExpectedSha1 {
    /// That of the bytes, which were sent or read here.
    Of(Sha1),
    /// Whatever the service says: it copied bytes that nobody here has seen.
    Unseen,
}

impl Expected {
    /// Reads the answer: the SHA-1 of the part, when it is the one that was asked for.
    // Apart, so that its temporaries do not stay on the stack of a small device.
    #[cfg_attr(not(feature = "alloc"), inline(never))]
    pub(super) fn read(&self, body: &[u8]) -> Result<Sha1, Error> {
        let part = PartRef::read(body)?;
        if u64::from(part.number) != self.index + 1 || part.len != self.len {
            let message = "the service stored another part than the one asked for";
            return Err(Error::new(ErrorKind::Corrupted, message));
        }
        let stored = part.sha1.ok_or_else(no_sha1)?;
        match self.sha1 {
            ExpectedSha1::Of(sent) if stored != sent => Err(Error::with_message(
                ErrorKind::Corrupted,
                format_args!("sent bytes with SHA-1 {sent}, the service stored {stored}"),
            )),
            ExpectedSha1::Of(_) | ExpectedSha1::Unseen => Ok(stored),
        }
    }
}

impl Expected {
    /// Whether an answer is about another part than the one that was asked for.
    pub(super) fn is_misplaced(&self, body: &[u8]) -> bool {
        let is_other =
            |part: PartRef| u64::from(part.number) != self.index + 1 || part.len != self.len;
        PartRef::read(body).is_ok_and(is_other)
    }
}

/// What an input means for a lane.
pub(crate) enum LaneDone {
    Nothing,
    Part(Done),
    /// The session has the fault.
    Failed,
}

/// What a lane can do now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum LaneNext {
    Nothing,
    Fill,
    GetUrl,
    Part,
    Copy,
    /// The session has the fault.
    Failed,
}
