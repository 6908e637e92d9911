//! Telling somebody about each request: hooks for logs, metrics and traces.

use core::fmt;
use core::time::Duration;
use std::sync::Arc;
use std::time::Instant;

use b2_proto::error::Cause;
use b2_proto::machine::Repeat;

use crate::exchange::Meter;
use crate::exchange::outcome::Outcome;

/// Told before, within and after each request, from the thread that makes it. The request waits for
/// it, and one that panics ends the request as broken off; so it should neither block nor panic.
///
/// What it is told has no secrets: no keys, no tokens, and of an upload URL only the server.
///
/// With the feature `tracing`, each request is also a span `b2_request` of the level debug, with
/// the same fields; it is closed when the request has ended.
pub trait Observer: Send + Sync {
    /// A request is about to be sent.
    fn before(&self, request: &RequestInfo) {
        let _ = request;
    }

    /// The head of an answer has arrived, with this HTTP status; its body may take long still.
    fn answered(&self, request: &RequestInfo, status: u16) {
        let _ = (request, status);
    }

    /// A request that has failed, a login too, is sent again after a wait. Told by whoever looked
    /// at the failure.
    fn again(&self, repeat: &Repeat) {
        let _ = repeat;
    }

    /// A request has ended, or was given up.
    fn after(&self, request: &RequestInfo, reply: &ReplyInfo) {
        let _ = (request, reply);
    }
}

/// A request, as an [`Observer`] is told about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RequestInfo {
    /// The operation's name, such as `b2_upload_file`.
    pub operation: &'static str,
    /// Which attempt at the same piece of work this is, from 1.
    pub attempt: u16,
    /// The HTTP method.
    pub method: &'static str,
    /// The URL without query, and without the path where that is a secret.
    pub url: String,
    /// Length of the body in bytes.
    pub body_len: u64,
}

/// How a request ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReplyInfo {
    /// The HTTP status, when the head of an answer has arrived.
    pub status: Option<u16>,
    /// What went wrong on the way, when there was no answer or its body broke off;
    /// [`Closed`](Cause::Closed) also when the request was given up.
    pub cause: Option<Cause>,
    /// Bytes of payload sent, or of a downloaded file stored.
    pub bytes: u64,
    /// From [`before`](Observer::before) to the last byte of the answer, or to when it was given
    /// up: with what it takes to find a connection or make one, to read the source and write the
    /// target, and with waits for the [bandwidth](crate::exchange::pace).
    pub duration: Duration,
}

impl fmt::Debug for dyn Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observer")
    }
}

/// A request whose end somebody wants to know.
pub(super) struct Watched {
    observer: Option<Arc<dyn Observer>>,
    span: Span,
    request: RequestInfo,
    begun: Instant,
}

impl Watched {
    /// `None` when nobody wants to know.
    pub(super) fn begin(
        observer: Option<&Arc<dyn Observer>>,
        request: impl FnOnce() -> RequestInfo,
    ) -> Option<Box<Self>> {
        if observer.is_none() && !Span::may_be_wanted() {
            return None;
        }
        let request = request();
        let span = Span::begin(&request);
        if observer.is_none() && !span.is_wanted() {
            return None;
        }
        if let Some(observer) = observer {
            observer.before(&request);
        }
        let observer = observer.cloned();
        Some(Box::new(Self { observer, span, request, begun: Instant::now() }))
    }

    pub(super) fn answered(&self, status: u16) {
        if let Some(observer) = &self.observer {
            observer.answered(&self.request, status);
        }
    }

    pub(super) fn end(self, outcome: &Outcome, meter: &Meter) {
        let cause = match outcome {
            Outcome::Failed { cause, .. } => Some(*cause),
            Outcome::Response { .. }
            | Outcome::Stored { .. }
            | Outcome::Filled { .. }
            | Outcome::Digested { .. }
            | Outcome::Hashed { .. }
            | Outcome::Taken { .. }
            | Outcome::Claimed { .. } => None,
        };
        let (status, bytes) = (meter.status(), meter.moved());
        let reply = ReplyInfo { status, cause, bytes, duration: self.begun.elapsed() };
        self.span.end(&reply);
        if let Some(observer) = self.observer {
            observer.after(&self.request, &reply);
        }
    }
}

#[cfg(feature = "tracing")]
struct Span(tracing::Span);

#[cfg(feature = "tracing")]
impl Span {
    /// Whether anybody wants spans of its level, told without one.
    fn may_be_wanted() -> bool {
        tracing::Level::DEBUG <= tracing::level_filters::LevelFilter::current()
    }

    fn begin(request: &RequestInfo) -> Self {
        let RequestInfo { operation, attempt, method, url, body_len } = request;
        Self(tracing::debug_span!(
            "b2_request",
            operation,
            attempt,
            method,
            url,
            body_len,
            status = tracing::field::Empty,
            cause = tracing::field::Empty,
            bytes = tracing::field::Empty,
            duration_ms = tracing::field::Empty,
        ))
    }

    fn is_wanted(&self) -> bool {
        !self.0.is_disabled()
    }

    fn end(self, reply: &ReplyInfo) {
        if let Some(status) = reply.status {
            self.0.record("status", status);
        }
        if let Some(cause) = reply.cause {
            self.0.record("cause", tracing::field::debug(cause));
        }
        self.0.record("bytes", reply.bytes);
        self.0.record("duration_ms", u64::try_from(reply.duration.as_millis()).unwrap_or(u64::MAX));
    }
}

#[cfg(not(feature = "tracing"))]
struct Span;

#[cfg(not(feature = "tracing"))]
impl Span {
    const fn may_be_wanted() -> bool {
        false
    }

    const fn begin(_: &RequestInfo) -> Self {
        Self
    }

    const fn is_wanted(&self) -> bool {
        false
    }

    const fn end(&self, _: &ReplyInfo) {}
}
