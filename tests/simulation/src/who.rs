//! Who sends and waits: a job in one life of the client.

use core::fmt;

use b2_proto::machine::engine::JobId;

/// A job of one life of the client. The engine of the next life begins to count anew.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Who {
    pub(crate) life: u32,
    pub(crate) job: JobId,
}

impl Who {
    /// The login of a life.
    pub(crate) const fn login(life: u32) -> Self {
        Self { life, job: JobId::LOGIN }
    }
}

impl fmt::Debug for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{:?}", self.life, self.job)
    }
}
