//! What a driver tells a machine.

use crate::error::Cause;
use crate::id::ReqId;
#[cfg(feature = "alloc")]
use crate::machine::synthesis::WriteIntent;
#[cfg(doc)]
use crate::machine::{Action, Machine};
use crate::wire::reply::Reply;
use crate::wire::text::Sha1;
use core::marker::PhantomData;

/// What happened, told by the driver.
pub enum Input<'a> {
    /// A whole answer.
    Response {
        /// The request.
        id: ReqId,
        /// Status, headers and body.
        reply: Reply<'a>,
        /// The SHA-1 of the body that was sent, when the request had one.
        sent: Option<Sha1>,
    },
    /// All bytes that were accepted have been stored.
    Stored {
        /// The request.
        id: ReqId,
    },
    /// There was no answer, or its body ended early.
    Failed {
        /// The request.
        id: ReqId,
        /// What happened.
        cause: Cause,
        /// More about it for a person; no secrets.
        detail: &'a str,
        /// How many bytes of the answer's body have been stored.
        stored: u64,
        /// The SHA-1 of the body that was sent, if all of it had been handed over to whatever
        /// sends it. Without it the service cannot have got all of a body with a digest.
        sent: Option<Sha1>,
    },
    /// A buffer has been filled.
    Filled {
        /// The request.
        id: ReqId,
        /// Bytes in it.
        len: u64,
        /// Their SHA-1.
        digest: Sha1,
    },
    /// A digest of stored bytes.
    Digested {
        /// The request.
        id: ReqId,
        /// The SHA-1.
        digest: Sha1,
    },
    /// A digest of a range of a source.
    Hashed {
        /// The request.
        id: ReqId,
        /// The SHA-1 of the range.
        digest: Sha1,
        /// That of all bytes of the source up to the end of the range, if the driver has hashed
        /// them in order.
        through: Option<Sha1>,
    },
    /// Whether a large file could be claimed.
    Claimed {
        /// The request.
        id: ReqId,
        /// Whether nobody else has it.
        granted: bool,
    },
    /// Intents of a file that is built while they come.
    Taken {
        /// The request.
        id: ReqId,
        /// The intents.
        taken: Taken<'a>,
    },
    /// Bytes have moved; does not end the request. Counts from the start of the request.
    Moved {
        /// The request.
        id: ReqId,
        /// Bytes sent or stored so far.
        bytes: u64,
    },
}

/// Intents that were taken from whatever gives them, in its order.
#[derive(Clone, Copy)]
pub struct Taken<'a> {
    #[cfg(feature = "alloc")]
    pub(crate) intents: &'a [WriteIntent],
    #[cfg(feature = "alloc")]
    pub(crate) is_all: bool,
    borrowed: PhantomData<&'a ()>,
}

#[cfg(feature = "alloc")]
impl<'a> Taken<'a> {
    /// These intents, none for no more than it takes; `is_all` says that no others follow. Each
    /// local one has a source of its own as long as it is not [closed](Action::Take).
    pub const fn new(intents: &'a [WriteIntent], is_all: bool) -> Self {
        Self { intents, is_all, borrowed: PhantomData }
    }
}

impl Input<'_> {
    /// The request this is about.
    pub const fn id(&self) -> ReqId {
        match *self {
            Self::Response { id, .. }
            | Self::Stored { id }
            | Self::Failed { id, .. }
            | Self::Filled { id, .. }
            | Self::Digested { id, .. }
            | Self::Hashed { id, .. }
            | Self::Claimed { id, .. }
            | Self::Taken { id, .. }
            | Self::Moved { id, .. } => id,
        }
    }

    /// The SHA-1 of the body that was sent, if all of it was handed over.
    pub(crate) const fn sent(&self) -> Option<Sha1> {
        match *self {
            Self::Response { sent, .. } | Self::Failed { sent, .. } => sent,
            Self::Stored { .. }
            | Self::Filled { .. }
            | Self::Digested { .. }
            | Self::Hashed { .. }
            | Self::Claimed { .. }
            | Self::Taken { .. }
            | Self::Moved { .. } => None,
        }
    }

    /// Whether it is the answer that what was asked has been done.
    pub(crate) const fn is_success(&self) -> bool {
        matches!(self, Self::Response { reply, .. } if reply.is_success())
    }

    /// Whether the request ends with this.
    pub const fn is_final(&self) -> bool {
        !matches!(self, Self::Moved { .. })
    }
}
