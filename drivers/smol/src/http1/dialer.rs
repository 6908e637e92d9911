//! New connections.

use super::proxy::{Proxies, Proxy};
use super::{tcp, tunnel};
use crate::cause;
use crate::connector::{BoxStream, Connector, Origin};
use b2_local::exchange::Trouble;
use b2_local::face::Settings;
use b2_local::tls;
use b2_proto::error::{Cause, Error};
use core::time::Duration;
use futures_rustls::TlsConnector;
use rustls::pki_types::ServerName;
use smol::Timer;
use smol::future::FutureExt as _;
use std::sync::Arc;

/// Opens connections as the settings say.
pub(super) struct Dialer {
    way: Way,
    tls: TlsConnector,
    timeout: Duration,
}

/// How a server is reached.
enum Way {
    Proxies(Proxies),
    Connector(Arc<dyn Connector>),
}

impl Dialer {
    /// # Errors
    /// [`InvalidInput`](b2_proto::error::ErrorKind::InvalidInput) when proxy or certificates
    /// cannot be used.
    pub(super) fn new(
        settings: &Settings,
        connector: Option<Arc<dyn Connector>>,
    ) -> Result<Self, Error> {
        let way = match connector {
            Some(connector) => Way::Connector(connector),
            None => Way::Proxies(Proxies::new(settings)?),
        };
        let tls = TlsConnector::from(Arc::new(tls::config(&settings.ca_pem)?));
        Ok(Self { way, tls, timeout: settings.connect_timeout })
    }

    /// The proxy that wants requests for `origin` itself, in place of a tunnel to it.
    pub(super) fn forwarder(&self, origin: &Origin) -> Option<&Proxy> {
        match &self.way {
            Way::Proxies(proxies) if !origin.is_tls() => proxies.of(origin),
            Way::Proxies(_) | Way::Connector(_) => None,
        }
    }

    /// A connection on which `origin` can be sent requests, within the time allowed.
    ///
    /// # Errors
    /// Why there is none; no part of a request has left.
    pub(super) async fn connect(&self, origin: &Origin) -> Result<BoxStream, Trouble> {
        let alarm = async {
            Timer::after(self.timeout).await;
            Err(Trouble::new(Cause::ConnectTimeout, "connecting took too long"))
        };
        self.open(origin).or(alarm).await
    }

    async fn open(&self, origin: &Origin) -> Result<BoxStream, Trouble> {
        let stream = match &self.way {
            Way::Connector(connector) => {
                connector.connect(origin).await.map_err(|error| cause::of_connect(&error))?
            }
            Way::Proxies(proxies) => match proxies.of(origin) {
                Some(proxy) => self.by_proxy(proxy, origin).await?,
                None => Box::new(tcp::connect(origin.host(), origin.port()).await?),
            },
        };
        if origin.is_tls() { self.secure(stream, origin).await } else { Ok(stream) }
    }

    async fn by_proxy(&self, proxy: &Proxy, origin: &Origin) -> Result<BoxStream, Trouble> {
        let at = proxy.origin();
        let mut stream: BoxStream = Box::new(tcp::connect(at.host(), at.port()).await?);
        if at.is_tls() {
            stream = self.secure(stream, at).await?;
        }
        if origin.is_tls() { tunnel::open(stream, proxy, origin).await } else { Ok(stream) }
    }

    /// Speaks TLS over a stream, and makes sure that the other end is `origin`.
    async fn secure(&self, stream: BoxStream, origin: &Origin) -> Result<BoxStream, Trouble> {
        let name = ServerName::try_from(origin.host().to_owned());
        let name = name.map_err(|_| Trouble::new(Cause::Tls, "no certificate has such a name"))?;
        let secured = self.tls.connect(name, stream).await;
        Ok(Box::new(secured.map_err(|error| cause::of_connect(&error))?))
    }
}
