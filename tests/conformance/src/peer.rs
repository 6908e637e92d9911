//! Peers that are no service.

use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Instant;

/// How long a head trickles in: longer than anybody waits.
const TRICKLE: Duration = Duration::from_secs(60);

/// Answers every request with the same bytes and closes. Gives its URL, without TLS.
pub(crate) fn answering(bytes: String) -> String {
    let (listener, url) = listen("http");
    serve(listener, move |mut stream| {
        let mut request = [0; 4096];
        // A client that has gone needs no answer.
        let _ = stream.read(&mut request).and_then(|_| stream.write_all(bytes.as_bytes()));
    });
    url
}

/// Takes connections and never says a word.
pub(crate) fn silent(scheme: &str) -> String {
    stopping(scheme, "")
}

/// Says this to whoever says something, and nothing more.
pub(crate) fn stopping(scheme: &str, words: &'static str) -> String {
    let (listener, url) = listen(scheme);
    serve(listener, move |mut stream| {
        let mut request = [0; 4096];
        let mut has_spoken = false;
        while stream.read(&mut request).is_ok_and(|count| count > 0) {
            if !has_spoken && stream.write_all(words.as_bytes()).is_err() {
                break;
            }
            has_spoken = true;
        }
    });
    url
}

/// Begins an answer, and goes on with its head a byte every so often: for a minute or so, which no
/// head takes.
pub(crate) fn trickling(pause: Duration) -> String {
    let (listener, url) = listen("http");
    serve(listener, move |mut stream| {
        let mut request = [0; 4096];
        if stream.read(&mut request).is_err() {
            return;
        }
        let head = b"HTTP/1.1 200 OK\r\nX-Slow: ".iter().chain(core::iter::repeat(&b'x'));
        let began = Instant::now();
        for byte in head.take_while(|_| began.elapsed() < TRICKLE) {
            if stream.write_all(&[*byte]).is_err() {
                break;
            }
            std::thread::sleep(pause);
        }
    });
    url
}

/// Refuses every request and keeps the connection. Gives its URL, without TLS, and how many
/// connections their clients have closed.
pub(crate) fn refusing() -> (String, Arc<AtomicUsize>) {
    let (listener, url) = listen("http");
    let closed = Arc::new(AtomicUsize::new(0));
    let count = closed.clone();
    serve(listener, move |mut stream| {
        let mut request = [0; 4096];
        while stream.read(&mut request).is_ok_and(|count| count > 0) {
            let answer = b"HTTP/1.1 400 No\r\nContent-Length: 0\r\n\r\n";
            if stream.write_all(answer).is_err() {
                break;
            }
        }
        count.fetch_add(1, Ordering::Relaxed);
    });
    (url, closed)
}

/// A call of the service by somebody who is none of its clients here, without TLS.
///
/// # Panics
/// When the service refuses it.
pub(crate) fn post(base: &str, path: &str, token: &str, body: &str) {
    let address = base.strip_prefix("http://").expect("without TLS");
    let mut stream = TcpStream::connect(address).expect("connected");
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: {token}\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream
        .write_all(head.as_bytes())
        .and_then(|()| stream.write_all(body.as_bytes()))
        .expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("answered");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

/// A listener on a free port of this machine, and its URL.
pub(crate) fn listen(scheme: &str) -> (TcpListener, String) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let url = format!("{scheme}://{}", listener.local_addr().expect("bound"));
    (listener, url)
}

/// Serves each connection in a thread of its own, for as long as the program runs.
pub(crate) fn serve(listener: TcpListener, talk: impl Fn(TcpStream) + Send + Clone + 'static) {
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let talk = talk.clone();
            std::thread::spawn(move || talk(stream));
        }
    });
}
