//! Connections that are kept, and the runtimes they belong to.

mod common;

use b2_tokio::Client;
use b2_tokio::connector::{self, BoxFuture, BoxStream, Connector, Origin};
use common::{bucket, bytes, client, service};
use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::io::{self, Read as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::Instant;
use tokio::net;
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
        // With the URL of the first one: nothing was sent again.
        assert_eq!(common::calls(&server, "b2_get_upload_url"), [200]);
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
    io::Write::write_all(&mut stream, answer).expect("answered");
    stream
}

/// Between two calls nobody looks at its sockets.
#[test]
fn a_connection_that_was_closed_while_the_runtime_rested_is_not_used() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let realm = format!("http://{}", listener.local_addr().expect("bound"));
    let (close, closing) = mpsc::channel::<()>();
    let serving = thread::spawn(move || {
        let first = refuse(&listener);
        closing.recv().expect("told");
        drop(first);
        refuse(&listener)
    });
    let client = Client::builder().credentials("id", "key").realm(realm).build().expect("built");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    let ask = || runtime.block_on(client.authorize()).expect_err("refused");
    assert_eq!(ask().attempts, 1);
    close.send(()).expect("it waits");
    thread::sleep(Duration::from_millis(200));
    assert_eq!(ask().attempts, 1, "nothing was sent on the one that had ended");
    drop(serving.join().expect("no panic"));
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

/// Connects to the right server, and counts how often.
#[derive(Clone, Default)]
struct Counting(Arc<AtomicUsize>);

impl Connector for Counting {
    fn connect(&self, origin: &Origin) -> BoxFuture<io::Result<BoxStream>> {
        self.0.fetch_add(1, Ordering::Relaxed);
        let address = (origin.host().to_owned(), origin.port());
        Box::pin(async move { Ok(connector::stream(net::TcpStream::connect(address).await?)) })
    }
}

#[tokio::test]
async fn a_connector_of_the_callers_own() {
    let server = service();
    let counting = Counting::default();
    let client = common::settings(&server).connector(counting.clone()).build().expect("built");
    let photos = bucket(&client).await;
    for _ in 0..5 {
        photos.upload("a", bytes(100)).await.expect("uploaded");
    }
    assert_eq!(counting.0.load(Ordering::Relaxed), 1, "connections are kept");
}

/// Neither hears of what comes on sockets of the other, nor closes them.
#[test]
fn each_runtime_has_its_own_connections() {
    let server = service();
    let counting = Counting::default();
    let client = common::settings(&server).connector(counting.clone()).build().expect("built");
    let runtimes = [(); 2].map(|()| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime")
    });
    for round in 0..3 {
        for (at, runtime) in runtimes.iter().enumerate() {
            runtime.block_on(client.buckets()).expect("listed");
            let expected = if round == 0 { at + 1 } else { 2 };
            assert_eq!(counting.0.load(Ordering::Relaxed), expected);
        }
    }
}
