//! An HTTP client of the caller's in place of the driver's own.
//!
//! It finds, makes and keeps its connections in its own way, and does not say when it begins to
//! connect and when there is a connection. That it asks for the [body](begun) of a request tells
//! that there is one.

mod begun;
mod cause;

use b2_local::exchange::{HeaderList, Meter, Trouble, proxy};
use b2_local::flow::{WireReply, WireRequest};
use b2_proto::error::Cause;
use begun::Begun;
use core::time::Duration;
use http_body::Body as _;
use std::sync::Arc;

pub(crate) use cause::of_http as trouble;

/// The caller's client.
#[derive(Clone, Debug)]
pub(crate) struct Callers {
    pub(crate) client: reqwest::Client,
    /// Longest time that making a connection may take.
    pub(crate) connect_timeout: Duration,
}

impl Callers {
    /// Sends a request.
    ///
    /// # Errors
    /// Why there is no answer.
    pub(crate) async fn send(
        &self,
        request: WireRequest,
        meter: &Arc<Meter>,
    ) -> Result<WireReply<reqwest::Body>, Trouble> {
        let WireRequest { method, url, headers, body } = request;
        let url = url.parse().map_err(|_| Trouble::new(Cause::Unsendable, "not a URL"))?;
        let mut http = reqwest::Request::new(method, url);
        *http.headers_mut() = headers.to_map();
        *http.body_mut() = body.map(|body| {
            if !body.is_end_stream() {
                meter.connecting(self.connect_timeout);
            }
            reqwest::Body::wrap(Begun { body, meter: meter.clone() })
        });
        let answered = self.client.execute(http).await;
        let answer = answered.map_err(|error| trouble(&error, meter.is_sending()))?;
        let (status, headers) =
            (answer.status().as_u16(), HeaderList::of_answer(answer.headers())?);
        proxy::answer::check(status)?;
        Ok(WireReply { status, headers, body: answer.into() })
    }
}
