//! Giving work up from another thread.

use core::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::Thread;

use b2_local::exchange::Meter;

/// Gives jobs up: all that were started with it or with a clone of it, and all that will be.
///
/// Whatever a job waits for then ends at once, and its call gives the error
/// [`Cancelled`](b2_proto::error::ErrorKind::Cancelled). What is waited for all the same are a
/// writer of the caller's, the disk, and an account store: SQLite waits up to 20 seconds for
/// another process. A large upload that is to leave nothing
/// behind still tells the service so before. A sync that is given up has no summary, unlike after a
/// [`Stop`](b2_local::sync::Stop); a [`Pause`](b2_local::sync::Pause) gives nothing up.
///
/// Only calls that block need a token: on b2-tokio and b2-smol a job is a future, and whoever drops
/// that gives the job up.
///
/// ```
/// # use b2_sim::server::{Server, ServerConfig};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let server = Server::start(ServerConfig::default())?;
/// # let client = b2_blocking::Client::builder()
/// #     .credentials(server.key_id(), server.key())
/// #     .realm(server.url())
/// #     .build()?;
/// use b2_blocking::{Cancel, ErrorKind};
///
/// let cancel = Cancel::new();
/// let stopped = client.cancel_with(&cancel);
/// std::thread::spawn({
///     let cancel = cancel.clone();
///     move || cancel.cancel()
/// })
/// .join()
/// .expect("no panic");
/// assert_eq!(stopped.buckets().unwrap_err().kind, ErrorKind::Cancelled);
/// assert!(client.buckets().is_ok());
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    is_cancelled: AtomicBool,
    jobs: Mutex<Vec<Weak<Seat>>>,
    /// What gives these jobs up as well.
    outer: Option<Cancel>,
}

/// A job that can be given up.
#[derive(Debug)]
struct Seat {
    thread: Thread,
    /// The request that is under way in that thread.
    meter: Mutex<Option<Arc<Meter>>>,
}

impl Cancel {
    /// A token that was not used yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A token whose jobs `outer` gives up as well.
    pub(crate) fn within(outer: Option<Self>) -> Self {
        Self(Arc::new(Shared { outer, ..Shared::default() }))
    }

    /// Gives the jobs up. Returns at once.
    pub fn cancel(&self) {
        self.0.is_cancelled.store(true, Ordering::SeqCst);
        let jobs = core::mem::take(&mut *self.0.jobs());
        for seat in jobs.iter().filter_map(Weak::upgrade) {
            if let Some(meter) = &*seat.meter() {
                meter.abort();
            }
            seat.thread.unpark();
        }
    }

    /// Whether that has happened.
    pub fn is_cancelled(&self) -> bool {
        self.with_outer().any(|it| it.0.is_cancelled.load(Ordering::SeqCst))
    }

    fn with_outer(&self) -> impl Iterator<Item = &Self> {
        core::iter::successors(Some(self), |it| it.0.outer.as_ref())
    }
}

impl Shared {
    fn jobs(&self) -> MutexGuard<'_, Vec<Weak<Seat>>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    fn meter(&self) -> MutexGuard<'_, Option<Arc<Meter>>> {
        self.meter.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the thread that waits for a job knows about its token.
pub(crate) struct Watched(Option<(Cancel, Arc<Seat>)>);

impl Watched {
    /// A job of this thread, from now on until it is dropped.
    pub(crate) fn new(cancel: Option<&Cancel>) -> Self {
        Self(cancel.map(|cancel| {
            let seat = Arc::new(Seat { thread: std::thread::current(), meter: Mutex::default() });
            for token in cancel.with_outer() {
                let mut jobs = token.0.jobs();
                // Those that have ended.
                jobs.retain(|seat| seat.strong_count() > 0);
                jobs.push(Arc::downgrade(&seat));
            }
            (cancel.clone(), seat)
        }))
    }

    /// A request of the job begins in its thread.
    pub(crate) fn begin(&self, meter: &Arc<Meter>) {
        if let Some((cancel, seat)) = &self.0 {
            *seat.meter() = Some(meter.clone());
            // Looked at after it was put there, so that no cancellation is missed.
            if cancel.is_cancelled() {
                meter.abort();
            }
        }
    }

    /// The request has ended.
    pub(crate) fn end(&self) {
        if let Some((_, seat)) = &self.0 {
            *seat.meter() = None;
        }
    }

    /// Whether the job is to be given up.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.0.as_ref().is_some_and(|(cancel, _)| cancel.is_cancelled())
    }

    /// It has been given up; what is still to be done for it is not cancelled any more.
    pub(crate) fn is_heeded(&mut self) {
        self.0 = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_work_hears_of_it() {
        let client = crate::Client::builder().credentials("id", "key").build().expect("built");
        let cancel = Cancel::new();
        let work = |is_given_up: &b2_local::index::IsGivenUp<'_>| {
            let before = is_given_up();
            cancel.cancel();
            (before, is_given_up())
        };
        let heard = client.cancel_with(&cancel).apart_until_given_up(work).expect("begun");
        assert_eq!(heard, (false, true));
    }
}
