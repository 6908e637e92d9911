//! Threads for what proceeds beside the threads of the callers.

use core::panic::AssertUnwindSafe;
use core::time::Duration;
use std::collections::VecDeque;
use std::panic::catch_unwind;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use b2_local::hub::Order;

use super::exchange::{Line, Place, carry_out};
use super::io::JobIo;
use crate::http::watch::Hand;

/// How long a thread without work stays.
const IDLE_MAX: Duration = Duration::from_secs(10);

/// Threads that are started when there is work for one more, and go away when they have had none
/// for a while or the client has gone.
///
/// There are no more of them than orders: requests, of which the engine allows so many at the same
/// time; for an upload from a reader one for each of its buffers; and what a job reads from a disk,
/// to hash its source or to look at its target, which the engine does not count. A reader may wait
/// for something that another job of the same client brings, so it must not take a thread from
/// that job; hence no other bound.
pub(super) struct Workers {
    shared: Arc<Shared>,
}

struct Shared {
    line: Arc<Line>,
    state: Mutex<State>,
    wake: Condvar,
}

#[derive(Default)]
struct State {
    orders: VecDeque<Order<JobIo>>,
    idle: usize,
    is_closed: bool,
}

impl Workers {
    /// No threads yet.
    pub(super) fn new(line: Arc<Line>) -> Self {
        let shared = Shared { line, state: Mutex::default(), wake: Condvar::new() };
        Self { shared: Arc::new(shared) }
    }

    /// Has an order carried out, and then what follows it in its job.
    pub(super) fn give(&self, order: Order<JobIo>) {
        let mut state = self.shared.lock();
        state.orders.push_back(order);
        if state.orders.len() <= state.idle {
            self.shared.wake.notify_one();
            return;
        }
        drop(state);
        let shared = self.shared.clone();
        let thread = std::thread::Builder::new().name("b2-worker".to_owned());
        if thread.spawn(move || shared.work()).is_err() {
            // Its job is told that it broke off, and may try it again.
            let refused = self.shared.lock().orders.pop_back();
            drop(refused);
        }
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        let left = {
            let mut state = self.shared.lock();
            state.is_closed = true;
            core::mem::take(&mut state.orders)
        };
        drop(left);
        self.shared.wake.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The life of a thread.
    fn work(&self) {
        while let Some(order) = self.next() {
            // A panic, as of a caller's reader, ends its request: the flight tells so when it is
            // dropped.
            let _ = catch_unwind(AssertUnwindSafe(|| self.lane(order)));
        }
    }

    /// One order after the other, as long as the job has further ones.
    fn lane(&self, order: Order<JobIo>) {
        let mut next = Some(order);
        while let Some(order) = next {
            let place =
                Place { line: &self.line, hand: &mut Free, next_look: None, own_sink: None };
            let (flight, outcome) = carry_out(place, order);
            next = flight.finish(&outcome);
        }
    }

    /// Waits for an order, but not too long.
    fn next(&self) -> Option<Order<JobIo>> {
        let until = Instant::now() + IDLE_MAX;
        let mut state = self.lock();
        loop {
            if let Some(order) = state.orders.pop_front() {
                return Some(order);
            }
            let left = until.saturating_duration_since(Instant::now());
            if state.is_closed || left.is_zero() {
                return None;
            }
            state.idle += 1;
            let waited = self.wake.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
            state.idle -= 1;
        }
    }
}

/// A thread that has nothing else to look after.
struct Free;

impl Hand for Free {
    fn look(&mut self) -> Option<Instant> {
        None
    }
}
