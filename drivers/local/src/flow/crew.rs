//! Several futures at the same time, each in a task of its own.

use core::convert::Infallible;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use async_channel::{Receiver, Sender};
use futures_core::Stream;

use super::{BoxFuture, Driver};

/// Has futures run in tasks and takes what comes of them, in the order in which they end. When it
/// is dropped, so are the futures.
pub struct Crew<D, T> {
    driver: D,
    ended: (Sender<T>, Receiver<T>),
    /// Nothing is ever sent; closed when the crew is dropped.
    stop: (Sender<Infallible>, Receiver<Infallible>),
}

impl<D: Driver, T: Send + 'static> Crew<D, T> {
    /// Nobody yet.
    pub fn new(driver: D) -> Self {
        Self { driver, ended: async_channel::unbounded(), stop: async_channel::bounded(1) }
    }

    /// Begins a future. `lost` is what comes of it if its task breaks off.
    pub fn begin(&self, work: BoxFuture<T>, lost: impl FnOnce() -> T + Send + 'static) {
        let stopped = Box::pin(self.stop.1.clone());
        let outcome = Outcome { ended: self.ended.0.clone(), lost: Some(Box::new(lost)) };
        self.driver.spawn(Box::pin(Task { work, stopped, outcome }));
    }

    /// Waits for the next one to end; for ever if there is none.
    pub async fn next(&self) -> T {
        match self.ended.1.recv().await {
            Ok(ended) => ended,
            // There is a sender here.
            Err(_) => core::future::pending().await,
        }
    }
}

impl<D, T> Drop for Crew<D, T> {
    fn drop(&mut self) {
        self.stop.0.close();
        self.ended.1.close();
    }
}

struct Task<T> {
    work: BoxFuture<T>,
    stopped: Pin<Box<Receiver<Infallible>>>,
    outcome: Outcome<T>,
}

/// Tells what came of a task, whatever becomes of it.
struct Outcome<T> {
    ended: Sender<T>,
    lost: Option<Box<dyn FnOnce() -> T + Send>>,
}

impl<T> Outcome<T> {
    fn tell(&mut self, ended: T) {
        self.lost = None;
        // Nobody is left who would take it.
        let _ = self.ended.try_send(ended);
    }
}

impl<T> Drop for Outcome<T> {
    fn drop(&mut self) {
        if let Some(lost) = self.lost.take() {
            self.tell(lost());
        }
    }
}

impl<T> Future for Task<T> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        if this.stopped.as_mut().poll_next(cx).is_ready() {
            return Poll::Ready(());
        }
        match this.work.as_mut().poll(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(ended) => {
                this.outcome.tell(ended);
                Poll::Ready(())
            }
        }
    }
}

/// Nothing of it is pinned in place.
impl<T> Unpin for Task<T> {}
