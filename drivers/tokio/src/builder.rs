//! The settings of a client.

#[cfg(feature = "reqwest")]
use crate::callers::Callers;
use crate::client::Client;
use crate::driver::Tokio;
use crate::runtime::Runtime;
use crate::transport::Transport;
use b2_local::exchange::pool::Pool;
use b2_local::face::Settings;
use b2_local::flow::Flow;
use b2_local::flow::http1::Http;
use b2_proto::error::Error;
use std::sync::Arc;

/// Puts a [`Client`] together; see [`Client::builder`].
///
/// ```
/// use b2_tokio::Client;
///
/// let client = Client::builder()
///     .credentials("0012a3b4c5d6e7f0000000001", "K001secret")
///     .user_agent("my-app/1.0")
///     .connections(8)
///     .build()?;
/// # let _ = client;
/// # Ok::<(), b2_tokio::Error>(())
/// ```
#[derive(Debug, Default)]
#[must_use]
pub struct ClientBuilder {
    settings: Settings,
    #[cfg(feature = "reqwest")]
    http: Option<reqwest::Client>,
}

b2_local::builder_face!(ClientBuilder);

impl ClientBuilder {
    pub(crate) const fn from_settings(settings: Settings) -> Self {
        Self {
            settings,
            #[cfg(feature = "reqwest")]
            http: None,
        }
    }

    /// Uses an HTTP client of the caller's. Proxy, resolver, certificates and how long connections
    /// are kept are that client's own then, and refused here, where they would have no effect; so
    /// is the time allowed to connect where it is shorter.
    ///
    /// It should neither retry nor follow redirects nor decompress, speak HTTP/1.1, or parallel
    /// uploads share one connection, and take heads of 512 lines (`http1_max_headers`), as file
    /// info is in them: unless told it takes a hundred.
    #[cfg(feature = "reqwest")]
    pub fn http(mut self, client: reqwest::Client) -> Self {
        self.http = Some(client);
        self
    }

    /// The client. Nothing is sent yet: it logs in with the first request.
    ///
    /// # Errors
    /// [`InvalidInput`](b2_proto::error::ErrorKind::InvalidInput) when there are no credentials or
    /// a setting cannot be used.
    pub fn build(self) -> Result<Client, Error> {
        let hub = self.settings.hub("b2-tokio", env!("CARGO_PKG_VERSION"))?;
        let (pool, runtime) = (Pool::default(), Runtime::default());
        let transport = self.transport(&runtime, &pool)?;
        Ok(Client::new(self.settings, Flow::new(hub, pool, Tokio::new(transport, runtime))))
    }

    fn transport(&self, runtime: &Runtime, pool: &Pool) -> Result<Transport, Error> {
        #[cfg(feature = "reqwest")]
        if let Some(client) = self.http.clone() {
            self.settings.check_beside_http()?;
            let connect_timeout = self.settings.connect_timeout;
            return Ok(Transport::Callers(Callers { client, connect_timeout }));
        }
        let http = Http::new(&self.settings, runtime.clone(), None, pool.clone())?;
        Ok(Transport::Own(Arc::new(http)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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

    #[cfg(feature = "reqwest")]
    #[test]
    fn what_has_no_effect_is_refused() {
        use core::time::Duration;
        let tls = b2_local::tls::config(&[]).expect("a configuration");
        let http = reqwest::Client::builder().tls_backend_preconfigured(tls).build();
        let http = http.expect("built");
        let own = || ClientBuilder::default().credentials("id", "K001secret").http(http.clone());
        own().connect_timeout(Duration::from_secs(1)).build().expect("it counts");
        for both in [
            own().proxy("http://proxy.test"),
            own().ca_pem("not looked at"),
            own().resolver(b2_local::exchange::Resolver::default()),
            own().idle_timeout(Duration::from_secs(1)),
        ] {
            let error = both.build().expect_err("nobody would heed it");
            assert_eq!(error.kind, ErrorKind::InvalidInput, "{error}");
        }
    }
}
