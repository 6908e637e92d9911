//! Jobs as futures: what the asynchronous drivers share.
//!
//! Everything but the runtime and the HTTP library, which a driver brings as a [`Driver`]: timers,
//! threads that may block, tasks, and one method that sends a request.
//!
//! | module | what |
//! | --- | --- |
//! | [`owner`] | the future of one job: it carries out the job's orders, or has tasks do it |
//! | [`exchange`] | one request from its first to its last byte |
//! | [`body`] | bodies that are read and hashed while they are sent |
//! | `store` | bytes of an answer on their way to a sink |
//! | [`writer`] | bytes of an answer on their way to the caller's writer |
//! | `turn` | waiting until bytes may pass |
//! | `until` | ending tasks that nobody wants any more |
//! | `http1` | an HTTP client over the sockets of a runtime, for drivers that bring none (feature `http`) |
//! | `waiting` | telling a thread that nobody waits for it any more |
//! | [`crew`] | several futures at the same time, for one that waits for them |
//! | [`io`] | what a job reads from and writes to |
//! | [`listing`] | lists that fetch their pages as they go |

pub mod body;
pub mod brake;
pub mod crew;
mod download;
pub mod exchange;
mod face;
#[cfg(feature = "http")]
pub mod http1;
pub mod io;
pub mod listing;
mod local;
pub mod owner;
mod payload;
pub mod race;
pub mod sink;
pub mod source;
mod store;
mod throttle;
mod turn;
mod until;
mod waiting;
pub mod whole;
pub mod writer;

use core::future::Future;
use core::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use async_lock::{Semaphore, SemaphoreGuardArc};
use b2_proto::error::{Error, ErrorKind};
use b2_proto::machine::Machine;
use bytes::Bytes;

use crate::account::Accounts;
use crate::claims::Claims;
use crate::exchange::pool::Pool;
use crate::exchange::{HeaderList, Meter, Pace, Trouble};
use crate::hub::{Hub, HubSettings};
use body::SendBody;
use io::JobIo;
use owner::{Listener, Owner};

pub use waiting::Waiting;

/// Jobs the engine has at the same time; others wait for their turn. Each upload of a file holds
/// it open.
const JOBS_MAX: usize = 256;

/// A runtime with an HTTP library.
pub trait Driver: Clone + Send + Sync + 'static {
    /// Ends at a time.
    type Sleep: Future<Output = ()> + Send;
    /// The body of an answer.
    type Body: http_body::Body<Data = Bytes, Error: Send> + Send + Unpin;

    /// Waits until `at`.
    fn sleep_until(&self, at: Instant) -> Self::Sleep;

    /// Runs a task in the background. Where none can be run any more, it is dropped.
    fn spawn(&self, task: BoxFuture<()>);

    /// Does something where blocking is allowed; `None` if it broke off.
    fn unblock<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> impl Future<Output = Option<T>> + Send + 'static;

    /// Lets other tasks and the runtime's sockets have their turn.
    fn yield_now(&self) -> impl Future<Output = ()> + Send + 'static;

    /// Sends a request, with these headers and no others but `Host` and `Connection`; repeats
    /// nothing, follows nothing, decodes nothing. `http1::Http::send` does all that follows; a
    /// driver with another HTTP library owes it:
    ///
    /// - It calls [`Meter::connecting`] before it makes a connection, and [`Meter::connected`] when
    ///   that is there, with TLS and tunnels. Else `connect_timeout` has no effect, the time counts
    ///   as a peer's silence, and a body as sent that nobody took. It tells, if it can, what leaves
    ///   ([`Meter::leaving`], `all_taken`, `all_left`); the body and whoever reads the answer tell
    ///   the rest. Who waits for too long drops this future.
    /// - An answer that comes before the body ends is given when its head is there; the rest of
    ///   the body is dropped, and the connection closed.
    /// - [`check`](crate::exchange::proxy::answer::check) tells a proxy's refusal by its status.
    /// - The words of a [`Trouble`] have no URL, header or part of a body in them.
    /// - The driver heeds the [`Settings`](crate::face::Settings) that only it can, or refuses
    ///   them: `connect_timeout`, `idle_timeout`, `connections`, `ca_pem`, `resolver`, and proxies
    ///   by [`Proxies`](crate::exchange::proxy::Proxies).
    ///
    /// # Errors
    /// Why there is no answer. Its cause says whether part of the request may have left.
    fn send(
        &self,
        request: WireRequest,
        meter: &Arc<Meter>,
    ) -> impl Future<Output = Result<WireReply<Self::Body>, Trouble>> + Send;

    /// Why the body of an answer broke off. `is_sending` says whether part of the request's body
    /// was still to be sent.
    fn broken(error: &<Self::Body as http_body::Body>::Error, is_sending: bool) -> Trouble;
}

/// A future in the background.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A request as it is to be sent. Its URL, headers and body may be secrets.
pub struct WireRequest {
    /// The HTTP method.
    pub method: http::Method,
    /// The whole URL.
    pub url: String,
    /// The headers.
    pub headers: HeaderList,
    /// The body; none is sent where it is `None`.
    pub body: Option<SendBody>,
}

