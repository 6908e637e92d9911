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

    /// Connects to an address. Small pieces must not wait on the connection for the one before to
    /// be confirmed.
    fn connect(&self, address: SocketAddr)
    -> impl Future<Output = io::Result<Self::Stream>> + Send;

    /// Waits until `at`.
    fn sleep_until(&self, at: Instant) -> impl Future<Output = ()> + Send;

    /// Runs a task in the background. Where none can be run any more, it is dropped.
    fn spawn(&self, task: BoxFuture<()>);
}
