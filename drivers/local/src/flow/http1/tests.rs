//! Connections to peers that do just what a test says.

mod kept;
mod peer;
mod proxied;
mod secured;
mod sent;

use super::*;
use crate::exchange::{HeaderList, Meter};
use crate::flow::BoxFuture;
use core::future::poll_fn;
use core::net::SocketAddr;
use core::pin::Pin;
use http::Method;
use http_body::Body as _;
use smol::{Async, Timer};
use std::io;
use std::net::TcpStream;
use std::time::Instant;

/// Those of smol.
#[derive(Clone)]
pub(super) struct Smol;

impl Sockets for Smol {
    type Stream = Async<TcpStream>;

    async fn connect(&self, address: SocketAddr) -> io::Result<Self::Stream> {
        Async::<TcpStream>::connect(address).await
    }

    async fn sleep_until(&self, at: Instant) {
        Timer::at(at).await;
    }

    fn spawn(&self, task: BoxFuture<()>) {
        smol::spawn(task).detach();
    }
}

pub(super) type Http = super::Http<Smol>;

/// A client for this machine.
pub(super) fn client() -> Http {
    client_with(Settings::default())
}

fn client_with(settings: Settings) -> Http {
    let settings = Settings { realm: "http://localhost".to_owned(), ..settings };
    Http::new(&settings, Smol, None, Pieces::default()).expect("a client")
}

pub(super) fn request(url: &str) -> WireRequest {
    let mut headers = HeaderList::new();
    headers.push("x-asked", "yes", false).expect("a header");
    WireRequest { method: Method::GET, url: url.to_owned(), headers, body: None }
}

/// Status and body of an answer.
async fn get(http: &Http, url: &str) -> Result<(u16, String), Cause> {
    let meter = Meter::new();
    let answered = http.send(request(url), &meter).await;
    let WireReply { status, mut body, .. } = answered.map_err(|trouble| trouble.cause)?;
    let mut text = Vec::new();
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        let frame = frame.map_err(|broken| broken.trouble(false).cause)?;
        text.extend_from_slice(frame.data_ref().expect("data"));
    }
    Ok((status, String::from_utf8(text).expect("text")))
}
