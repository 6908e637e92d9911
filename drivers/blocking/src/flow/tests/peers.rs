//! Peers that misbehave.

use super::*;
use crate::http::{NextPiece, Pieces as _};
use b2_local::exchange::{Meter, Payload};

#[test]
fn a_peer_that_reads_nothing_is_left() {
    let peer = Peer::new();
    let sending = peer.send(memory(LONG), MOMENT);
    let _stream = peer.accept();
    assert_eq!(sending.cause(), Cause::SendTimeout);
}

#[test]
fn a_peer_that_answers_nothing_is_left() {
    for len in [10, 300_000] {
        let peer = Peer::new();
        let sending = peer.send(memory(len), MOMENT);
        let mut stream = peer.accept();
        let mut body = vec![0; len + 40];
        stream.read_exact(&mut body).expect("the whole body");
        assert_eq!(body[len..], Sha1::of(&body[..len]).hex());
        assert_eq!(sending.cause(), Cause::ReadTimeout);
    }
}

const NO: &[u8] = b"HTTP/1.1 418 No\r\nContent-Length: 2\r\n\r\nno";

fn assert_refused(end: End) {
    let End::Response { status, body, sent } = end else { panic!("{end:?}") };
    assert_eq!((status, &body[..], sent), (418, &b"no"[..], None));
}

#[test]
fn an_early_answer_ends_the_body() {
    let peer = Peer::new();
    let sending = peer.send(memory(LONG), FOREVER);
    let mut stream = peer.accept();
    stream.write_all(NO).expect("sent");
    assert_refused(sending.end());
    // The rest of what was under way, and then the end of the connection.
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest);
    assert!(rest.len() < LONG);
}

/// A peer that reads on while it has answered does not get the rest either.
#[test]
fn an_early_answer_ends_the_body_for_a_peer_that_reads() {
    let peer = Peer::new();
    let sending = peer.send(memory(LONG), FOREVER);
    let mut stream = peer.accept();
    stream.write_all(NO).expect("sent");
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest);
    assert!(rest.len() < LONG, "{}", rest.len());
    assert_refused(sending.end());
}

/// With bytes of the request unread, closing resets the connection; the answer counts all the
/// same.
#[test]
fn an_answer_is_read_although_the_peer_hangs_up() {
    let peer = Peer::new();
    let sending = peer.send(memory(LONG), FOREVER);
    let mut stream = peer.accept();
    stream.write_all(NO).expect("sent");
    // It must have arrived before the reset does, which takes it away.
    std::thread::sleep(MOMENT);
    drop(stream);
    assert_refused(sending.end());
}

/// Neither do the first bytes of an answer that may be one.
#[test]
fn interim_answers_do_not_end_the_body() {
    let (interim, answer) =
        ("HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    for (early, late) in [(interim, answer), answer.split_at(6)] {
        let peer = Peer::new();
        let len = 30_000_000;
        let sending = peer.send(memory(len), FOREVER);
        let mut stream = peer.accept();
        stream.write_all(early.as_bytes()).expect("sent");
        let mut body = vec![0; len + 40];
        stream.read_exact(&mut body).expect("the whole body");
        stream.write_all(late.as_bytes()).expect("sent");
        let end = sending.end();
        let End::Response { status, sent, .. } = end else { panic!("{end:?}") };
        assert_eq!((status, sent), (200, Some(Sha1::of(&body[..len]))));
    }
}

#[test]
fn an_early_answer_behind_an_interim_one_ends_the_body() {
    let peer = Peer::new();
    let sending = peer.send(memory(LONG), FOREVER);
    let mut stream = peer.accept();
    stream.write_all(&[b"HTTP/1.1 100 Continue\r\n\r\n", NO].concat()).expect("sent");
    assert_refused(sending.end());
}

#[test]
fn answers_of_every_kind_are_taken_apart() {
    for answer in [
        "Content-Length: 11\r\n\r\nhello world",
        "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n",
        "\r\nhello world",
    ] {
        let peer = Peer::new();
        let sending = peer.send(memory(1), FOREVER);
        let mut stream = peer.accept();
        // Byte by byte, so that it is met in every state.
        for byte in format!("HTTP/1.1 200 OK\r\n{answer}").bytes() {
            stream.write_all(&[byte]).expect("sent");
        }
        stream.shutdown(std::net::Shutdown::Write).expect("ended");
        let end = sending.end();
        let End::Response { body, .. } = end else { panic!("{answer}: {end:?}") };
        assert_eq!(body, b"hello world", "{answer}");
    }
}

#[test]
fn answers_that_are_too_long_are_refused() {
    let long_body = [&b"HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n"[..], &[b'x'; 101]].concat();
    let long_head = [&b"HTTP/1.1 200 OK\r\nX: "[..], &[b'x'; 70_000]].concat();
    for answer in [long_body, long_head] {
        let peer = Peer::new();
        let sending = peer.send(memory(1), FOREVER);
        let mut stream = peer.accept();
        let _ = stream.write_all(&answer);
        assert_eq!(sending.cause(), Cause::BadReply);
    }
}

#[test]
fn a_peer_that_hangs_up_is_told_by_when() {
    let peer = Peer::new();
    let sending = peer.send(memory(1), FOREVER);
    let mut stream = peer.accept();
    let mut body = [0; 41];
    stream.read_exact(&mut body).expect("the whole body");
    drop(stream);
    assert_eq!(sending.failed(), (Cause::Closed, Some(Sha1::of(&body[..1]))));

    let sending = peer.send(memory(LONG), FOREVER);
    drop(peer.accept());
    let (cause, sent) = sending.failed();
    assert!(matches!(cause, Cause::BrokenPipe | Cause::Reset), "{cause:?}");
    assert_eq!(sent, None, "the body was not handed over whole");
}

