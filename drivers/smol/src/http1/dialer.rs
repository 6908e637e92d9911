//! New connections.

use super::{tcp, tunnel};
use crate::cause;
use crate::connector::{BoxStream, Connector};
use b2_local::exchange::proxy::{Proxies, Proxy};
use b2_local::exchange::{Origin, Trouble};
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
    proxies: Proxies,
    /// The caller's own way to any server.
    connector: Option<Arc<dyn Connector>>,
    tls: TlsConnector,
    timeout: Duration,
}

impl Dialer {
    /// # Errors
    /// [`InvalidInput`](b2_proto::error::ErrorKind::InvalidInput) when proxy or certificates
    /// cannot be used.
    pub(super) fn new(
        settings: &Settings,
        connector: Option<Arc<dyn Connector>>,
    ) -> Result<Self, Error> {
        // A connector knows its own way, whatever the environment says.
        let variable = |name: &str| std::env::var_os(name).filter(|_| connector.is_none());
        let proxies = Proxies::new(settings, variable)?;
        let tls = TlsConnector::from(Arc::new(tls::config(&settings.ca_pem)?));
        Ok(Self { proxies, connector, tls, timeout: settings.connect_timeout })
    }

    /// The proxy that wants requests for `origin` itself, in place of a tunnel to it.
    pub(super) fn forwarder(&self, origin: &Origin) -> Option<&Proxy> {
        self.proxies.forwarder(origin)
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
        let stream = match self.proxies.of(origin) {
            Some(proxy) => self.by_proxy(proxy, origin).await?,
            None => self.reach(origin).await?,
        };
        if origin.is_tls() { self.secure(stream, origin).await } else { Ok(stream) }
    }

    async fn by_proxy(&self, proxy: &Proxy, origin: &Origin) -> Result<BoxStream, Trouble> {
        let at = proxy.origin();
        let mut stream = self.reach(at).await?;
        if at.is_tls() {
            stream = self.secure(stream, at).await?;
        }
        if origin.is_tls() { tunnel::open(stream, proxy, origin).await } else { Ok(stream) }
    }

    /// Bytes to and from a server or proxy.
    async fn reach(&self, origin: &Origin) -> Result<BoxStream, Trouble> {
        match &self.connector {
            Some(connector) => {
                connector.connect(origin).await.map_err(|error| cause::of_connect(&error))
            }
            None => Ok(Box::new(tcp::connect(origin.host(), origin.port()).await?)),
        }
    }

    /// Speaks TLS over a stream, and makes sure that the other end is `origin`.
    async fn secure(&self, stream: BoxStream, origin: &Origin) -> Result<BoxStream, Trouble> {
        let name = ServerName::try_from(origin.host().to_owned());
        let name = name.map_err(|_| Trouble::new(Cause::Tls, "no certificate has such a name"))?;
        let secured = self.tls.connect(name, stream).await;
        Ok(Box::new(secured.map_err(|error| cause::of_connect(&error))?))
    }
}
