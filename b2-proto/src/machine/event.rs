//! Progress, for people and for measurements.

use crate::error::{Cause, Error, ErrorKind};
use core::fmt;

/// Something worth showing. Events are coalesced: a driver that polls rarely sees fewer of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Event {
    /// How far the job is.
    Progress(Progress),
    /// A request is repeated.
    Retry(Repeat),
    /// A large file is there, started by the job or continued:
    /// [`Machine::large_file_id`](super::Machine::large_file_id) tells which.
    LargeFileStarted,
}

/// A request that has failed and is sent again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Repeat {
    /// The operation's name, such as `b2_upload_file`.
    pub operation: &'static str,
    /// Why.
    pub kind: ErrorKind,
    /// What happened to the connection, if that is why.
    pub cause: Option<Cause>,
    /// The HTTP status, or 0.
    pub status: u16,
    /// Attempts that have failed.
    pub attempts: u16,
    /// Milliseconds until it is sent again.
    pub wait_ms: u32,
}

impl Repeat {
    pub(crate) const fn new(operation: &'static str, error: &Error, wait_ms: u32) -> Self {
        let &Error { kind, cause, status, attempts, .. } = error;
        Self { operation, kind, cause, status, attempts, wait_ms }
    }
}

/// A line for people.
impl fmt::Display for Repeat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let &Self { operation, attempts, wait_ms, .. } = self;
        write!(f, "{operation} failed (attempt {attempts}): ")?;
        match (self.cause, self.status) {
            (Some(cause), _) => f.write_str(cause.text())?,
            (None, 0) => write!(f, "{:?}", self.kind)?,
            (None, status) => write!(f, "the service answered {status}")?,
        }
        write!(f, "; it is sent again in {} s", wait_ms.div_ceil(1_000))
    }
}

/// What a job does with its bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Phase {
    /// They are sent, received or copied.
    #[default]
    Moving,
    /// They are read for their SHA-1 before they are sent. The counts start over afterwards.
    Reading,
}

/// How far a job is. Counts may go down when a part has to be sent again. There is no rate in it,
/// since the core has no clock for one: whoever shows it divides what `bytes_done` has grown by
/// between two calls by the time between them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Progress {
    /// What the counts are about.
    pub phase: Phase,
    /// Bytes moved.
    pub bytes_done: u64,
    /// Bytes to move, when known.
    pub bytes_total: Option<u64>,
    /// Parts or ranges done.
    pub parts_done: u32,
    /// Parts or ranges in all, when known.
    pub parts_total: Option<u32>,
    /// Of the bytes moved, those that the service copied by itself.
    pub bytes_copied: u64,
    /// Bytes that were fetched from the service to be sent with others.
    pub bytes_fetched: u64,
    /// Requests that were repeated.
    pub retries: u32,
}

/// Collects events between two polls.
#[derive(Clone, Debug, Default)]
pub(crate) struct Events {
    progress: Progress,
    has_news: bool,
    retry: Option<Repeat>,
}

impl Events {
    /// Those of a job that moves so many bytes in so many parts, as far as that is known.
    pub(crate) fn of_parts(bytes_total: Option<u64>, parts_total: Option<u64>) -> Self {
        let mut events = Self::default();
        events.progress.bytes_total = bytes_total;
        events.progress.parts_total = parts_total.and_then(|total| u32::try_from(total).ok());
        events.has_news = true;
        events
    }

    /// Tells how many bytes and parts are done.
    // Inlined, it would be in the bare core more than once.
    #[cfg_attr(not(feature = "alloc"), inline(never))]
    pub(crate) fn done(&mut self, bytes: u64, parts: u64) {
        let progress = &mut self.progress;
        let parts = u32::try_from(parts).unwrap_or(u32::MAX);
        self.has_news |= progress.bytes_done != bytes || progress.parts_done != parts;
        progress.bytes_done = bytes;
        progress.parts_done = parts;
    }

    pub(crate) fn update(&mut self, change: impl FnOnce(&mut Progress)) {
        let before = self.progress;
        change(&mut self.progress);
        self.has_news |= before != self.progress;
    }

    pub(crate) fn retry(&mut self, operation: &'static str, error: &Error, wait_ms: u32) {
        self.progress.retries += 1;
        self.has_news = true;
        self.retry = Some(Repeat::new(operation, error, wait_ms));
    }

    pub(crate) const fn poll(&mut self) -> Option<Event> {
        if let Some(repeat) = self.retry.take() {
            return Some(Event::Retry(repeat));
        }
        if self.has_news {
            self.has_news = false;
            return Some(Event::Progress(self.progress));
        }
        None
    }
}
