//! Jobs as state machines.
//!
//! A machine knows what has to be sent next and what an answer means; a driver moves the bytes.
//! Every driver follows the same loop:
//!
//! ```text
//! loop {
//!     while let Some(action) = machine.poll_action(&mut session, clock.now()) {
//!         io.start(action);
//!     }
//!     if let Some(outcome) = machine.outcome() { break outcome; }
//!     let input = io.next_completion(machine.poll_deadline(&session)); // None: the time came
//!     if let Some(input) = input { machine.handle_input(&mut session, clock.now(), input); }
//! }
//! ```
//!
//! # Contract
//!
//! 1. *Drain.* After every input and every wake-up the driver polls actions until `None`.
//! 2. *No deadline in the past.* After a drain, `poll_deadline` is later than `now`.
//! 3. *Liveness.* After a drain an unfinished machine has a request in flight, a deadline, or
//!    waits for the session's login.
//! 4. Every `Send` gets exactly one final input; a second one, or one with an old generation,
//!    changes nothing.
//! 5. An upload URL is in at most one request, and never used again after a failure.
//! 6. At most one login is in flight, and no request starts with a token known to be stale.
//! 7. Time never goes back inside a machine.
//! 8. The bare core allocates nothing.
//! 9. A finished machine stays finished.
//! 10. Keys, tokens and upload URLs appear in no text.
//!
//! [`contract::Contract`] asserts these in debug builds, wherever a machine is driven by
//! [`Solo`](solo::Solo) or by the engine.

use crate::error::{Cause, Error};
use crate::id::{BufferId, ReqId, SinkId, SourceId};
use crate::time::{Deadline, Instant};
use crate::wire::body::Body;
use crate::wire::head::Head;
use crate::wire::reply::{Headers, Reply};
use crate::wire::text::Sha1;

#[cfg(feature = "alloc")]
pub mod authorize;
pub(crate) mod call;
pub mod contract;
pub(crate) mod delivery;
pub mod download;
#[cfg(feature = "alloc")]
pub mod engine;
pub mod event;
pub mod large;
pub mod login;
#[cfg(feature = "alloc")]
pub mod pages;
#[cfg(feature = "alloc")]
pub mod put;
pub mod session;
pub mod single;
pub mod solo;
pub mod upload;

pub use event::{Event, Progress};
pub use session::Session;

/// Most lanes of one job.
pub const LANES_MAX: usize = 64;

/// A job as a state machine; see the [module](self) for the loop and the contract.
pub trait Machine {
    /// What a finished job gives.
    type Output;

    /// The next thing to do, or `None` when nothing can be done now.
    fn poll_action<'a>(&'a mut self, cx: &'a mut Session, now: Instant) -> Option<Action<'a>> {
        if self.decide(cx, now) { self.action(cx) } else { None }
    }

    /// First half of [`poll_action`](Self::poll_action): moves the job on, and tells whether
    /// there is something to do. Drivers need only the whole; this is for those who drive many
    /// machines and cannot hold on to an action while they look at the next one.
    fn decide(&mut self, cx: &mut Session, now: Instant) -> bool;

    /// Second half: hands out what was decided. `None` unless [`decide`](Self::decide) has just
    /// said that there is something.
    fn action<'a>(&'a mut self, cx: &'a Session) -> Option<Action<'a>>;

    /// Decides what becomes of the body of an answer whose head has arrived.
    ///
    /// Called once for each request with [`ReplyTo::Sink`], before any byte of the body is
    /// stored. A machine that asks for no sinks need not implement it.
    fn accept(
        &mut self,
        cx: &mut Session,
        now: Instant,
        id: ReqId,
        status: u16,
        headers: &dyn Headers,
    ) -> Accept {
        let _ = (cx, now, id, status, headers);
        Accept::Collect { len_max: crate::op::SMALL_REPLY_LEN_MAX }
    }

    /// Takes what happened to a request.
    fn handle_input(&mut self, cx: &mut Session, now: Instant, input: Input<'_>);

    /// When a later `now` would change something.
    fn poll_deadline(&self, cx: &Session) -> Option<Deadline>;

    /// Whether the job stands still until the session has logged in (rule 3's named wait).
    fn waits_for_login(&self, cx: &Session) -> bool;

    /// Progress since the last call; may be ignored.
    fn poll_event(&mut self) -> Option<Event> {
        None
    }

    /// Gives up: requests in flight are aborted, then the outcome is an error of kind
    /// [`Cancelled`](crate::error::ErrorKind::Cancelled).
    fn cancel(&mut self, now: Instant);

    /// The result, once, when the job has ended.
    fn outcome(&mut self) -> Option<Result<Self::Output, Error>>;
}

/// What the driver has to do. Has no drop glue, so it borrows no longer than it is used.
#[derive(Debug)]
pub enum Action<'a> {
    /// Send a request. Exactly one final [`Input`] with its ID must follow.
    Send(Request<'a>),
    /// Stop a request; nothing about it needs to be told any more.
    Abort(ReqId),
    /// Read the next bytes of a source that cannot be read again into a buffer.
    Fill {
        /// Told back in [`Input::Filled`].
        id: ReqId,
        /// The buffer.
        slot: BufferId,
        /// The source.
        source: SourceId,
        /// Read so many bytes unless the source ends before.
        len: u64,
    },
    /// Tell the SHA-1 of the first `len` bytes that were stored in a sink.
    ///
    /// A driver hashes what arrives in order while storing it and reads the rest back.
    Digest {
        /// Told back in [`Input::Digested`].
        id: ReqId,
        /// The sink.
        sink: SinkId,
        /// From its start, so many bytes.
        len: u64,
    },
}

/// A request to send.
#[derive(Debug)]
pub struct Request<'a> {
    /// Told back with the answer.
    pub id: ReqId,
    /// The operation's name, for traces.
    pub operation: &'static str,
    /// Method, URL and headers.
    pub head: Head<'a>,
    /// What follows the head.
    pub body: Body<'a>,
    /// Where the answer goes.
    pub reply: ReplyTo,
    /// Longest silence on the connection before the driver gives up.
    pub timeout_ms: u32,
}

/// Where the answer to a request goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReplyTo {
    /// Into memory: [`Input::Response`] with the whole body, at most so many bytes.
    Small {
        /// A longer body is a failure with [`Cause::BadReply`].
        len_max: u32,
    },
    /// As [`Machine::accept`] decides.
    Sink,
}

/// What becomes of the body of an answer to a request with [`ReplyTo::Sink`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Accept {
    /// Store exactly `len` bytes at `offset`; [`Input::Stored`] when all are there,
    /// [`Input::Failed`] when the body ends before. What follows them is not read.
    Store {
        /// The sink.
        sink: SinkId,
        /// Where in the sink the first byte goes.
        offset: u64,
        /// Number of bytes.
        len: u64,
    },
    /// Not the bytes that were asked for: collect the body and tell it by [`Input::Response`].
    Collect {
        /// A longer body is cut off.
        len_max: u32,
    },
}

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
    /// Bytes have moved; does not end the request. Counts from the start of the request.
    Moved {
        /// The request.
        id: ReqId,
        /// Bytes sent or stored so far.
        bytes: u64,
    },
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
            | Self::Moved { id, .. } => id,
        }
    }

    /// Whether the request ends with this.
    pub const fn is_final(&self) -> bool {
        !matches!(self, Self::Moved { .. })
    }
}
