//! Where connections come from.

use futures_io::{AsyncRead, AsyncWrite};
use std::io;

pub use crate::exchange::Origin;
pub use crate::flow::BoxFuture;

/// Opens connections to servers in place of the client itself: through a tunnel, from a certain
/// address, or to a peer in the same process.
///
/// ```
/// use b2_local::flow::http1::connector::{BoxFuture, BoxStream, Connector, Origin};
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
    /// A stream of bytes to `origin`, which may be a proxy. Where the origin wants TLS, the client
    /// speaks it over this stream and checks the server's certificate. Dropping the future gives
    /// the attempt up.
    fn connect(&self, origin: &Origin) -> BoxFuture<io::Result<BoxStream>>;
}

/// A stream of bytes in both directions.
pub trait ByteStream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> ByteStream for T {}

/// Any stream of bytes.
pub type BoxStream = Box<dyn ByteStream>;
