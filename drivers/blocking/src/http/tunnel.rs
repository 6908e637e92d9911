//! Through a proxy to a server with TLS.

use std::io::{Error, ErrorKind, IoSlice};
use std::time::Instant;

use b2_local::exchange::proxy::{Proxy, answer};
use b2_local::exchange::{Origin, Trouble};
use b2_proto::error::Cause;

use super::watch::Watch;
use crate::cause;
use crate::connector::{ConnectError, Readiness, Stream};

/// Bytes of the proxy's answer that are read at a time.
const READ_LEN: usize = 1024;

/// Asks a proxy to connect `stream` to `origin`, until then at the latest.
///
/// # Errors
/// The proxy does not.
pub(super) fn open(
    stream: &dyn Stream,
    proxy: &Proxy,
    origin: &Origin,
    until: Instant,
    watch: &mut Watch<'_>,
) -> Result<(), Trouble> {
    let head = proxy.tunnel_head(origin);
    let mut left = &head[..];
    while !left.is_empty() {
        match stream.write(&[IoSlice::new(left)]) {
            Ok(0) => return Err(answer::ended()),
            Ok(count) => left = left.get(count..).unwrap_or_default(),
            Err(error) => pause(error, stream, Readiness::WRITE, until, watch)?,
        }
    }
    let mut arrived = Vec::new();
    while !answer::is_open(&arrived)? {
        let mut space = [0; READ_LEN];
        match stream.read(&mut space) {
            Ok(0) => return Err(answer::ended()),
            Ok(count) => arrived.extend_from_slice(space.get(..count).unwrap_or_default()),
            Err(error) => pause(error, stream, Readiness::READ, until, watch)?,
        }
    }
    Ok(())
}

/// Waits until a stream that was not ready is, or until the time allowed to connect is over.
pub(super) fn pause(
    error: Error,
    stream: &dyn Stream,
    wanted: Readiness,
    until: Instant,
    watch: &mut Watch<'_>,
) -> Result<(), Trouble> {
    if error.kind() == ErrorKind::Interrupted {
        return Ok(());
    }
    if error.kind() != ErrorKind::WouldBlock {
        return Err(cause::of_connect(&ConnectError::Connect(error)));
    }
    if until <= Instant::now() {
        return Err(Trouble::new(Cause::ConnectTimeout, "connecting took too long"));
    }
    watch.wait_until(stream, wanted, until).map(drop)
}
