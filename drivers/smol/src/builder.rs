//! The settings of a client.

use crate::client::Client;
use crate::connector::Connector;
use crate::driver::Smol;
use crate::sockets::SmolSockets;
use b2_local::exchange::pool::Pool;
use b2_local::face::Settings;
use b2_local::flow::Flow;
use b2_local::flow::http1::Http;
use b2_proto::error::Error;
use std::sync::Arc;

/// Puts a [`Client`] together; see [`Client::builder`].
///
/// ```
/// use b2_smol::Client;
///
/// let client = Client::builder()
///     .credentials("0012a3b4c5d6e7f0000000001", "K001secret")
///     .user_agent("my-app/1.0")
///     .connections(8)
///     .build()?;
/// # let _ = client;
/// # Ok::<(), b2_smol::Error>(())
/// ```
#[derive(Default)]
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

    /// The client. Nothing is sent yet: it logs in with the first request.
    ///
    /// # Errors
    /// [`InvalidInput`](b2_proto::error::ErrorKind::InvalidInput) when there are no credentials
    /// or a setting cannot be used.
    pub fn build(self) -> Result<Client, Error> {
        if self.connector.is_some() {
            self.settings.check_beside_connector()?;
        }
        let hub = self.settings.hub("b2-smol", env!("CARGO_PKG_VERSION"))?;
        let pool = Pool::default();
        let http = Http::new(&self.settings, SmolSockets, self.connector, pool.clone())?;
        Ok(Client::new(self.settings, Flow::new(hub, pool, Smol::new(http))))
    }
}

impl core::fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("ClientBuilder").field("settings", &self.settings).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connector::{BoxFuture, BoxStream, Origin};
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
    fn a_proxy_must_be_one() {
        let builder = || ClientBuilder::default().credentials("id", "K001secret");
        for url in ["not a URL", "socks5://127.0.0.1:1080", "http://"] {
            let error = builder().proxy(url).build().expect_err("no proxy");
            assert_eq!(error.kind, ErrorKind::InvalidInput, "{url}");
        }
        builder().proxy("http://name:word@proxy.test:3128").build().expect("a proxy");
    }

    /// Reaches nobody.
    struct Nowhere;

    impl Connector for Nowhere {
        fn connect(&self, _: &Origin) -> BoxFuture<std::io::Result<BoxStream>> {
            Box::pin(async { Err(std::io::ErrorKind::NotConnected.into()) })
        }
    }

    #[test]
    fn what_has_no_effect_is_refused() {
        let own = || ClientBuilder::default().credentials("id", "K001secret").connector(Nowhere);
        own().proxy("http://proxy.test").build().expect("reached by the connector");
        let both = own().resolver(Resolver::default()).build().expect_err("nobody would ask it");
        assert_eq!(both.kind, ErrorKind::InvalidInput);
    }
}
