//! Waiting for a connection no longer than anybody wants.

use core::sync::atomic::{AtomicBool, Ordering};
use core::task::Waker;
use core::time::Duration;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Wake;
use std::thread::Thread;
use std::time::Instant;

use b2_local::exchange::pace::Gate;
use b2_local::exchange::{Meter, Pace, Phase, Trouble};
use b2_proto::error::Cause;
use b2_proto::policy::bandwidth::Ticket;
use bytes::Bytes;

use crate::connector::{Readiness, Stream};

/// Longest sleep of a thread with nobody else to look after.
const PARK_MAX: Duration = Duration::from_secs(3_600);

/// Longest wait for a connection at a time. That another thread shuts it down ends the wait at
/// once on Unix; on Windows it need not.
const WAIT_MAX: Duration = if cfg!(windows) { Duration::from_secs(1) } else { PARK_MAX };

/// Whose thread a request is made in.
pub(crate) trait Hand {
    /// Looks after whatever else the thread is responsible for, and tells when it wants to do so
    /// again.
    fn look(&mut self) -> Option<Instant>;
}

/// One request's waits.
pub(crate) struct Watch<'a> {
    meter: &'a Meter,
    silence_max: Duration,
    hand: &'a mut dyn Hand,
    next_look: Option<Instant>,
    pace: &'a Pace,
    abort: Arc<Abort>,
    /// What went on for the last time before a silence whose end nobody waited for.
    missed: Option<Instant>,
}

impl<'a> Watch<'a> {
    /// Begins to watch. The first look is at `next_look`.
    pub(crate) fn new(
        meter: &'a Meter,
        silence_max: Duration,
        hand: &'a mut dyn Hand,
        next_look: Option<Instant>,
        pace: &'a Pace,
    ) -> Self {
        let abort = Arc::new(Abort::new());
        if meter.is_aborted(&Waker::from(abort.clone())) {
            abort.is_set.store(true, Ordering::Release);
        }
        Self { meter, silence_max, hand, next_look, pace, abort, missed: None }
    }

    pub(crate) const fn meter(&self) -> &'a Meter {
        self.meter
    }

    /// From now on the request uses this connection, and giving it up ends it.
    pub(crate) fn hold(&self, stream: &Arc<dyn Stream>) {
        *self.abort.stream() = Some(stream.clone());
        // Looked at after it was put there, so that no abort is missed.
        if self.abort.is_set() {
            stream.shutdown();
        }
    }

    /// The request is done with its connection, which may be used for another one.
    pub(crate) fn release(&self) {
        *self.abort.stream() = None;
    }

    /// Waits until the connection is ready for something that is `wanted`.
    pub(crate) fn wait(
        &mut self,
        stream: &dyn Stream,
        wanted: Readiness,
    ) -> Result<Readiness, Trouble> {
        loop {
            let last = Some(self.meter.last());
            let until = match self.meter.check_silence(self.silence_max) {
                Ok(until) => until,
                Err(cause) if self.missed == last => return Err(Trouble::new(cause, "")),
                Err(_) => {
                    // What has come while the thread was busy counts. Once, or who always has
                    // something ready would never be silent.
                    self.missed = last;
                    Instant::now()
                }
            };
            let ready = self.wait_until(stream, wanted, until)?;
            if ready.is_any() {
                return Ok(ready);
            }
        }
    }

    /// The same, but no longer than until then, and without respect to silence.
    pub(crate) fn wait_until(
        &mut self,
        stream: &dyn Stream,
        wanted: Readiness,
        until: Instant,
    ) -> Result<Readiness, Trouble> {
        self.look_if_due()?;
        let until = self.next_look.map_or(until, |look| look.min(until));
        let at_most = until.saturating_duration_since(Instant::now()).min(WAIT_MAX);
        let failed = |error: std::io::Error| Trouble::new(Cause::Transport, error.to_string());
        let ready = stream.wait(wanted, at_most).map_err(failed)?;
        self.check_abort()?;
        Ok(ready)
    }

    /// Waits until the thread is unparked, but no longer than until then.
    pub(crate) fn park(&mut self, until: Instant) -> Result<(), Trouble> {
        self.look_if_due()?;
        let until = self.next_look.map_or(until, |look| look.min(until));
        std::thread::park_timeout(until.saturating_duration_since(Instant::now()).min(PARK_MAX));
        self.check_abort()
    }

    /// Waits until the first bytes of a piece may be sent, and leaves those in it. Gives what has
    /// to come later.
    pub(crate) fn pass_up(&mut self, piece: &mut Bytes) -> Result<Bytes, Trouble> {
        let gate = &self.pace.up;
        let len = gate.chunk_len().min(piece.len());
        let rest = piece.split_off(len);
        if let Some(ticket) = gate.take(len) {
            self.meter.hold_body();
            self.pass(gate, ticket)?;
            self.meter.touch(Phase::Sending);
        }
        Ok(rest)
    }

    /// Bytes to receive at a time.
    pub(crate) fn chunk_len_down(&self) -> usize {
        self.pace.down.chunk_len()
    }

    /// Waits until bytes that were received may pass.
    pub(crate) fn pass_down(&mut self, len: usize) -> Result<(), Trouble> {
        let gate = &self.pace.down;
        let Some(ticket) = gate.take(len) else { return Ok(()) };
        self.meter.hold();
        self.pass(gate, ticket)
    }

    fn pass(&mut self, gate: &Gate, ticket: Ticket) -> Result<(), Trouble> {
        let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
        while let Some(until) = gate.due(ticket, &waker) {
            if let Err(given_up) = self.park(until) {
                gate.forget(ticket);
                return Err(given_up);
            }
        }
        Ok(())
    }

    /// Looks after what else there is when the time has come; for loops that do not wait.
    pub(crate) fn look_if_due(&mut self) -> Result<(), Trouble> {
        if self.next_look.is_some_and(|look| look <= Instant::now()) {
            self.look();
        }
        self.check_abort()
    }

    /// Looks after what else there is.
    pub(crate) fn look(&mut self) {
        self.next_look = self.hand.look();
    }

    fn check_abort(&self) -> Result<(), Trouble> {
        let given_up = || Trouble::new(Cause::Closed, "given up");
        if self.abort.is_set() { Err(given_up()) } else { Ok(()) }
    }
}

