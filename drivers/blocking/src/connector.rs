//! Connections of bytes, and how to make them in another way than over TCP.
//!
//! The client speaks HTTP, and TLS where a URL asks for it, over whatever a [`Connector`] gives it:
//! [`Tcp`] unless [`ClientBuilder::connector`](crate::ClientBuilder::connector) says otherwise.

use core::fmt;
use core::time::Duration;
use std::io::{self, IoSlice, Read, Write};
use std::net::{Shutdown, TcpStream};

pub use b2_local::exchange::Origin;

pub use crate::tcp::Tcp;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// A connection. Reading and writing never wait; [`wait`](Self::wait) does, and
/// [`shutdown`](Self::shutdown) ends that from another thread.
pub trait Stream: Send + Sync {
    /// Takes bytes that have arrived; none when the peer sends no more.
    ///
    /// # Errors
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) when there are none yet, and whatever is wrong
    /// with the connection.
    fn read(&self, buf: &mut [u8]) -> io::Result<usize>;

    /// Sends as many bytes as the connection takes at once, the slices one after the other.
    ///
    /// # Errors
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) when it takes none now, and whatever is wrong
    /// with the connection.
    fn write(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize>;

    /// Sends what was taken and held back, if there is such a thing; most streams hold nothing.
    ///
    /// # Errors
    /// Those of [`write`](Self::write).
    fn flush(&self) -> io::Result<()> {
        Ok(())
    }

    /// Waits until it is ready for something that is `wanted`, or for so long; a connection that
    /// is broken or ended is ready for everything. It may return early without being ready.
    ///
    /// # Errors
    /// The system cannot wait for it.
    fn wait(&self, wanted: Readiness, at_most: Duration) -> io::Result<Readiness>;

    /// Ends the connection in both directions; a thread that waits for it goes on at once.
    fn shutdown(&self);
}

/// What a connection is, or should be, ready for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Readiness {
    /// There are bytes to be read, or the end of them.
    pub read: bool,
    /// Bytes can be sent.
    pub write: bool,
}

impl Readiness {
    /// For reading.
    pub const READ: Self = Self { read: true, write: false };
    /// For sending.
    pub const WRITE: Self = Self { read: false, write: true };
    /// For both directions.
    pub const BOTH: Self = Self { read: true, write: true };

    /// Whether it is ready for anything.
    pub const fn is_any(self) -> bool {
        self.read || self.write
    }
}

/// Makes connections.
pub trait Connector: Send + Sync {
    /// Connects to `origin`, which may be a proxy, in about `at_most`. Where the origin wants TLS,
    /// the client speaks it over this connection and checks the server's certificate. It runs in
    /// a thread of its own, which is left alone when nobody wants the connection any more.
    ///
    /// # Errors
    /// Why there is no connection.
    fn connect(&self, origin: &Origin, at_most: Duration) -> Result<Box<dyn Stream>, ConnectError>;
}

/// Why there is no connection.
#[derive(Debug)]
pub enum ConnectError {
    /// The host's name is not known.
    Resolve(io::Error),
    /// Nobody could be reached.
    Connect(io::Error),
}

impl From<io::Error> for ConnectError {
    fn from(error: io::Error) -> Self {
        Self::Connect(error)
    }
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Resolve(error) | Self::Connect(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for ConnectError {}

impl fmt::Debug for dyn Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connector")
    }
}

/// What the system has found of what is wanted. It may tell one of several bits that a flag has:
/// on Windows, `IN` is `RDNORM` and `RDBAND`.
const fn readiness(wanted: Readiness, found: PollFlags) -> Readiness {
    let over = PollFlags::HUP.union(PollFlags::ERR).union(PollFlags::NVAL);
    let read = PollFlags::IN.union(PollFlags::RDNORM).union(over);
    let write = PollFlags::OUT.union(PollFlags::WRNORM).union(over);
    Readiness {
        read: wanted.read && found.intersects(read),
        write: wanted.write && found.intersects(write),
    }
}

impl Stream for TcpStream {
    fn read(&self, buf: &mut [u8]) -> io::Result<usize> {
        let mut stream = self;
        Read::read(&mut stream, buf)
    }

    fn write(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut stream = self;
        stream.write_vectored(bufs)
    }

    fn wait(&self, wanted: Readiness, at_most: Duration) -> io::Result<Readiness> {
        let mut flags = PollFlags::empty();
        flags.set(PollFlags::IN, wanted.read);
        flags.set(PollFlags::OUT, wanted.write);
        let mut fds = [PollFd::new(self, flags)];
        let timeout = Timespec::try_from(at_most).ok();
        match poll(&mut fds, timeout.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(readiness(wanted, fds[0].revents()))
    }

    fn shutdown(&self) {
        // It may be closed already.
        let _ = Self::shutdown(self, Shutdown::Both);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bit_of_what_is_wanted_is_enough() {
        let over = [PollFlags::HUP, PollFlags::ERR, PollFlags::NVAL];
        let cases = [
            (vec![PollFlags::IN, PollFlags::RDNORM], Readiness::READ),
            (vec![PollFlags::OUT, PollFlags::WRNORM], Readiness::WRITE),
            (over.into(), Readiness::BOTH),
            (vec![PollFlags::empty()], Readiness::default()),
        ];
        for (found, expected) in cases {
            for flags in found {
                assert_eq!(readiness(Readiness::BOTH, flags), expected, "{flags:?}");
                let read = Readiness { write: false, ..expected };
                assert_eq!(readiness(Readiness::READ, flags), read, "{flags:?}");
                assert!(!readiness(Readiness::default(), flags).is_any(), "{flags:?}");
            }
        }
    }
}
