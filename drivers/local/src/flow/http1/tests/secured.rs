//! With TLS.

use super::peer::{OK, Peer, answer, head};
use super::*;
use crate::flow::body::SendBody;
use futures_rustls::TlsAcceptor;
use futures_rustls::server::TlsStream;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivatePkcs8KeyDer;
use smol::future::zip;
use smol::io::{AsyncReadExt as _, AsyncWriteExt as _};
use smol::net::TcpStream;
use std::io;

/// Somebody who signs certificates.
pub(super) struct Authority {
    params: CertificateParams,
    key: KeyPair,
}

impl Authority {
    pub(super) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("parameters");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self { params, key: KeyPair::generate().expect("a key") }
    }

    /// Its own certificate.
    pub(super) fn pem(&self) -> Vec<u8> {
        self.params.self_signed(&self.key).expect("signed").pem().into()
    }

    /// What a server with a certificate for `host` is made with.
    pub(super) fn certificate(&self, host: &str) -> ServerConfig {
        self.certificate_until(host, 2100)
    }

    fn certificate_until(&self, host: &str, year: i32) -> ServerConfig {
        let mut params = CertificateParams::new(vec![host.to_owned()]).expect("a name");
        params.not_after = rcgen::date_time_ymd(year, 1, 1);
        let key = KeyPair::generate().expect("a key");
        let issuer = Issuer::from_params(&self.params, &self.key);
        let certificate = params.signed_by(&key, &issuer).expect("signed");
        let key = PrivatePkcs8KeyDer::from(key.serialize_der());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key.into())
            .expect("a certificate")
    }
}

/// The next connection, with TLS on it.
pub(super) async fn serve(peer: &Peer, tls: &ServerConfig) -> io::Result<TlsStream<TcpStream>> {
    TlsAcceptor::from(Arc::new(tls.clone())).accept(peer.accept().await).await
}

fn client_of(authority: &Authority) -> Http {
    client_with(Settings { ca_pem: vec![authority.pem()], ..Settings::default() })
}

#[test]
fn a_server_with_a_trusted_certificate_is_talked_to() {
    smol::block_on(async {
        let (peer, authority) = (Peer::new().await, Authority::new());
        let http = client_of(&authority);
        let tls = authority.certificate("localhost");
        let serving = async {
            let mut stream = serve(&peer, &tls).await.expect("trusted");
            answer(&mut stream, OK).await;
            answer(&mut stream, OK).await;
        };
        let url = format!("https://localhost:{}/", peer.port);
        let asking = async { (get(&http, &url).await, get(&http, &url).await) };
        let (first, second) = zip(serving, asking).await.1;
        assert_eq!((first, second), (Ok((200, "ok".to_owned())), Ok((200, "ok".to_owned()))));
    });
}

#[test]
fn a_server_without_one_is_not() {
    smol::block_on(async {
        let authority = Authority::new();
        let http = client_of(&authority);
        for (what, tls) in [
            ("another host", authority.certificate("example.test")),
            ("expired", authority.certificate_until("localhost", 2001)),
            ("unknown authority", Authority::new().certificate("localhost")),
        ] {
            let peer = Peer::new().await;
            let url = format!("https://localhost:{}/", peer.port);
            let (served, answered) = zip(serve(&peer, &tls), get(&http, &url)).await;
            assert_eq!(answered, Err(Cause::Tls), "{what}");
            served.expect_err(what);
        }
    });
}

/// Status of the answer to a request with a long body.
async fn post(http: &Http, url: &str, len: usize) -> u16 {
    let body = Some(SendBody::Whole(vec![7; len].into()));
    let request = WireRequest { method: Method::POST, body, ..request(url) };
    let answer = http.send(request, &Meter::new()).await.expect("an answer");
    answer.status
}

#[test]
fn a_long_body_is_sent_to_its_end_unless_it_is_refused() {
    const LEN: usize = 30_000_000;
    smol::block_on(async {
        let (peer, authority) = (Peer::new().await, Authority::new());
        let http = client_of(&authority);
        let tls = authority.certificate("localhost");
        let none = "HTTP/1.1 418 No\r\nContent-Length: 0\r\n\r\n";
        let serving = async {
            let mut stream = serve(&peer, &tls).await.expect("trusted");
            head(&mut stream).await.expect("a request");
            stream.read_exact(&mut vec![0; LEN]).await.expect("the whole body");
            stream.write_all(none.as_bytes()).await.expect("sent");
            // The same connection again, but nobody listens.
            answer(&mut stream, none).await.expect("a second request");
            let mut rest = Vec::new();
            let _ = stream.read_to_end(&mut rest).await;
            rest.len()
        };
        let url = format!("https://localhost:{}/", peer.port);
        let asking = async { (post(&http, &url, LEN).await, post(&http, &url, LEN).await) };
        let (rest, answers) = zip(serving, asking).await;
        assert_eq!(answers, (418, 418));
        assert!(rest < LEN, "everything was sent");
    });
}