#[test]
fn a_file_that_changes_meanwhile_is_not_sent_to_the_end() {
    let peer = Peer::new();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("file");
    fs::write(&path, vec![7; LONG]).expect("written");
    let file = Arc::new(FileSource::open(&path).expect("there"));
    let sending = peer.send((SourceHandle::Seekable(file), LONG), FOREVER);
    let mut stream = peer.accept();
    // Nothing is read yet, so the last piece cannot have been.
    let longer = fs::File::options().append(true).open(&path);
    longer.and_then(|mut file| file.write_all(b"more")).expect("appended");
    let mut all = Vec::new();
    let _ = stream.read_to_end(&mut all);
    assert!(all.len() < LONG, "a whole body was sent");
    assert_eq!(sending.cause(), Cause::SourceChanged);
}

fn cause(flow: &Flow, url: &str) -> Cause {
    let end = send(flow, url, memory(1), FOREVER);
    let End::Failed(cause, _) = end else { panic!("{end:?}") };
    cause
}

/// Serves one connection with fixed bytes and closes it.
fn answer(bytes: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("bound");
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let mut request = [0; 1024];
        let _ = stream.read(&mut request).expect("a request");
        stream.write_all(bytes).expect("sent");
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let _ = stream.read(&mut request);
    });
    address.to_string()
}

#[test]
fn answers_that_make_no_sense() {
    let flow = flow(&settings());
    assert_eq!(cause(&flow, &format!("http://{}/", answer(b""))), Cause::Closed);
    let url = format!("http://{}/", answer(b"not HTTP at all\r\n\r\n"));
    assert_eq!(cause(&flow, &url), Cause::BadReply);
    let url = format!("https://{}/", answer(b"not TLS at all\r\n\r\n"));
    assert_eq!(cause(&flow, &url), Cause::Refused);
    let url = format!("https://{}/", answer(b""));
    assert_eq!(cause(&flow, &url), Cause::Refused, "the handshake broke off");
}

/// A peer that begins with something and then says the same again until nobody listens.
fn endless(begin: &'static [u8], again: &'static [u8]) -> String {
    let Peer { listener, url } = Peer::new();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        head(&mut stream);
        stream.read_exact(&mut [0; 41]).expect("a body");
        stream.write_all(begin).expect("sent");
        while stream.write_all(&again.repeat(100)).is_ok() {}
    });
    url
}

#[test]
fn answers_without_an_end() {
    let flow = flow(&settings());
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for url in [
        endless(b"", b"HTTP/1.1 100 Go on\r\n\r\n"),
        endless(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
        endless(chunked, b"x"),
        endless(chunked, b"1;x=y"),
        endless(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n"),
    ] {
        assert_eq!(cause(&flow, &url), Cause::BadReply);
    }
}

/// Hosts that are not known, or that nobody answers for.
struct Nowhere(Duration);

impl Connector for Nowhere {
    fn connect(&self, origin: &Origin, _: Duration) -> Result<Box<dyn Stream>, ConnectError> {
        std::thread::sleep(self.0);
        assert_ne!(origin.host(), "panics.test", "as the test wants it");
        Err(ConnectError::Resolve(std::io::Error::other("no such host")))
    }
}

#[test]
fn connections_that_cannot_be_made() {
    let by = |connect_timeout, connector: Nowhere| {
        let settings = Settings { connect_timeout, ..settings() };
        let http = http(&settings, Some(Arc::new(connector))).expect("settings");
        Flow::new(settings.hub("test", "0").expect("settings"), http)
    };
    let unknown = by(FOREVER, Nowhere(Duration::ZERO));
    assert_eq!(cause(&unknown, "http://b2.invalid/"), Cause::Dns);
    assert_eq!(cause(&unknown, "http://panics.test/"), Cause::Refused);
    let slow = by(MOMENT, Nowhere(4 * MOMENT));
    assert_eq!(cause(&slow, "http://b2.test/"), Cause::ConnectTimeout);
    let peer = Peer::new();
    let Peer { listener, url } = peer;
    drop(listener);
    assert_eq!(cause(&flow(&settings()), &url), Cause::Refused);
    assert_eq!(cause(&flow(&settings()), "ftp://b2.test/"), Cause::Unsendable);
}

/// A lost answer to it would have to be asked about.
#[test]
fn what_was_never_sent_was_not_handed_over() {
    let url = Peer::new().url;
    let nobody = send(&flow(&settings()), &url, memory(10), FOREVER);
    assert!(matches!(nobody, End::Failed(_, None)), "{nobody:?}");
}

#[test]
fn bytes_count_once_the_connection_has_taken_them() {
    let slowly = Settings { bandwidth_up: Some(1_000), ..settings() };
    for settings in [slowly, settings()] {
        let (meter, io) =
            (Meter::new(), JobIo::reading(SourceHandle::Memory("twelve bytes".into())));
        let (source, digest) = (SourceId(0), DigestMode::Known(Sha1::of(b"twelve bytes")));
        let payload = Payload::Range { source, offset: 0, len: 12, digest };
        let mut body = payload::Body::open(payload, &io, flow(&settings).line()).expect("there");
        let next = body.next(&meter).expect("read");
        assert!(matches!(next, NextPiece::Piece(bytes) if bytes.len() == 12));
        assert_eq!((meter.moved(), meter.sent()), (0, None));
        body.sent(7, &meter);
        assert_eq!((meter.moved(), meter.sent()), (7, None));
        body.sent(5, &meter);
        assert_eq!((meter.moved(), meter.sent()), (12, Some(Sha1::of(b"twelve bytes"))));
    }
}
