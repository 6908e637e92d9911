//! Tokio, as the flow of jobs uses it.

use crate::runtime::Runtime;
use crate::threads::Threads;
use crate::transport::{Body, Error, Transport};
use b2_local::exchange::{Meter, Trouble};
use b2_local::flow::{BoxFuture, Driver, WireReply, WireRequest};
use std::sync::Arc;
use std::time::Instant;

/// The runtime on which the client is used, and what sends its requests.
#[derive(Clone, Debug)]
pub(crate) struct Tokio {
    transport: Transport,
    runtime: Runtime,
    threads: Threads,
}

impl Tokio {
    pub(crate) fn new(transport: Transport, runtime: Runtime) -> Self {
        Self { transport, runtime, threads: Threads::new() }
    }
}

impl Driver for Tokio {
    type Sleep = tokio::time::Sleep;
    type Body = Body;

    fn sleep_until(&self, at: Instant) -> Self::Sleep {
        Runtime::sleep_until(at)
    }

    fn spawn(&self, task: BoxFuture<()>) {
        self.runtime.spawn(task);
    }

    fn unblock<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> impl Future<Output = Option<T>> + Send + 'static {
        self.threads.carry_out(work)
    }

    fn yield_now(&self) -> impl Future<Output = ()> + Send + 'static {
        tokio::task::yield_now()
    }

    async fn send(
        &self,
        request: WireRequest,
        meter: &Arc<Meter>,
    ) -> Result<WireReply<Body>, Trouble> {
        self.runtime.note();
        self.transport.send(request, meter).await
    }

    fn broken(error: &Error, is_sending: bool) -> Trouble {
        error.trouble(is_sending)
    }
}

#[cfg(test)]
mod tests;
