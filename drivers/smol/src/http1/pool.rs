//! Connections that wait for their next request.

use crate::connector::BoxStream;
use b2_local::exchange::{Idle, Origin};
use core::pin::Pin;
use core::task::{Context, Waker};
use core::time::Duration;
use futures_io::AsyncRead as _;
use smol::{Task, Timer};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Instant;

/// Connections nobody uses at the moment; a task closes those that are kept for too long, and goes
/// with them.
pub(super) struct Pool {
    idle: Arc<Idle<BoxStream>>,
    watch: Mutex<Option<Task<()>>>,
}

impl Pool {
    /// For so many requests at a time; each connection is kept no longer than `age_max`.
    pub(super) fn new(requests_max: usize, age_max: Duration) -> Self {
        Self { idle: Arc::new(Idle::new(requests_max, age_max)), watch: Mutex::default() }
    }

    /// A connection to `origin` that is still open, as far as anybody can tell.
    pub(super) fn take(&self, origin: &Origin) -> Option<BoxStream> {
        self.idle.take(origin, is_quiet)
    }

    /// Keeps a connection on which everything that was sent has been answered.
    pub(super) fn put(&self, origin: Origin, stream: BoxStream) {
        // First, so that no earlier task takes the place of a later one.
        let mut watching = self.watch.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(next) = self.idle.put(origin, stream) {
            // The one before has ended, or is about to.
            *watching = Some(smol::spawn(watch(Arc::downgrade(&self.idle), next)));
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

#[cfg(test)]
mod tests {
    use super::*;
    use core::task::Poll;
    use futures_io::AsyncWrite;
    use std::io;

    /// Open, and quiet.
    struct Quiet;

    impl futures_io::AsyncRead for Quiet {
        fn poll_read(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            _: &mut [u8],
        ) -> Poll<io::Result<usize>> {
            Poll::Pending
        }
    }

    impl AsyncWrite for Quiet {
        fn poll_write(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            _: &[u8],
        ) -> Poll<io::Result<usize>> {
            Poll::Pending
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[test]
    fn the_task_that_looks_ends_with_them() {
        let pool = Pool::new(1, Duration::from_secs(3_600));
        let origin = Origin::of(&http::Uri::from_static("http://a.test")).expect("a server");
        pool.put(origin, Box::new(Quiet));
        // Each task has one.
        let idle = pool.idle.clone();
        assert_eq!(Arc::weak_count(&idle), 1);
        drop(pool);
        while Arc::weak_count(&idle) > 0 {
            std::thread::yield_now();
        }
    }
}
