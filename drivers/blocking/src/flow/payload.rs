//! Bodies of requests, read and hashed while they are sent.

use core::task::{Poll, Waker};
use std::sync::Arc;

use b2_local::exchange::joined::NextBytes;
use b2_local::exchange::range::Read;
use b2_local::exchange::{Meter, Payload, Phase, Trouble};
use b2_local::job::Content;
use b2_proto::wire::text::Sha1;

use super::exchange::Line;
use super::io::JobIo;
use crate::http::watch::Unpark;
use crate::http::{NextPiece, Pieces};

/// What follows the head of a request.
pub(super) struct Body {
    content: Content,
    is_payload: bool,
    /// Bytes that were handed out and are not sent yet.
    unsent: usize,
    /// The digest of all, from when the last of them is handed out until it is sent.
    ended: Option<Sha1>,
}

impl Body {
    /// Opens a payload.
    pub(super) fn open(payload: Payload, io: &JobIo, line: &Line) -> Result<Self, Trouble> {
        let content = Content::open(payload, io, &line.pool, line.pace.up.is_limited())?;
        let is_payload = !matches!(content, Content::Text(_));
        Ok(Self { content, is_payload, unsent: 0, ended: None })
    }

    /// The next bytes; `Pending` while another request has not brought them.
    fn read(&mut self, meter: &Meter) -> Result<Poll<Option<Read>>, Trouble> {
        Ok(Poll::Ready(match &mut self.content {
            Content::Nothing => None,
            Content::Text(text) => {
                let bytes = core::mem::take(text);
                self.content = Content::Nothing;
                Some(Read { bytes, ended: None })
            }
            Content::Whole(whole) => {
                let bytes = core::mem::take(&mut whole.bytes);
                Some(Read { bytes, ended: Some(whole.sha1) })
            }
            Content::Memory(range) => range.next(),
            Content::File(range) => Some(reading(meter, || range.read())?),
            Content::Joined(joined) => match joined.next() {
                NextBytes::Local => Some(reading(meter, || joined.read())?),
                NextBytes::Fed(len) => {
                    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
                    let Poll::Ready(bytes) = meter.pipe().poll_take(len, &waker) else {
                        // Who brings them is watched for itself.
                        meter.hold_body();
                        return Ok(Poll::Pending);
                    };
                    meter.touch(Phase::Sending);
                    Some(joined.pass(bytes))
                }
                NextBytes::Trailer => joined.trailer(),
                NextBytes::Nothing => None,
            },
        }))
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
        self.is_payload
    }

    fn next(&mut self, meter: &Meter) -> Result<NextPiece, Trouble> {
        let read = match self.read(meter)? {
            Poll::Ready(Some(read)) => read,
            Poll::Ready(None) => return Ok(NextPiece::End),
            Poll::Pending => return Ok(NextPiece::Later),
        };
        self.unsent += read.bytes.len();
        if read.ended.is_some() {
            self.ended = read.ended;
            self.content = Content::Nothing;
        }
        Ok(NextPiece::Piece(read.bytes))
    }

    fn sent(&mut self, len: usize, meter: &Meter) {
        if self.is_payload {
            meter.add(len);
        }
        self.unsent = self.unsent.saturating_sub(len);
        if self.unsent == 0
            && let Some(sha1) = self.ended.take()
        {
            meter.body_ended(sha1);
        }
    }
}
