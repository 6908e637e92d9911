//! Smol's sockets, as the shared HTTP client uses them.

use b2_local::exchange::alive;
use b2_local::flow::BoxFuture;
use b2_local::flow::http1::Sockets;
use core::net::SocketAddr;
use smol::{Async, Timer};
use std::io;
use std::net::TcpStream;
use std::time::Instant;

/// Sockets and timers that need no runtime around them, and tasks of the global executor.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SmolSockets;

impl Sockets for SmolSockets {
    type Stream = Async<TcpStream>;

    async fn connect(&self, address: SocketAddr) -> io::Result<Async<TcpStream>> {
        let stream = Async::<TcpStream>::connect(address).await?;
        // It would only be slower without.
        let _ = stream.get_ref().set_nodelay(true);
        alive::watch(stream.get_ref());
        Ok(stream)
    }

    async fn sleep_until(&self, at: Instant) {
        Timer::at(at).await;
    }

    fn spawn(&self, task: BoxFuture<()>) {
        smol::spawn(task).detach();
    }
}
