//! Through a proxy to a server with TLS.

use super::proxy::Proxy;
use super::request::line;
use crate::cause;
use crate::connector::{BoxStream, Origin};
use b2_local::exchange::Trouble;
use b2_proto::error::Cause;
use bytes::BytesMut;
use core::fmt::Write as _;
use http::header::PROXY_AUTHORIZATION;
use httparse::{EMPTY_HEADER, Response, Status};
use smol::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// Longest answer of a proxy, in bytes.
const ANSWER_LEN_MAX: usize = 16 * 1024;
/// Most headers of it.
const HEADERS_MAX: usize = 64;

/// Asks a proxy to connect `stream` to `origin`.
///
/// # Errors
/// The proxy does not.
pub(super) async fn open(
    mut stream: BoxStream,
    proxy: &Proxy,
    origin: &Origin,
) -> Result<BoxStream, Trouble> {
    let mut head = BytesMut::new();
    let target = origin.authority();
    // Writing to memory does not fail.
    let _ = write!(head, "CONNECT {target} HTTP/1.1\r\nhost: {target}\r\n");
    if let Some(value) = proxy.authorization() {
        line(&mut head, &PROXY_AUTHORIZATION, value);
    }
    head.extend_from_slice(b"\r\n");
    stream.write_all(&head).await.map_err(|error| cause::of_connect(&error))?;
    stream.flush().await.map_err(|error| cause::of_connect(&error))?;
    let code = answer(&mut stream).await?;
    // Any success means that the tunnel is open.
    if code / 100 != 2 {
        return Err(refused(format!("the proxy refused with {code}")));
    }
    Ok(stream)
}

/// The status of the proxy's answer. It is read to its last byte and no further: what follows
/// comes from the server.
async fn answer(stream: &mut BoxStream) -> Result<u16, Trouble> {
    let mut text = Vec::new();
    let mut byte = [0];
    while !text.ends_with(b"\r\n\r\n") && text.len() < ANSWER_LEN_MAX {
        if stream.read(&mut byte).await.map_err(|error| cause::of_connect(&error))? == 0 {
            return Err(refused("the proxy closed the connection".to_owned()));
        }
        text.extend_from_slice(&byte);
    }
    let mut space = [EMPTY_HEADER; HEADERS_MAX];
    let mut response = Response::new(&mut space);
    match (response.parse(&text), response.code) {
        (Ok(Status::Complete(_)), Some(code)) => Ok(code),
        _ => Err(refused("the proxy does not speak HTTP".to_owned())),
    }
}

/// Nothing has reached the server.
const fn refused(detail: String) -> Trouble {
    Trouble { cause: Cause::Refused, detail }
}
