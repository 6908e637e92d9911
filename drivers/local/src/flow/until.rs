//! Tasks that end when nobody wants them any more.

use core::convert::Infallible;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use async_channel::{Receiver, Sender};
use futures_core::Stream;

use super::BoxFuture;

/// Ends tasks when it is dropped.
pub(super) struct Stop(Sender<Infallible>);

/// What tells tasks of that.
#[derive(Clone)]
pub(super) struct Stopped(Receiver<Infallible>);

/// A task and what ends it.
struct Until {
    work: BoxFuture<()>,
    stopped: Pin<Box<Receiver<Infallible>>>,
}

/// For tasks that are to end together.
pub(super) fn stop() -> (Stop, Stopped) {
    // Nothing ever comes.
    let (sender, receiver) = async_channel::bounded(1);
    (Stop(sender), Stopped(receiver))
}

impl Stopped {
    /// `work`, but no longer than it is wanted.
    pub(super) fn ends(&self, work: BoxFuture<()>) -> BoxFuture<()> {
        Box::pin(Until { work, stopped: Box::pin(self.0.clone()) })
    }
}

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl Future for Until {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        if this.stopped.as_mut().poll_next(cx).is_ready() {
            return Poll::Ready(());
        }
        this.work.as_mut().poll(cx)
    }
}

/// Nothing of it is pinned in place.
impl Unpin for Until {}
