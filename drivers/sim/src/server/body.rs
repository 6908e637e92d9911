//! The body of a response: bytes from memory or streamed from the store.

use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use std::io;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::sync::oneshot::Receiver;
use tokio::time::{Instant, Sleep};

use super::transcript::Entry;
use super::watch::Busy;
use crate::fault::{Injected, STALL_MS};
use crate::host::{AnswerBody, ContentReader};
use crate::transport::corrupted;

/// How long a connection stays open after the bytes of a body that is cut.
const BREAK_DELAY_MS: u64 = 20;

/// A response body under the fault plan.
pub(super) struct ResponseBody {
    source: Source,
    /// What the peer is told to expect.
    announced: u64,
    corrupt: bool,
    pace: Option<Pace>,
    /// Set when a body that was cut is over: the connection breaks once what came before has had
    /// the time to leave.
    breaks: Option<Pin<Box<Sleep>>>,
    /// Whether it stops where it is cut instead of breaking.
    stalls: bool,
    /// Tells that the peer has gone, where hyper does not look while it stalls.
    left: Option<Receiver<()>>,
    /// The exchange lasts until its answer is sent.
    held: Option<(Busy, Option<Entry>)>,
}

enum Source {
    Text(Bytes),
    Content(ContentReader),
    End,
}

/// Keeps a connection to its bandwidth.
pub(super) struct Pace {
    bytes_per_second: u64,
    due: Instant,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Pace {
    pub(super) fn new(injected: &Injected) -> Option<Self> {
        injected.bytes_per_second.map(|rate| Self {
            bytes_per_second: rate.max(1),
            due: Instant::now(),
            sleep: None,
        })
    }

    /// Charges bytes; the next poll waits until they have had their time.
    pub(super) fn charge(&mut self, bytes: usize) {
        let micros = (bytes as u64).saturating_mul(1_000_000) / self.bytes_per_second;
        self.due = self.due.max(Instant::now()) + Duration::from_micros(micros);
        self.sleep = Some(Box::pin(tokio::time::sleep_until(self.due)));
    }

    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match &mut self.sleep {
            Some(sleep) => sleep.as_mut().poll(cx),
            None => Poll::Ready(()),
        }
    }
}

impl ResponseBody {
    pub(super) fn new(body: AnswerBody, injected: &Injected) -> Self {
        let mut source = match body {
            AnswerBody::Empty => Source::End,
            AnswerBody::Text(bytes) => Source::Text(bytes),
            AnswerBody::Content(reader) => Source::Content(reader),
        };
        let announced = source.left();
        let limits = injected.cut_after_bytes.into_iter().chain(injected.stall_after_bytes);
        if let Some(limit) = limits.min().filter(|limit| *limit < announced) {
            source.cut(limit);
        }
        Self {
            source,
            announced,
            corrupt: injected.corrupt,
            pace: Pace::new(injected),
            breaks: None,
            stalls: injected.stall_after_bytes.is_some(),
            left: None,
            held: None,
        }
    }

    /// Breaks off when this tells that the peer has gone.
    pub(super) fn until(self, left: Receiver<()>) -> Self {
        Self { left: Some(left), ..self }
    }

    /// Keeps the exchange going until the last byte was sent.
    pub(super) fn holding(self, busy: Busy, entry: Option<Entry>) -> Self {
        Self { held: Some((busy, entry)), ..self }
    }
}

impl Source {
    fn left(&self) -> u64 {
        match self {
            Self::Text(bytes) => bytes.len() as u64,
            Self::Content(reader) => reader.left(),
            Self::End => 0,
        }
    }

    fn cut(&mut self, limit: u64) {
        match self {
            Self::Text(bytes) => bytes.truncate(usize::try_from(limit).unwrap_or(usize::MAX)),
            Self::Content(reader) => reader.cut(limit),
            Self::End => {}
        }
    }

    fn next(&mut self) -> io::Result<Option<Bytes>> {
        match self {
            Self::Text(bytes) => {
                let bytes = core::mem::take(bytes);
                *self = Self::End;
                Ok(Some(bytes).filter(|bytes| !bytes.is_empty()))
            }
            Self::Content(reader) => reader.next_bytes(),
            Self::End => Ok(None),
        }
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let this = self.get_mut();
        if let Some(pace) = &mut this.pace
            && pace.poll(cx).is_pending()
        {
            return Poll::Pending;
        }
        let bytes = match this.source.next() {
            Ok(Some(bytes)) => bytes,
            // A body that was cut must not look whole: the connection breaks.
            Ok(None) if this.announced > 0 => {
                if let Some(left) = &mut this.left
                    && let Poll::Ready(told) = Pin::new(left).poll(cx)
                {
                    this.left = None;
                    if told.is_ok() {
                        return Poll::Ready(Some(Err(io::ErrorKind::ConnectionReset.into())));
                    }
                }
                let ms = if this.stalls { STALL_MS } else { BREAK_DELAY_MS };
                let delay = Duration::from_millis(ms);
                let wait = || Box::pin(tokio::time::sleep(delay));
                let broken = || Some(Err(io::ErrorKind::ConnectionReset.into()));
                return this.breaks.get_or_insert_with(wait).as_mut().poll(cx).map(|()| broken());
            }
            Ok(None) => return Poll::Ready(None),
            Err(error) => return Poll::Ready(Some(Err(error))),
        };
        let bytes = if core::mem::take(&mut this.corrupt) { corrupted(&bytes) } else { bytes };
        this.announced = this.announced.saturating_sub(bytes.len() as u64);
        if let Some(pace) = &mut this.pace {
            pace.charge(bytes.len());
        }
        if let Some((_, Some(entry))) = &this.held {
            entry.sent(bytes.len());
        }
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.announced == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.announced)
    }
}
