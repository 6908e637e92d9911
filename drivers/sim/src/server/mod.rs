//! The service behind HTTP/1.1.

mod accept;
mod body;
mod connection;
mod intake;
#[cfg(feature = "tls")]
mod tls;
mod transcript;
mod watch;

#[cfg(feature = "tls")]
pub use tls::tls_config;
pub use transcript::{Record, Sha1Mode, Transcript};

use core::net::SocketAddr;
use core::time::Duration;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::net::TcpListener;
use tokio::sync::watch::Sender;
#[cfg(feature = "tls")]
use tokio_rustls::TlsAcceptor;

use crate::config::Config;
use crate::fault::FaultPlan;
use crate::host::{Entry, Host};
use crate::service::Meter;

/// Where the server keeps content and state.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum StoreKind {
    /// In memory.
    #[default]
    Memory,
    /// Nowhere; see [`NoneStore`](crate::store::NoneStore).
    None,
    /// In a folder; see [`FolderStore`](crate::store::FolderStore).
    Folder(PathBuf),
}

/// Settings of a server. The default serves from memory on a free loopback port.
#[derive(Debug)]
pub struct ServerConfig {
    /// Address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The store.
    pub store: StoreKind,
    /// The service.
    pub service: Config,
    /// What goes wrong.
    pub faults: FaultPlan,
    /// Threads that serve connections; absent means one per core.
    pub threads: Option<usize>,
    /// Closes connections without a request for so long, as real servers do; absent means never.
    pub idle_max: Option<Duration>,
    /// How long the next bytes of a body may take before the request is answered 408.
    pub stall_max: Duration,
    /// Where requests are recorded, if anywhere.
    pub transcript: Option<Transcript>,
    /// Serves `https` with these certificates.
    #[cfg(feature = "tls")]
    pub tls: Option<Arc<rustls::ServerConfig>>,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            store: StoreKind::Memory,
            service: Config::default(),
            faults: FaultPlan::none(),
            threads: None,
            idle_max: None,
            stall_max: STALL_MAX,
            transcript: None,
            #[cfg(feature = "tls")]
            tls: None,
        }
    }
}

impl ServerConfig {
    const fn has_tls(&self) -> bool {
        #[cfg(feature = "tls")]
        return self.tls.is_some();
        #[cfg(not(feature = "tls"))]
        return false;
    }
}

/// What all connections of a server have in common.
struct Shared {
    host: Arc<Host>,
    idle_max: Option<Duration>,
    stall_max: Duration,
    transcript: Option<Transcript>,
    #[cfg(feature = "tls")]
    tls: Option<TlsAcceptor>,
}

/// Starts servers.
#[derive(Debug)]
pub struct Server;

/// A running server; it stops when this is dropped.
pub struct Handle {
    url: String,
    host: Arc<Host>,
    stop: Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl core::fmt::Debug for Handle {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Handle").field("url", &self.url).finish_non_exhaustive()
    }
}

/// How long open connections may take to end when the server stops.
const SHUTDOWN_MS: u64 = 200;

/// How long the next bytes of a body may take, unless a server is told otherwise.
const STALL_MAX: Duration = Duration::from_secs(60);

impl Server {
    /// Starts a server on threads of its own. Fails when the address or the store cannot be
    /// used.
    pub fn start(mut config: ServerConfig) -> io::Result<Handle> {
        config.service.https |= config.has_tls();
        let scheme = if config.has_tls() { "https" } else { "http" };
        let host = match &config.store {
            StoreKind::Memory => Host::in_memory(config.service),
            StoreKind::None => Host::without_content(config.service),
            StoreKind::Folder(folder) => Host::in_folder(config.service, folder)?,
        };
        host.set_faults(config.faults);
        let listener = std::net::TcpListener::bind(config.listen)?;
        listener.set_nonblocking(true)?;
        let url = format!("{scheme}://{}", listener.local_addr()?);
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        if let Some(threads) = config.threads {
            runtime.worker_threads(threads.max(1));
        }
        let runtime = runtime.enable_all().thread_name("b2-sim").build()?;
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let (ready, is_ready) = mpsc::channel();
        let shared = Arc::new(Shared {
            host: host.clone(),
            idle_max: config.idle_max,
            stall_max: config.stall_max,
            transcript: config.transcript,
            #[cfg(feature = "tls")]
            tls: config.tls.map(TlsAcceptor::from),
        });
        let thread = std::thread::Builder::new().name("b2-sim".to_owned()).spawn(move || {
            runtime.block_on(async {
                let listener = TcpListener::from_std(listener);
                let _ = ready.send(listener.as_ref().map(|_| ()).map_err(io::Error::kind));
                if let Ok(listener) = listener {
                    accept::serve(&listener, &shared, stopped).await;
                }
            });
            runtime.shutdown_timeout(Duration::from_millis(SHUTDOWN_MS));
        })?;
        is_ready.recv().map_err(io::Error::other)??;
        Ok(Handle { url, host, stop, thread: Some(thread) })
    }
}

impl Handle {
    /// URL of the service, without a trailing slash: the realm for clients.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Key ID of the master key.
    pub fn key_id(&self) -> String {
        self.host.key_id()
    }

    /// The master key.
    pub fn key(&self) -> String {
        self.host.key()
    }

    /// The host behind the server, to reach into the service or change the fault plan.
    pub fn host(&self) -> &Arc<Host> {
        &self.host
    }

    /// The requests seen so far, oldest first.
    pub fn transcript(&self) -> Vec<Entry> {
        self.host.transcript()
    }

    /// Transactions so far.
    pub fn meter(&self) -> Meter {
        self.host.with_service(|service| service.meter().clone()).unwrap_or_default()
    }

    /// Stops the server and waits for it.
    pub fn shutdown(mut self) {
        self.stop_and_join();
    }

    /// Waits for as long as the server runs.
    pub fn wait(mut self) {
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }

    fn stop_and_join(&mut self) {
        let _ = self.stop.send(true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.stop_and_join();
    }
}

pub(crate) fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
