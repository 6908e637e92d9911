//! How the service is reached.

mod common;

use b2_smol::Client;
use b2_smol::connector::{BoxFuture, BoxStream, Connector, Origin};
use common::{bucket, bytes, service, settings};
use core::sync::atomic::{AtomicUsize, Ordering};
use smol::future::{or, zip};
use smol::io::{AsyncReadExt as _, AsyncWriteExt as _};
use smol::net::{TcpListener, TcpStream};
use std::io;
use std::sync::Arc;

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    (listener, url)
}

/// Answers one request with `answer`; gives its head.
async fn answer(listener: &TcpListener, answer: &str) -> String {
    let (mut stream, _) = listener.accept().await.expect("a connection");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).await.expect("a head");
        head.extend_from_slice(&byte);
    }
    stream.write_all(answer.as_bytes()).await.expect("answered");
    String::from_utf8(head).expect("text")
}

#[test]
fn a_redirect_takes_the_key_nowhere() {
    smol::block_on(async {
        let ((elsewhere, target), (peer, realm)) = (listen().await, listen().await);
        let head = "HTTP/1.1 307 Elsewhere\r\nContent-Length: 0\r\nConnection: close";
        let text = format!("{head}\r\nLocation: {target}\r\n\r\n");
        let client = Client::builder().credentials("id", "key").realm(realm).build();
        let client = client.expect("built");
        let asking = async { zip(client.authorize(), answer(&peer, &text)).await.0 };
        let followed = async {
            let _ = elsewhere.accept().await;
            panic!("the redirect was followed")
        };
        let error = or(followed, asking).await.expect_err("not an answer");
        assert_eq!((error.status, error.attempts), (307, 1), "{error}");
    });
}

#[test]
fn a_proxy_gets_the_requests() {
    smol::block_on(async {
        let (proxy, url) = listen().await;
        let builder = Client::builder().credentials("id", "key").realm("http://realm.invalid");
        let client = builder.proxy(url).build().expect("built");
        let text = "HTTP/1.1 400 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        let (error, head) = zip(client.authorize(), answer(&proxy, text)).await;
        assert_eq!(error.expect_err("refused").status, 400);
        assert!(head.contains(" http://realm.invalid/b2api/"), "{head}");
    });
}

/// Connects to the right server, and counts how often.
#[derive(Clone, Default)]
struct Counting(Arc<AtomicUsize>);

impl Connector for Counting {
    fn connect(&self, origin: &Origin) -> BoxFuture<io::Result<BoxStream>> {
        self.0.fetch_add(1, Ordering::Relaxed);
        let address = (origin.host().to_owned(), origin.port());
        Box::pin(async { Ok(Box::new(TcpStream::connect(address).await?) as BoxStream) })
    }
}

#[test]
fn a_connector_of_the_callers_own() {
    smol::block_on(async {
        let server = service();
        let counting = Counting::default();
        let client = settings(&server).connector(counting.clone()).build().expect("built");
        let photos = bucket(&client).await;
        for _ in 0..5 {
            photos.upload("a", bytes(100)).await.expect("uploaded");
        }
        assert_eq!(counting.0.load(Ordering::Relaxed), 1, "connections are kept");
    });
}

#[test]
fn a_connector_reaches_the_proxy_that_was_set() {
    smol::block_on(async {
        let (proxy, url) = listen().await;
        let counting = Counting::default();
        let builder = Client::builder().credentials("id", "key").realm("http://realm.invalid");
        let client = builder.proxy(url).connector(counting.clone()).build().expect("built");
        let text = "HTTP/1.1 400 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        let (error, head) = zip(client.authorize(), answer(&proxy, text)).await;
        assert_eq!(error.expect_err("refused").status, 400);
        assert!(head.contains(" http://realm.invalid/b2api/"), "{head}");
        assert_eq!(counting.0.load(Ordering::Relaxed), 1);
    });
}
