//! What a client can be told before it starts.

use b2_local::account::{AccountStore, Login};
use b2_local::exchange::Resolver;
use b2_proto::op::Grant;
use b2_proto::policy::meter::Budget;
use b2_proto::policy::retry::RetryPolicy;
use core::time::Duration;
use std::path::PathBuf;
use std::sync::Arc;

use crate::notes::Notes;

/// Settings of a client. What is `None` stays as the driver has it.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Key ID to log in with.
    pub key_id: String,
    /// The key that goes with it.
    pub key: String,
    /// URL to log in at.
    pub realm: String,
    /// A certificate to trust besides the platform's, in PEM.
    pub ca_pem: Option<Vec<u8>>,
    /// URL of a proxy for all requests.
    pub proxy: Option<String>,
    /// Asks for the addresses of hosts.
    pub resolver: Option<Resolver>,
    /// The application's own part of the user agent.
    pub user_agent: Option<String>,
    /// Most requests at a time.
    pub connections: usize,
    /// Most parts or ranges of one job at a time.
    pub lanes: u16,
    /// Most bytes kept in memory of a source that can be read once.
    pub buffer_bytes: Option<u64>,
    /// Most bytes of payload sent in a second.
    pub bandwidth_up: Option<u64>,
    /// Most bytes of files received in a second.
    pub bandwidth_down: Option<u64>,
    /// How much may be asked of the service.
    pub budget: Option<Budget>,
    /// How often and when requests are repeated.
    pub policy: RetryPolicy,
    /// Whether the clocks are compared.
    pub check_clock: bool,
    /// Test mode to ask the service for.
    pub test_mode: Option<&'static str>,
    /// Longest wait for a connection.
    pub connect_timeout: Option<Duration>,
    /// How long a connection nobody uses is kept.
    pub idle_timeout: Option<Duration>,
    /// Longest silence of a peer during a request, whatever the operation allows.
    pub silence_timeout: Option<Duration>,
    /// Where what a job has for itself is claimed.
    pub lock_files_in: Option<PathBuf>,
    /// Where the login is kept.
    pub store: Option<Arc<dyn AccountStore>>,
    /// A login of before.
    pub resume: Option<Grant>,
    /// A login that is kept somewhere, instead of the key and the realm.
    pub login: Option<Login>,
    /// Told about each request.
    pub observer: Option<Notes>,
}

/// Settings a driver may lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// [`Settings::proxy`].
    Proxy,
    /// [`Settings::resolver`].
    Resolver,
    /// [`Settings::connect_timeout`].
    ConnectTimeout,
    /// [`Settings::idle_timeout`].
    IdleTimeout,
    /// [`Settings::silence_timeout`].
    SilenceTimeout,
}

/// Retries without waiting, so that the suite is fast: the counts are those of the service's
/// documentation, the waits are a millisecond.
pub const IMPATIENT: RetryPolicy = RetryPolicy {
    first_wait_ms: 1,
    wait_ms_max: 1,
    retry_after_ms_max: 20,
    doubt_wait_ms: 1,
    ..RetryPolicy::EXACT
};
