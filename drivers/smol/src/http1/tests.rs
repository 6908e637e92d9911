//! Connections to peers that do just what a test says.

mod kept;
mod peer;
mod proxied;
mod secured;

use super::*;
use b2_local::exchange::Meter;
use core::future::poll_fn;
use core::pin::Pin;
use http::{HeaderMap, HeaderValue, Method};
use http_body::Body as _;

/// A client for this machine.
fn client() -> Http {
    client_with(Settings::default())
}

fn client_with(settings: Settings) -> Http {
    let settings = Settings { realm: "http://localhost".to_owned(), ..settings };
    Http::new(&settings, None, Pieces::default()).expect("a client")
}

fn request(url: &str) -> WireRequest {
    let mut headers = HeaderMap::new();
    headers.insert("x-asked", HeaderValue::from_static("yes"));
    WireRequest { method: Method::GET, url: url.to_owned(), headers, body: None }
}

/// Status and body of an answer.
async fn get(http: &Http, url: &str) -> Result<(u16, String), Cause> {
    let meter = Meter::new();
    let response = http.send(request(url), &meter).await.map_err(|trouble| trouble.cause)?;
    let status = response.status().as_u16();
    let mut body = response.into_body();
    let mut text = Vec::new();
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        let frame = frame.map_err(|broken| cause::of_exchange(&broken, false).cause)?;
        text.extend_from_slice(frame.data_ref().expect("data"));
    }
    Ok((status, String::from_utf8(text).expect("text")))
}