/// An answer whose body is still to come.
#[derive(Debug)]
pub struct WireReply<B> {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderList,
    /// The body.
    pub body: B,
}

impl<B> WireReply<B> {
    /// The same with another kind of body.
    pub fn map<T>(self, body: impl FnOnce(B) -> T) -> WireReply<T> {
        WireReply { status: self.status, headers: self.headers, body: body(self.body) }
    }
}

impl core::fmt::Debug for WireRequest {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("WireRequest").field("method", &self.method).finish_non_exhaustive()
    }
}

/// A client's engine on a runtime. A clone is cheap and shares everything.
pub struct Flow<D: Driver> {
    shared: Arc<Shared<D>>,
    /// The place that all jobs share which are begun here, if they do.
    shared_place: Option<Arc<SemaphoreGuardArc>>,
}

struct Shared<D> {
    line: Arc<Line<D>>,
    hub: Arc<Hub<JobIo>>,
    places: Arc<Semaphore>,
}

/// What all requests use.
#[derive(Debug)]
pub struct Line<D> {
    /// The runtime and its HTTP library.
    pub driver: D,
    /// Buffers for pieces of files.
    pub pool: Pool,
    /// How many bytes may pass in a second.
    pub pace: Pace,
    /// Where unfinished large files are claimed.
    pub claims: Claims,
}

/// A place among the jobs of the engine; nothing where they share one.
pub struct Place(#[expect(dead_code, reason = "it is held")] Option<SemaphoreGuardArc>);

impl<D: Driver> Flow<D> {
    /// An engine without jobs, whose pieces of files come from `pool`.
    pub fn new(settings: HubSettings, pool: Pool, driver: D) -> Self {
        let (pace, claims) = (settings.pace.clone(), settings.claims.clone());
        let line = Arc::new(Line { driver, pool, pace, claims });
        let places = Arc::new(Semaphore::new(JOBS_MAX));
        let shared = Arc::new(Shared { line, hub: Hub::new(settings), places });
        Self { shared, shared_place: None }
    }

    /// The engine, and what is limited and counted for all its jobs.
    pub fn hub(&self) -> &Hub<JobIo> {
        &self.shared.hub
    }

    /// Where what a job has for itself is claimed.
    pub fn claims(&self) -> &Claims {
        &self.shared.line.claims
    }

    /// The runtime and its HTTP library.
    pub fn driver(&self) -> &D {
        &self.shared.line.driver
    }

    /// Waits for a place among the jobs of the engine. What a job holds open is opened after that.
    pub async fn place(&self) -> Place {
        match &self.shared_place {
            None => Place(Some(self.shared.places.acquire_arc().await)),
            Some(_) => Place(None),
        }
    }

    /// Waits for a place that jobs share which are begun one after the other by what is given, and
    /// hold the same open.
    pub async fn at_place(&self) -> Self {
        let mut at_place = self.clone();
        if at_place.shared_place.is_none() {
            at_place.shared_place = Some(Arc::new(self.shared.places.acquire_arc().await));
        }
        at_place
    }

    /// The same without the place that its jobs share: what is tidied up holds nobody up.
    fn without_place(&self) -> Self {
        Self { shared: self.shared.clone(), shared_place: None }
    }

    /// Runs a machine to its end.
    ///
    /// # Errors
    /// Those of the machine.
    pub async fn run<M>(&self, machine: M, io: JobIo) -> Result<M::Output, Error>
    where
        M: Machine + Send + 'static,
        M::Output: Send + 'static,
    {
        let place = self.place().await;
        self.begin(Box::new(machine), io, None, place).await
    }

    /// Gives a machine to the engine. The future that comes back gives its outcome; dropping it
    /// gives the job up.
    pub fn begin<M>(
        &self,
        machine: Box<M>,
        io: JobIo,
        listener: Option<Listener>,
        place: Place,
    ) -> Owner<D, M::Output>
    where
        M: Machine + Send + 'static,
        M::Output: Send + 'static,
    {
        let job = self.shared.hub.add(machine, io, listener.is_some());
        Owner::new(self.clone(), job, listener, place)
    }

    /// Asks the account store, where that may wait if it does.
    ///
    /// # Errors
    /// Asking broke off.
    pub async fn ask<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Accounts) -> T + Send + 'static,
    ) -> Result<T, Error> {
        let accounts = self.hub().accounts().clone();
        if !accounts.may_wait() {
            return Ok(ask(&accounts));
        }
        let broke_off = || Error::new(ErrorKind::Unknown, "asking the account store broke off");
        self.driver().unblock(move || ask(&accounts)).await.ok_or_else(broke_off)
    }

    fn line(&self) -> &Arc<Line<D>> {
        &self.shared.line
    }
}

impl<D: Driver> Clone for Flow<D> {
    fn clone(&self) -> Self {
        Self { shared: self.shared.clone(), shared_place: self.shared_place.clone() }
    }
}

/// Logins go on without the jobs that wait for them, but not without the client.
impl<D> Drop for Shared<D> {
    fn drop(&mut self) {
        self.hub.close();
    }
}
