//! Through a proxy to a server with TLS.

use super::cause;
use super::connector::BoxStream;
use crate::exchange::proxy::{Proxy, answer};
use crate::exchange::{Origin, Trouble};
use core::future::poll_fn;
use core::pin::Pin;
use futures_io::{AsyncRead as _, AsyncWrite as _};
use std::io;

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
    send(&mut stream, &head).await.map_err(|error| cause::of_connect(&error))?;
    let mut arrived = Vec::new();
    while !answer::is_open(&arrived)? {
        let mut space = [0; READ_LEN];
        let reading = poll_fn(|cx| Pin::new(&mut stream).poll_read(cx, &mut space));
        let count = reading.await.map_err(|error| cause::of_connect(&error))?;
        match space.get(..count) {
            Some(bytes) if !bytes.is_empty() => arrived.extend_from_slice(bytes),
            Some(_) | None => return Err(answer::ended()),
        }
    }
    Ok(stream)
}

async fn send(stream: &mut BoxStream, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        let count = poll_fn(|cx| Pin::new(&mut *stream).poll_write(cx, bytes)).await?;
        bytes = bytes.get(count..).filter(|_| count > 0).ok_or(io::ErrorKind::WriteZero)?;
    }
    poll_fn(|cx| Pin::new(&mut *stream).poll_flush(cx)).await
}
