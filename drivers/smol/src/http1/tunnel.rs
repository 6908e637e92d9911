//! Through a proxy to a server with TLS.

use crate::cause;
use crate::connector::BoxStream;
use b2_local::exchange::proxy::{Proxy, answer};
use b2_local::exchange::{Origin, Trouble};
use smol::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// Bytes of the proxy's answer that are read at a time.
const READ_LEN: usize = 1024;

/// Asks a proxy to connect `stream` to `origin`.
///
/// # Errors
/// The proxy does not.
pub(super) async fn open(
    mut stream: BoxStream,
    proxy: &Proxy,
    origin: &Origin,
) -> Result<BoxStream, Trouble> {
    let head = proxy.tunnel_head(origin);
    stream.write_all(&head).await.map_err(|error| cause::of_connect(&error))?;
    stream.flush().await.map_err(|error| cause::of_connect(&error))?;
    let mut arrived = Vec::new();
    while !answer::is_open(&arrived)? {
        let mut space = [0; READ_LEN];
        let count = stream.read(&mut space).await.map_err(|error| cause::of_connect(&error))?;
        match space.get(..count) {
            Some(bytes) if !bytes.is_empty() => arrived.extend_from_slice(bytes),
            Some(_) | None => return Err(answer::ended()),
        }
    }
    Ok(stream)
}
