//! By way of a proxy.

use super::peer::{OK, Peer, answer, head};
use super::secured::{Authority, serve};
use super::*;
use futures_rustls::TlsAcceptor;
use smol::future::{or, zip};
use smol::io::{AsyncReadExt as _, AsyncWriteExt as _, copy};
use smol::net::TcpStream;

fn client_by(peer: &Peer, ca: Option<&Authority>) -> Http {
    let proxy = Some(format!("http://me:secret@127.0.0.1:{}", peer.port));
    let ca_pem = ca.map(|ca| vec![ca.pem()]).unwrap_or_default();
    client_with(Settings { proxy, ca_pem, ..Settings::default() })
}

#[test]
fn a_proxy_is_sent_plain_requests() {
    smol::block_on(async {
        let peer = Peer::new().await;
        let http = client_by(&peer, None);
        let serving = async { answer(&mut peer.accept().await, OK).await.expect("a request") };
        let (head, answered) = zip(serving, get(&http, "http://pod.invalid/a?b")).await;
        assert_eq!(answered, Ok((200, "ok".to_owned())));
        let (first, rest) = head.split_once("\r\n").expect("lines");
        assert_eq!(first, "GET http://pod.invalid/a?b HTTP/1.1");
        let credentials = "proxy-authorization: Basic bWU6c2VjcmV0";
        assert_eq!(rest, format!("host: pod.invalid\r\nx-asked: yes\r\n{credentials}\r\n\r\n"));
    });
}

#[test]
fn a_proxy_may_speak_tls() {
    smol::block_on(async {
        let (peer, authority) = (Peer::new().await, Authority::new());
        let proxy = Some(format!("https://localhost:{}", peer.port));
        let ca_pem = vec![authority.pem()];
        let http = client_with(Settings { proxy, ca_pem, ..Settings::default() });
        let config = authority.certificate("localhost");
        let serving = async {
            let mut stream = serve(&peer, &config).await.expect("TLS");
            answer(&mut stream, OK).await.expect("a request")
        };
        let (head, answered) = zip(serving, get(&http, "http://pod.invalid/a")).await;
        assert_eq!(answered, Ok((200, "ok".to_owned())));
        assert!(head.starts_with("GET http://pod.invalid/a HTTP/1.1\r\n"), "{head}");

        let tunnelling = async {
            let mut stream = serve(&peer, &config).await.expect("TLS to the proxy");
            let head = answer(&mut stream, "HTTP/1.1 200 There you are\r\n\r\n").await;
            assert!(head.expect("a request").starts_with("CONNECT localhost:7 HTTP/1.1\r\n"));
            let accepting = TlsAcceptor::from(Arc::new(config.clone())).accept(stream);
            let mut stream = accepting.await.expect("TLS to the server");
            answer(&mut stream, OK).await.expect("a request")
        };
        let (_, answered) = zip(tunnelling, get(&http, "https://localhost:7/")).await;
        assert_eq!(answered, Ok((200, "ok".to_owned())));
    });
}

#[test]
fn a_proxy_tunnels_to_a_server_with_tls() {
    smol::block_on(async {
        let (peer, server) = (Peer::new().await, Peer::new().await);
        let authority = Authority::new();
        let http = client_by(&peer, Some(&authority));
        let target = format!("localhost:{}", server.port);
        let proxying = async {
            let mut stream = peer.accept().await;
            let head = answer(&mut stream, "HTTP/1.1 200 There you are\r\nX: y\r\n\r\n").await;
            let head = head.expect("a request");
            let onward = TcpStream::connect(("127.0.0.1", server.port)).await.expect("connected");
            let there = copy(stream.clone(), onward.clone());
            let _ = or(there, copy(onward, stream)).await;
            head
        };
        let serving = async {
            let mut stream =
                serve(&server, &authority.certificate("localhost")).await.expect("TLS");
            let head = answer(&mut stream, OK).await.expect("a request");
            assert!(!head.contains("secret") && !head.contains("proxy"), "{head}");
            stream.close().await.expect("closed");
        };
        let url = format!("https://{target}/");
        let ((head, ()), answered) = zip(zip(proxying, serving), get(&http, &url)).await;
        assert_eq!(answered, Ok((200, "ok".to_owned())));
        let credentials = "proxy-authorization: Basic bWU6c2VjcmV0";
        assert_eq!(
            head,
            format!("CONNECT {target} HTTP/1.1\r\nhost: {target}\r\n{credentials}\r\n\r\n")
        );
    });
}

#[test]
fn a_proxy_that_refuses_is_told() {
    smol::block_on(async {
        let peer = Peer::new().await;
        let http = client_by(&peer, None);
        for (text, cause) in [
            ("HTTP/1.1 407 Who?\r\n\r\n", Cause::Unsendable),
            ("HTTP/1.1 502 No way\r\n\r\n", Cause::Refused),
            ("what?\r\n\r\n", Cause::Refused),
        ] {
            let serving = async {
                let mut stream = peer.accept().await;
                answer(&mut stream, text).await;
                stream
            };
            let (mut stream, answered) = zip(serving, get(&http, "https://pod.invalid/")).await;
            assert_eq!(answered, Err(cause), "{text}");
            assert_eq!(stream.read(&mut [0]).await.ok(), Some(0));
        }
        let asking = async { answer(&mut peer.accept().await, "HTTP/1.1 407 Who?\r\n\r\n").await };
        let answered = zip(asking, get(&http, "http://pod.invalid/")).await.1;
        assert_eq!(answered, Err(Cause::Unsendable));
        let closing = async { drop(head(&mut peer.accept().await).await) };
        let answered = zip(closing, get(&http, "https://pod.invalid/")).await.1;
        assert_eq!(answered, Err(Cause::Refused));
    });
}
