//! New connections: over a proxy or not, encrypted or not.

use core::time::Duration;
use std::io::{self, ErrorKind, IoSlice};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, Thread};
use std::time::Instant;

use b2_local::exchange::{Phase, Trouble};
use b2_proto::error::Cause;
use http::header::{HOST, PROXY_AUTHORIZATION};
use http::{Method, Request, Uri};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection};

use super::connection::{Connection, Raw, Sent};
use super::head;
use super::peer::Peer;
use super::proxy::{Proxies, Proxy};
use super::watch::Watch;
use crate::cause;
use crate::connect::{Connect, ConnectError, Readiness, Stream};

/// How connections are made.
pub(super) struct Dialer {
    pub(super) connector: Arc<dyn Connect>,
    pub(super) tls: Arc<ClientConfig>,
    pub(super) proxies: Proxies,
    pub(super) time_max: Duration,
}

type Dialled = Result<Box<dyn Stream>, ConnectError>;

impl Dialer {
    /// A connection to `peer`; nothing of a request has been sent on it.
    pub(super) fn dial(&self, peer: &Peer, watch: &mut Watch<'_>) -> Result<Connection, Trouble> {
        let until = Instant::now() + self.time_max;
        // Plain requests are given to the proxy itself, as to any peer.
        let connection = match self.proxies.before(peer).filter(|_| peer.is_encrypted) {
            None => Connection::new(self.connect(peer, until, watch)?, None),
            Some(proxy) => {
                let stream = self.connect(&proxy.peer, until, watch)?;
                tunnel(Connection::new(stream, None), proxy, peer, watch)?
            }
        };
        let connection = match peer.is_encrypted {
            false => connection,
            true => self.encrypt(connection, peer, until, watch)?,
        };
        watch.meter().touch(Phase::Waiting);
        Ok(connection)
    }

    /// Neither the system's resolver nor its way to connect can be interrupted, so a thread of
    /// their own waits for them. When nobody waits for that thread any more it ends by itself,
    /// after the time allowed at the latest, but for a resolver that takes longer.
    fn connect(
        &self,
        peer: &Peer,
        until: Instant,
        watch: &mut Watch<'_>,
    ) -> Result<Arc<dyn Stream>, Trouble> {
        let connected: Arc<Mutex<Option<Dialled>>> = Arc::default();
        let promise = Promise { place: Some(connected.clone()), waiting: thread::current() };
        let connector = self.connector.clone();
        let (host, port, time_max) = (peer.host.clone(), peer.port, self.time_max);
        let work = move || promise.keep(connector.connect(&host, port, time_max));
        let no_thread = |error: io::Error| Trouble::new(Cause::Refused, error.to_string());
        let thread = thread::Builder::new().name("b2-connect".to_owned());
        drop(thread.spawn(work).map_err(no_thread)?);
        loop {
            // Asked before it is looked for, so that it is not missed in between.
            let is_over = Arc::strong_count(&connected) == 1;
            let dialled = connected.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(dialled) = dialled {
                let stream = Arc::from(dialled.map_err(|error| cause::of_connect(&error))?);
                watch.hold(&stream);
                return Ok(stream);
            }
            if is_over {
                return Err(Trouble::new(Cause::Refused, "the connector broke off"));
            }
            if until <= Instant::now() {
                return Err(Trouble::new(Cause::ConnectTimeout, ""));
            }
            watch.park(until)?;
        }
    }

    fn encrypt(
        &self,
        connection: Connection,
        peer: &Peer,
        until: Instant,
        watch: &mut Watch<'_>,
    ) -> Result<Connection, Trouble> {
        let stream = connection.stream().clone();
        let name = ServerName::try_from(peer.host.trim_matches(['[', ']']).to_owned());
        let name = name.map_err(|_| Trouble::new(Cause::Tls, "not a name of a server"))?;
        let tls = ClientConnection::new(self.tls.clone(), name);
        let mut tls = tls.map_err(|error| Trouble::new(Cause::Tls, error.to_string()))?;
        while tls.is_handshaking() {
            let wanted = Readiness { read: tls.wants_read(), write: tls.wants_write() };
            match tls.complete_io(&mut Raw(&*stream)) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    if until <= Instant::now() {
                        return Err(Trouble::new(Cause::ConnectTimeout, ""));
                    }
                    watch.wait_until(&*stream, wanted, until)?;
                }
                Err(error) => return Err(cause::of_handshake(&error)),
            }
        }
        Ok(Connection::new(stream, Some(Box::new(tls))))
    }
}

/// The other end of a thread that connects.
struct Promise {
    place: Option<Arc<Mutex<Option<Dialled>>>>,
    waiting: Thread,
}

impl Promise {
    fn keep(self, dialled: Dialled) {
        if let Some(place) = &self.place {
            *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(dialled);
        }
    }
}

/// Also when the connector panics.
impl Drop for Promise {
    fn drop(&mut self) {
        self.place = None;
        self.waiting.unpark();
    }
}

/// Has a proxy connect to `peer`.
fn tunnel(
    mut connection: Connection,
    proxy: &Proxy,
    peer: &Peer,
    watch: &mut Watch<'_>,
) -> Result<Connection, Trouble> {
    let refused = |detail: String| Trouble::new(Cause::Refused, detail);
    let target = format!("{}:{}", peer.host, peer.port);
    let url = Uri::builder().authority(target.as_str()).build();
    let request = Request::builder().method(Method::CONNECT).header(HOST, &target);
    let request = request.uri(url.map_err(|error| refused(error.to_string()))?).body(());
    let mut request = request.map_err(|error| refused(error.to_string()))?;
    if let Some(authorization) = &proxy.authorization {
        request.headers_mut().insert(PROXY_AUTHORIZATION, authorization.clone());
    }
    let (head, call) = head::write(request, 0)?;
    // Nothing of the request itself is sent before the tunnel is there.
    let not_there = |trouble: Trouble| Trouble { cause: Cause::Refused, ..trouble };
    let sent = connection.send(&mut [IoSlice::new(&head)], watch).map_err(not_there)?;
    watch.meter().touch(Phase::Waiting);
    let (answer, _) = head::read(&mut connection, call, watch).map_err(not_there)?;
    let is_open = answer.status().as_u16() / 100 == 2 && sent == Sent::All;
    if !is_open || !connection.input.is_empty() {
        return Err(refused(format!("the proxy answered {}", answer.status())));
    }
    Ok(connection)
}
