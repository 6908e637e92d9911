//! What a machine asks its driver to do.

#[cfg(doc)]
use crate::error::Cause;
use crate::id::{BufferId, ReqId, SinkId, SourceId};
#[cfg(doc)]
use crate::machine::{Input, Machine};
use crate::op::{Class, SMALL_REPLY_LEN_MAX, Spec};
use crate::wire::body::{Body, BodyPieces};
use crate::wire::head::Head;

/// What the driver has to do. Has no drop glue, so it borrows no longer than it is used.
#[derive(Debug)]
pub enum Action<'a> {
    /// Send a request. Exactly one final [`Input`] with its ID must follow.
    Send(Request<'a>),
    /// Stop a request or local work; nothing about it needs to be told any
    /// more. What has ended already needs nothing.
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
    /// Forget what is in a buffer; nothing needs to be told. It may be filled again.
    Release(BufferId),
    /// Tell the SHA-1 of a range of a source that can be read again.
    ///
    /// Machines ask for ranges one after the other from the start on, so a driver that keeps a
    /// running hash of each source can tell the SHA-1 of everything before as well.
    Hash {
        /// Told back in [`Input::Hashed`].
        id: ReqId,
        /// The source.
        source: SourceId,
        /// First byte.
        offset: u64,
        /// Number of bytes.
        len: u64,
    },
    /// Tell the SHA-1 of ranges of sources that can be read again, one after the other.
    HashJoined {
        /// Told back in [`Input::Hashed`].
        id: ReqId,
        /// The ranges; none of them is brought by another request.
        pieces: &'a dyn BodyPieces,
    },
    /// Take the next intents of a file that is built while they come, and open the sources of
    /// those that are local.
    Take {
        /// Told back in [`Input::Taken`].
        id: ReqId,
        /// Sources that are not read any more: whatever stands behind them may be forgotten, and
        /// their numbers be given to others.
        closed: &'a [SourceId],
        /// Enough is taken when the intents have so many bytes together,
        len: u64,
        /// or are so many.
        count: u32,
    },
    /// Claim an unfinished large file, so that no other job sends parts of it: none of this
    /// process, and none of another one of the same user on this machine. A job has one claim at a
    /// time: it is held until the job claims another file, or ends, however it ends.
    Claim {
        /// Told back in [`Input::Claimed`].
        id: ReqId,
        /// The large file's ID.
        file: &'a str,
    },
    /// Tell the SHA-1 of bytes that were stored in a sink.
    ///
    /// A driver hashes what arrives in order while storing it and reads the rest back.
    Digest {
        /// Told back in [`Input::Digested`].
        id: ReqId,
        /// The sink.
        sink: SinkId,
        /// From the start of the sink, so many bytes before them.
        offset: u64,
        /// So many bytes.
        len: u64,
    },
    /// End an answer that is being stored when `len` bytes of it are, or now if there are more:
    /// the others are fetched by another request. [`Input::Stored`] follows as if only so many had
    /// been accepted. A driver that goes on to the end does no harm but to fetch them twice.
    Shorten {
        /// The request.
        id: ReqId,
        /// Bytes from the start of its answer.
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
    /// What it costs.
    pub class: Class,
    /// Which attempt at the same piece of work this is, from 1. What counts as one more is what
    /// counts in [`Error::attempts`](crate::error::Error::attempts).
    pub attempt: u16,
    /// Method, URL and headers.
    pub head: Head<'a>,
    /// What follows the head.
    pub body: Body<'a>,
    /// Where the answer goes.
    pub reply: ReplyTo,
    /// Longest silence on the connection before the driver gives up.
    pub timeout_ms: u32,
    /// The request in flight whose body the answer goes into; none for most. Both count as one
    /// among those that may be in flight.
    pub feeds: Option<ReqId>,
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
    /// Hand exactly `len` bytes to the body of the request that this one
    /// [feeds](Request::feeds), in order, as fast as that takes them. It ends as
    /// [`Store`](Self::Store) does; bytes that were handed over count as stored.
    Feed {
        /// Number of bytes.
        len: u64,
    },
    /// Not the bytes that were asked for: collect the body and tell it by [`Input::Response`].
    Collect {
        /// A longer body is cut off.
        len_max: u32,
    },
}

/// A request of `spec` with a small answer.
// Inlined, it would be in the bare core once for each kind of request.
#[inline(never)]
pub(crate) fn request<'a>(
    id: ReqId,
    attempt: u16,
    spec: &Spec,
    head: Head<'a>,
    body: Body<'a>,
) -> Action<'a> {
    Action::Send(Request {
        id,
        operation: spec.name,
        class: spec.class,
        attempt,
        head,
        body,
        reply: ReplyTo::Small { len_max: SMALL_REPLY_LEN_MAX },
        timeout_ms: spec.timeout_ms,
        feeds: None,
    })
}
