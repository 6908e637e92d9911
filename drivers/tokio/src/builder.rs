//! The settings of a client.

use crate::client::Client;
use crate::tls;
use crate::transport::Pool;
use b2_proto::error::{Error, ErrorKind};
use b2_proto::machine::Session;
use b2_proto::machine::session::Credentials;
use b2_proto::op::Grant;
use b2_proto::policy::retry::RetryPolicy;
use core::time::Duration;
use http::HeaderValue;

/// Longest wait for a connection, as the reference client has it.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(46);
/// A connection nobody used for so long is closed, before the peer does so.
const IDLE_MAX: Duration = Duration::from_secs(20);

/// Settings that the client and its engine keep.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) credentials: Credentials,
    pub(crate) grant: Option<Grant>,
    pub(crate) http: reqwest::Client,
    pub(crate) user_agent: HeaderValue,
    pub(crate) pool: Pool,
    pub(crate) connections: usize,
    pub(crate) lanes: usize,
    pub(crate) buffer_budget: u64,
    pub(crate) policy: RetryPolicy,
    pub(crate) test_mode: Option<&'static str>,
    pub(crate) checks_clock: bool,
}

impl Config {
    /// A session that has not logged in, or starts from the login that was given.
    pub(crate) fn session(&self, seed: u64) -> Session {
        let mut session = Session::new(self.credentials.clone(), seed);
        session.policy = self.policy;
        session.test_mode = self.test_mode;
        if let Some(grant) = &self.grant {
            session.resume_login(grant.clone());
        }
        session
    }
}

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
#[derive(Debug)]
#[must_use]
pub struct ClientBuilder {
    key: Option<(String, b2_proto::secret::Secret)>,
    realm: String,
    grant: Option<Grant>,
    connections: usize,
    lanes: usize,
    buffer_budget: u64,
    application: Option<String>,
    http: Option<reqwest::Client>,
    proxy: Option<String>,
    ca_pem: Vec<Vec<u8>>,
    connect_timeout: Duration,
    policy: RetryPolicy,
    test_mode: Option<&'static str>,
    checks_clock: bool,
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self {
            key: None,
            realm: "production".to_owned(),
            grant: None,
            connections: 16,
            lanes: 8,
            buffer_budget: 64 << 20,
            application: None,
            http: None,
            proxy: None,
            ca_pem: Vec::new(),
            connect_timeout: CONNECT_TIMEOUT,
            policy: RetryPolicy::default(),
            test_mode: None,
            checks_clock: true,
        }
    }
}

impl ClientBuilder {
    /// The application key to log in with.
    pub fn credentials(mut self, key_id: impl Into<String>, key: impl Into<String>) -> Self {
        self.key = Some((key_id.into(), b2_proto::secret::Secret::new(key)));
        self
    }

    /// A login that was kept from before, such as one from an account store. It is used until
    /// the service refuses it.
    pub fn grant(mut self, grant: Grant) -> Self {
        self.grant = Some(grant);
        self
    }

    /// Where to log in: `production` (the default), `staging`, `dev`, or a URL.
    pub fn realm(mut self, realm: impl Into<String>) -> Self {
        self.realm = realm.into();
        self
    }

    /// Most requests at the same time, for all jobs together; 16 unless set, at least 1.
    pub const fn connections(mut self, count: usize) -> Self {
        self.connections = count;
        self
    }

    /// Most parts or ranges of one job at the same time; 8 unless set, between 1 and 64.
    pub const fn lanes(mut self, count: usize) -> Self {
        self.lanes = count;
        self
    }

    /// Most bytes of one upload that are kept in memory when its source can be read only once;
    /// 64 MiB unless set. Such an upload has fewer lanes if they would need more.
    pub const fn buffer_budget(mut self, bytes: u64) -> Self {
        self.buffer_budget = bytes;
        self
    }

    /// The program's own name and version, appended to this client's in the user agent.
    pub fn user_agent(mut self, application: impl Into<String>) -> Self {
        self.application = Some(application.into());
        self
    }

    /// Uses an HTTP client of the caller's. Proxy, certificates and the time allowed to connect
    /// are that client's own then. It should neither retry nor follow redirects nor decompress,
    /// and speak HTTP/1.1, or parallel uploads share one connection.
    pub fn http(mut self, client: reqwest::Client) -> Self {
        self.http = Some(client);
        self
    }

