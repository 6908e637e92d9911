//! HTTP/1.1 over the sockets of a runtime: one request, one answer, and connections that are kept.
//!
//! ```text
//!   request ─► pool ── none kept ──► dialer ── proxy, TCP, TLS ──┐
//!                └────── kept ────────────────────────────────► connection
//!                                                                  │ exchange: sends and listens
//!   pool ◄── after its last byte ── body ◄── head of the answer ◄──┘
//! ```
//!
//! | module | what |
//! | --- | --- |
//! | [`sockets`] | what a runtime brings |
//! | [`connector`] | streams of the caller's own |
//! | `dialer` | a new connection: directly, by a connector or by a proxy, with TLS on top |
//! | `tcp` | names, addresses and which of them answers first |
//! | `tunnel` | through a proxy to a server with TLS |
//! | `pool` | connections that wait for their next request |
//! | `exchange` | sends a request and notices an answer, however early it comes |
//! | `sending` | a request on its way out |
//! | `body` | the body of an answer |
//! | `cause` | why there is no connection, in the words of the core |
//! | `broken` | why there is no answer |
//!
//! Heads are written and read by what the drivers share ([`crate::exchange::http1`]). Nothing is
//! repeated, redirected or decoded, and no header is added but `Host`, and for a proxy its
//! credentials.

mod body;
mod broken;
mod cause;
mod connection;
pub mod connector;
mod dialer;
mod exchange;
mod pool;
mod sending;
pub mod sockets;
mod tcp;
mod tunnel;

use crate::exchange::http1::request;
use crate::exchange::pool::Pool as Pieces;
use crate::exchange::proxy;
use crate::exchange::{Meter, Origin, Trouble};
use crate::face::{IDLE_TIMEOUT, Settings};
use crate::flow::{WireReply, WireRequest};
use b2_proto::error::{Cause, Error};
use bytes::BytesMut;
use connection::Connection;
use connector::Connector;
use core::time::Duration;
use dialer::Dialer;
use http::Uri;
use pool::{Pool, Resting};
use sending::Sending;
use std::sync::Arc;

pub use body::ReplyBody;
pub use broken::Broken;
pub use sockets::Sockets;

/// The HTTP client of one B2 client.
pub struct Http<S> {
    sockets: S,
    dialer: Dialer<S>,
    connect_timeout: Duration,
    pool: Arc<Pool>,
    pieces: Pieces,
}

impl<S: Sockets> Http<S> {
    /// Connects by `connector`, or else over TCP. Long answers are read into `pieces`.
    ///
    /// # Errors
    /// [`InvalidInput`](b2_proto::error::ErrorKind::InvalidInput) when proxy or certificates
    /// cannot be used.
    pub fn new(
        settings: &Settings,
        sockets: S,
        connector: Option<Arc<dyn Connector>>,
        pieces: Pieces,
    ) -> Result<Self, Error> {
        let idle_timeout = settings.idle_timeout.unwrap_or(IDLE_TIMEOUT);
        let pool = Pool::new(settings.connections, idle_timeout, &sockets);
        Ok(Self {
            dialer: Dialer::new(settings, sockets.clone(), connector)?,
            sockets,
            connect_timeout: settings.connect_timeout,
            pool: Arc::new(pool),
            pieces,
        })
    }

    /// Sends a request as it is, on a connection that is kept or a new one, and gives its answer.
    /// Whoever looks at the meter gives it up when that takes too long.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn send(
        &self,
        request: WireRequest,
        meter: &Meter,
    ) -> Result<WireReply<ReplyBody>, Trouble> {
        let WireRequest { method, url, headers, body } = request;
        let not_a_url = || Trouble::new(Cause::Unsendable, "not a URL");
        let uri: Uri = url.parse().map_err(|_| not_a_url())?;
        let origin = Origin::of(&uri).ok_or_else(not_a_url)?;
        let head = request::head(&method, &uri, &origin, &headers, self.dialer.forwarder(&origin));
        let sending = Sending::new(head, body);
        meter.leaving();
        let home = self.sockets.home();
        if self.pool.may_have_ended(&origin, home) {
            self.sockets.look().await;
        }
        let resting = match self.pool.take(&origin, home) {
            Some(resting) => resting,
            None => {
                meter.connecting(self.connect_timeout);
                // Apart: it is rare, and would make every request large.
                let stream = Box::pin(self.dialer.connect(&origin)).await?;
                meter.connected();
                Resting { home, stream, arrived: BytesMut::new() }
            }
        };
        let connection = Connection::new(resting, origin, self.pool.clone());
        let asked = (meter, self.sockets.look());
        let answered = exchange::exchange(connection, method, sending, asked, &self.pieces).await;
        let answer = answered.map_err(|broken| broken.trouble(meter.is_sending()))?;
        proxy::answer::check(answer.status)?;
        Ok(answer)
    }
}

impl<S> core::fmt::Debug for Http<S> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Http").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
