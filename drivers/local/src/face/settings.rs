//! The settings of a client.

use core::hash::{BuildHasher as _, Hasher as _};
use core::net::IpAddr;
use core::time::Duration;
use std::sync::Arc;

use b2_proto::error::{Error, ErrorKind};
use b2_proto::machine::Session;
use b2_proto::machine::session::{Credentials, realm_url};
use b2_proto::model::AccountAuthorization;
use b2_proto::op::Grant;
use b2_proto::policy::buffers::BUFFERS_LEN;
use b2_proto::policy::meter::Budget;
use b2_proto::policy::retry::RetryPolicy;
use b2_proto::secret::Secret;
use http::{HeaderValue, Uri};

use super::LANES_MAX;
use crate::account::login::{KEY_ID_VARIABLE, KEY_VARIABLE};
use crate::account::{AccountStore, Accounts, Login};
use crate::claims::Claims;
use crate::exchange::{Pace, Resolver};
use crate::hub::{HubSettings, Observer};

/// Longest wait for a peer that can be asked for.
pub const TIMEOUT_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// How long an unused connection is kept unless that is set: the service closes it later.
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(20);

/// What a client is made with; the setters of each driver's `ClientBuilder` say more.
#[derive(Clone)]
pub struct Settings {
    /// The application key's ID and the key.
    pub key: Option<(String, Secret)>,
    /// Name or URL of the realm.
    pub realm: String,
    /// A login of before.
    pub grant: Option<Grant>,
    /// What the service said at that login.
    pub authorization: Option<AccountAuthorization>,
    /// Where logins and bucket names are kept; in memory unless set.
    pub store: Option<Arc<dyn AccountStore>>,
    /// Most requests at the same time.
    pub connections: usize,
    /// Most parts or ranges of one job at the same time.
    pub lanes: u16,
    /// Most bytes of all uploads kept in memory.
    pub buffers: u64,
    /// Most bytes of payload sent in a second.
    pub bandwidth_up: Option<u64>,
    /// Most bytes of files received in a second.
    pub bandwidth_down: Option<u64>,
    /// How much may be asked of the service.
    pub budget: Option<Budget>,
    /// Appended to the user agent.
    pub application: Option<String>,
    /// URL of a proxy.
    pub proxy: Option<String>,
    /// Whether none is used, whatever the environment says.
    pub no_proxy: bool,
    /// Asks for the addresses of hosts; the system's way unless set.
    pub resolver: Option<Resolver>,
    /// Certificates to trust besides the system's, in PEM.
    pub ca_pem: Vec<Vec<u8>>,
    /// Longest wait for a connection.
    pub connect_timeout: Duration,
    /// Longest time an unused connection is kept; [`IDLE_TIMEOUT`] unless set.
    pub idle_timeout: Option<Duration>,
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
    /// Where unfinished large files are claimed; in the user's usual folder unless set.
    pub claims: Option<Claims>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            key: None,
            realm: "production".to_owned(),
            grant: None,
            authorization: None,
            store: None,
            connections: 16,
            lanes: 8,
            buffers: BUFFERS_LEN,
            bandwidth_up: None,
            bandwidth_down: None,
            budget: None,
            application: None,
            proxy: None,
            no_proxy: false,
            resolver: None,
            ca_pem: Vec::new(),
            // As the reference client has it.
            connect_timeout: Duration::from_secs(46),
            idle_timeout: None,
            silence_timeout: None,
            policy: RetryPolicy::default(),
            test_mode: None,
            checks_clock: true,
            observer: None,
            claims: None,
        }
    }
}

impl Settings {
    /// Key and realm from the variables `B2_APPLICATION_KEY_ID`, `B2_APPLICATION_KEY` and, for
    /// another realm than the real service, `B2_ENVIRONMENT`.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) when the key is missing or not Unicode.
    pub fn from_env() -> Result<Self, Error> {
        let missing = || {
            let names = (KEY_ID_VARIABLE, KEY_VARIABLE);
            let message = format_args!("no key in the variables {} and {}", names.0, names.1);
            Error::with_message(ErrorKind::InvalidInput, message)
        };
        Ok(Self::from_login(Login::from_env(|name| std::env::var_os(name))?.ok_or_else(missing)?))
    }

