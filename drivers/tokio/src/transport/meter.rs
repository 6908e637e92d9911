//! What a request's task, its body and the owner of the engine know about each other.

use b2_proto::error::Cause;
use b2_proto::wire::text::Sha1;
use core::future::Future;
use core::pin::pin;
use core::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use core::task::Context;
use core::time::Duration;
use futures_util::task::AtomicWaker;
use std::sync::OnceLock;
use tokio::time::{Instant, sleep_until};

/// What a request is waiting for, which decides what a long silence is called.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Phase {
    /// The peer takes bytes too slowly.
    Sending = 0,
    /// The local source gives nothing.
    Reading = 1,
    /// The peer does not answer.
    Waiting = 2,
    /// The local sink takes nothing.
    Storing = 3,
}

impl Phase {
    const fn silence(self) -> Cause {
        match self {
            Self::Sending => Cause::SendTimeout,
            Self::Reading => Cause::SourceUnreadable,
            Self::Waiting => Cause::ReadTimeout,
            Self::Storing => Cause::SinkFailed,
        }
    }
}

/// Local trouble with a source or a sink, in the words of the core.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Trouble {
    pub(crate) cause: Cause,
    pub(crate) detail: String,
}

/// Counts the bytes of one request and notices silence.
#[derive(Debug)]
pub(crate) struct Meter {
    since: Instant,
    last_us: AtomicU64,
    moved: AtomicU64,
    phase: AtomicU8,
    sent: OnceLock<Sha1>,
    trouble: OnceLock<Trouble>,
    is_stopped: AtomicBool,
    body: AtomicWaker,
}

impl Meter {
    pub(crate) fn new() -> Self {
        Self {
            since: Instant::now(),
            last_us: AtomicU64::new(0),
            moved: AtomicU64::new(0),
            phase: AtomicU8::new(Phase::Waiting as u8),
            sent: OnceLock::new(),
            trouble: OnceLock::new(),
            is_stopped: AtomicBool::new(false),
            body: AtomicWaker::new(),
        }
    }

    /// Something went on.
    pub(crate) fn touch(&self, phase: Phase) {
        let elapsed = u64::try_from(self.since.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.last_us.store(elapsed, Ordering::Relaxed);
        self.phase.store(phase as u8, Ordering::Relaxed);
    }

    /// So many further bytes were sent or stored.
    pub(crate) fn add(&self, bytes: usize) {
        self.moved.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Bytes sent or stored since the request began.
    pub(crate) fn moved(&self) -> u64 {
        self.moved.load(Ordering::Relaxed)
    }

    /// The whole body has been handed out; this is its digest.
    pub(crate) fn body_ended(&self, sha1: Sha1) {
        let _ = self.sent.set(sha1);
    }

    /// The digest of the body, once all of it was handed out.
    pub(crate) fn sent(&self) -> Option<Sha1> {
        self.sent.get().copied()
    }

    /// The local source failed; the first trouble counts.
    pub(crate) fn fail(&self, trouble: Trouble) {
        let _ = self.trouble.set(trouble);
    }

    pub(crate) fn trouble(&self) -> Option<&Trouble> {
        self.trouble.get()
    }

    /// Ends the body early: the answer has been read, so nobody needs the rest.
    pub(crate) fn stop(&self) {
        self.is_stopped.store(true, Ordering::Release);
        self.body.wake();
    }

    /// Whether the body is to end early; if not, `cx` is woken when that changes.
    pub(crate) fn is_stopped(&self, cx: &Context<'_>) -> bool {
        self.body.register(cx.waker());
        self.is_stopped.load(Ordering::Acquire)
    }

    /// Whether part of a body is still to be handed out.
    pub(crate) fn is_sending(&self) -> bool {
        matches!(self.phase(), Phase::Sending | Phase::Reading)
    }

    fn phase(&self) -> Phase {
        match self.phase.load(Ordering::Relaxed) {
            0 => Phase::Sending,
            1 => Phase::Reading,
            3 => Phase::Storing,
            _ => Phase::Waiting,
        }
    }

    fn last(&self) -> Instant {
        self.since + Duration::from_micros(self.last_us.load(Ordering::Relaxed))
    }

    /// Runs `work` until it ends or nothing was touched for `silence_max`.
    ///
    /// # Errors
    /// What the silence means.
    pub(crate) async fn watch<T>(
        &self,
        silence_max: Duration,
        work: impl Future<Output = T>,
    ) -> Result<T, Cause> {
        let mut work = pin!(work);
        let mut alarm = pin!(sleep_until(self.last() + silence_max));
        loop {
            tokio::select! {
                biased;
                output = &mut work => return Ok(output),
                () = &mut alarm => {
                    let until = self.last() + silence_max;
                    if until <= Instant::now() {
                        return Err(self.phase().silence());
                    }
                    alarm.as_mut().reset(until);
                }
            }
        }
    }
}
