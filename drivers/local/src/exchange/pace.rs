//! Holding the bytes of all requests of a client to a rate.
//!
//! The core says how long bytes have to wait ([`Bandwidth`]); in here are the clock and those who
//! wait. Each waits with a timer of its own, and is woken when the rate changes.

use core::fmt;
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::Waker;
use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use b2_proto::policy::bandwidth::{Bandwidth, Ticket};
use b2_proto::time::Instant as Moment;

/// The rates of both directions. A clone is the same.
#[derive(Clone, Debug)]
pub struct Pace {
    /// Payload that is sent.
    pub up: Arc<Gate>,
    /// Files that are received.
    pub down: Arc<Gate>,
}

/// The rate of one direction, in bytes a second, or none.
pub struct Gate {
    since: Instant,
    /// Told without the lock, for those who are not limited.
    is_limited: AtomicBool,
    state: Mutex<State>,
}

struct State {
    bandwidth: Bandwidth,
    waiting: BTreeMap<Ticket, Waker>,
}

impl Pace {
    /// At most so many bytes a second.
    pub fn new(up: Option<u64>, down: Option<u64>) -> Self {
        Self { up: Arc::new(Gate::new(up)), down: Arc::new(Gate::new(down)) }
    }
}

impl Gate {
    fn new(rate: Option<u64>) -> Self {
        let bandwidth = Bandwidth::new(Moment::default(), rate);
        let state = State { bandwidth, waiting: BTreeMap::new() };
        Self {
            since: Instant::now(),
            is_limited: AtomicBool::new(rate.is_some()),
            state: Mutex::new(state),
        }
    }

    fn state(&self) -> (MutexGuard<'_, State>, Moment) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let ms = u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX);
        (state, Moment::from_ms(ms))
    }

    /// Changes the rate, also for those who wait.
    pub fn set_rate(&self, rate: Option<u64>) {
        let woken = {
            let (mut state, now) = self.state();
            state.bandwidth.set_rate(now, rate);
            self.is_limited.store(rate.is_some(), Ordering::Release);
            core::mem::take(&mut state.waiting)
        };
        woken.into_values().for_each(Waker::wake);
    }

    /// Whether there is a limit.
    pub fn is_limited(&self) -> bool {
        self.is_limited.load(Ordering::Acquire)
    }

    /// Bytes to take at a time.
    pub fn chunk_len(&self) -> usize {
        if self.is_limited() { self.state().0.bandwidth.chunk_len() } else { usize::MAX }
    }

    /// Takes a place for so many bytes; `None` when they may pass at once.
    pub fn take(&self, len: usize) -> Option<Ticket> {
        if len == 0 || !self.is_limited() {
            return None;
        }
        let (mut state, now) = self.state();
        let ticket = state.bandwidth.take(now, len as u64);
        state.bandwidth.due(now, ticket).map(|_| ticket)
    }

    /// When the bytes may pass, `None` when they may now. Until then, `waker` is woken when the
    /// rate changes.
    pub fn due(&self, ticket: Ticket, waker: &Waker) -> Option<Instant> {
        let (mut state, now) = self.state();
        let due = state.bandwidth.due(now, ticket);
        let known = match due {
            Some(_) => state.waiting.insert(ticket, waker.clone()),
            None => state.waiting.remove(&ticket),
        };
        drop(state);
        drop(known);
        due.map(|at| self.since + Duration::from_millis(at.as_ms()))
    }

    /// Nobody waits with this ticket any more.
    pub fn forget(&self, ticket: Ticket) {
        let known = self.state().0.waiting.remove(&ticket);
        drop(known);
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").field("rate", &self.state().0.bandwidth.rate()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::sync::atomic::AtomicUsize;
    use std::task::Wake;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[test]
    fn who_waits_is_woken_when_the_rate_changes() {
        let pace = Pace::new(Some(1_000), None);
        assert_eq!(pace.down.take(1 << 40), None, "not limited");
        assert_eq!(pace.up.take(1_000), None, "within the burst");
        let ticket = pace.up.take(1 << 30).expect("far more than the burst");
        let woken = Arc::new(Count::default());
        let waker = Waker::from(woken.clone());
        assert!(pace.up.due(ticket, &waker).is_some());
        pace.up.set_rate(None);
        assert_eq!(woken.0.load(Ordering::SeqCst), 1);
        assert_eq!(pace.up.due(ticket, &waker), None);
        pace.up.set_rate(Some(1_000));
        assert_eq!(woken.0.load(Ordering::SeqCst), 1, "it does not wait any more");
        assert!(pace.up.is_limited() && pace.up.chunk_len() < 10_000);
    }
}
