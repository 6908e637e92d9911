//! The client: a cheap handle to the task that owns the engine.

use crate::builder::{ClientBuilder, Config};
use crate::job::JobIo;
use crate::runner::{Ends, NewJob, Runner};
use crate::transport::exchange::Line;
use b2_proto::error::{Error, ErrorKind};
use b2_proto::machine::authorize::Authorize;
use b2_proto::machine::engine::{AnyOutput, Engine};
use b2_proto::machine::single::Single;
use b2_proto::machine::{Machine, Progress};
use b2_proto::model::AccountAuthorization;
use b2_proto::op::Operation;
use core::hash::{BuildHasher as _, Hasher as _};
use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};

/// Jobs that wait to be taken on.
const COMMANDS_MAX: usize = 64;
/// Jobs the engine has at the same time; others wait for their turn. Each upload of a file holds
/// it open.
const JOBS_MAX: usize = 256;

/// A client for one account and realm.
///
/// A clone is cheap and shares everything: login, upload URLs, connections and limits. Requests
/// run in tasks of the tokio runtime on which the first of them was made; dropping the future of
/// any method gives its work up.
///
/// ```
/// # use b2_sim::server::{Server, ServerConfig};
/// # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let server = Server::start(ServerConfig::default())?;
/// let client = b2_tokio::Client::builder()
///     .credentials(server.key_id(), server.key())
///     .realm(server.url())
///     .build()?;
/// let account = client.authorize().await?;
/// assert!(client.buckets().await?.is_empty());
/// # let _ = account;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

struct Shared {
    config: Config,
    port: Mutex<Option<Port>>,
    places: Arc<Semaphore>,
    tickets: AtomicU64,
}

/// The way to the task that owns the engine.
#[derive(Clone)]
struct Port {
    commands: mpsc::Sender<NewJob>,
    cancels: mpsc::UnboundedSender<u64>,
}

impl Client {
    /// Settings for a new client.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// A client from the variables `B2_APPLICATION_KEY_ID`, `B2_APPLICATION_KEY` and, for another
    /// realm than the real service, `B2_ENVIRONMENT`.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) when one is missing or cannot be used.
    pub fn from_env() -> Result<Self, Error> {
        let read = |name: &str| {
            std::env::var(name).map_err(|_| {
                let kind = ErrorKind::InvalidInput;
                Error::with_message(kind, format_args!("the variable {name} is not set"))
            })
        };
        let builder = Self::builder()
            .credentials(read("B2_APPLICATION_KEY_ID")?, read("B2_APPLICATION_KEY")?);
        match std::env::var("B2_ENVIRONMENT") {
            Ok(realm) => builder.realm(realm).build(),
            Err(_) => builder.build(),
        }
    }

    /// Logs in unless that was done already, and tells what the service said about the account.
    ///
    /// # Errors
    /// Those of the login.
    pub async fn authorize(&self) -> Result<Arc<AccountAuthorization>, Error> {
        self.drive(Authorize::default(), JobIo::default()).await
    }

    /// Performs any operation, with logins and retries.
    ///
    /// ```
    /// # use b2_sim::server::{Server, ServerConfig};
    /// # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = Server::start(ServerConfig::default())?;
    /// # let client = b2_tokio::Client::builder()
    /// #     .credentials(server.key_id(), server.key())
    /// #     .realm(server.url())
    /// #     .build()?;
    /// use b2_proto::op::list_buckets::ListBuckets;
    ///
    /// let buckets = client.run(ListBuckets::default()).await?;
    /// # let _ = buckets;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Those of the operation, of the login, and of the network.
    pub async fn run<O>(&self, operation: O) -> Result<O::Output, Error>
    where
        O: Operation + Send + 'static,
        O::Output: Send + 'static,
    {
        self.drive(Single::new(operation), JobIo::default()).await
    }

    pub(crate) fn new(config: Config) -> Self {
        let shared = Shared {
            config,
            port: Mutex::new(None),
            places: Arc::new(Semaphore::new(JOBS_MAX)),
            tickets: AtomicU64::new(0),
        };
        Self { shared: Arc::new(shared) }
    }

