//! The settings of a client.

use core::hash::{BuildHasher as _, Hasher as _};
use core::net::IpAddr;
use core::time::Duration;
use std::sync::Arc;

use b2_proto::error::{Error, ErrorKind};
use b2_proto::machine::Session;
use b2_proto::machine::session::Credentials;
use b2_proto::op::Grant;
use b2_proto::policy::retry::RetryPolicy;
use b2_proto::secret::Secret;
use http::{HeaderValue, Uri};

use super::LANES_MAX;
use crate::hub::{HubSettings, Observer};

/// What a client is made with; the setters of each driver's `ClientBuilder` say more.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The application key's ID and the key.
    pub key: Option<(String, Secret)>,
    /// Name or URL of the realm.
    pub realm: String,
    /// A login of before.
    pub grant: Option<Grant>,
    /// Most requests at the same time.
    pub connections: usize,
    /// Most parts or ranges of one job at the same time.
    pub lanes: u16,
    /// Most bytes of one upload kept in memory.
    pub buffer_budget: u64,
    /// Appended to the user agent.
    pub application: Option<String>,
    /// URL of a proxy.
    pub proxy: Option<String>,
    /// Certificates to trust besides the system's, in PEM.
    pub ca_pem: Vec<Vec<u8>>,
    /// Longest wait for a connection.
    pub connect_timeout: Duration,
    /// Longest time an unused connection is kept.
    pub idle_timeout: Duration,
    /// Longest silence on a connection, if the operation allows more.
    pub silence_timeout: Option<Duration>,
    /// How often and when requests are repeated.
    pub policy: RetryPolicy,
    /// A test mode of the service.
    pub test_mode: Option<&'static str>,
    /// Whether this machine's clock is compared with the service's.
    pub checks_clock: bool,
    /// Told about each request.
    pub observer: Option<Arc<dyn Observer>>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            key: None,
            realm: "production".to_owned(),
            grant: None,
            connections: 16,
            lanes: 8,
            buffer_budget: 64 << 20,
            application: None,
            proxy: None,
            ca_pem: Vec::new(),
            // As the reference client has it.
            connect_timeout: Duration::from_secs(46),
            // Before the service closes it.
            idle_timeout: Duration::from_secs(20),
            silence_timeout: None,
            policy: RetryPolicy::default(),
            test_mode: None,
            checks_clock: true,
            observer: None,
        }
    }
}

impl Settings {
    /// Key and realm from the variables `B2_APPLICATION_KEY_ID`, `B2_APPLICATION_KEY` and, for
    /// another realm than the real service, `B2_ENVIRONMENT`.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) when one is missing.
    pub fn from_env() -> Result<Self, Error> {
        let read = |name: &str| {
            std::env::var(name).map_err(|_| {
                let kind = ErrorKind::InvalidInput;
                Error::with_message(kind, format_args!("the variable {name} is not set"))
            })
        };
        let mut settings = Self::default();
        let (id, key) = (read("B2_APPLICATION_KEY_ID")?, read("B2_APPLICATION_KEY")?);
        settings.key = Some((id, Secret::new(key)));
        if let Ok(realm) = std::env::var("B2_ENVIRONMENT") {
            settings.realm = realm;
        }
        Ok(settings)
    }

    /// What a hub of these settings is made with. `driver` and `version` name the crate in the
    /// user agent.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) when there are no credentials or a setting
    /// cannot be used.
    pub fn hub(&self, driver: &str, version: &str) -> Result<HubSettings, Error> {
        let Some((key_id, key)) = &self.key else {
            return Err(Error::invalid("an application key is needed to log in"));
        };
        let credentials = Credentials::new(key_id, key.expose(), &self.realm)?;
        let mut session = Session::new(credentials, seed());
        session.policy = self.policy;
        session.test_mode = self.test_mode;
        if let Some(grant) = &self.grant {
            session.resume_login(grant.clone());
        }
        Ok(HubSettings {
            session,
            connections: self.connections.max(1),
            user_agent: self.user_agent(driver, version)?,
            checks_clock: self.checks_clock,
            silence_max: self.silence_timeout,
            observer: self.observer.clone(),
        })
    }

    /// Lanes of a job, within the bounds.
    pub fn lanes(&self) -> u16 {
        self.lanes.clamp(1, LANES_MAX)
    }

    /// Whether the realm is a URL of this machine, which no proxy of the environment could reach.
    pub fn is_loopback(&self) -> bool {
        let Ok(url) = self.realm.parse::<Uri>() else { return false };
        let host = url.host().unwrap_or_default();
        let ip = host.trim_matches(['[', ']']).parse::<IpAddr>();
        url.scheme().is_some() && (host == "localhost" || ip.is_ok_and(|ip| ip.is_loopback()))
    }

    /// `<driver>/<version> rust/<version>`, and the caller's own.
    fn user_agent(&self, driver: &str, version: &str) -> Result<HeaderValue, Error> {
        let rust = match env!("CARGO_PKG_RUST_VERSION") {
            "" => "1",
            version => version,
        };
        let text = match &self.application {
            Some(application) => format!("{driver}/{version} rust/{rust} {application}"),
            None => format!("{driver}/{version} rust/{rust}"),
        };
        HeaderValue::from_str(&text).map_err(|_| Error::invalid("not a name for a user agent"))
    }
}

