//! Names, addresses, and which of them answers.
//!
//! Of a host's addresses the HTTP library tries those of one family one after the other, each for
//! its share of the time allowed. So where there are several of a family, they are tried here
//! before, in the way of all drivers, and the library connects to the first that answered.

use crate::connecting::Note;
use b2_local::exchange::Resolver;
use b2_local::exchange::proxy::Proxies;
use b2_local::flow::race;
use core::net::SocketAddr;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::io;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio::time::sleep_until;

/// The resolver of the HTTP library.
pub(crate) struct Names {
    pub(crate) resolver: Resolver,
    pub(crate) proxies: Arc<Proxies>,
}

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str();
        let port = Note::read(|note| self.port(host, note));
        let found = self.resolver.resolve(host, port.unwrap_or_default());
        Box::pin(async move {
            let mut addresses = found.await?;
            if port.is_some()
                && has_several_of_a_family(&addresses)
                && let Ok(first) = first(&addresses).await
            {
                addresses = vec![first];
            }
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

impl Names {
    /// The port at which a host is connected to: the server's, or that of a proxy.
    fn port(&self, host: &str, note: &Note) -> u16 {
        let proxy = self.proxies.among(note.is_tls).map(|proxy| proxy.origin());
        proxy.filter(|proxy| proxy.host() == host).map_or(note.port, |proxy| proxy.port())
    }
}

/// With one of each, the library does well by itself.
fn has_several_of_a_family(addresses: &[SocketAddr]) -> bool {
    let of_v6 = addresses.iter().filter(|address| address.is_ipv6()).count();
    of_v6 > 1 || addresses.len() - of_v6 > 1
}

async fn first(addresses: &[SocketAddr]) -> io::Result<SocketAddr> {
    let begin = |address| async move { TcpStream::connect(address).await.map(|_| address) };
    race::first(addresses, begin, |at| sleep_until(at.into())).await
}
