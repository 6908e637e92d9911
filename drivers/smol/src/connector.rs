//! Where connections come from.

use core::fmt;
use futures_io::{AsyncRead, AsyncWrite};
use http::Uri;
use std::io;

pub use b2_local::flow::BoxFuture;

/// Opens connections to servers in place of the client itself: through a tunnel, from a certain
/// address, or to a peer in the same process.
///
/// ```
/// use b2_smol::connector::{BoxFuture, BoxStream, Connector, Origin};
/// use smol::net::{SocketAddr, TcpStream};
/// use std::io;
///
/// /// Reaches every server by the same gateway.
/// struct Gateway(SocketAddr);
///
/// impl Connector for Gateway {
///     fn connect(&self, _origin: &Origin) -> BoxFuture<io::Result<BoxStream>> {
///         let address = self.0;
///         Box::pin(async move { Ok(Box::new(TcpStream::connect(address).await?) as BoxStream) })
///     }
/// }
/// ```
pub trait Connector: Send + Sync {
    /// A stream of bytes to `origin`. Where the origin wants TLS, the client speaks it over this
    /// stream and checks the server's certificate. Dropping the future gives the attempt up.
    fn connect(&self, origin: &Origin) -> BoxFuture<io::Result<BoxStream>>;
}

/// A stream of bytes in both directions.
pub trait ByteStream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> ByteStream for T {}

/// Any stream of bytes.
pub type BoxStream = Box<dyn ByteStream>;

/// A server: what connections to it have in common.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Origin {
    host: String,
    port: u16,
    is_tls: bool,
}

impl Origin {
    /// The host: a name, or an address without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Whether the server wants TLS.
    pub const fn is_tls(&self) -> bool {
        self.is_tls
    }

    /// The server of a URL with `http` or `https`.
    pub(crate) fn of(uri: &Uri) -> Option<Self> {
        let is_tls = match uri.scheme_str()? {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let host = uri.host()?.trim_matches(['[', ']']);
        let port = uri.port_u16().unwrap_or_else(|| default_port(is_tls));
        (!host.is_empty()).then(|| Self { host: host.to_ascii_lowercase(), port, is_tls })
    }

    /// Host and port, as a proxy is asked for them.
    pub(crate) fn authority(&self) -> impl fmt::Display {
        fmt::from_fn(|f| {
            if self.host.contains(':') {
                write!(f, "[{}]:{}", self.host, self.port)
            } else {
                write!(f, "{}:{}", self.host, self.port)
            }
        })
    }
}

const fn default_port(is_tls: bool) -> u16 {
    if is_tls { 443 } else { 80 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_its_server() {
        let of = |url: &str| Origin::of(&url.parse().expect("a URL"));
        let shown = |url| {
            let origin = of(url).expect("a server");
            (origin.authority().to_string(), origin.is_tls())
        };
        assert_eq!(shown("https://Pod.test/a?b"), ("pod.test:443".to_owned(), true));
        assert_eq!(shown("http://pod.test:81"), ("pod.test:81".to_owned(), false));
        assert_eq!(shown("http://[::1]/"), ("[::1]:80".to_owned(), false));
        assert_eq!(of("http://[::1]/").expect("a server").host(), "::1");
        assert!(of("ftp://pod.test/").is_none());
        assert!(of("/path").is_none());
    }
}
