//! With TLS.

use super::*;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// Somebody who signs certificates.
struct Authority {
    params: CertificateParams,
    key: KeyPair,
}

type Secured = StreamOwned<ServerConnection, TcpStream>;

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("parameters");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self { params, key: KeyPair::generate().expect("a key") }
    }

    /// Its own certificate.
    fn pem(&self) -> Vec<u8> {
        self.params.self_signed(&self.key).expect("signed").pem().into()
    }

    /// What a server with a certificate for `host` is made with.
    fn certificate(&self, host: &str, last_year: i32) -> Arc<ServerConfig> {
        let mut params = CertificateParams::new(vec![host.to_owned()]).expect("a name");
        params.not_before = date_time_ymd(2000, 1, 1);
        params.not_after = date_time_ymd(last_year, 1, 1);
        let key = KeyPair::generate().expect("a key");
        let issuer = Issuer::from_params(&self.params, &self.key);
        let certificate = params.signed_by(&key, &issuer).expect("signed");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let key = PrivatePkcs8KeyDer::from(key.serialize_der());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.into()], key.into());
        Arc::new(config.expect("a certificate"))
    }
}

struct Server {
    peer: Peer,
    config: Arc<ServerConfig>,
}

impl Server {
    /// A server with a certificate for `host`.
    fn new(authority: &Authority, host: &str, last_year: i32) -> Self {
        let mut peer = Peer::new();
        peer.url = peer.url.replace("http://127.0.0.1", "https://localhost");
        Self { peer, config: authority.certificate(host, last_year) }
    }

    fn secured(&self) -> Secured {
        let (stream, _) = self.peer.listener.accept().expect("a connection");
        let tls = ServerConnection::new(self.config.clone()).expect("settings");
        StreamOwned::new(tls, stream)
    }
}

fn trusting(authority: &Authority) -> Flow {
    flow(&Settings { ca_pem: vec![authority.pem()], ..settings() })
}

fn head(stream: &mut Secured) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).expect("a head");
        head.extend(byte);
    }
}

const NO: &[u8] = b"HTTP/1.1 418 No\r\nContent-Length: 2\r\n\r\nno";

#[test]
fn bodies_arrive_whole_and_connections_are_used_again() {
    let authority = Authority::new();
    let server = Server::new(&authority, "localhost", 2100);
    let flow = trusting(&authority);
    let mut stream = None;
    for len in [1, 300_000, 5_000_000] {
        let sending = server.peer.send_by(flow.clone(), memory(len), FOREVER);
        let stream = stream.get_or_insert_with(|| server.secured());
        head(stream);
        let mut body = vec![0; len + 40];
        stream.read_exact(&mut body).expect("the whole body");
        assert_eq!(body[len..], Sha1::of(&body[..len]).hex());
        stream.write_all(NO).expect("sent");
        let end = sending.end();
        let End::Response { status, body, sent } = end else { panic!("{end:?}") };
        assert_eq!((status, &body[..]), (418, &b"no"[..]));
        assert!(sent.is_some());
    }
}

#[test]
fn an_early_answer_ends_the_body() {
    let authority = Authority::new();
    let server = Server::new(&authority, "localhost", 2100);
    let sending = server.peer.send_by(trusting(&authority), memory(LONG), FOREVER);
    let mut stream = server.secured();
    head(&mut stream);
    stream.write_all(NO).expect("sent");
    let end = sending.end();
    let End::Response { status, sent, .. } = end else { panic!("{end:?}") };
    assert_eq!((status, sent), (418, None));
}

#[test]
fn a_kept_connection_that_was_closed_is_replaced() {
    let authority = Authority::new();
    let server = Server::new(&authority, "localhost", 2100);
    let flow = trusting(&authority);
    for _ in 0..3 {
        let sending = server.peer.send_by(flow.clone(), memory(1), FOREVER);
        let mut stream = server.secured();
        head(&mut stream);
        let mut body = [0; 41];
        stream.read_exact(&mut body).expect("the whole body");
        stream.write_all(NO).expect("sent");
        assert!(matches!(sending.end(), End::Response { .. }));
        stream.conn.send_close_notify();
        stream.conn.complete_io(&mut stream.sock).expect("sent");
        drop(stream);
        std::thread::sleep(MOMENT);
    }
}

#[test]
fn a_peer_that_says_nothing_is_left() {
    let authority = Authority::new();
    let server = Server::new(&authority, "localhost", 2100);
    let settings = Settings {
        ca_pem: vec![authority.pem()],
        connect_timeout: Duration::from_millis(200),
        ..settings()
    };
    let silent = server.peer.send_by(flow(&settings), memory(1), FOREVER);
    let _stream = server.peer.listener.accept().expect("a connection");
    assert_eq!(silent.cause(), Cause::ConnectTimeout, "no handshake");

    let sending = server.peer.send_by(trusting(&authority), memory(LONG), 4 * MOMENT);
    let mut stream = server.secured();
    head(&mut stream);
    assert_eq!(sending.cause(), Cause::SendTimeout);
}

/// The proxy sees a name and a tunnel of encrypted bytes.
#[test]
fn a_tunnel_leads_through_a_proxy() {
    let authority = Authority::new();
    let server = Server::new(&authority, "localhost", 2100);
    let proxy = Peer::new();
    let settings = Settings {
        ca_pem: vec![authority.pem()],
        proxy: Some(proxy.url.replace("http://", "http://user:pass@")),
        ..settings()
    };
    let sending = server.peer.send_by(flow(&settings), memory(1), FOREVER);
    let (mut client, _) = proxy.listener.accept().expect("a connection");
    let asked = super::head(&mut client);
    let port = server.peer.listener.local_addr().expect("bound").port();
    assert!(asked.starts_with(&format!("CONNECT localhost:{port} HTTP/1.1\r\n")), "{asked}");
    assert!(asked.contains("proxy-authorization: Basic dXNlcjpwYXNz\r\n"), "{asked}");
    client.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").expect("answered");
    let tls = ServerConnection::new(server.config.clone()).expect("settings");
    let mut stream = StreamOwned::new(tls, client);
    head(&mut stream);
    stream.write_all(NO).expect("sent");
    assert!(matches!(sending.end(), End::Response { status: 418, .. }));
}

#[test]
fn nobody_else_is_trusted() {
    let authority = Authority::new();
    let (expired, other) = (("localhost", 2001), ("other.test", 2100));
    for (host, last_year) in [expired, other] {
        let server = Server::new(&authority, host, last_year);
        let sending = server.peer.send_by(trusting(&authority), memory(1), FOREVER);
        let mut stream = server.secured();
        assert!(stream.read(&mut [0]).is_err(), "a request arrived");
        assert_eq!(sending.cause(), Cause::Tls, "{host}");
    }
    let server = Server::new(&Authority::new(), "localhost", 2100);
    let sending = server.peer.send_by(trusting(&authority), memory(1), FOREVER);
    let mut stream = server.secured();
    assert!(stream.read(&mut [0]).is_err(), "a request arrived");
    assert_eq!(sending.cause(), Cause::Tls);
}
