//! HTTP/1.1 over connections of our own, whose bytes go between the caller's buffers and the socket
//! without a copy in between. Heads are written and read by what the drivers share
//! ([`b2_local::exchange::http1`]).
//!
//! An answer is looked for while a body is sent, and what waits can be interrupted. A request is
//! sent as it is given: nothing is added to it but `Host` and for a proxy its credentials, nothing
//! repeated, followed or decoded.
//!
//! | module | what |
//! | --- | --- |
//! | [`watch`] | how long a request waits, and how it is given up |
//! | [`pool`] | connections that are kept, and closed in time |
//! | [`connection`] | bytes to and from a peer, encrypted or not |
//! | [`dial`] | new connections: directly, by a connector or by a proxy |
//! | [`secured`] | TLS over a connection |
//! | [`tunnel`] | through a proxy to a server with TLS |
//! | [`reply`] | the body of an answer |

mod connection;
mod dial;
mod input;
mod pool;
mod reply;
mod secured;
mod tunnel;
pub(crate) mod watch;

use core::time::Duration;
use std::io::IoSlice;
use std::sync::Arc;
use std::time::Instant;

use b2_local::exchange::http1::request;
use b2_local::exchange::proxy::{self, Proxies};
use b2_local::exchange::{HeaderList, Meter, Origin, Phase, Trouble};
use b2_proto::error::Cause;
use bytes::Bytes;
use http::{Method, Uri};
use rustls::ClientConfig;

use crate::connector::Connector;
use connection::{Connection, Sent};
use dial::Dialer;
use pool::Pool;
use watch::Watch;

pub(crate) use reply::Reply;

/// How connections are made and kept.
pub(crate) struct HttpSettings {
    pub(crate) connector: Arc<dyn Connector>,
    pub(crate) tls: ClientConfig,
    pub(crate) proxies: Proxies,
    pub(crate) connect_timeout: Duration,
    pub(crate) idle_timeout: Duration,
    /// Most requests at the same time.
    pub(crate) requests_max: usize,
}

/// Makes requests.
pub(crate) struct Http {
    dialer: Dialer,
    pool: Pool,
}

/// A request without its body.
pub(crate) struct Head {
    pub(crate) method: Method,
    pub(crate) url: String,
    pub(crate) headers: HeaderList,
}

/// Where the bytes of a body come from.
pub(crate) trait Pieces {
    /// Whether the bytes count for the limit of those that are sent in a second.
    fn is_payload(&self) -> bool;

    /// The next piece.
    ///
    /// # Errors
    /// The source cannot be read.
    fn next(&mut self, meter: &Meter) -> Result<NextPiece, Trouble>;

    /// The connection has taken so many further bytes of the pieces.
    fn sent(&mut self, len: usize, meter: &Meter);
}

/// What is next of a body.
pub(crate) enum NextPiece {
    /// These bytes.
    Piece(Bytes),
    /// Nothing yet: another request brings it, and unparks the thread then.
    Later,
    /// Nothing more.
    End,
}

/// How often an answer that comes too early is looked for while a body waits.
const LOOK: Duration = Duration::from_millis(50);

impl Http {
    pub(crate) fn new(settings: HttpSettings) -> Self {
        let dialer = Dialer {
            connector: settings.connector,
            tls: Arc::new(settings.tls),
            proxies: settings.proxies,
            time_max: settings.connect_timeout,
        };
        Self { dialer, pool: Pool::new(settings.requests_max, settings.idle_timeout) }
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
        let origin = url.as_ref().and_then(Origin::of);
        let (Some(url), Some(origin)) = (url, origin) else {
            return Err(Trouble::new(Cause::Unsendable, "not a URL"));
        };
        let Head { method, headers, .. } = request;
        let forwarder = self.dialer.proxies.forwarder(&origin);
        let head = request::head(&method, &url, &origin, &headers, forwarder);
        // Neither for a request that was given up nor for a source that cannot be read.
        watch.look_if_due()?;
        let is_payload = body.is_payload();
        let mut first = match body.next(watch.meter())? {
            NextPiece::Piece(first) => first,
            NextPiece::Later => {
                // A body that waits excuses no peer that does not even take the head.
                watch.meter().touch(Phase::Sending);
                Bytes::new()
            }
            NextPiece::End => Bytes::new(),
        };
        let is_held = is_payload && !first.is_empty();
        let rest = if is_held { watch.pass_up(&mut first)? } else { Bytes::new() };
        let mut connection = self.connection(&origin, watch)?;
        connection.expect(method);
        let sent = send_all(&mut connection, &head, (first, rest), body, watch)?;
        if sent == Sent::All {
            watch.meter().all_left();
        }
        let answer = connection.read_head(watch)?;
        proxy::answer::check(answer.status.as_u16())?;
        Ok(Reply::new(answer, origin, connection, sent == Sent::All))
    }

    fn connection(&self, origin: &Origin, watch: &mut Watch<'_>) -> Result<Connection, Trouble> {
        match self.pool.take(origin) {
            Some(connection) => {
                watch.hold(connection.stream());
                Ok(connection)
            }
            None => self.dialer.dial(origin, watch),
        }
    }
}

/// Sends head and body, until the peer answers.
fn send_all(
    connection: &mut Connection,
    head: &[u8],
    (mut piece, mut rest): (Bytes, Bytes),
    body: &mut dyn Pieces,
    watch: &mut Watch<'_>,
) -> Result<Sent, Trouble> {
    let bufs = &mut [IoSlice::new(head), IoSlice::new(&piece)];
    let mut sent = send_piece(connection, (bufs, piece.len()), body, watch)?;
    while sent == Sent::All {
        // Frees the buffer before the next one is needed.
        drop(piece);
        piece = match rest.is_empty() {
            false => core::mem::take(&mut rest),
            true => match body.next(watch.meter())? {
                NextPiece::End => break,
                NextPiece::Piece(next) => next,
                NextPiece::Later => {
                    if connection.has_answer() {
                        return Ok(Sent::Answered);
                    }
                    watch.park(Instant::now() + LOOK)?;
                    piece = Bytes::new();
                    continue;
                }
            },
        };
        rest = watch.pass_up(&mut piece)?;
        if connection.has_answer() {
            return Ok(Sent::Answered);
        }
        sent = send_piece(connection, (&mut [IoSlice::new(&piece)], piece.len()), body, watch)?;
    }
    Ok(sent)
}

/// Sends `bufs`, which end with so many bytes of the body, until the peer answers.
fn send_piece(
    connection: &mut Connection,
    (bufs, len): (&mut [IoSlice<'_>], usize),
    body: &mut dyn Pieces,
    watch: &mut Watch<'_>,
) -> Result<Sent, Trouble> {
    let sent = connection.send(bufs, watch)?;
    if sent == Sent::Answered {
        return Ok(sent);
    }
    // Before the flush: what a stream has taken may arrive before it says so.
    body.sent(len, watch.meter());
    connection.flush(watch)
}
