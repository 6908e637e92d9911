//! New connections.

use super::connector::{BoxStream, Connector};
use super::{Sockets, cause, tcp, tunnel};
use crate::exchange::proxy::{Proxies, Proxy};
use crate::exchange::{Origin, Resolver, Trouble};
use crate::face::Settings;
use crate::tls;
use b2_proto::error::{Cause, Error};
use futures_rustls::TlsConnector;
use rustls::pki_types::ServerName;
use std::sync::Arc;

/// Opens connections as the settings say.
pub(super) struct Dialer<S> {
    sockets: S,
    proxies: Proxies,
    /// The caller's own way to any server.
    connector: Option<Arc<dyn Connector>>,
    resolver: Resolver,
    tls: TlsConnector,
}

impl<S: Sockets> Dialer<S> {
    /// # Errors
    /// [`InvalidInput`](b2_proto::error::ErrorKind::InvalidInput) when proxy or certificates
    /// cannot be used.
    pub(super) fn new(
        settings: &Settings,
        sockets: S,
        connector: Option<Arc<dyn Connector>>,
    ) -> Result<Self, Error> {
        // A connector knows its own way, whatever the environment says.
        let variable = |name: &str| std::env::var_os(name).filter(|_| connector.is_none());
        let proxies = Proxies::new(settings, variable)?;
        let tls = TlsConnector::from(Arc::new(tls::config(&settings.ca_pem)?));
        let resolver = settings.resolver.clone().unwrap_or_default();
        Ok(Self { sockets, proxies, connector, resolver, tls })
    }

    /// The proxy that wants requests for `origin` itself, in place of a tunnel to it.
    pub(super) fn forwarder(&self, origin: &Origin) -> Option<&Proxy> {
        self.proxies.forwarder(origin)
    }

    /// A connection on which `origin` can be sent requests.
    ///
    /// # Errors
    /// Why there is none; no part of a request has left.
    pub(super) async fn connect(&self, origin: &Origin) -> Result<BoxStream, Trouble> {
        let way = self.proxies.way(origin);
        let mut stream = self.reach(way.first).await?;
        if way.first.is_tls() {
            stream = self.secure(stream, way.first).await?;
        }
        match way.tunnel {
            Some(proxy) => self.secure(tunnel::open(stream, proxy, origin).await?, origin).await,
            None => Ok(stream),
        }
    }

    /// Bytes to and from a server or proxy.
    async fn reach(&self, origin: &Origin) -> Result<BoxStream, Trouble> {
        match &self.connector {
            Some(connector) => {
                connector.connect(origin).await.map_err(|error| cause::of_connect(&error))
            }
            None => Ok(Box::new(tcp::connect(&self.sockets, &self.resolver, origin).await?)),
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
