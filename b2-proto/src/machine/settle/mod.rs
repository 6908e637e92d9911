//! Asking what became of a request whose answer was lost (S10).
//!
//! A machine notes when it sends a request that may be done twice, and when an answer to it is
//! lost. Before it sends the request again, and before it gives up, it asks: what the
//! [`Question`](crate::op::settle::Question) is and what the answer means is the operation's
//! affair. Asking takes a login that is known to have the capability, and the service's time, so
//! that older versions are told from the one in doubt. Where it cannot be asked, the request is
//! sent again, and what comes of it says that it may have been done twice.

use crate::op::settle::Facts;
use crate::policy::retry::RetryPolicy;

#[cfg(feature = "alloc")]
mod asking;
#[cfg(feature = "alloc")]
mod inquiry;
#[cfg(not(feature = "alloc"))]
mod nobody;

#[cfg(feature = "alloc")]
pub(crate) use asking::Settling;
#[cfg(not(feature = "alloc"))]
pub(crate) use nobody::Settling;

/// How long is waited, in milliseconds, before it is asked about a request that may still be worked
/// on, and that was asked about, or lost, so many times before.
pub(crate) const fn pause_ms(policy: &RetryPolicy, before: u16) -> u64 {
    const DOUBLINGS_MAX: u16 = 4;
    let doublings = if before < DOUBLINGS_MAX { before } else { DOUBLINGS_MAX };
    (policy.doubt_wait_ms as u64) << doublings
}

/// Whether a question is on its way now.
#[cfg_attr(not(feature = "alloc"), expect(dead_code, reason = "without a heap nobody asks"))]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Asked {
    /// No answer was lost since it was asked last.
    NotLost,
    /// An answer was lost, and it cannot be asked.
    Cannot,
    /// It is.
    Asking,
}

/// What to do about a question.
#[cfg_attr(not(feature = "alloc"), expect(dead_code, reason = "without a heap nobody asks"))]
#[derive(Debug)]
pub(crate) enum Turn {
    /// Nothing now.
    Nothing,
    /// Its next action is to be handed out.
    Act,
    /// It was answered, or the answer could not be got.
    Answered(Option<Facts>),
}
