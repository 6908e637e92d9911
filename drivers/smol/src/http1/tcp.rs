//! Names, addresses, and which of them answers.

use crate::cause;
use b2_local::exchange::Trouble;
use b2_proto::error::Cause;
use core::net::{IpAddr, SocketAddr};
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use smol::{Async, Timer};
use std::io;
use std::net::{TcpStream, ToSocketAddrs as _};

/// How long an address is tried alone before the next one is tried as well (RFC 8305, section 8).
const HEAD_START: Duration = Duration::from_millis(250);

/// A connection to a host, by whichever of its addresses answers first.
pub(super) async fn connect(host: &str, port: u16) -> Result<Async<TcpStream>, Trouble> {
    let stream = Race::new(resolve(host, port).await?, begin).await;
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
    Ok(take_turns(&addresses))
}

const fn unknown(detail: String) -> Trouble {
    Trouble { cause: Cause::Dns, detail }
}

/// The addresses so that both families take turns, beginning with the first one's.
fn take_turns(addresses: &[SocketAddr]) -> Vec<SocketAddr> {
    let is_first = |address: &&SocketAddr| address.is_ipv6() == addresses[0].is_ipv6();
    let mut one = addresses.iter().filter(is_first);
    let mut other = addresses.iter().filter(|address| !is_first(address));
    let mut turns = Vec::with_capacity(addresses.len());
    while turns.len() < addresses.len() {
        turns.extend(one.next());
        turns.extend(other.next());
    }
    turns
}

type Attempt = Pin<Box<dyn Future<Output = io::Result<Async<TcpStream>>> + Send>>;

/// Tries one address after the other, each with a head start.
struct Race {
    begin: fn(SocketAddr) -> Attempt,
    waiting: std::vec::IntoIter<SocketAddr>,
    running: Vec<Attempt>,
    next: Timer,
    error: io::Error,
}

impl Race {
    fn new(addresses: Vec<SocketAddr>, begin: fn(SocketAddr) -> Attempt) -> Self {
        let waiting = addresses.into_iter();
        let error = io::Error::from(io::ErrorKind::NotFound);
        Self { begin, waiting, running: Vec::new(), next: Timer::never(), error }
    }
}

impl Future for Race {
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
                        drop(this.running.remove(at));
                    }
                    Poll::Pending => at += 1,
                }
            }
            let is_time = this.running.is_empty() || Pin::new(&mut this.next).poll(cx).is_ready();
            if !is_time {
                return Poll::Pending;
            }
            if let Some(address) = this.waiting.next() {
                this.running.push((this.begin)(address));
                this.next = Timer::after(HEAD_START);
            } else if this.running.is_empty() {
                let error = io::Error::from(io::ErrorKind::NotFound);
                return Poll::Ready(Err(core::mem::replace(&mut this.error, error)));
            } else {
                this.next = Timer::never();
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
    fn families_take_turns() {
        let all = ["[::1]:1", "[::2]:1", "[::3]:1", "1.0.0.1:1"].map(address);
        let expected = ["[::1]:1", "1.0.0.1:1", "[::2]:1", "[::3]:1"].map(address);
        assert_eq!(take_turns(&all), expected);
    }

    #[test]
    fn an_address_that_refuses_is_followed_by_the_next() {
        let (_listener, open) = listen();
        let closed = listen().1;
        let race = Race::new(vec![closed, closed, open], begin);
        let stream = smol::block_on(race).expect("connected");
        assert_eq!(stream.get_ref().peer_addr().expect("connected"), open);
        let error = smol::block_on(Race::new(vec![closed, closed], begin));
        assert_eq!(error.expect_err("all refuse").kind(), io::ErrorKind::ConnectionRefused);
    }

    #[test]
    fn an_address_that_is_silent_is_not_waited_for() {
        let (_listener, open) = listen();
        let silent = address("127.0.0.1:9");
        let race = Race::new(vec![silent, open], |address| match address.port() {
            9 => Box::pin(core::future::pending()),
            _ => begin(address),
        });
        let stream = smol::block_on(race).expect("connected");
        assert_eq!(stream.get_ref().peer_addr().expect("connected"), open);
    }

    fn listen() -> (TcpListener, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("bound");
        (listener, address)
    }
}
