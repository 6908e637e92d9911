//! Smol and the HTTP client on it, as the flow of jobs uses them.

use crate::cause;
use crate::http1::Http;
use crate::http1::body::{Broken, ReplyBody};
use b2_local::exchange::{Meter, Trouble};
use b2_local::flow::{BoxFuture, Driver, WireRequest};
use core::panic::AssertUnwindSafe;
use core::pin::Pin;
use core::task::{Context, Poll};
use smol::Timer;
use std::panic::catch_unwind;
use std::sync::Arc;
use std::time::Instant;

/// Smol's timers, threads and global executor, and the HTTP client.
#[derive(Clone, Debug)]
pub(crate) struct Smol {
    http: Arc<Http>,
}

impl Smol {
    pub(crate) fn new(http: Http) -> Self {
        Self { http: Arc::new(http) }
    }
}

impl Driver for Smol {
    type Sleep = Sleep;
    type Body = ReplyBody;

    fn sleep_until(&self, at: Instant) -> Sleep {
        Sleep(Timer::at(at))
    }

    fn spawn(&self, task: BoxFuture<()>) {
        smol::spawn(task).detach();
    }

    fn unblock<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> impl Future<Output = Option<T>> + Send + 'static {
        // The panic would otherwise go on where the result is awaited.
        smol::unblock(|| catch_unwind(AssertUnwindSafe(work)).ok())
    }

    fn yield_now(&self) -> impl Future<Output = ()> + Send + 'static {
        smol::future::yield_now()
    }

    async fn send(
        &self,
        request: WireRequest,
        meter: &Arc<Meter>,
    ) -> Result<http::Response<ReplyBody>, Trouble> {
        self.http.send(request, meter).await
    }

    fn broken(error: &Broken, is_sending: bool) -> Trouble {
        cause::of_exchange(error, is_sending)
    }
}

/// A timer without an output.
#[derive(Debug)]
pub(crate) struct Sleep(Timer);

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.0).poll(cx).map(drop)
    }
}

#[cfg(test)]
mod tests;
