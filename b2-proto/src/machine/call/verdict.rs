//! What becomes of a call.

use crate::wire::reply::Reply;

/// Failures after which a refused token is refused for good, however long the call has waited for
/// its turn with it.
pub(super) const RELOGINS_MAX: u16 = 5;

/// What an input means for a call.
pub(crate) enum Verdict<'a> {
    /// Not about this call, or too late.
    Ignored,
    /// The answer to work with.
    Done(Reply<'a>),
    /// It will be sent again.
    Again,
    /// It has failed for good; the session has the fault.
    Failed,
}

/// Whether a call may be sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Ready {
    /// Now.
    Now,
    /// Not yet.
    Later,
    /// There will be no login, or a budget is used up; the session has the fault.
    Never,
}
