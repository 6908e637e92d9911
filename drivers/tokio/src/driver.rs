//! Tokio and reqwest, as the flow of jobs uses them.

use crate::cause;
use crate::connecting::{Begun, Note};
use crate::threads::Threads;
use crate::urls::Urls;
use b2_local::exchange::{Meter, Trouble, headers, proxy};
use b2_local::flow::{BoxFuture, Driver, WireRequest};
use b2_proto::error::Cause;
use core::time::Duration;
use http_body::Body as _;
use std::sync::{Arc, OnceLock};
use std::time::Instant;
use tokio::runtime::Handle;

/// The runtime on which the client is used, and its HTTP library.
#[derive(Clone, Debug)]
pub(crate) struct Tokio {
    clients: Clients,
    /// Longest time that making a connection may take.
    connect_timeout: Duration,
    /// The runtime of the first request, for what is left to do when there is no other.
    first: Arc<OnceLock<Handle>>,
    posted: Arc<Urls>,
    threads: Threads,
}

/// The HTTP library's clients. What only one kind of request needs costs each that has it.
#[derive(Clone, Debug)]
pub(crate) struct Clients {
    /// For what has a body. That the library asks for it tells that there is a connection, and
    /// answers have few headers: with a higher bound than its own, the library reads each into
    /// memory for as many as there may be.
    pub(crate) posting: reqwest::Client,
    /// For all else. Only its connector knows when it connects, and files have as many headers as
    /// their uploaders like.
    pub(crate) fetching: reqwest::Client,
}

impl Tokio {
    pub(crate) fn new(clients: Clients, connect_timeout: Duration) -> Self {
        let (first, posted, threads) = (Arc::default(), Arc::default(), Threads::new());
        Self { clients, connect_timeout, first, posted, threads }
    }
}

impl Driver for Tokio {
    type Sleep = tokio::time::Sleep;
    type Body = reqwest::Body;

    fn sleep_until(&self, at: Instant) -> Self::Sleep {
        tokio::time::sleep_until(at.into())
    }

    fn spawn(&self, task: BoxFuture<()>) {
        match Handle::try_current().ok().or_else(|| self.first.get().cloned()) {
            Some(runtime) => drop(runtime.spawn(task)),
            None => drop(task),
        }
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
    ) -> Result<http::Response<Self::Body>, Trouble> {
        self.first.get_or_init(Handle::current);
        let WireRequest { method, url, headers, body } = request;
        // What is sent goes to the same few again and again, what is fetched to ever new ones.
        let parsed = if body.is_some() { self.posted.parse(&url) } else { url.parse() };
        let parsed = parsed.map_err(|_| Trouble::new(Cause::Unsendable, "not a URL"))?;
        let note = Note { meter: meter.clone(), time_max: self.connect_timeout, url };
        let mut http = reqwest::Request::new(method, parsed);
        *http.headers_mut() = headers;
        let mut client = &self.clients.fetching;
        *http.body_mut() = body.map(|body| {
            if !body.is_end_stream() {
                meter.connecting(self.connect_timeout);
                client = &self.clients.posting;
            }
            reqwest::Body::wrap(Begun { body, meter: meter.clone() })
        });
        let answered = note.during(client.execute(http)).await;
        let answer = answered.map_err(|error| cause::of_http(&error, meter.is_sending()))?;
        proxy::answer::check(answer.status())?;
        headers::check_len(answer.headers())?;
        Ok(answer.into())
    }

    fn broken(error: &reqwest::Error, is_sending: bool) -> Trouble {
        cause::of_http(error, is_sending)
    }
}

#[cfg(test)]
mod tests;
