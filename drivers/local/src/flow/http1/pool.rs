//! Connections that wait for their next request.

use super::Sockets;
use super::connector::BoxStream;
use crate::exchange::{Idle, Origin};
use crate::flow::BoxFuture;
use crate::flow::until::{self, Stop, Stopped};
use bytes::BytesMut;
use core::pin::Pin;
use core::task::{Context, Waker};
use core::time::Duration;
use futures_io::AsyncRead as _;
use std::sync::{Arc, Weak};
use std::time::Instant;

/// A connection that waits.
pub(super) struct Resting {
    /// Its home.
    pub(super) home: u64,
    pub(super) stream: BoxStream,
    /// Where the next answer arrives: empty, with room for one like the last.
    pub(super) arrived: BytesMut,
}

/// In between, servers close none.
const RESTED_MAX: Duration = Duration::from_millis(100);

/// Connections nobody uses at the moment; a task closes those that are kept for too long, and goes
/// with them.
pub(super) struct Pool {
    idle: Arc<Idle<Resting>>,
    spawn: Box<dyn Fn(BoxFuture<()>) + Send + Sync>,
    sleep: Sleep,
    stopped: Stopped,
    _stop: Stop,
}

type Sleep = Arc<dyn Fn(Instant) -> BoxFuture<()> + Send + Sync>;

impl Pool {
    /// For so many requests at a time; each connection is kept no longer than `age_max`.
    pub(super) fn new(requests_max: usize, age_max: Duration, sockets: &impl Sockets) -> Self {
        let (spawning, sleeping) = (sockets.clone(), sockets.clone());
        let (stop, stopped) = until::stop();
        Self {
            idle: Arc::new(Idle::new(requests_max, age_max)),
            spawn: Box::new(move |task| spawning.spawn(task)),
            sleep: Arc::new(move |at| {
                let sockets = sleeping.clone();
                Box::pin(async move { sockets.sleep_until(at).await })
            }),
            stopped,
            _stop: stop,
        }
    }

    /// A connection to `origin` from `home` that is still open, as far as anybody can tell.
    pub(super) fn take(&self, origin: &Origin, home: u64) -> Option<Resting> {
        self.idle.take(origin, |its| its.home == home, |its| is_quiet(&mut its.stream))
    }

    /// Whether what would be taken has rested for so long that its end may have come unnoticed.
    pub(super) fn may_have_ended(&self, origin: &Origin, home: u64) -> bool {
        let rested = self.idle.rested(origin, |its| its.home == home);
        rested.is_some_and(|rested| rested > RESTED_MAX)
    }

    /// Keeps a connection on which everything that was sent has been answered.
    pub(super) fn put(&self, origin: Origin, resting: Resting) {
        if let Some(next) = self.idle.put(origin, resting) {
            let idle = Watched(Some(Arc::downgrade(&self.idle)));
            let watch = Box::pin(watch(idle, self.sleep.clone(), next));
            (self.spawn)(self.stopped.ends(watch));
        }
    }
}

/// Tells the connections that nobody looks at them any more, should the task break off: its runtime
/// may have ended before the client.
struct Watched(Option<Weak<Idle<Resting>>>);

impl Drop for Watched {
    fn drop(&mut self) {
        if let Some(idle) = self.0.take().and_then(|idle| idle.upgrade()) {
            idle.leave();
        }
    }
}

/// Closes connections in time, as long as there are any.
async fn watch(mut idle: Watched, sleep: Sleep, mut next: Instant) {
    loop {
        sleep(next).await;
        let there = idle.0.as_ref().and_then(Weak::upgrade);
        let Some(later) = there.and_then(|idle| idle.clear()) else { break };
        next = later;
    }
    // That somebody else is to look from now on is known.
    idle.0 = None;
}

/// Whether nothing has arrived: neither the end of the connection nor bytes nobody asked for.
fn is_quiet(stream: &mut BoxStream) -> bool {
    let mut cx = Context::from_waker(Waker::noop());
    Pin::new(stream).poll_read(&mut cx, &mut [0]).is_pending()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::http1::tests::Smol;
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
        let pool = Pool::new(1, Duration::from_secs(3_600), &Smol);
        let origin = Origin::of(&http::Uri::from_static("http://a.test")).expect("a server");
        let stream = Box::new(Quiet);
        pool.put(origin, Resting { home: 0, stream, arrived: BytesMut::new() });
        // Each task has one.
        let idle = pool.idle.clone();
        assert_eq!(Arc::weak_count(&idle), 1);
        drop(pool);
        while Arc::weak_count(&idle) > 0 {
            std::thread::yield_now();
        }
    }
}
