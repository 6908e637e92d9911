//! Names, addresses, and which of them answers.

use crate::cause;
use b2_local::exchange::{Origin, Resolver, Trouble};
use b2_local::flow::race;
use core::net::SocketAddr;
use smol::{Async, Timer};
use std::io;
use std::net::TcpStream;

/// A connection to a host, by whichever of its addresses answers first.
pub(super) async fn connect(
    resolver: &Resolver,
    origin: &Origin,
) -> Result<Async<TcpStream>, Trouble> {
    let addresses = resolver.resolve(origin.host(), origin.port()).await?;
    let stream = first(&addresses, Async::<TcpStream>::connect).await;
    let stream = stream.map_err(|error| cause::of_connect(&error))?;
    // Without it the last piece of a request would wait for the one before to be confirmed.
    let _ = stream.get_ref().set_nodelay(true);
    Ok(stream)
}

async fn first<A>(
    addresses: &[SocketAddr],
    begin: impl Fn(SocketAddr) -> A,
) -> io::Result<Async<TcpStream>>
where
    A: Future<Output = io::Result<Async<TcpStream>>>,
{
    let sleep_until = |at| async move {
        Timer::at(at).await;
    };
    race::first(addresses, begin, sleep_until).await
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
        let stream = smol::block_on(first(&[closed, closed, open], Async::<TcpStream>::connect));
        let stream = stream.expect("connected");
        assert_eq!(stream.get_ref().peer_addr().expect("connected"), open);
        let error = smol::block_on(first(&[closed, closed], Async::<TcpStream>::connect));
        assert_eq!(error.expect_err("all refuse").kind(), io::ErrorKind::ConnectionRefused);
    }

    #[test]
    fn an_address_that_is_silent_is_not_waited_for() {
        let (_listener, open) = listen();
        let silent = address("127.0.0.1:9");
        let begin = |address| async move {
            if address == silent {
                core::future::pending::<()>().await;
            }
            Async::<TcpStream>::connect(address).await
        };
        let stream = smol::block_on(first(&[silent, open], begin)).expect("connected");
        assert_eq!(stream.get_ref().peer_addr().expect("connected"), open);
    }

    fn listen() -> (TcpListener, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("bound");
        (listener, address)
    }
}
