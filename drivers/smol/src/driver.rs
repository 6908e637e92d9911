//! Smol, and the shared HTTP client on it, as the flow of jobs uses them.

use crate::alarms::{Alarm, Alarms};
use crate::sockets::SmolSockets;
use b2_local::exchange::{Meter, Trouble};
use b2_local::flow::http1::{Broken, Http, ReplyBody};
use b2_local::flow::{BoxFuture, Driver, WireReply, WireRequest};
use core::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::sync::Arc;
use std::time::Instant;

/// Smol's threads and global executor, alarms on its timers, and the HTTP client.
#[derive(Clone, Debug)]
pub(crate) struct Smol {
    http: Arc<Http<SmolSockets>>,
    alarms: Alarms,
}

impl Smol {
    pub(crate) fn new(http: Http<SmolSockets>) -> Self {
        Self { http: Arc::new(http), alarms: Alarms::default() }
    }
}

impl Driver for Smol {
    type Sleep = Alarm;
    type Body = ReplyBody;

    fn sleep_until(&self, at: Instant) -> Alarm {
        self.alarms.at(at)
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
    ) -> Result<WireReply<ReplyBody>, Trouble> {
        self.http.send(request, meter).await
    }

    fn broken(error: &Broken, is_sending: bool) -> Trouble {
        error.trouble(is_sending)
    }
}

#[cfg(test)]
mod tests;
