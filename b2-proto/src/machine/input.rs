//! What is known of any input.

use super::Input;
use crate::id::ReqId;

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

    /// Whether it is the answer that what was asked has been done.
    pub(crate) const fn is_success(&self) -> bool {
        matches!(self, Self::Response { reply, .. } if reply.is_success())
    }

    /// Whether the request ends with this.
    pub const fn is_final(&self) -> bool {
        !matches!(self, Self::Moved { .. })
    }
}
