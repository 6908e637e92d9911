//! Connections that wait for their next request.

use crate::connector::BoxStream;
use b2_local::exchange::{Idle, Origin};
use core::pin::Pin;
use core::task::{Context, Waker};
use core::time::Duration;
use futures_io::AsyncRead as _;
use smol::Timer;
use std::sync::{Arc, Weak};
use std::time::Instant;

/// Connections nobody uses at the moment; a task closes those that are kept for too long.
pub(super) struct Pool(Arc<Idle<BoxStream>>);

impl Pool {
    /// For so many requests at a time; each connection is kept no longer than `age_max`.
    pub(super) fn new(requests_max: usize, age_max: Duration) -> Self {
        Self(Arc::new(Idle::new(requests_max, age_max)))
    }

    /// A connection to `origin` that is still open, as far as anybody can tell.
    pub(super) fn take(&self, origin: &Origin) -> Option<BoxStream> {
        self.0.take(origin, is_quiet)
    }

    /// Keeps a connection on which everything that was sent has been answered.
    pub(super) fn put(&self, origin: Origin, stream: BoxStream) {
        if let Some(next) = self.0.put(origin, stream) {
            smol::spawn(watch(Arc::downgrade(&self.0), next)).detach();
        }
    }
}

/// Closes connections in time, as long as there are any.
async fn watch(idle: Weak<Idle<BoxStream>>, mut next: Instant) {
    loop {
        Timer::at(next).await;
        match idle.upgrade().and_then(|idle| idle.clear()) {
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