/// Randomness for jitter; it need not be good.
fn seed() -> u64 {
    std::hash::RandomState::new().build_hasher().finish()
}

/// Writes the setters of a driver's `ClientBuilder`, which has its [`Settings`] in `settings`.
#[macro_export]
macro_rules! builder_face {
    ($builder:ident) => {
        impl $builder {
            /// The application key to log in with.
            pub fn credentials(
                mut self,
                key_id: impl Into<String>,
                key: impl Into<String>,
            ) -> Self {
                self.settings.key = Some((key_id.into(), ::b2_proto::secret::Secret::new(key)));
                self
            }

            /// A login that was kept from before, such as one from an account store. It is used
            /// until the service refuses it.
            pub fn grant(mut self, grant: ::b2_proto::op::Grant) -> Self {
                self.settings.grant = Some(grant);
                self
            }

            /// Where to log in: `production` (the default), `staging`, `dev`, or a URL.
            pub fn realm(mut self, realm: impl Into<String>) -> Self {
                self.settings.realm = realm.into();
                self
            }

            /// Most requests at the same time, for all jobs together; 16 unless set, at least 1.
            pub const fn connections(mut self, count: usize) -> Self {
                self.settings.connections = count;
                self
            }

            /// Most parts or ranges of one job at the same time; 8 unless set, between 1 and 64.
            pub const fn lanes(mut self, count: u16) -> Self {
                self.settings.lanes = count;
                self
            }

            /// Most bytes of one upload that are kept in memory when its source can be read only
            /// once; 64 MiB unless set. Such an upload has fewer lanes if they would need more.
            pub const fn buffer_budget(mut self, bytes: u64) -> Self {
                self.settings.buffer_budget = bytes;
                self
            }

            /// The program's own name and version, appended to this client's in the user agent.
            pub fn user_agent(mut self, application: impl Into<String>) -> Self {
                self.settings.application = Some(application.into());
                self
            }

            /// Sends all requests through this proxy; otherwise the proxy variables of the
            /// environment are respected, but for a realm on this machine, which no proxy could
            /// reach.
            pub fn proxy(mut self, url: impl Into<String>) -> Self {
                self.settings.proxy = Some(url.into());
                self
            }

            /// Trusts these certificates too, in PEM.
            pub fn ca_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
                self.settings.ca_pem.push(pem.into());
                self
            }

            /// Longest wait for a connection; 46 seconds unless set.
            pub const fn connect_timeout(mut self, timeout: ::core::time::Duration) -> Self {
                self.settings.connect_timeout = timeout;
                self
            }

            /// How long an unused connection is kept; 20 seconds unless set, which is less than
            /// the service keeps it.
            pub const fn idle_timeout(mut self, timeout: ::core::time::Duration) -> Self {
                self.settings.idle_timeout = timeout;
                self
            }

            /// Longest silence of a peer or a source in the middle of a request; each operation
            /// has its own bound, and the shorter one counts.
            pub const fn silence_timeout(mut self, timeout: ::core::time::Duration) -> Self {
                self.settings.silence_timeout = Some(timeout);
                self
            }

            /// How often and when requests are repeated.
            pub const fn retry_policy(
                mut self,
                policy: ::b2_proto::policy::retry::RetryPolicy,
            ) -> Self {
                self.settings.policy = policy;
                self
            }

            /// Asks the service to misbehave in one of its test modes, such as
            /// `fail_some_uploads`.
            pub const fn test_mode(mut self, mode: &'static str) -> Self {
                self.settings.test_mode = Some(mode);
                self
            }

            /// Whether work ends with an error when this machine's clock and the service's differ
            /// by more than ten minutes; it does unless this is switched off.
            pub const fn check_clock(mut self, checks: bool) -> Self {
                self.settings.checks_clock = checks;
                self
            }

            /// Somebody to tell about each request, for logs, metrics and traces.
            pub fn observer(mut self, observer: impl $crate::hub::Observer + 'static) -> Self {
                self.settings.observer = Some(::std::sync::Arc::new(observer));
                self
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_agent_names_client_and_application() {
        let agent = |application: &str| {
            let application = Some(application.to_owned());
            Settings { application, ..Settings::default() }.user_agent("b2-x", "0.1")
        };
        let text = agent("app/2").expect("legal");
        let text = text.to_str().expect("text");
        assert!(text.starts_with("b2-x/0.1 rust/") && text.ends_with(" app/2"), "{text}");
        assert!(agent("two\nlines").is_err());
    }

    #[test]
    fn a_realm_on_this_machine_is_known() {
        let is_loopback =
            |realm: &str| Settings { realm: realm.to_owned(), ..Settings::default() }.is_loopback();
        for realm in ["http://127.0.0.1:9", "http://[::1]:9/", "https://localhost"] {
            assert!(is_loopback(realm), "{realm}");
        }
        for realm in ["production", "http://127.0.0.1.example.com", "http://10.0.0.1", "::1"] {
            assert!(!is_loopback(realm), "{realm}");
        }
    }

    #[test]
    fn keys_are_not_shown() {
        let key = Some(("id".to_owned(), Secret::new("K001secret")));
        let settings = Settings { key, ..Settings::default() };
        assert!(!format!("{settings:?}").contains("K001secret"));
    }
}
