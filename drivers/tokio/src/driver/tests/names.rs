//! Hosts that are hard to find, or to reach.

use super::*;
use core::sync::atomic::{AtomicUsize, Ordering};

/// Settings for a host that no proxy reaches.
fn settings(connect_timeout: Duration) -> Settings {
    Settings { realm: "http://localhost".to_owned(), connect_timeout, ..Settings::default() }
}

#[tokio::test]
async fn a_resolver_that_hangs_is_asked_once_and_not_waited_for() {
    let asked = Arc::new(AtomicUsize::new(0));
    let asks = asked.clone();
    let resolver = Resolver::new(move |_| {
        asks.fetch_add(1, Ordering::Relaxed);
        loop {
            std::thread::park();
        }
    });
    let driver = driver(&settings(MOMENT), resolver);
    for _ in 0..5 {
        let sending = send(&driver, "http://host.test/", memory(10), FOREVER);
        assert_eq!(sending.failed().await, (Cause::ConnectTimeout, None));
    }
    assert!(asked.load(Ordering::Relaxed) <= 1);
}

#[tokio::test]
async fn a_host_without_an_address_is_not_known() {
    let driver = driver(&settings(FOREVER), Resolver::new(|_| Ok(Vec::new())));
    let sending = send(&driver, "http://host.test/", memory(10), FOREVER);
    assert_eq!(sending.failed().await, (Cause::Dns, None));
}

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
    let driver = driver(&settings(FOREVER), resolver);
    let url = format!("http://host.test:{port}/");
    let sending = send(&driver, &url, memory(10), FOREVER);
    // That it answers was tried before.
    drop(listener.accept().await.expect("a connection"));
    let (mut stream, _) = listener.accept().await.expect("a connection");
    let answer = b"HTTP/1.1 418 No\r\nContent-Length: 0\r\n\r\n";
    stream.write_all(answer).await.expect("sent");
    let end = sending.end().await;
    assert!(matches!(end, End::Response { status: 418, .. }), "{end:?}");
}
