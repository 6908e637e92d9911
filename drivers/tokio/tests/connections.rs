//! Connections that are kept, and the runtimes they belong to.

mod common;

use b2_tokio::Client;
use common::{bucket, bytes, client, service};
use core::time::Duration;
use std::io::Read as _;
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Instant;
use tokio::runtime::Runtime;

/// Connections of a runtime end with it, and the next request has a new one.
#[test]
fn a_client_goes_on_in_another_runtime() {
    let server = service();
    let client = client(&server);
    let first = Runtime::new().expect("a runtime");
    let photos = first.block_on(async {
        let photos = bucket(&client).await;
        photos.upload("a", bytes(100)).await.expect("uploaded");
        photos
    });
    drop(first);
    let second = Runtime::new().expect("a runtime");
    second.block_on(async {
        photos.upload("b", bytes(100)).await.expect("uploaded");
        let (_, back) = photos.download("a").to_bytes(100).await.expect("downloaded");
        assert!(back == bytes(100));
    });
}

/// Reads the head of a request, refuses it, and gives the connection, which may be used again.
fn refuse(listener: &TcpListener) -> TcpStream {
    let (mut stream, _) = listener.accept().expect("a connection");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).expect("a head");
        head.extend_from_slice(&byte);
    }
    let answer = b"HTTP/1.1 400 No\r\nContent-Length: 0\r\n\r\n";
    std::io::Write::write_all(&mut stream, answer).expect("answered");
    stream
}

const IDLE: Duration = Duration::from_millis(300);

/// Who closes them in time was a task of the runtime that is gone.
#[test]
fn connections_of_a_second_runtime_are_closed_in_time_too() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let realm = format!("http://{}", listener.local_addr().expect("bound"));
    let serving = thread::spawn(move || {
        let first = refuse(&listener);
        let mut second = refuse(&listener);
        drop(first);
        let long = Some(Duration::from_secs(60));
        second.set_read_timeout(long).expect("a bound");
        // What is left of the request, and then the end.
        let (began, mut rest) = (Instant::now(), Vec::new());
        second.read_to_end(&mut rest).map(|_| began.elapsed())
    });
    let builder = Client::builder().credentials("id", "key").realm(realm);
    let client = builder.idle_timeout(IDLE).build().expect("built");
    let ask = |runtime: &Runtime| {
        let error = runtime.block_on(client.authorize()).expect_err("refused");
        assert_eq!(error.status, 400, "{error}");
    };
    let first = Runtime::new().expect("a runtime");
    ask(&first);
    drop(first);
    let second = Runtime::new().expect("a runtime");
    ask(&second);
    let kept = serving.join().expect("no panic").expect("closed");
    assert!(kept >= IDLE / 2, "it was kept for {kept:?}");
}
