//! Connections that wait for their next request.

use crate::connector::{BoxStream, Origin};
use core::pin::Pin;
use core::task::{Context, Waker};
use core::time::Duration;
use futures_io::AsyncRead as _;
use smol::Timer;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Instant;

/// Longest time a connection is kept, whatever is wished for.
const IDLE_MAX: Duration = Duration::from_secs(3_600);

/// Connections nobody uses at the moment, for each server the latest last.
pub(super) struct Pool {
    kept: Mutex<Kept>,
    /// Most connections that are kept for one server.
    count_max: usize,
    idle_max: Duration,
}

#[derive(Default)]
struct Kept {
    idle: BTreeMap<Origin, Vec<Idle>>,
    /// Whether a task closes what is kept for too long.
    is_watched: bool,
}

struct Idle {
    stream: BoxStream,
    until: Instant,
}

impl Pool {
    pub(super) fn new(count_max: usize, idle_max: Duration) -> Self {
        Self { kept: Mutex::default(), count_max, idle_max: idle_max.min(IDLE_MAX) }
    }

    /// A connection to `origin` that is still open, as far as anybody can tell.
    pub(super) fn take(&self, origin: &Origin) -> Option<BoxStream> {
        loop {
            let idle = self.lock().idle.get_mut(origin)?.pop()?;
            let mut stream = idle.stream;
            if idle.until > Instant::now() && is_quiet(&mut stream) {
                return Some(stream);
            }
        }
    }

    /// Keeps a connection on which everything that was sent has been answered.
    pub(super) fn put(self: &Arc<Self>, origin: Origin, stream: BoxStream) {
        let idle = Idle { stream, until: Instant::now() + self.idle_max };
        let mut kept = self.lock();
        let idles = kept.idle.entry(origin).or_default();
        if idles.len() < self.count_max {
            idles.push(idle);
        }
        if !core::mem::replace(&mut kept.is_watched, true) {
            smol::spawn(watch(Arc::downgrade(self), self.idle_max)).detach();
        }
    }

    /// Closes what was kept for too long, and tells when to look again. Nobody looks any more
    /// when nothing is left.
    fn clear(&self) -> Option<Instant> {
        let now = Instant::now();
        let mut kept = self.lock();
        kept.idle.retain(|_, idles| {
            idles.retain(|idle| idle.until > now);
            !idles.is_empty()
        });
        let next = kept.idle.values().flatten().map(|idle| idle.until).min();
        kept.is_watched = next.is_some();
        next
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Closes connections in time, as long as there are any.
async fn watch(pool: Weak<Pool>, idle_max: Duration) {
    let mut next = Instant::now() + idle_max;
    loop {
        Timer::at(next).await;
        match pool.upgrade().and_then(|pool| pool.clear()) {
            Some(later) => next = later,
            None => return,
        }
    }
}

/// Whether nothing has arrived: neither the end of the connection nor bytes nobody asked for.
fn is_quiet(stream: &mut BoxStream) -> bool {
    let mut cx = Context::from_waker(Waker::noop());
    Pin::new(stream).poll_read(&mut cx, &mut [0]).is_pending()
}
