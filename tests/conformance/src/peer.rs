//! Peers that are no service.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

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
    let (listener, url) = listen(scheme);
    serve(listener, |mut stream| {
        let mut request = [0; 4096];
        while stream.read(&mut request).is_ok_and(|count| count > 0) {}
    });
    url
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
