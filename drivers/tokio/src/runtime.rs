//! Tokio's tasks, timers and sockets.

use crate::compat::Compat;
use b2_local::exchange::alive;
use b2_local::flow::BoxFuture;
use b2_local::flow::http1::Sockets;
use core::hash::{Hash as _, Hasher as _};
use core::net::SocketAddr;
use std::hash::DefaultHasher;
use std::io;
use std::sync::{Arc, OnceLock};
use std::time::Instant;
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::time::Sleep;

/// The runtime on which the client is used.
#[derive(Clone, Debug, Default)]
pub(crate) struct Runtime {
    /// That of the first request, for what is left to do when there is no other.
    first: Arc<OnceLock<Handle>>,
}

impl Runtime {
    /// A request is made on the runtime around it.
    pub(crate) fn note(&self) {
        self.first.get_or_init(Handle::current);
    }

    pub(crate) fn sleep_until(at: Instant) -> Sleep {
        tokio::time::sleep_until(at.into())
    }

    /// Runs a task in the background; drops it where there is no runtime any more.
    pub(crate) fn spawn(&self, task: BoxFuture<()>) {
        match Handle::try_current().ok().or_else(|| self.first.get().cloned()) {
            Some(runtime) => drop(runtime.spawn(task)),
            None => drop(task),
        }
    }
}

impl Sockets for Runtime {
    type Stream = Compat<TcpStream>;

    async fn connect(&self, address: SocketAddr) -> io::Result<Compat<TcpStream>> {
        let stream = TcpStream::connect(address).await?;
        // It would only be slower without.
        let _ = stream.set_nodelay(true);
        alive::watch(&stream);
        Ok(Compat(stream))
    }

    fn sleep_until(&self, at: Instant) -> impl Future<Output = ()> + Send {
        Self::sleep_until(at)
    }

    /// Sockets of a runtime that nobody drives say nothing.
    fn home(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        Handle::current().id().hash(&mut hasher);
        hasher.finish()
    }

    /// A runtime that did something else, or nothing, has not heard yet of what came meanwhile: it
    /// looks before it goes on with who lets others have their turn.
    async fn look(&self) {
        tokio::task::yield_now().await;
    }

    fn spawn(&self, task: BoxFuture<()>) {
        self.spawn(task);
    }
}
