//! What an upload tells of its bodies to whoever feeds them, and how it ends when they starve.

use super::plan::Remotes;
use super::{Large, Small};
use crate::error::Error;
use crate::id::ReqId;
use crate::machine::Machine;
use crate::machine::large::cut::Cut;
use crate::machine::session::Session;
use crate::machine::upload::Content;
use crate::time::Instant;

/// An upload whose bodies may have to be fed.
pub(super) trait Hungry: Machine {
    /// Says what the bodies consist of.
    type Plan: Remotes;

    /// The plan of the bodies.
    fn plan(&self) -> &Self::Plan;
    /// Tells each request with a body in flight, and the index of its part.
    fn each_sending(&self, tell: &mut dyn FnMut(ReqId, u64));
    /// Gives up over this error: what a body waits for cannot be had. The outcome says what is in
    /// doubt then. Gives a request that is to be aborted first, if there is one.
    fn starve(&mut self, cx: &mut Session, now: Instant, error: &Error) -> Option<ReqId>;
}

impl<P: Cut + Remotes> Hungry for Large<P> {
    type Plan = P;

    fn plan(&self) -> &P {
        self.sending().0
    }

    fn each_sending(&self, tell: &mut dyn FnMut(ReqId, u64)) {
        self.sending().1.for_each(|(id, index)| tell(id, index));
    }

    fn starve(&mut self, _cx: &mut Session, now: Instant, _error: &Error) -> Option<ReqId> {
        self.cancel(now);
        None
    }
}

impl<P: Content + Remotes> Hungry for Small<P> {
    type Plan = P;

    fn plan(&self) -> &P {
        self.sending().0
    }

    fn each_sending(&self, tell: &mut dyn FnMut(ReqId, u64)) {
        if let Some(id) = self.sending().1 {
            tell(id, 0);
        }
    }

    fn starve(&mut self, cx: &mut Session, now: Instant, error: &Error) -> Option<ReqId> {
        self.starve(cx, now, error)
    }
}
