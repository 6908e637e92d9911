//! What a request is waiting for.

use b2_proto::error::Cause;

/// What a request is waiting for, which decides what a long silence is called.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Phase {
    /// The peer takes bytes too slowly.
    Sending = 0,
    /// The local source gives nothing.
    Reading = 1,
    /// The peer does not answer.
    Waiting = 2,
    /// The local sink takes nothing.
    Storing = 3,
    /// There is no connection: nothing of the request has left.
    Connecting = 4,
}

impl Phase {
    /// What a silence in this phase is for the core. Sinks and sources may take their time: while
    /// one is waited for the meter is [held](super::Meter::hold), for a source until there is
    /// [an answer](super::Meter::hold_body), so nothing is silent.
    pub const fn silence(self) -> Cause {
        match self {
            Self::Sending => Cause::SendTimeout,
            Self::Reading => Cause::SourceUnreadable,
            Self::Waiting => Cause::ReadTimeout,
            Self::Storing => Cause::SinkFailed,
            Self::Connecting => Cause::ConnectTimeout,
        }
    }
}
