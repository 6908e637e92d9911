//! The settings of a client.

use crate::client::Client;
use crate::connector::{Connector, Tcp};
use crate::flow::Flow;
use crate::http::{Http, HttpSettings};
use b2_local::exchange::proxy::Proxies;
use b2_local::face::{IDLE_TIMEOUT, Settings};
use b2_local::tls;
use b2_proto::error::Error;
use std::sync::Arc;

/// Puts a [`Client`] together; see [`Client::builder`].
///
/// ```
/// use b2_blocking::Client;
///
/// let client = Client::builder()
///     .credentials("0012a3b4c5d6e7f0000000001", "K001secret")
///     .user_agent("my-app/1.0")
///     .connections(8)
///     .build()?;
/// # let _ = client;
/// # Ok::<(), b2_blocking::Error>(())
/// ```
#[derive(Debug, Default)]
#[must_use]
pub struct ClientBuilder {
    settings: Settings,
    connector: Option<Arc<dyn Connector>>,
}

b2_local::builder_face!(ClientBuilder);

impl ClientBuilder {
    pub(crate) const fn from_settings(settings: Settings) -> Self {
        Self { settings, connector: None }
    }

    /// Opens connections in the caller's way. A proxy that is [set](Self::proxy) is reached in it
    /// too, those of the environment are not used then; certificates are checked as always, and
    /// the time allowed to connect counts for it too. A [`resolver`](Self::resolver) beside it is
    /// refused.
    pub fn connector(mut self, connector: impl Connector + 'static) -> Self {
        self.connector = Some(Arc::new(connector));
        self
    }

    /// The client. Nothing is sent yet, and no thread is started: it logs in with the first
    /// request.
    ///
    /// # Errors
    /// [`InvalidInput`](b2_proto::error::ErrorKind::InvalidInput) when there are no credentials or
    /// a setting cannot be used.
    pub fn build(self) -> Result<Client, Error> {
        let Self { settings, connector } = self;
        if connector.is_some() {
            settings.check_beside_connector()?;
        }
        let hub = settings.hub("b2-blocking", env!("CARGO_PKG_VERSION"))?;
        let http = http(&settings, connector)?;
        Ok(Client::new(settings, Flow::new(hub, http)))
    }
}

pub(crate) fn http(
    settings: &Settings,
    connector: Option<Arc<dyn Connector>>,
) -> Result<Http, Error> {
    // A connector knows its own way, whatever the environment says.
    let variable = |name: &str| std::env::var_os(name).filter(|_| connector.is_none());
    let proxies = Proxies::new(settings, variable)?;
    let tcp = || {
        Arc::new(Tcp { resolver: settings.resolver.clone().unwrap_or_default() })
            as Arc<dyn Connector>
    };
    Ok(Http::new(HttpSettings {
        connector: connector.unwrap_or_else(tcp),
        tls: tls::config(&settings.ca_pem)?,
        proxies,
        connect_timeout: settings.connect_timeout,
        idle_timeout: settings.idle_timeout.unwrap_or(IDLE_TIMEOUT),
        requests_max: settings.connections,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use b2_local::exchange::Resolver;
    use b2_proto::error::ErrorKind;

    #[test]
    fn keys_are_not_shown() {
        let builder = ClientBuilder::default().credentials("id", "K001secret");
        assert!(!format!("{builder:?}").contains("K001secret"));
        let client = builder.build().expect("built");
        assert!(!format!("{client:?}").contains("K001secret"));
    }

    #[test]
    fn what_has_no_effect_is_refused() {
        let builder = || ClientBuilder::default().credentials("id", "K001secret");
        let own = || builder().connector(Tcp { resolver: Resolver::default() });
        own().proxy("http://proxy.test").build().expect("reached by the connector");
        let both = own().resolver(Resolver::default()).build().expect_err("nobody would ask it");
        assert_eq!(both.kind, ErrorKind::InvalidInput);
    }
}
