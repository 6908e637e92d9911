//! Bodies of requests, read and hashed while they are sent.

use core::task::{Poll, Waker};
use std::sync::Arc;

use b2_local::exchange::joined::{Joined, NextBytes};
use b2_local::exchange::pool::Pool;
use b2_local::exchange::range::{MemoryRange, Read, SourceRange, slice};
use b2_local::exchange::{Meter, Payload, Phase, Trouble};
use b2_proto::error::Cause;
use b2_proto::wire::body::DigestMode;
use bytes::Bytes;

use super::io::{JobIo, SourceHandle};
use crate::http::watch::Unpark;
use crate::http::{NextPiece, Pieces};

/// What follows the head of a request.
pub(super) enum Body {
    /// Text of a call.
    Text(Bytes),
    /// All of a payload at hand.
    Whole(Bytes),
    /// Bytes in memory.
    Memory(MemoryRange),
    /// Part of a file.
    File(SourceRange),
    /// Several pieces in a row.
    Joined(Joined),
    /// Nothing more.
    Ended,
}

/// Bytes in memory up to which a body is hashed and sent as one piece.
const SHORT_LEN_MAX: u64 = 64 * 1024;

impl Body {
    /// Opens a payload.
    pub(super) fn open(
        payload: Payload,
        io: &JobIo,
        pool: &Pool,
        meter: &Meter,
    ) -> Result<Self, Trouble> {
        let trouble = |detail| Trouble::new(Cause::SourceUnreadable, detail);
        match payload {
            Payload::Empty => Ok(Self::Ended),
            Payload::Text(text) => Ok(Self::Text(text.into())),
            Payload::Buffer { slot, len, sha1 } => {
                let filled = io.buffers.get(slot, len);
                let filled = filled.ok_or_else(|| trouble("the buffer is not there"))?;
                Ok(Self::memory(MemoryRange::of_buffer(&filled, DigestMode::Known(sha1)), meter))
            }
            Payload::Joined { pieces, digest, .. } => {
                let detail = "a source is not there, or can be read only once";
                let pieces = io.joined(&pieces).ok_or_else(|| trouble(detail))?;
                Ok(Self::Joined(Joined::new(pieces, digest, pool.clone())))
            }
            Payload::Range { source, offset, len, digest } => match io.source(source) {
                Some(SourceHandle::Memory(bytes)) => {
                    let detail = "the source has fewer bytes than before";
                    let ended_early = || Trouble::new(Cause::SourceChanged, detail);
                    let bytes = slice(&bytes, offset, len).ok_or_else(ended_early)?;
                    Ok(Self::memory(MemoryRange::new(bytes, digest), meter))
                }
                Some(SourceHandle::Seekable(source)) => {
                    Ok(Self::File(SourceRange::new(source, offset, len, digest, pool.clone())))
                }
                Some(SourceHandle::Reader(_)) => {
                    Err(trouble("a source that can be read once has no ranges"))
                }
                None => Err(trouble("the source is not there")),
            },
        }
    }

    /// Few bytes are hashed at once and need no pieces.
    fn memory(range: MemoryRange, meter: &Meter) -> Self {
        if range.len() > SHORT_LEN_MAX {
            return Self::Memory(range);
        }
        let all = range.read_all();
        meter.add(all.bytes.len());
        meter.body_ended(all.sha1);
        Self::Whole(all.bytes)
    }

    /// The next bytes; `Pending` while another request has not brought them.
    fn read(&mut self, meter: &Meter) -> Result<Poll<Option<Read>>, Trouble> {
        let read = match self {
            Self::Memory(range) => range.next(),
            Self::File(range) => Some(reading(meter, || range.read())?),
            Self::Joined(joined) => match joined.next() {
                NextBytes::Local => Some(reading(meter, || joined.read())?),
                NextBytes::Fed(len) => {
                    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
                    let Poll::Ready(bytes) = meter.pipe().poll_take(len, &waker) else {
                        // Who brings them is watched for itself.
                        meter.hold();
                        return Ok(Poll::Pending);
                    };
                    meter.touch(Phase::Sending);
                    Some(joined.pass(bytes))
                }
                NextBytes::Trailer => joined.trailer(),
                NextBytes::Nothing => None,
            },
            Self::Text(_) | Self::Whole(_) | Self::Ended => None,
        };
        Ok(Poll::Ready(read))
    }
}

fn reading(meter: &Meter, read: impl FnOnce() -> Result<Read, Trouble>) -> Result<Read, Trouble> {
    meter.touch(Phase::Reading);
    let read = read()?;
    meter.touch(Phase::Sending);
    Ok(read)
}

impl Pieces for Body {
    fn is_payload(&self) -> bool {
        !matches!(self, Self::Text(_))
    }

    fn next(&mut self, meter: &Meter) -> Result<NextPiece, Trouble> {
        if let Self::Text(bytes) | Self::Whole(bytes) = self {
            let bytes = core::mem::take(bytes);
            *self = Self::Ended;
            return Ok(NextPiece::Piece(bytes));
        }
        let read = match self.read(meter)? {
            Poll::Ready(Some(read)) => read,
            Poll::Ready(None) => return Ok(NextPiece::End),
            Poll::Pending => return Ok(NextPiece::Later),
        };
        meter.add(read.bytes.len());
        if let Some(sha1) = read.ended {
            meter.body_ended(sha1);
            *self = Self::Ended;
        }
        Ok(NextPiece::Piece(read.bytes))
    }
}
