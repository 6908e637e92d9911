//! Names, addresses, and which of them answers.

use core::net::SocketAddr;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use std::io::{self, ErrorKind};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Instant;

use b2_local::exchange::addresses::Race;
use b2_local::exchange::resolver::Resolution;
use b2_local::exchange::{Resolver, alive};

use crate::connector::{ConnectError, Connector, Origin, Stream};
use crate::http::watch::Unpark;

/// Connects over TCP, to whichever address of a host answers first. Each is tried alone for a
/// quarter of a second before the next one is tried as well.
///
/// The system's resolver cannot be interrupted, so it is asked in threads of their own: for each
/// host once at a time, and by 16 at most for this and all its clones.
#[derive(Clone, Debug, Default)]
pub struct Tcp {
    pub(crate) resolver: Resolver,
}

impl Connector for Tcp {
    fn connect(&self, origin: &Origin, at_most: Duration) -> Result<Box<dyn Stream>, ConnectError> {
        let deadline = Instant::now() + at_most;
        let resolution = self.resolver.resolve(origin.host(), origin.port());
        let stream = match *wait(resolution, deadline)? {
            // The usual case needs no other thread.
            [address] => attempt(address, deadline)?,
            ref addresses => first(addresses, deadline, attempt)?,
        };
        // Without it the last piece of a request would wait for the one before to be confirmed. It
        // fails where the peer has gone already, which the request will tell.
        let _ = stream.set_nodelay(true);
        alive::watch(&stream);
        stream.set_nonblocking(true)?;
        Ok(Box::new(stream))
    }
}

/// Waits until the addresses of a host are known.
fn wait(mut resolution: Resolution, deadline: Instant) -> Result<Vec<SocketAddr>, ConnectError> {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    loop {
        let polled = Pin::new(&mut resolution).poll(&mut Context::from_waker(&waker));
        if let Poll::Ready(found) = polled {
            return found.map_err(|error| ConnectError::Resolve(io::Error::other(error)));
        }
        match deadline.saturating_duration_since(Instant::now()) {
            Duration::ZERO => return Err(io::Error::from(ErrorKind::TimedOut).into()),
            left => thread::park_timeout(left),
        }
    }
}

/// Tries one address.
type Attempt = fn(SocketAddr, Instant) -> io::Result<TcpStream>;

fn attempt(address: SocketAddr, deadline: Instant) -> io::Result<TcpStream> {
    let left = deadline.saturating_duration_since(Instant::now());
    TcpStream::connect_timeout(&address, left.max(Duration::from_millis(1)))
}

/// The first address that answers. Each is tried in a thread of its own, as the standard library
/// makes no connection without waiting for it; those that lose end by the deadline.
fn first(addresses: &[SocketAddr], deadline: Instant, attempt: Attempt) -> io::Result<TcpStream> {
    let mut race = Race::new(addresses);
    let (tell, told): (Sender<io::Result<TcpStream>>, Receiver<_>) = channel();
    let mut failed = io::Error::from(ErrorKind::TimedOut);
    loop {
        while let Some(address) = race.begin(Instant::now()) {
            let tell = tell.clone();
            let work = move || drop(tell.send(attempt(address, deadline)));
            let thread = thread::Builder::new().name("b2-connect".to_owned());
            if let Err(error) = thread.spawn(work) {
                failed = error;
                race.failed();
            }
        }
        if race.is_lost() {
            return Err(failed);
        }
        let until = race.next().map_or(deadline, |next| next.min(deadline));
        match told.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => {
                failed = error;
                race.failed();
            }
            Err(_) if deadline <= Instant::now() => return Err(ErrorKind::TimedOut.into()),
            Err(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    /// On the slowest machine.
    const LONG: Duration = Duration::from_secs(600);

    fn listen() -> (TcpListener, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("bound");
        (listener, address)
    }

    #[test]
    fn an_address_that_refuses_is_followed_by_the_next() {
        let (_listener, open) = listen();
        let closed = listen().1;
        let until = Instant::now() + LONG;
        let stream = first(&[closed, closed, open], until, attempt).expect("connected");
        assert_eq!(stream.peer_addr().expect("connected"), open);
        let error = first(&[closed, closed], until, attempt).expect_err("all refuse");
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    }

    #[test]
    fn an_address_that_is_silent_is_not_waited_for() {
        let (_listener, open) = listen();
        let silent = SocketAddr::from(([127, 0, 0, 1], 9));
        let attempt: Attempt = |address, deadline| {
            while address.port() == 9 {
                thread::park();
            }
            attempt(address, deadline)
        };
        let stream = first(&[silent, open], Instant::now() + LONG, attempt).expect("connected");
        assert_eq!(stream.peer_addr().expect("connected"), open);
    }

    #[test]
    fn nobody_is_waited_for_longer_than_allowed() {
        let silent = [SocketAddr::from(([127, 0, 0, 1], 9)); 2];
        let attempt: Attempt = |_, _| loop {
            thread::park();
        };
        let error = first(&silent, Instant::now(), attempt).expect_err("nobody answers");
        assert_eq!(error.kind(), ErrorKind::TimedOut);
    }
}
