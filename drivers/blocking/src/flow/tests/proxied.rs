//! By way of a proxy.

use super::secured::Authority;
use super::*;
use crate::connector::Tcp;
use rustls::{ServerConnection, StreamOwned};
use std::sync::Arc;

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const OPEN: &[u8] = b"HTTP/1.1 200 There you are\r\nX: y\r\n\r\n";

/// A client whose proxy is at a port of this machine.
fn by(scheme: &str, peer: &Peer, ca: &Authority) -> Flow {
    let port = peer.listener.local_addr().expect("bound").port();
    let proxy = Some(format!("{scheme}://me:secret@localhost:{port}"));
    let connect_timeout = 4 * MOMENT;
    let ca_pem = vec![ca.pem()];
    flow(&Settings { proxy, ca_pem, connect_timeout, ..settings() })
}

/// Sends one byte to a URL and gives how that ended.
fn sending(flow: Flow, url: &str) -> Exchange {
    let url = url.to_owned();
    Exchange(std::thread::spawn(move || send(&flow, &url, memory(1), FOREVER)))
}

fn is_ok(end: &End) -> bool {
    matches!(end, End::Response { status: 200, body, .. } if body == b"ok")
}

#[test]
fn a_proxy_is_sent_plain_requests() {
    let proxy = Peer::new();
    let flow = by("http", &proxy, &Authority::new());
    let mut stream = None;
    // The second request is on the same connection.
    for path in ["a?b", "c"] {
        let sending = sending(flow.clone(), &format!("http://pod.invalid/{path}"));
        let stream = stream.get_or_insert_with(|| proxy.listener.accept().expect("connected").0);
        let asked = head(stream);
        stream.read_exact(&mut [0; 41]).expect("a body");
        stream.write_all(OK).expect("answered");
        assert!(
            asked.starts_with(&format!("POST http://pod.invalid/{path} HTTP/1.1\r\n")),
            "{asked}"
        );
        assert!(asked.contains("\r\nhost: pod.invalid\r\n"), "{asked}");
        assert!(asked.contains("\r\nproxy-authorization: Basic bWU6c2VjcmV0\r\n"), "{asked}");
        assert!(is_ok(&sending.end()));
    }
}

#[test]
fn a_proxy_tunnels_to_a_server_with_tls() {
    let (proxy, authority) = (Peer::new(), Authority::new());
    let sending = sending(by("http", &proxy, &authority), "https://localhost:7/");
    let mut stream = proxy.accept_with(|head| {
        let credentials = "proxy-authorization: Basic bWU6c2VjcmV0";
        assert_eq!(
            head,
            format!("CONNECT localhost:7 HTTP/1.1\r\nhost: localhost:7\r\n{credentials}\r\n\r\n")
        );
    });
    stream.write_all(OPEN).expect("answered");
    let config = authority.certificate("localhost", 2100);
    let tls = ServerConnection::new(config).expect("settings");
    let mut stream = StreamOwned::new(tls, stream);
    let asked = head(&mut stream);
    assert!(asked.starts_with("POST / ") && !asked.contains("proxy"), "{asked}");
    stream.read_exact(&mut [0; 41]).expect("a body");
    stream.write_all(OK).expect("answered");
    assert!(is_ok(&sending.end()));
}

#[test]
fn a_proxy_may_speak_tls() {
    let (proxy, authority) = (Peer::new(), Authority::new());
    let config = authority.certificate("localhost", 2100);
    let accept = || {
        let (stream, _) = proxy.listener.accept().expect("a connection");
        StreamOwned::new(ServerConnection::new(config.clone()).expect("settings"), stream)
    };
    let forwarded = sending(by("https", &proxy, &authority), "http://pod.invalid/a");
    let mut stream = accept();
    assert!(head(&mut stream).starts_with("POST http://pod.invalid/a HTTP/1.1\r\n"));
    stream.read_exact(&mut [0; 41]).expect("a body");
    stream.write_all(OK).expect("answered");
    assert!(is_ok(&forwarded.end()));

    const LEN: usize = 3_000_000;
    let flow = by("https", &proxy, &authority);
    let sending =
        std::thread::spawn(move || send(&flow, "https://localhost:7/", memory(LEN), FOREVER));
    let mut stream = accept();
    assert!(head(&mut stream).starts_with("CONNECT localhost:7 HTTP/1.1\r\n"));
    stream.write_all(OPEN).expect("answered");
    let tls = ServerConnection::new(config.clone()).expect("settings");
    let mut stream = StreamOwned::new(tls, stream);
    assert!(head(&mut stream).starts_with("POST / "));
    let mut body = vec![0; LEN + 40];
    stream.read_exact(&mut body).expect("the whole body");
    assert!(body[..LEN].iter().all(|byte| *byte == 7));
    stream.write_all(OK).expect("answered");
    assert!(is_ok(&sending.join().expect("no panic")));
}

#[test]
fn a_proxy_that_refuses_is_told() {
    let (proxy, authority) = (Peer::new(), Authority::new());
    for (url, answer, cause) in [
        ("https://pod.invalid/", "HTTP/1.1 407 Who?\r\n\r\n", Cause::Unsendable),
        ("http://pod.invalid/", "HTTP/1.1 407 Who?\r\n\r\n", Cause::Unsendable),
        ("https://pod.invalid/", "HTTP/1.1 502 No way\r\n\r\n", Cause::Refused),
        ("https://pod.invalid/", "what?\r\n\r\n", Cause::Refused),
        ("https://pod.invalid/", "", Cause::Refused),
    ] {
        let sending = sending(by("http", &proxy, &authority), url);
        let mut stream = proxy.accept();
        stream.write_all(answer.as_bytes()).expect("answered");
        drop(stream);
        assert_eq!(sending.cause(), cause, "{url} {answer}");
    }
}

#[test]
fn a_proxy_that_says_nothing_is_left_in_time() {
    let (proxy, authority) = (Peer::new(), Authority::new());
    let silent = sending(by("http", &proxy, &authority), "https://pod.invalid/");
    let _stream = proxy.accept();
    assert_eq!(silent.cause(), Cause::ConnectTimeout);
}

/// Leads everything to one peer.
struct Gateway(Origin);

impl Connector for Gateway {
    fn connect(&self, origin: &Origin, at_most: Duration) -> Result<Box<dyn Stream>, ConnectError> {
        assert_eq!(origin.host(), "proxy.invalid");
        Tcp::default().connect(&self.0, at_most)
    }
}

#[test]
fn a_connector_reaches_the_proxy_that_was_set() {
    let peer = Peer::new();
    let gateway = Gateway(Origin::of(&peer.url.parse().expect("a URL")).expect("a server"));
    let settings = Settings { proxy: Some("proxy.invalid".to_owned()), ..settings() };
    let http = http(&settings, Some(Arc::new(gateway))).expect("settings");
    let flow = Flow::new(settings.hub("test", "0").expect("settings"), http);
    let sending = sending(flow, "http://pod.invalid/");
    let mut stream = peer.accept_with(|head| assert!(head.contains(" http://pod.invalid/ ")));
    stream.read_exact(&mut [0; 41]).expect("a body");
    stream.write_all(OK).expect("answered");
    assert!(is_ok(&sending.end()));
}
