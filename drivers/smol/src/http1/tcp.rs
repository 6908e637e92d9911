//! Names, addresses, and which of them answers.

use crate::cause;
use b2_local::exchange::Trouble;
use b2_local::exchange::addresses::Race;
use b2_proto::error::Cause;
use core::net::{IpAddr, SocketAddr};
use core::pin::Pin;
use core::task::{Context, Poll};
use smol::{Async, Timer};
use std::io;
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Instant;

/// A connection to a host, by whichever of its addresses answers first.
pub(super) async fn connect(host: &str, port: u16) -> Result<Async<TcpStream>, Trouble> {
    let stream = Connecting::new(&resolve(host, port).await?, begin).await;
    let stream = stream.map_err(|error| cause::of_connect(&error))?;
    // Without it the last piece of a request would wait for the one before to be confirmed.
    let _ = stream.get_ref().set_nodelay(true);
    Ok(stream)
}

fn begin(address: SocketAddr) -> Attempt {
    Box::pin(Async::<TcpStream>::connect(address))
}

async fn resolve(host: &str, port: u16) -> Result<Vec<SocketAddr>, Trouble> {
    if let Ok(ip) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(ip, port)]);
    }
    let name = host.to_owned();
    // The system's resolver may block.
    let found = smol::unblock(move || (name.as_str(), port).to_socket_addrs().map(Vec::from_iter));
    let addresses: Vec<_> = found.await.map_err(|error| unknown(error.to_string()))?;
    if addresses.is_empty() {
        return Err(unknown("the host has no address".to_owned()));
    }
    Ok(addresses)
}

const fn unknown(detail: String) -> Trouble {
    Trouble { cause: Cause::Dns, detail }
}

type Attempt = Pin<Box<dyn Future<Output = io::Result<Async<TcpStream>>> + Send>>;

/// The first address that answers.
struct Connecting {
    begin: fn(SocketAddr) -> Attempt,
    race: Race,
    running: Vec<Attempt>,
    timer: Timer,
    error: io::Error,
}

impl Connecting {
    fn new(addresses: &[SocketAddr], begin: fn(SocketAddr) -> Attempt) -> Self {
        let error = io::Error::from(io::ErrorKind::NotFound);
        let race = Race::new(addresses);
        Self { begin, race, running: Vec::new(), timer: Timer::never(), error }
    }
}

impl Future for Connecting {
    type Output = io::Result<Async<TcpStream>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        loop {
            let mut at = 0;
            while let Some(attempt) = this.running.get_mut(at) {
                match attempt.as_mut().poll(cx) {
                    Poll::Ready(Ok(stream)) => return Poll::Ready(Ok(stream)),
                    Poll::Ready(Err(error)) => {
                        this.error = error;
                        this.race.failed();
                        drop(this.running.remove(at));
                    }
                    Poll::Pending => at += 1,
                }
            }
            if let Some(address) = this.race.begin(Instant::now()) {
                this.running.push((this.begin)(address));
                this.timer = this.race.next().map_or_else(Timer::never, Timer::at);
            } else if this.race.is_lost() {
                let error = io::Error::from(io::ErrorKind::NotFound);
                return Poll::Ready(Err(core::mem::replace(&mut this.error, error)));
            } else if Pin::new(&mut this.timer).poll(cx).is_pending() {
                return Poll::Pending;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    fn address(text: &str) -> SocketAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn an_address_that_refuses_is_followed_by_the_next() {
        let (_listener, open) = listen();
        let closed = listen().1;
        let connecting = Connecting::new(&[closed, closed, open], begin);
        let stream = smol::block_on(connecting).expect("connected");
        assert_eq!(stream.get_ref().peer_addr().expect("connected"), open);
        let error = smol::block_on(Connecting::new(&[closed, closed], begin));
        assert_eq!(error.expect_err("all refuse").kind(), io::ErrorKind::ConnectionRefused);
    }

    #[test]
    fn an_address_that_is_silent_is_not_waited_for() {
        let (_listener, open) = listen();
        let silent = address("127.0.0.1:9");
        let connecting = Connecting::new(&[silent, open], |address| match address.port() {
            9 => Box::pin(core::future::pending()),
            _ => begin(address),
        });
        let stream = smol::block_on(connecting).expect("connected");
        assert_eq!(stream.get_ref().peer_addr().expect("connected"), open);
    }

    fn listen() -> (TcpListener, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("bound");
        (listener, address)
    }
}
