//! HTTP/1.1 over connections of our own: ureq's protocol crate writes heads and reads answers,
//! and bytes go between the caller's buffers and the socket without a copy in between.
//!
//! ureq's own agent sends a body to its end before it looks at the answer, and what waits in it
//! cannot be interrupted; so the connections are made here. A request is sent as it is given:
//! nothing is added to it but `Host`, nothing repeated, followed or decoded.
//!
//! | module | what |
//! | --- | --- |
//! | [`watch`] | how long a request waits, and how it is given up |
//! | [`connection`] | bytes to and from a peer, encrypted or not |
//! | [`dial`], [`proxy`] | new connections |
//! | [`idle`] | connections that are used again |
//! | [`head`], [`reply`] | heads and answers |

mod connection;
mod dial;
mod head;
mod idle;
mod input;
mod peer;
pub(crate) mod proxy;
mod reply;
pub(crate) mod watch;

use core::time::Duration;
use std::io::IoSlice;
use std::sync::Arc;

use b2_local::exchange::{Meter, Phase, Trouble};
use b2_proto::error::Cause;
use bytes::Bytes;
use http::header::PROXY_AUTHORIZATION;
use http::{HeaderMap, Method, Request, Uri};
use rustls::ClientConfig;

use crate::connect::Connect;
use connection::{Connection, Sent};
use dial::Dialer;
use idle::Idle;
use peer::Peer;
use proxy::Proxies;
use watch::Watch;

pub(crate) use reply::Reply;

/// How connections are made and kept.
pub(crate) struct HttpSettings {
    pub(crate) connector: Arc<dyn Connect>,
    pub(crate) tls: ClientConfig,
    pub(crate) proxies: Proxies,
    pub(crate) connect_timeout: Duration,
    pub(crate) idle_timeout: Duration,
    pub(crate) idle_max: usize,
}

/// Makes requests.
pub(crate) struct Http {
    dialer: Dialer,
    idle: Idle,
}

/// A request without its body.
pub(crate) struct Head {
    pub(crate) method: Method,
    pub(crate) url: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body_len: u64,
}

/// Where the bytes of a body come from.
pub(crate) trait Pieces {
    /// The next piece, `None` behind the last one.
    ///
    /// # Errors
    /// The source cannot be read.
    fn next(&mut self, meter: &Meter) -> Result<Option<Bytes>, Trouble>;
}

impl Http {
    pub(crate) fn new(settings: HttpSettings) -> Self {
        let dialer = Dialer {
            connector: settings.connector,
            tls: Arc::new(settings.tls),
            proxies: settings.proxies,
            time_max: settings.connect_timeout,
        };
        Self { dialer, idle: Idle::new(settings.idle_max, settings.idle_timeout) }
    }

    /// Sends a request and waits for the head of its answer.
    ///
    /// # Errors
    /// Why there is no answer.
    pub(crate) fn send(
        &self,
        request: Head,
        body: &mut dyn Pieces,
        watch: &mut Watch<'_>,
    ) -> Result<Reply, Trouble> {
        let url = request.url.parse::<Uri>().ok();
        let peer = url.as_ref().and_then(Peer::of);
        let (Some(url), Some(peer)) = (url, peer) else {
            return Err(Trouble::new(Cause::Unsendable, "not a URL"));
        };
        let mut call = Request::new(());
        *call.method_mut() = request.method;
        *call.headers_mut() = request.headers;
        let (peer, origin) = self.by_proxy(&url, peer, call.headers_mut());
        *call.uri_mut() = url;
        let (mut head, call) = head::write(call, request.body_len)?;
        if let Some(origin) = origin {
            head::name_origin(&mut head, &origin);
        }
        // Neither for a request that was given up nor for a source that cannot be read.
        watch.look_if_due()?;
        let first = body.next(watch.meter())?;
        let mut connection = self.connection(&peer, watch)?;
        let sent = send_all(&mut connection, &head, first, body, watch)?;
        if sent == Sent::All {
            watch.meter().touch(Phase::Waiting);
        }
        let answer = head::read(&mut connection, call, watch)?;
        Ok(Reply::new(answer, peer, connection, sent == Sent::All))
    }

    /// Whom a request is sent to, and the origin it must name then: a proxy is given plain
    /// requests themselves, while for others it only makes a tunnel.
    fn by_proxy(&self, url: &Uri, peer: Peer, headers: &mut HeaderMap) -> (Peer, Option<String>) {
        match self.dialer.proxies.before(&peer) {
            Some(proxy) if !peer.is_encrypted => {
                if let Some(authorization) = &proxy.authorization {
                    headers.insert(PROXY_AUTHORIZATION, authorization.clone());
                }
                let authority = url.authority().map_or("", |authority| authority.as_str());
                (proxy.peer.clone(), Some(format!("http://{authority}")))
            }
            Some(_) | None => (peer, None),
        }
    }

    fn connection(&self, peer: &Peer, watch: &mut Watch<'_>) -> Result<Connection, Trouble> {
        match self.idle.take(peer) {
            Some(connection) => {
                watch.hold(connection.stream());
                Ok(connection)
            }
            None => self.dialer.dial(peer, watch),
        }
    }
}

/// Sends head and body, until the peer answers.
fn send_all(
    connection: &mut Connection,
    head: &[u8],
    first: Option<Bytes>,
    body: &mut dyn Pieces,
    watch: &mut Watch<'_>,
) -> Result<Sent, Trouble> {
    let mut piece = first.unwrap_or_default();
    let mut sent = connection.send(&mut [IoSlice::new(head), IoSlice::new(&piece)], watch)?;
    while sent == Sent::All {
        // Frees the buffer before the next one is needed.
        drop(piece);
        match body.next(watch.meter())? {
            None => break,
            Some(next) => piece = next,
        }
        if connection.has_answer() {
            return Ok(Sent::Answered);
        }
        sent = connection.send(&mut [IoSlice::new(&piece)], watch)?;
    }
    Ok(sent)
}