    pub(crate) fn config(&self) -> &Config {
        &self.shared.config
    }

    /// Waits for a place among the jobs of the engine.
    pub(crate) async fn place(&self) -> Result<OwnedSemaphorePermit, Error> {
        self.shared.places.clone().acquire_owned().await.map_err(|_| gone())
    }

    /// Runs a machine to its end.
    pub(crate) async fn drive<M>(&self, machine: M, io: JobIo) -> Result<M::Output, Error>
    where
        M: Machine + Send + 'static,
        M::Output: Send + 'static,
    {
        let place = self.place().await?;
        self.submit(machine, io, None, place).await?.outcome().await
    }

    /// Gives a machine to the engine.
    pub(crate) async fn submit<M>(
        &self,
        machine: M,
        io: JobIo,
        listener: Option<watch::Sender<Progress>>,
        place: OwnedSemaphorePermit,
    ) -> Result<Running<M::Output>, Error>
    where
        M: Machine + Send + 'static,
        M::Output: Send + 'static,
    {
        let (reply, outcome) = oneshot::channel();
        let ticket = self.shared.tickets.fetch_add(1, Ordering::Relaxed);
        let add = Box::new(move |engine: &mut Engine| engine.add(machine));
        let mut job = NewJob { ticket, add, io, listener, reply };
        // A client may outlive the runtime it was used on; it goes on with the present one.
        for _ in 0..2 {
            let port = self.shared.port();
            match port.commands.send(job).await {
                Ok(()) => {
                    let cancels = port.cancels;
                    let output = core::marker::PhantomData;
                    return Ok(Running { ticket, cancels, outcome, _place: place, output });
                }
                Err(mpsc::error::SendError(back)) => job = back,
            }
        }
        Err(gone())
    }
}

impl core::fmt::Debug for Client {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Client")
            .field("credentials", &self.shared.config.credentials)
            .finish_non_exhaustive()
    }
}

impl Shared {
    /// The way to the engine, which is started when there is none.
    fn port(&self) -> Port {
        let mut port = self.port.lock().unwrap_or_else(PoisonError::into_inner);
        match &*port {
            Some(open) if !open.commands.is_closed() => open.clone(),
            _ => port.insert(self.start()).clone(),
        }
    }

    fn start(&self) -> Port {
        let (commands, new_jobs) = mpsc::channel(COMMANDS_MAX);
        let (cancels, cancelled) = mpsc::unbounded_channel();
        let (arrivals, arrived) = mpsc::channel(self.config.connections);
        let engine = Engine::new(self.config.session(seed()), self.config.connections);
        let line =
            Line { http: self.config.http.clone(), arrivals, pool: self.config.pool.clone() };
        let ends = Ends { commands: new_jobs, cancels: cancelled, arrivals: arrived };
        let runner = Runner::new(engine, line, &self.config, ends);
        tokio::spawn(runner.run());
        Port { commands, cancels }
    }
}

/// A job that was given to the engine. Dropping it gives the job up.
pub(crate) struct Running<T> {
    ticket: u64,
    cancels: mpsc::UnboundedSender<u64>,
    outcome: oneshot::Receiver<Result<AnyOutput, Error>>,
    _place: OwnedSemaphorePermit,
    output: core::marker::PhantomData<fn() -> T>,
}

impl<T: 'static> Running<T> {
    /// Waits for the end of the job.
    pub(crate) async fn outcome(&mut self) -> Result<T, Error> {
        let output = (&mut self.outcome).await.map_err(|_| gone())??;
        match output.downcast::<T>() {
            Ok(output) => Ok(*output),
            Err(_) => Err(Error::new(ErrorKind::Unknown, "the job gave something else")),
        }
    }
}

impl<T> Drop for Running<T> {
    fn drop(&mut self) {
        // A job that has ended is no longer known, and an engine that is gone has no jobs.
        let _ = self.cancels.send(self.ticket);
    }
}

fn gone() -> Error {
    Error::new(ErrorKind::Cancelled, "the runtime that ran this client has shut down")
}

/// Randomness for jitter; it need not be good.
fn seed() -> u64 {
    std::hash::RandomState::new().build_hasher().finish()
}
