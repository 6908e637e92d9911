//! What is known of any input.

use super::Input;
use crate::id::ReqId;
use crate::wire::text::Sha1;

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
