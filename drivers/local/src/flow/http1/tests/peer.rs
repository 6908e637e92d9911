//! The other end of a connection.

use futures_io::{AsyncRead, AsyncWrite};
use smol::io::{AsyncReadExt as _, AsyncWriteExt as _};
use smol::net::{TcpListener, TcpStream};

/// A short answer after which the connection is kept.
pub(super) const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// A port somebody listens on.
pub(super) struct Peer {
    listener: TcpListener,
    pub(super) port: u16,
}

impl Peer {
    pub(super) async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("bound").port();
        Self { listener, port }
    }

    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// The next connection.
    pub(super) async fn accept(&self) -> TcpStream {
        self.listener.accept().await.expect("a connection").0
    }
}

/// The head of the next request; `None` at the end of the connection.
pub(super) async fn head(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if stream.read(&mut byte).await.ok()? == 0 {
            return None;
        }
        head.extend_from_slice(&byte);
    }
    Some(String::from_utf8(head).expect("text"))
}

/// Takes a request and answers it; `None` when there is no further one.
pub(super) async fn answer(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    text: &str,
) -> Option<String> {
    let head = head(stream).await?;
    stream.write_all(text.as_bytes()).await.expect("sent");
    stream.flush().await.expect("sent");
    Some(head)
}
