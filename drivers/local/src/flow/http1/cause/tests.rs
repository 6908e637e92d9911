use super::super::tests::{client, request};
use super::*;
use crate::exchange::Meter;
use crate::flow::http1::Broken;
use b2_proto::error::Cause;
use smol::io::{AsyncReadExt as _, AsyncWriteExt as _};
use smol::net::TcpListener;
use std::io::ErrorKind;

fn io(kind: ErrorKind) -> io::Error {
    io::Error::from(kind)
}

#[test]
fn kinds_of_the_system_decide() {
    use ErrorKind as K;
    for (kind, connecting, sending, waiting) in [
        (K::ConnectionRefused, Cause::Refused, Cause::Transport, Cause::Transport),
        (K::TimedOut, Cause::ConnectTimeout, Cause::SendTimeout, Cause::ReadTimeout),
        (K::ConnectionReset, Cause::Refused, Cause::Reset, Cause::Reset),
        (K::BrokenPipe, Cause::Refused, Cause::BrokenPipe, Cause::BrokenPipe),
        (K::UnexpectedEof, Cause::Refused, Cause::BrokenPipe, Cause::Closed),
    ] {
        assert_eq!(of_connect(&io(kind)).cause, connecting, "{kind:?}");
        assert_eq!(Broken::Io(io(kind)).trouble(true).cause, sending, "{kind:?}");
        assert_eq!(Broken::Io(io(kind)).trouble(false).cause, waiting, "{kind:?}");
    }
}

#[test]
fn tls_trouble_hides_in_an_error_of_the_system() {
    let error = || {
        let inner = rustls::Error::NoCertificatesPresented;
        io::Error::new(ErrorKind::InvalidData, inner)
    };
    assert_eq!(of_connect(&error()).cause, Cause::Tls);
    assert_eq!(Broken::Io(error()).trouble(false).cause, Cause::Transport);
    assert!(of_connect(&error()).detail.contains("no certificates"));
}

fn cause_of(url: &str) -> Cause {
    let answer = smol::block_on(async { client().send(request(url), &Meter::new()).await });
    answer.expect_err("no answer").cause
}

fn listen() -> (TcpListener, String) {
    let listener = smol::block_on(TcpListener::bind("127.0.0.1:0")).expect("a port");
    let address = listener.local_addr().expect("bound");
    (listener, address.to_string())
}

#[test]
fn unknown_hosts_and_closed_ports() {
    // Too long for the system to ask anybody about it.
    let no_name = "b2".repeat(32);
    assert_eq!(cause_of(&format!("http://{no_name}.invalid/")), Cause::Dns);
    assert_eq!(cause_of("ftp://b2.invalid/"), Cause::Unsendable);
    let (listener, address) = listen();
    drop(listener);
    assert_eq!(cause_of(&format!("http://{address}/")), Cause::Refused);
}

/// Serves one connection with fixed bytes and closes it.
fn answer(bytes: &'static [u8]) -> String {
    let (listener, address) = listen();
    let serving = smol::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let mut request = [0; 1024];
        let _ = stream.read(&mut request).await.expect("a request");
        stream.write_all(bytes).await.expect("sent");
    });
    serving.detach();
    address
}

#[test]
fn answers_that_make_no_sense() {
    let cause = |scheme, bytes| cause_of(&format!("{scheme}://{}/", answer(bytes)));
    assert_eq!(cause("http", b""), Cause::Closed);
    assert_eq!(cause("http", b"HTTP/1.1 418 No"), Cause::Closed);
    assert_eq!(cause("http", b"not HTTP at all\r\n\r\n"), Cause::BadReply);
    assert_eq!(cause("https", b"not TLS at all\r\n\r\n"), Cause::Refused);
    assert_eq!(cause("https", b""), Cause::Refused);
}