    /// What Backblaze's own tools, or `b2 account authorize`, kept for a profile; for none when
    /// the name is empty.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) when nothing is kept there or it cannot be used.
    #[cfg(feature = "sqlite")]
    pub fn from_profile(profile: &str) -> Result<Self, Error> {
        Ok(Self::from_login(Login::from_profile(profile, |name| std::env::var_os(name))?))
    }

    /// The key and what is known of its login.
    pub fn from_login(login: Login) -> Self {
        let mut settings = Self::default();
        settings.set_login(login);
        settings
    }

    /// Takes key, realm, store and what is known from a login.
    pub fn set_login(&mut self, login: Login) {
        self.set_key(login.application_key_id, login.application_key);
        self.set_realm(login.realm);
        self.authorization = login.authorization;
        self.store = Some(login.store);
    }

    /// Takes another key. A login of before is not its own, and would work for another account.
    pub fn set_key(&mut self, key_id: String, key: Secret) {
        self.forget_login();
        self.key = Some((key_id, key));
    }

    /// Takes another realm, which has not given a login of before.
    pub fn set_realm(&mut self, realm: String) {
        self.forget_login();
        self.realm = realm;
    }

    /// Takes a login of before, of the key and the realm that were set.
    pub fn set_grant(&mut self, grant: Grant) {
        self.forget_login();
        self.grant = Some(grant);
    }

    fn forget_login(&mut self) {
        (self.grant, self.authorization) = (None, None);
    }

    /// What the client starts from, to look names up and to keep logins.
    fn accounts(&self) -> Result<Accounts, Error> {
        let (key_id, key) = self.key()?;
        let mut login = Login::new(key_id, key.clone(), &self.realm);
        login.authorization.clone_from(&self.authorization);
        if let Some(store) = &self.store {
            login.store = store.clone();
        }
        Ok(Accounts::new(login))
    }

    fn key(&self) -> Result<&(String, Secret), Error> {
        let missing = || Error::invalid("an application key is needed to log in");
        self.key.as_ref().ok_or_else(missing)
    }

    /// What a hub of these settings is made with. `driver` and `version` name the crate in the
    /// user agent.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) when there are no credentials or a setting
    /// cannot be used.
    pub fn hub(&self, driver: &str, version: &str) -> Result<HubSettings, Error> {
        let (key_id, key) = self.key()?;
        let credentials = Credentials::new(key_id, key.expose(), &self.realm)?;
        let mut session = Session::new(credentials, seed());
        session.policy = self.policy;
        session.test_mode = self.test_mode;
        // Never both: each takes the other's place.
        if let Some(grant) = &self.grant {
            session.resume_login(grant.clone());
        }
        if let Some(authorization) = &self.authorization {
            session.resume_account(authorization.clone());
        }
        Ok(HubSettings {
            session,
            connections: self.connections.max(1),
            buffers: self.buffers,
            budget: self.budget,
            pace: Pace::new(self.bandwidth_up, self.bandwidth_down),
            user_agent: self.user_agent(driver, version)?,
            checks_clock: self.checks_clock,
            silence_max: self.silence_timeout,
            observer: self.observer.clone(),
            claims: self.claims().of_realm(&self.realm),
            accounts: Arc::new(self.accounts()?),
        })
    }

    fn claims(&self) -> Claims {
        let usual = || Claims::usual(|name| std::env::var_os(name));
        self.claims.clone().unwrap_or_else(usual)
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

    /// Whether requests may go to servers without TLS; a realm with TLS gives no URL of one.
    pub fn may_be_plain(&self) -> bool {
        !realm_url(&self.realm).starts_with("https://")
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

impl core::fmt::Debug for Settings {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Settings")
            .field("key_id", &self.key.as_ref().map(|(id, _)| id))
            .field("realm", &self.realm)
            .field("connections", &self.connections)
            .field("lanes", &self.lanes)
            .finish_non_exhaustive()
    }
}

/// A time within its bound: one without an end has no place on any clock.
pub const fn at_most(time: Duration, max: Duration) -> Duration {
    if time.as_nanos() > max.as_nanos() { max } else { time }
}

/// Randomness for jitter; it need not be good.
fn seed() -> u64 {
    std::hash::RandomState::new().build_hasher().finish()
}

mod beside;
#[cfg(test)]
mod tests;
