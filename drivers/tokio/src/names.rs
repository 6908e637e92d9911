//! Names, addresses, and which of them answers.
//!
//! Of a host's addresses the HTTP library tries those of one family one after the other, each for
//! its share of the time allowed. So where there are several of a family, they are tried here
//! before, in the way of all drivers, and the library connects to the first that answered.

use crate::connecting::Note;
use b2_local::exchange::proxy::Proxies;
use b2_local::exchange::{Origin, Resolver};
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
        let port = Note::read(|note| self.port(note)).flatten();
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
    /// The port that is connected to for a request: the server's, or that of a proxy.
    fn port(&self, note: &Note) -> Option<u16> {
        let server = Origin::of(&note.url.parse().ok()?)?;
        Some(self.proxies.way(&server).first.port())
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

#[cfg(test)]
mod tests {
    use super::*;
    use core::time::Duration;

    /// The host of a proxy may be a server, too, and one that is reached directly.
    #[test]
    fn the_port_is_that_of_who_is_connected_to() {
        let variable = |name: &str| match name {
            "HTTPS_PROXY" => Some("http://pod.test:3128".into()),
            "NO_PROXY" => Some("pod.test".into()),
            _ => None,
        };
        let proxies = Arc::new(Proxies::from_env(variable).expect("a proxy"));
        let names = Names { resolver: Resolver::default(), proxies };
        for (url, port) in [
            ("https://pod.test:8443/a", 8443),
            ("https://pod.test/a", 443),
            ("https://other.test:8443/a", 3128),
            ("http://other.test/a", 80),
        ] {
            let (meter, time_max) = (Arc::default(), Duration::from_secs(1));
            let note = Note { meter, time_max, url: url.to_owned() };
            assert_eq!(names.port(&note), Some(port), "{url}");
        }
    }
}