/// However a request ends, its connection is not its own any more.
impl Drop for Watch<'_> {
    fn drop(&mut self) {
        self.release();
    }
}

/// Ends a thread's wait when its request is given up.
struct Abort {
    is_set: AtomicBool,
    thread: Thread,
    stream: Mutex<Option<Arc<dyn Stream>>>,
}

impl Abort {
    fn new() -> Self {
        let thread = std::thread::current();
        Self { is_set: AtomicBool::new(false), thread, stream: Mutex::new(None) }
    }

    fn is_set(&self) -> bool {
        self.is_set.load(Ordering::Acquire)
    }

    fn stream(&self) -> std::sync::MutexGuard<'_, Option<Arc<dyn Stream>>> {
        self.stream.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Abort {
    fn wake(self: Arc<Self>) {
        // The lock is kept meanwhile: afterwards the connection may be another request's.
        let stream = self.stream();
        self.is_set.store(true, Ordering::Release);
        if let Some(stream) = &*stream {
            stream.shutdown();
        }
        self.thread.unpark();
    }
}

/// Wakes a thread that is parked.
pub(crate) struct Unpark(pub(crate) Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.unpark();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{self, IoSlice};

    /// A thread that is kept busy by whatever it looks after.
    struct Busy(Duration);

    impl Hand for Busy {
        fn look(&mut self) -> Option<Instant> {
            std::thread::sleep(self.0);
            None
        }
    }

    /// Is ready, or never will be.
    struct Ready(bool);

    impl Stream for Ready {
        fn read(&self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::WouldBlock.into())
        }

        fn write(&self, _: &[IoSlice<'_>]) -> io::Result<usize> {
            Err(io::ErrorKind::WouldBlock.into())
        }

        fn wait(&self, wanted: Readiness, _: Duration) -> io::Result<Readiness> {
            Ok(if self.0 { wanted } else { Readiness::default() })
        }

        fn shutdown(&self) {}
    }

    /// It had its time, though nobody looked at its end. Once: its bytes may be no progress.
    #[test]
    fn what_has_come_while_the_thread_was_busy_counts() {
        let (meter, pace, silence_max) = (Meter::new(), Pace::new(None, None), PAUSE);
        let mut hand = Busy(2 * silence_max);
        let mut watch = Watch::new(&meter, silence_max, &mut hand, None, &pace);
        let (ready, silent) = (Ready(true), Err(Cause::ReadTimeout));
        let mut wait = |stream: &Ready, is_busy| {
            if is_busy {
                watch.look();
            }
            watch.wait(stream, Readiness::READ).map_err(|trouble| trouble.cause)
        };
        assert_eq!(wait(&ready, true), Ok(Readiness::READ));
        assert_eq!(wait(&ready, false), silent, "the same silence");
        meter.touch(Phase::Waiting);
        assert_eq!(wait(&ready, true), Ok(Readiness::READ), "another one");
        meter.touch(Phase::Waiting);
        assert_eq!(wait(&Ready(false), true), silent);
    }

    const PAUSE: Duration = Duration::from_millis(20);
}
