//! New connections: over a proxy or not, encrypted or not.

use core::time::Duration;
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, Thread};
use std::time::Instant;

use b2_local::exchange::proxy::Proxies;
use b2_local::exchange::{Origin, Trouble};
use b2_proto::error::Cause;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection};

use super::connection::Connection;
use super::secured::{Raw, Secured};
use super::tunnel;
use super::watch::Watch;
use crate::cause;
use crate::connector::{ConnectError, Connector, Readiness, Stream};

/// How connections are made.
pub(super) struct Dialer {
    pub(super) connector: Arc<dyn Connector>,
    pub(super) tls: Arc<ClientConfig>,
    pub(super) proxies: Proxies,
    pub(super) time_max: Duration,
}

type Dialled = Result<Box<dyn Stream>, ConnectError>;

impl Dialer {
    /// A connection on which `origin` can be sent requests; nothing of one has left.
    pub(super) fn dial(
        &self,
        origin: &Origin,
        watch: &mut Watch<'_>,
    ) -> Result<Connection, Trouble> {
        let until = Instant::now() + self.time_max;
        watch.meter().connecting(self.time_max);
        let way = self.proxies.way(origin);
        let mut stream = self.connect(way.first, until, watch)?;
        if way.first.is_tls() {
            stream = self.encrypt(stream, way.first, until, watch)?;
        }
        if let Some(proxy) = way.tunnel {
            tunnel::open(&*stream, proxy, origin, until, watch)?;
            stream = self.encrypt(stream, origin, until, watch)?;
        }
        watch.meter().connected();
        Ok(Connection::new(stream))
    }

    /// The system's way to connect cannot be interrupted, so a thread of its own waits for that.
    /// When nobody waits for the thread any more it ends by itself, after the time allowed at the
    /// latest.
    fn connect(
        &self,
        origin: &Origin,
        until: Instant,
        watch: &mut Watch<'_>,
    ) -> Result<Arc<dyn Stream>, Trouble> {
        let connected: Arc<Mutex<Option<Dialled>>> = Arc::default();
        let promise = Promise { place: Some(connected.clone()), waiting: thread::current() };
        let connector = self.connector.clone();
        let (origin, time_max) = (origin.clone(), self.time_max);
        let work = move || promise.keep(connector.connect(&origin, time_max));
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

    /// Speaks TLS over a stream, and makes sure that the other end is `origin`.
    fn encrypt(
        &self,
        stream: Arc<dyn Stream>,
        origin: &Origin,
        until: Instant,
        watch: &mut Watch<'_>,
    ) -> Result<Arc<dyn Stream>, Trouble> {
        let name = ServerName::try_from(origin.host().to_owned());
        let name = name.map_err(|_| Trouble::new(Cause::Tls, "not a name of a server"))?;
        let tls = ClientConnection::new(self.tls.clone(), name);
        let mut tls = tls.map_err(|error| Trouble::new(Cause::Tls, error.to_string()))?;
        while tls.is_handshaking() {
            match tls.complete_io(&mut Raw(&*stream)) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    // Asked afterwards: it may have read what it now has an answer to.
                    let wanted = Readiness { read: tls.wants_read(), write: tls.wants_write() };
                    tunnel::pause(error, &*stream, wanted, until, watch)?;
                }
                Err(error) => return Err(cause::of_handshake(&error)),
            }
        }
        Ok(Arc::new(Secured::new(stream, tls)))
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
