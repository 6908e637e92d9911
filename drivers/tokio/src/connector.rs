//! Where connections come from.

use crate::compat::Compat;
pub use b2_local::flow::http1::connector::{BoxFuture, BoxStream, ByteStream, Connector, Origin};
use tokio::io::{AsyncRead, AsyncWrite};

/// A stream of tokio's, as a [`Connector`] gives it.
///
/// ```
/// use b2_tokio::connector::{self, BoxFuture, BoxStream, Connector, Origin};
/// use std::io;
/// use std::net::SocketAddr;
/// use tokio::net::TcpStream;
///
/// /// Reaches every server by the same gateway.
/// struct Gateway(SocketAddr);
///
/// impl Connector for Gateway {
///     fn connect(&self, _origin: &Origin) -> BoxFuture<io::Result<BoxStream>> {
///         let address = self.0;
///         Box::pin(async move { Ok(connector::stream(TcpStream::connect(address).await?)) })
///     }
/// }
/// ```
pub fn stream(stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) -> BoxStream {
    Box::new(Compat(stream))
}
