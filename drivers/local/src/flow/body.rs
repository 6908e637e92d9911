//! Bodies of requests.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use std::sync::{Arc, Mutex, PoisonError};

use b2_proto::error::Cause;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::throttle::Throttle;
use super::whole::WholePayload;
use super::{BoxFuture, Driver, Line};
use crate::exchange::joined::{Joined, NextBytes};
use crate::exchange::range::{MemoryRange, Read, SourceRange};
use crate::exchange::{Meter, Phase, Trouble};

/// The body of a request; its length is known.
#[derive(Debug)]
pub enum SendBody {
    /// All of it at hand.
    Whole(Bytes),
    /// The same of a payload, whose bytes count.
    Payload(Box<WholePayload>),
    /// Read and hashed while it is sent.
    Pieces(Box<PieceBody>),
}

/// A body that reads ahead by one piece.
pub struct PieceBody {
    /// Never locked: some HTTP libraries want bodies that could be shared.
    pieces: Mutex<Pieces>,
    /// What was read and not handed out yet.
    rest: Option<Read>,
    throttle: Mutex<Throttle>,
    left: u64,
    meter: Arc<Meter>,
}

enum Pieces {
    Memory {
        range: MemoryRange,
        pause: Option<Pause>,
        yields: Yield,
    },
    File {
        range: Option<SourceRange>,
        ready: Option<Read>,
        reading: Option<Reading<SourceRange>>,
        read: Begin<SourceRange>,
    },
    Joined {
        joined: Option<Joined>,
        reading: Option<Reading<Joined>>,
        read: Begin<Joined>,
    },
    Ended,
}

type Pause = BoxFuture<()>;
type Yield = Box<dyn Fn() -> Pause + Send>;
/// What was read from, and what came of it.
type Ended<T> = (T, Result<Read, Trouble>);
type Reading<T> = BoxFuture<Option<Ended<T>>>;
type Begin<T> = Box<dyn Fn(T) -> Reading<T> + Send>;

impl PieceBody {
    /// `len` bytes on the wire, digits of a digest included.
    pub(super) fn memory<D: Driver>(
        line: &Line<D>,
        range: MemoryRange,
        len: u64,
        meter: Arc<Meter>,
    ) -> Self {
        meter.touch(Phase::Sending);
        let driver = line.driver.clone();
        let yields: Yield = Box::new(move || Box::pin(driver.yield_now()));
        let pieces = Pieces::Memory { range, pause: None, yields };
        Self::new(line, pieces, len, meter)
    }

    /// The same from a file whose first piece has been read.
    pub(super) fn file<D: Driver>(
        line: &Line<D>,
        range: SourceRange,
        first: Read,
        len: u64,
        meter: Arc<Meter>,
    ) -> Self {
        meter.touch(Phase::Sending);
        let driver = line.driver.clone();
        let read: Begin<SourceRange> = Box::new(move |mut range| {
            Box::pin(driver.unblock(move || {
                let read = range.read();
                (range, read)
            }))
        });
        let pieces = Pieces::File { range: Some(range), ready: Some(first), reading: None, read };
        Self::new(line, pieces, len, meter)
    }

    /// The same of several pieces in a row.
    pub(super) fn joined<D: Driver>(
        line: &Line<D>,
        joined: Joined,
        len: u64,
        meter: Arc<Meter>,
    ) -> Self {
        meter.touch(Phase::Sending);
        let driver = line.driver.clone();
        let read: Begin<Joined> = Box::new(move |mut joined| {
            Box::pin(driver.unblock(move || {
                let read = joined.read();
                (joined, read)
            }))
        });
        let pieces = Pieces::Joined { joined: Some(joined), reading: None, read };
        Self::new(line, pieces, len, meter)
    }

    fn new<D: Driver>(line: &Line<D>, pieces: Pieces, left: u64, meter: Arc<Meter>) -> Self {
        let throttle = Mutex::new(Throttle::new(line));
        Self { pieces: Mutex::new(pieces), rest: None, throttle, left, meter }
    }

    /// The next bytes that may pass.
    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Read>, Trouble>> {
        if !self.throttle_mut().has_taken() {
            let read = match self.rest.take() {
                Some(rest) => rest,
                None => match ready!(self.poll_piece(cx))? {
                    Some(read) => read,
                    None => return Poll::Ready(Ok(None)),
                },
            };
            self.rest = self.throttle_mut().take(read);
        }
        let meter = self.meter.clone();
        self.throttle_mut().poll_pass(&meter, cx).map(Ok)
    }

