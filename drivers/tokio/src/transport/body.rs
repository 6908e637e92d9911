//! Bodies that are read while they are sent.

use super::meter::{Meter, Phase, Trouble};
use super::source::{FileRange, MemoryRange, Read};
use bytes::Bytes;
use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use http_body::{Body, Frame, SizeHint};
use std::sync::Arc;
use tokio::task::{JoinHandle, spawn_blocking};

/// A body of known length that reads ahead by one piece.
pub(crate) struct PayloadBody {
    pieces: Pieces,
    left: u64,
    meter: Arc<Meter>,
}

enum Pieces {
    Memory { range: MemoryRange, pause: Option<Pause> },
    File { range: Option<FileRange>, ready: Option<Read>, reading: Option<Reading> },
    Ended,
}

type Pause = Pin<Box<dyn Future<Output = ()> + Send + Sync>>;
type Reading = JoinHandle<(FileRange, Result<Read, Trouble>)>;

impl PayloadBody {
    /// `len` bytes on the wire, digits of a digest included.
    pub(crate) fn memory(range: MemoryRange, len: u64, meter: Arc<Meter>) -> Self {
        meter.touch(Phase::Sending);
        Self { pieces: Pieces::Memory { range, pause: None }, left: len, meter }
    }

    /// The same from a file whose first piece has been read.
    pub(crate) fn file(range: FileRange, first: Read, len: u64, meter: Arc<Meter>) -> Self {
        meter.touch(Phase::Sending);
        let pieces = Pieces::File { range: Some(range), ready: Some(first), reading: None };
        Self { pieces, left: len, meter }
    }

    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Read>, Trouble>> {
        let read = match &mut self.pieces {
            Pieces::Ended => None,
            Pieces::Memory { range, pause } => {
                // Memory is always ready, and the connection would go on sending before anybody
                // could notice an answer that says not to. A bare wake-up would not do: the
                // runtime must look at its sockets.
                if let Some(pausing) = pause {
                    ready!(pausing.as_mut().poll(cx));
                }
                *pause = Some(Box::pin(tokio::task::yield_now()));
                range.next()
            }
            Pieces::File { range, ready, reading } => {
                if let Some(task) = reading {
                    self.meter.touch(Phase::Reading);
                    let ended = ready!(Pin::new(task).poll(cx));
                    *reading = None;
                    let (back, read) = ended.map_err(|_| Trouble {
                        cause: b2_proto::error::Cause::SourceUnreadable,
                        detail: "the thread that read the source broke off".to_owned(),
                    })?;
                    *range = Some(back);
                    *ready = Some(read?);
                }
                let read = ready.take();
                if read.as_ref().is_some_and(|read| read.ended.is_none())
                    && let Some(mut next) = range.take()
                {
                    *reading = Some(spawn_blocking(move || {
                        let read = next.next();
                        (next, read)
                    }));
                }
                read
            }
        };
        Poll::Ready(Ok(read))
    }
}

impl Body for PayloadBody {
    type Data = Bytes;
    type Error = BodyStopped;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyStopped>>> {
        let this = self.get_mut();
        if this.meter.is_stopped(cx) {
            this.pieces = Pieces::Ended;
            return Poll::Ready(Some(Err(BodyStopped)));
        }
        match ready!(this.poll_piece(cx)) {
            Ok(None) => Poll::Ready(None),
            Ok(Some(read)) => {
                let len = read.bytes.len();
                this.left = this.left.saturating_sub(len as u64);
                this.meter.add(len);
                match read.ended {
                    None => this.meter.touch(Phase::Sending),
                    Some(sha1) => {
                        this.pieces = Pieces::Ended;
                        this.meter.body_ended(sha1);
                        this.meter.touch(Phase::Waiting);
                    }
                }
                Poll::Ready(Some(Ok(Frame::data(read.bytes))))
            }
            Err(trouble) => {
                this.pieces = Pieces::Ended;
                this.meter.fail(trouble);
                Poll::Ready(Some(Err(BodyStopped)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

/// The body ends before its length; the connection cannot be used any more.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BodyStopped;

impl fmt::Display for BodyStopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the body was stopped")
    }
}

impl core::error::Error for BodyStopped {}
