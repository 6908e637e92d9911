//! Connections that are used again, and heads as they are on the wire.

use super::*;

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

fn assert_ok(end: End) {
    let End::Response { status, body, sent } = end else { panic!("{end:?}") };
    assert_eq!((status, &body[..]), (200, &b"ok"[..]));
    assert!(sent.is_some());
}

/// Reads a body of one byte and the digits of its digest, and answers.
fn answer(stream: &mut TcpStream, answer: &[u8]) {
    let mut body = [0; 41];
    stream.read_exact(&mut body).expect("the whole body");
    stream.write_all(answer).expect("sent");
}

#[test]
fn nothing_is_added_to_a_head_but_the_host() {
    let peer = Peer::new();
    let sending = peer.send(memory(1), FOREVER);
    let (mut stream, _) = peer.listener.accept().expect("a connection");
    let head = head(&mut stream);
    answer(&mut stream, OK);
    assert_ok(sending.end());
    let names = head.lines().skip(1).filter_map(|line| line.split_once(": ")).map(|(name, _)| name);
    let mut names: Vec<String> = names.map(str::to_lowercase).collect();
    names.sort();
    let wanted =
        ["accept", "authorization", "content-length", "content-type", "host", "user-agent"];
    let added: Vec<&String> =
        names.iter().filter(|name| !wanted.contains(&name.as_str())).collect();
    assert!(added.is_empty(), "{head}");
    assert!(names.contains(&"content-length".to_owned()), "{head}");
    let host = peer.url.trim_start_matches("http://").trim_end_matches('/');
    assert!(head.contains(&format!("host: {host}\r\n")), "{head}");
}

#[test]
fn a_sound_connection_is_used_again() {
    let (peer, flow) = (Peer::new(), flow(&settings()));
    let sending = peer.send_by(flow.clone(), memory(1), FOREVER);
    let mut stream = peer.accept();
    answer(&mut stream, OK);
    assert_ok(sending.end());
    let sending = peer.send_by(flow, memory(1), FOREVER);
    head(&mut stream);
    answer(&mut stream, OK);
    assert_ok(sending.end());
}

#[test]
fn a_connection_is_not_used_again_after_these() {
    let closes = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: Close\r\n\r\nok";
    let old = b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok";
    let more = [OK, b"more"].concat();
    for first in [&closes[..], old, &more] {
        let (peer, flow) = (Peer::new(), flow(&settings()));
        let sending = peer.send_by(flow.clone(), memory(1), FOREVER);
        let mut stream = peer.accept();
        answer(&mut stream, first);
        assert_ok(sending.end());
        let sending = peer.send_by(flow, memory(1), FOREVER);
        let mut second = peer.accept();
        answer(&mut second, OK);
        assert_ok(sending.end());
    }
}

#[test]
fn a_kept_connection_that_was_closed_is_replaced() {
    let (peer, flow) = (Peer::new(), flow(&settings()));
    for _ in 0..3 {
        let sending = peer.send_by(flow.clone(), memory(1), FOREVER);
        let mut stream = peer.accept();
        answer(&mut stream, OK);
        assert_ok(sending.end());
        // Without a word, as services do after a while.
        drop(stream);
        std::thread::sleep(MOMENT);
    }
}

#[test]
fn an_old_connection_is_not_used_again() {
    let settings = Settings { idle_timeout: Some(Duration::ZERO), ..settings() };
    let (peer, flow) = (Peer::new(), flow(&settings));
    let mut streams = Vec::new();
    for _ in 0..2 {
        let sending = peer.send_by(flow.clone(), memory(1), FOREVER);
        let mut stream = peer.accept();
        answer(&mut stream, OK);
        assert_ok(sending.end());
        streams.push(stream);
    }
}

#[test]
fn an_unused_connection_is_closed_in_time() {
    let settings = Settings { idle_timeout: Some(Duration::from_millis(30)), ..settings() };
    let (peer, flow) = (Peer::new(), flow(&settings));
    // The second one is kept when nobody looks after connections any more.
    for _ in 0..2 {
        let sending = peer.send_by(flow.clone(), memory(1), FOREVER);
        let mut stream = peer.accept();
        answer(&mut stream, OK);
        assert_ok(sending.end());
        assert_eq!(stream.read(&mut [0]).expect("closed"), 0);
        std::thread::sleep(MOMENT);
    }
}

#[test]
fn a_request_that_was_begun_is_not_repeated() {
    let (peer, flow) = (Peer::new(), flow(&settings()));
    let sending = peer.send_by(flow.clone(), memory(1), FOREVER);
    let mut stream = peer.accept();
    answer(&mut stream, OK);
    assert_ok(sending.end());
    let sending = peer.send_by(flow, memory(1), FOREVER);
    head(&mut stream);
    drop(stream);
    let cause = sending.cause();
    assert!(matches!(cause, Cause::Closed | Cause::Reset), "{cause:?}");
    peer.listener.set_nonblocking(true).expect("set");
    peer.listener.accept().expect_err("nobody connects again");
}
