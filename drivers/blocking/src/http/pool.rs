//! Connections that wait for their next request.

use core::time::Duration;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::{self, Thread};
use std::time::Instant;

use b2_local::exchange::{Idle, Origin};

use super::connection::Connection;

/// Connections nobody uses at the moment; a thread closes those that are kept for too long, and
/// goes with them.
pub(super) struct Pool {
    // Gone before the thread is woken, so that it sees nothing to look after.
    idle: Arc<Idle<Connection>>,
    watcher: Watcher,
}

/// The thread that closes connections, if there is one.
#[derive(Default)]
struct Watcher(Mutex<Option<Thread>>);

impl Pool {
    /// For so many requests at a time; each connection is kept no longer than `age_max`.
    pub(super) fn new(requests_max: usize, age_max: Duration) -> Self {
        Self { idle: Arc::new(Idle::new(requests_max, age_max)), watcher: Watcher::default() }
    }

    /// A connection to `origin` that is still open, as far as anybody can tell.
    pub(super) fn take(&self, origin: &Origin) -> Option<Connection> {
        self.idle.take(origin, |_| true, Connection::is_usable)
    }

    /// Keeps a connection on which everything that was sent has been answered.
    pub(super) fn put(&self, origin: Origin, connection: Connection) {
        let mut next = self.idle.put(origin, connection);
        if next.is_some_and(|next| next <= Instant::now()) {
            next = self.idle.clear();
        }
        let Some(next) = next else { return };
        let idle = Arc::downgrade(&self.idle);
        let watching = thread::Builder::new().name("b2-idle".to_owned());
        match watching.spawn(move || watch(&idle, next)) {
            Ok(handle) => self.watcher.set(handle.thread().clone()),
            // The next connection that is kept says again that somebody is to look.
            Err(_) => self.idle.leave(),
        }
    }
}

impl Watcher {
    fn set(&self, thread: Thread) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread);
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        if let Some(thread) = self.0.get_mut().unwrap_or_else(PoisonError::into_inner) {
            thread.unpark();
        }
    }
}

/// Closes connections in time, as long as there are any.
fn watch<C>(idle: &Weak<Idle<C>>, mut next: Instant) {
    loop {
        let left = next.saturating_duration_since(Instant::now());
        if idle.strong_count() == 0 {
            return;
        }
        if !left.is_zero() {
            thread::park_timeout(left);
            continue;
        }
        let Some(later) = idle.upgrade().and_then(|idle| idle.clear()) else { return };
        next = later;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thread_that_looks_ends_with_them() {
        let long = Duration::from_secs(3_600);
        let idle = Arc::new(Idle::new(1, long));
        let origin = Origin::of(&http::Uri::from_static("http://a.test")).expect("a server");
        let next = idle.put(origin, 1).expect("somebody is to look");
        let there = Arc::downgrade(&idle);
        let watching = thread::spawn(move || watch(&there, next));
        let watcher = Watcher::default();
        watcher.set(watching.thread().clone());
        thread::sleep(Duration::from_millis(10));
        assert!(!watching.is_finished());
        drop(idle);
        drop(watcher);
        watching.join().expect("it ends");
    }
}
