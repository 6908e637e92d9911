//! What a runtime brings.

use core::future::Future;
use core::net::SocketAddr;
use std::io;
use std::time::Instant;

use super::connector::ByteStream;
use crate::flow::BoxFuture;

/// Sockets, timers and tasks of a runtime.
pub trait Sockets: Clone + Send + Sync + 'static {
    /// A connection.
    type Stream: ByteStream + 'static;

    /// Connects to an address, as [`alive`](crate::exchange::alive) wants it.
    fn connect(&self, address: SocketAddr)
    -> impl Future<Output = io::Result<Self::Stream>> + Send;

    /// Waits until `at`.
    fn sleep_until(&self, at: Instant) -> impl Future<Output = ()> + Send;

    /// Where the sockets are that are made now: one of another home is not used.
    fn home(&self) -> u64 {
        0
    }

    /// Has the runtime look at its sockets, where it does not do so whenever one is read. What
    /// has come until then is there to be read afterwards.
    fn look(&self) -> impl Future<Output = ()> + Send {
        core::future::ready(())
    }

    /// Runs a task in the background. Where none can be run any more, it is dropped.
    fn spawn(&self, task: BoxFuture<()>);
}