    fn throttle_mut(&mut self) -> &mut Throttle {
        self.throttle.get_mut().unwrap_or_else(PoisonError::into_inner)
    }

    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Read>, Trouble>> {
        let next = match self.pieces.get_mut().unwrap_or_else(PoisonError::into_inner) {
            Pieces::Ended => None,
            Pieces::Memory { range, pause, yields } => {
                // Memory is always ready, and the connection would go on sending before anybody
                // could notice an answer that says not to. A bare wake-up would not do: the
                // runtime must look at its sockets.
                if let Some(pausing) = pause {
                    ready!(pausing.as_mut().poll(cx));
                }
                *pause = Some(yields());
                range.next()
            }
            Pieces::File { range, ready, reading, read } => {
                if let Some((back, piece)) = ready!(poll_reading(reading, &self.meter, cx))? {
                    *range = Some(back);
                    *ready = Some(piece?);
                }
                let piece = ready.take();
                if piece.as_ref().is_some_and(|piece| piece.ended.is_none())
                    && let Some(range) = range.take()
                {
                    *reading = Some(read(range));
                }
                piece
            }
            Pieces::Joined { joined, reading, read } => loop {
                if let Some((back, piece)) = ready!(poll_reading(reading, &self.meter, cx))? {
                    *joined = Some(back);
                    break Some(piece?);
                }
                let Some(pieces) = joined else { break None };
                match pieces.next() {
                    NextBytes::Local => *reading = joined.take().map(&**read),
                    NextBytes::Fed(len) => {
                        // Who brings them is watched for itself.
                        self.meter.hold_body();
                        let bytes = ready!(self.meter.pipe().poll_take(len, cx.waker()));
                        break Some(pieces.pass(bytes));
                    }
                    NextBytes::Trailer => break pieces.trailer(),
                    NextBytes::Nothing => break None,
                }
            },
        };
        Poll::Ready(Ok(next))
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyStopped>>> {
        if self.meter.is_body_stopped(cx.waker()) {
            self.pieces = Mutex::new(Pieces::Ended);
            return Poll::Ready(Some(Err(BodyStopped)));
        }
        match ready!(self.poll_chunk(cx)) {
            Ok(None) => Poll::Ready(None),
            Ok(Some(read)) => {
                let len = read.bytes.len();
                self.left = self.left.saturating_sub(len as u64);
                self.meter.add(len);
                let mut phase = Phase::Sending;
                if let Some(sha1) = read.ended {
                    self.pieces = Mutex::new(Pieces::Ended);
                    self.meter.body_ended(sha1);
                    if !self.meter.is_leaving() {
                        // Nobody tells when it has left, so it may have.
                        phase = Phase::Waiting;
                    }
                }
                self.meter.touch(phase);
                Poll::Ready(Some(Ok(read.bytes)))
            }
            Err(trouble) => {
                self.pieces = Mutex::new(Pieces::Ended);
                self.meter.fail(trouble);
                Poll::Ready(Some(Err(BodyStopped)))
            }
        }
    }
}

/// What a reading gave, if there is one.
fn poll_reading<T>(
    reading: &mut Option<Reading<T>>,
    meter: &Meter,
    cx: &mut Context<'_>,
) -> Poll<Result<Option<Ended<T>>, Trouble>> {
    let Some(task) = reading else { return Poll::Ready(Ok(None)) };
    meter.touch(Phase::Reading);
    // However long the source takes, the peer is not silent.
    meter.hold_body();
    let ended = ready!(task.as_mut().poll(cx));
    *reading = None;
    let broke_off = || {
        let detail = "the thread that read the source broke off";
        Trouble::new(Cause::SourceUnreadable, detail)
    };
    Poll::Ready(ended.ok_or_else(broke_off).map(Some))
}

impl Body for SendBody {
    type Data = Bytes;
    type Error = BodyStopped;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyStopped>>> {
        match self.get_mut() {
            Self::Whole(bytes) if bytes.is_empty() => Poll::Ready(None),
            Self::Whole(bytes) => Poll::Ready(Some(Ok(Frame::data(core::mem::take(bytes))))),
            Self::Payload(body) => Poll::Ready(body.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Pieces(body) => body.poll_next(cx).map(|next| next.map(|it| it.map(Frame::data))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.size_hint().exact() == Some(0)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(match self {
            Self::Whole(bytes) => bytes.len() as u64,
            Self::Payload(body) => body.len() as u64,
            Self::Pieces(body) => body.left,
        })
    }
}

/// The body ends before its length; the connection cannot be used any more.
#[derive(Clone, Copy, Debug)]
pub struct BodyStopped;

impl fmt::Display for BodyStopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the body was stopped")
    }
}

impl core::error::Error for BodyStopped {}

impl fmt::Debug for PieceBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PieceBody").field("left", &self.left).finish_non_exhaustive()
    }
}
