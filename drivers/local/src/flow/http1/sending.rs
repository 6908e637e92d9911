//! A request on its way out.

use super::Broken;
use super::connector::BoxStream;
use crate::exchange::{Meter, Phase};
use crate::flow::body::SendBody;
use bytes::{Buf as _, Bytes, BytesMut};
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use futures_io::AsyncWrite as _;
use http_body::Body as _;
use std::io;

/// Bytes of a body that go out together with the head.
const JOINED_LEN_MAX: usize = 16 * 1024;

/// What of a request is still to be sent.
pub(super) struct Sending {
    /// Goes out first; not empty only before the first step.
    head: BytesMut,
    chunk: Bytes,
    after: Bytes,
    body: Option<SendBody>,
    is_done: bool,
}

/// What a step came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Step {
    /// There is more to send.
    More,
    /// Everything was sent.
    Done,
}

impl Sending {
    pub(super) const fn new(head: BytesMut, body: Option<SendBody>) -> Self {
        Self { head, chunk: Bytes::new(), after: Bytes::new(), body, is_done: false }
    }

    /// Whether everything was sent.
    pub(super) const fn is_done(&self) -> bool {
        self.is_done
    }

    /// Sends the next piece, and tells the meter of what the connection takes.
    pub(super) fn poll_step(
        &mut self,
        stream: &mut BoxStream,
        meter: &Meter,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Step, Broken>> {
        if self.is_done {
            return Poll::Ready(Ok(Step::Done));
        }
        if !self.head.is_empty() {
            self.begin(cx)?;
            if self.body.is_some() {
                // A body that waits excuses no peer that does not even take the head.
                meter.touch(Phase::Sending);
            }
        } else if self.chunk.is_empty() {
            match self.poll_body(cx) {
                Poll::Ready(next) => self.chunk = next?,
                Poll::Pending => {
                    // TLS may hold something back.
                    let _ = Pin::new(stream).poll_flush(cx)?;
                    return Poll::Pending;
                }
            }
        }
        while !self.chunk.is_empty() {
            let count = ready!(Pin::new(&mut *stream).poll_write(cx, &self.chunk))?;
            if count == 0 {
                return Poll::Ready(Err(io::Error::from(io::ErrorKind::WriteZero).into()));
            }
            self.chunk.advance(count.min(self.chunk.len()));
            meter.touch(Phase::Sending);
        }
        self.chunk = core::mem::take(&mut self.after);
        if !self.chunk.is_empty() || self.body.is_some() {
            return Poll::Ready(Ok(Step::More));
        }
        // Before the flush: what a stream has taken may arrive before it says so.
        meter.all_taken();
        ready!(Pin::new(stream).poll_flush(cx))?;
        self.is_done = true;
        meter.all_left();
        Poll::Ready(Ok(Step::Done))
    }

    /// Puts head and short bodies together, so that they go out as one.
    fn begin(&mut self, cx: &mut Context<'_>) -> Result<(), Broken> {
        let mut head = core::mem::take(&mut self.head);
        if let Poll::Ready(first) = self.poll_body(cx) {
            let first = first?;
            if first.len() <= JOINED_LEN_MAX {
                head.extend_from_slice(&first);
            } else {
                self.after = first;
            }
        }
        self.chunk = head.freeze();
        Ok(())
    }

    /// The next bytes of the body; none at its end.
    fn poll_body(&mut self, cx: &mut Context<'_>) -> Poll<Result<Bytes, Broken>> {
        let Some(body) = &mut self.body else { return Poll::Ready(Ok(Bytes::new())) };
        let next =
            if body.is_end_stream() { None } else { ready!(Pin::new(&mut *body).poll_frame(cx)) };
        let bytes = match next {
            Some(frame) => frame.map_err(|_| Broken::Stopped)?.into_data().unwrap_or_default(),
            None => Bytes::new(),
        };
        // Known at once, so that an answer right behind the last byte does not look early.
        if bytes.is_empty() || body.is_end_stream() {
            self.body = None;
        }
        Poll::Ready(Ok(bytes))
    }
}
