//! HTTP/1.1 as texts: what the drivers share that have connections of their own.
//!
//! Heads of requests are written and answers are read from bytes that have arrived, however they
//! did; nothing in here reads, sends or waits.
//!
//! | module | what |
//! | --- | --- |
//! | [`request`] | the head of a request |
//! | [`reply`] | the head of an answer, and what it says about the bytes behind it |
//! | [`framing`] | where the body of an answer ends |

pub mod framing;
pub mod reply;
pub mod request;

use b2_proto::error::Cause;

use super::Trouble;

pub use framing::{Framing, Next};
pub use reply::{Awaiting, ReplyHead};

/// The answer is not HTTP, or more than is taken; what is wrong with it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Unreadable(pub &'static str);

impl From<Unreadable> for Trouble {
    fn from(unreadable: Unreadable) -> Self {
        Self::new(Cause::BadReply, unreadable.0)
    }
}
