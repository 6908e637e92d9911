//! A proxy as small as can be: it tunnels on CONNECT and passes on what has a whole URL, or refuses
//! both.

use core::sync::atomic::{AtomicBool, Ordering};
use std::io::{self, Read, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

use crate::peer;

/// A proxy on this machine.
pub struct Proxy {
    url: String,
    lines: Arc<Mutex<Vec<String>>>,
    /// Whether the next connection is taken and left without an answer.
    holds: Arc<AtomicBool>,
}

/// Longest head of a request.
const HEAD_LEN_MAX: usize = 64 << 10;

impl Proxy {
    pub(crate) fn start() -> Self {
        Self::serving(pass)
    }

    /// A proxy that answers whatever it is asked with this status, and closes.
    pub fn refusing(status: u16) -> Self {
        Self::serving(move |mut client, _, _| {
            let end = "Content-Length: 0\r\nConnection: close\r\n\r\n";
            client.write_all(format!("HTTP/1.1 {status} No\r\n{end}").as_bytes())?;
            client.shutdown(Shutdown::Write)?;
            // What is still being sent would otherwise reset the connection under the answer.
            io::copy(&mut client, &mut io::sink()).map(drop)
        })
    }

    /// A proxy that answers in the place of the server at the other end of its first tunnel.
    pub(crate) fn interrupting() -> Self {
        let is_first = Arc::new(AtomicBool::new(true));
        Self::serving(move |mut client, head, line| {
            if !is_first.swap(false, Ordering::Relaxed) {
                return pass(client, head, line);
            }
            client.write_all(b"HTTP/1.1 200 Connected\r\n\r\n")?;
            // Not before there is something to answer.
            client.read_exact(&mut [0])?;
            client.write_all(b"HTTP/1.1 503 Later\r\nContent-Length: 0\r\n\r\n")?;
            client.shutdown(Shutdown::Write)?;
            io::copy(&mut client, &mut io::sink()).map(drop)
        })
    }

    /// `talk` is given a connection, the head of its first request and the first line of that.
    fn serving(
        talk: impl Fn(TcpStream, &[u8], &str) -> io::Result<()> + Send + Clone + 'static,
    ) -> Self {
        let (listener, url) = peer::listen("http");
        let lines: Arc<Mutex<Vec<String>>> = Arc::default();
        let holds: Arc<AtomicBool> = Arc::default();
        let (seen, hold) = (lines.clone(), holds.clone());
        peer::serve(listener, move |mut client| {
            // Trouble of either side ends the connection, which tells the other.
            let _ = head(&mut client).and_then(|head| {
                let text = String::from_utf8_lossy(&head).into_owned();
                let line = text.lines().next().unwrap_or_default();
                seen.lock().unwrap_or_else(PoisonError::into_inner).push(line.to_owned());
                if hold.swap(false, Ordering::Relaxed) {
                    return io::copy(&mut client, &mut io::sink()).map(drop);
                }
                talk(client, &head, line)
            });
        });
        Self { url, lines, holds }
    }

    /// The next connection is taken, and what it asks for never answered.
    pub(crate) fn hold_next(&self) {
        self.holds.store(true, Ordering::Relaxed);
    }

    /// Where it is.
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// The first line of each connection.
    pub fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn head(client: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") && head.len() < HEAD_LEN_MAX {
        let mut byte = [0];
        client.read_exact(&mut byte)?;
        head.extend(byte);
    }
    Ok(head)
}

fn pass(mut client: TcpStream, head: &[u8], line: &str) -> io::Result<()> {
    let target = line.split(' ').nth(1).unwrap_or_default();
    let host = target.split_once("://").map_or(target, |(_, rest)| rest);
    let mut server = TcpStream::connect(host.split('/').next().unwrap_or_default())?;
    if line.starts_with("CONNECT ") {
        client.write_all(b"HTTP/1.1 200 Connected\r\n\r\n")?;
    } else {
        server.write_all(head)?;
    }
    let (mut from_server, mut to_client) = (server.try_clone()?, client.try_clone()?);
    let back = std::thread::spawn(move || {
        let copied = io::copy(&mut from_server, &mut to_client);
        to_client.shutdown(Shutdown::Write)?;
        copied.map(|_| ())
    });
    io::copy(&mut client, &mut server)?;
    server.shutdown(Shutdown::Write)?;
    back.join().unwrap_or_else(|_| Err(io::ErrorKind::Other.into()))
}