    /// Sends all requests through this proxy; otherwise the proxy variables of the environment
    /// are respected, but for a realm on this machine, which no proxy could reach.
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.proxy = Some(url.into());
        self
    }

    /// Trusts these certificates too, in PEM.
    pub fn ca_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.ca_pem.push(pem.into());
        self
    }

    /// Longest wait for a connection; 46 seconds unless set.
    pub const fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How often and when requests are repeated.
    pub const fn retry_policy(mut self, policy: RetryPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Asks the service to misbehave in one of its test modes, such as `fail_some_uploads`.
    pub const fn test_mode(mut self, mode: &'static str) -> Self {
        self.test_mode = Some(mode);
        self
    }

    /// Whether work ends with an error when this machine's clock and the service's differ by
    /// more than ten minutes; it does unless this is switched off.
    pub const fn check_clock(mut self, checks: bool) -> Self {
        self.checks_clock = checks;
        self
    }

    /// The client. Nothing is sent yet: it logs in with the first request.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) when there are no credentials or a setting
    /// cannot be used.
    pub fn build(self) -> Result<Client, Error> {
        let Some((key_id, key)) = &self.key else {
            return Err(Error::invalid("an application key is needed to log in"));
        };
        let credentials = Credentials::new(key_id, key.expose(), &self.realm)?;
        let http = match &self.http {
            Some(http) => http.clone(),
            None => self.build_http()?,
        };
        Ok(Client::new(Config {
            credentials,
            grant: self.grant,
            http,
            user_agent: user_agent(self.application.as_deref())?,
            pool: Pool::default(),
            connections: self.connections.max(1),
            lanes: self.lanes.clamp(1, usize::from(LANES_MAX)),
            buffer_budget: self.buffer_budget,
            policy: self.policy,
            test_mode: self.test_mode,
            checks_clock: self.checks_clock,
        }))
    }

    fn build_http(&self) -> Result<reqwest::Client, Error> {
        let mut http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls::config(&self.ca_pem)?)
            .http1_only()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(self.connect_timeout)
            .pool_idle_timeout(IDLE_MAX)
            .pool_max_idle_per_host(self.connections.max(1))
            .tcp_nodelay(true);
        if let Some(url) = &self.proxy {
            let proxy = reqwest::Proxy::all(url.as_str());
            http = http.proxy(proxy.map_err(|_| Error::invalid("the proxy is not a URL"))?);
        } else if is_loopback(&self.realm) {
            http = http.no_proxy();
        }
        http.build().map_err(|error| {
            let kind = ErrorKind::InvalidInput;
            Error::with_message(kind, format_args!("no HTTP client: {}", error.without_url()))
        })
    }
}

/// Whether a realm is a URL of this machine.
fn is_loopback(realm: &str) -> bool {
    let Ok(url) = reqwest::Url::parse(realm) else { return false };
    let host = url.host_str().unwrap_or_default();
    let ip = host.trim_matches(['[', ']']).parse::<core::net::IpAddr>();
    host == "localhost" || ip.is_ok_and(|ip| ip.is_loopback())
}

/// Most lanes of a job.
pub(crate) const LANES_MAX: u16 = 64;

/// `b2-tokio/<version> rust/<version>`, and the caller's own.
fn user_agent(application: Option<&str>) -> Result<HeaderValue, Error> {
    let own = concat!("b2-tokio/", env!("CARGO_PKG_VERSION"));
    let rust = match env!("CARGO_PKG_RUST_VERSION") {
        "" => "1",
        version => version,
    };
    let text = match application {
        Some(application) => format!("{own} rust/{rust} {application}"),
        None => format!("{own} rust/{rust}"),
    };
    HeaderValue::from_str(&text).map_err(|_| Error::invalid("not a name for a user agent"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_agent_names_client_and_application() {
        let text = user_agent(Some("app/2")).expect("legal");
        let text = text.to_str().expect("text");
        assert!(text.starts_with("b2-tokio/0.") && text.ends_with(" app/2"), "{text}");
        assert!(user_agent(Some("two\nlines")).is_err());
    }

    #[test]
    fn a_realm_on_this_machine_is_known() {
        for realm in ["http://127.0.0.1:9", "http://[::1]:9/", "https://localhost"] {
            assert!(is_loopback(realm), "{realm}");
        }
        for realm in ["production", "http://127.0.0.1.example.com", "http://10.0.0.1", "::1"] {
            assert!(!is_loopback(realm), "{realm}");
        }
    }

    #[test]
    fn keys_are_not_shown() {
        let builder = ClientBuilder::default().credentials("id", "K001secret");
        assert!(!format!("{builder:?}").contains("K001secret"));
        let client = builder.build().expect("built");
        assert!(!format!("{client:?}").contains("K001secret"));
    }
}
