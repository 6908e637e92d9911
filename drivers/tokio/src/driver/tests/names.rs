//! Hosts that are hard to find, or to reach.

use super::*;
use b2_local::exchange::Resolver;

/// Other systems have one address for themselves.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn an_address_that_is_silent_is_not_waited_for() {
    use std::net;

    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let silent = net::SocketAddr::from(([127, 0, 0, 2], port));
    // Whoever comes when this many wait to be taken has to wait, too.
    let _line = net::TcpListener::bind(silent).expect("a port");
    let mut waiting = Vec::new();
    let mut is_taken = || {
        let stream = net::TcpStream::connect_timeout(&silent, 10 * MOMENT);
        stream.map(|stream| waiting.push(stream)).is_ok()
    };
    while is_taken() || is_taken() {}

    let here = net::SocketAddr::from(([127, 0, 0, 1], 0));
    let resolver = Resolver::new(move |_| Ok(vec![silent, here]));
    // A realm that no proxy reaches.
    let (realm, connect_timeout) = ("http://localhost".to_owned(), FOREVER);
    let resolver = Some(resolver);
    let settings = Settings { realm, connect_timeout, resolver, ..Settings::default() };
    let driver = driver(&settings);
    let url = format!("http://host.test:{port}/");
    let sending = send(&driver, &url, memory(10), FOREVER);
    let (mut stream, _) = listener.accept().await.expect("a connection");
    let answer = b"HTTP/1.1 418 No\r\nContent-Length: 0\r\n\r\n";
    stream.write_all(answer).await.expect("sent");
    let end = sending.end().await;
    assert!(matches!(end, End::Response { status: 418, .. }), "{end:?}");
}
