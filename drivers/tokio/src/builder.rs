//! The settings of a client.

use crate::client::Client;
use crate::connecting::Noticing;
use crate::driver::{Clients, Tokio};
use crate::names::Names;
use b2_local::exchange::pool::Pool;
use b2_local::exchange::proxy::{Proxies, Proxy};
use b2_local::exchange::{Origin, headers};
use b2_local::face::Settings;
use b2_local::flow::Flow;
use b2_local::tls;
use b2_proto::error::{Error, ErrorKind};
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
    http: Option<reqwest::Client>,
}

b2_local::builder_face!(ClientBuilder);

impl ClientBuilder {
    pub(crate) const fn from_settings(settings: Settings) -> Self {
        Self { settings, http: None }
    }

    /// Uses an HTTP client of the caller's. Proxy, resolver and certificates are that client's own
    /// then, and so is the time allowed to connect where it is shorter. It should neither retry
    /// nor follow redirects nor decompress, and speak HTTP/1.1, or parallel uploads share one
    /// connection.
    pub fn http(mut self, client: reqwest::Client) -> Self {
        self.http = Some(client);
        self
    }

    /// The client. Nothing is sent yet: it logs in with the first request.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) when there are no credentials or a setting
    /// cannot be used.
    pub fn build(self) -> Result<Client, Error> {
        let hub = self.settings.hub("b2-tokio", env!("CARGO_PKG_VERSION"))?;
        let clients = match self.http {
            Some(http) => Clients { posting: http.clone(), fetching: http },
            None => clients(&self.settings)?,
        };
        let driver = Tokio::new(clients, self.settings.connect_timeout);
        Ok(Client::new(self.settings, Flow::new(hub, Pool::default(), driver)))
    }
}

/// HTTP clients as the settings say.
pub(crate) fn clients(settings: &Settings) -> Result<Clients, Error> {
    let proxies = Arc::new(Proxies::new(settings, |name| std::env::var_os(name))?);
    let tls = tls::config(&settings.ca_pem)?;
    let client = |special: fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder| {
        let mut http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls.clone())
            .http1_only()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(settings.connect_timeout)
            .dns_resolver(Names { resolver: settings.resolver.clone(), proxies: proxies.clone() })
            .pool_idle_timeout(settings.idle_timeout)
            .pool_max_idle_per_host(settings.connections.max(1))
            .tcp_nodelay(true)
            // The library's own reading of the environment.
            .no_proxy();
        for with_tls in [false, true] {
            if let Some(proxy) = proxies.among(with_tls) {
                http = http.proxy(intercept(proxy, with_tls, proxies.clone()));
            }
        }
        special(http).build().map_err(|error| {
            let kind = ErrorKind::InvalidInput;
            Error::with_message(kind, format_args!("no HTTP client: {}", error.without_url()))
        })
    };
    Ok(Clients {
        posting: client(|http| http)?,
        fetching: client(|http| {
            http.connector_layer(Noticing).http1_max_headers(headers::COUNT_MAX)
        })?,
    })
}

/// One proxy as the HTTP library wants it.
fn intercept(proxy: &Proxy, with_tls: bool, proxies: Arc<Proxies>) -> reqwest::Proxy {
    let url = proxy.origin().url().to_string();
    let intercepted = reqwest::Proxy::custom(move |target| {
        let origin = Origin::of(&target.as_str().parse().ok()?)?;
        let is_meant = origin.is_tls() == with_tls && proxies.of(&origin).is_some();
        is_meant.then(|| url.clone())
    });
    match proxy.authorization() {
        Some(value) => intercepted.custom_http_auth(value.clone()),
        None => intercepted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
