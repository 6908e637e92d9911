//! The client: a cheap handle to the engine that its jobs share.

use crate::bucket::Bucket;
use crate::builder::ClientBuilder;
use crate::download::DownloadBuilder;
use crate::driver::Tokio;
use crate::listing::Listing;
use b2_local::account::{AccountStore, Login};
use b2_local::face::Settings;
use b2_local::flow::Flow;
use b2_local::flow::io::JobIo;
use b2_proto::machine::authorize::Authorize;
use b2_proto::machine::single::Single;
use b2_proto::model::AccountAuthorization;
use b2_proto::op::{Operation, Paged};
use std::sync::Arc;

/// A client for one account and realm.
///
/// A clone is cheap and shares everything: login, upload URLs, connections and limits. A job runs
/// where it is awaited, its parallel requests in tasks of the same runtime; dropping the future of
/// any method gives its work up.
///
/// ```
/// # use b2_sim::server::{Server, ServerConfig};
/// # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let server = Server::start(ServerConfig::default())?;
/// let client = b2_tokio::Client::builder()
///     .credentials(server.key_id(), server.key())
///     .realm(server.url())
///     .build()?;
/// let account = client.authorize().await?;
/// assert!(client.buckets().await?.is_empty());
/// # let _ = account;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Client {
    flow: Flow<Tokio>,
    settings: Arc<Settings>,
    accounts: Arc<Accounts>,
}

impl Client {
    /// Settings for a new client.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// A client from the variables `B2_APPLICATION_KEY_ID`, `B2_APPLICATION_KEY` and, for another
    /// realm than the real service, `B2_ENVIRONMENT`.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) when one is missing or cannot be used.
    pub fn from_env() -> Result<Self, Error> {
        ClientBuilder::from_settings(Settings::from_env()?).build()
    }

    /// A client that starts from the login that a store keeps, and keeps there what it learns.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) when the store keeps none, and those of the
    /// store.
    pub fn from_store(store: Arc<dyn AccountStore>) -> Result<Self, Error> {
        let missing = || Error::invalid("no login is kept there; log in first");
        let login = Login::from_store(store)?.ok_or_else(missing)?;
        ClientBuilder::default().login(login).build()
    }

    /// A client with the login that Backblaze's own tools, or `b2 account authorize`, kept for a
    /// profile; for none when the name is empty.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) when nothing is kept there or it cannot be used.
    #[cfg(feature = "sqlite")]
    pub fn from_profile(profile: &str) -> Result<Self, Error> {
        ClientBuilder::from_settings(Settings::from_profile(profile)?).build()
    }

    /// Logs in unless that was done already, and tells what the service said about the account.
    ///
    /// # Errors
    /// Those of the login.
    pub async fn authorize(&self) -> Result<Arc<AccountAuthorization>, Error> {
        self.flow.run(Authorize::default(), JobIo::default()).await
    }

    /// Performs any operation, with logins and retries.
    ///
    /// ```
    /// # use b2_sim::server::{Server, ServerConfig};
    /// # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = Server::start(ServerConfig::default())?;
    /// # let client = b2_tokio::Client::builder()
    /// #     .credentials(server.key_id(), server.key())
    /// #     .realm(server.url())
    /// #     .build()?;
    /// use b2_proto::op::list_buckets::ListBuckets;
    ///
    /// let buckets = client.run(ListBuckets::default()).await?;
    /// # let _ = buckets;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Those of the operation, of the login, and of the network.
    pub async fn run<O>(&self, operation: O) -> Result<O::Output, Error>
    where
        O: Operation + Send + 'static,
        O::Output: Send + 'static,
    {
        self.flow.run(Single::new(operation), JobIo::default()).await
    }

    /// Lists the rows of any operation that has pages, from `first` on.
    pub fn list<O>(&self, first: O) -> Listing<O::Item>
    where
        O: Paged + Clone + PartialEq + Send + Sync + 'static,
        O::Item: Send + 'static,
        O::Output: Send + 'static,
    {
        Listing::new(self.flow.clone(), first)
    }

    pub(crate) fn new(settings: Settings, flow: Flow<Tokio>) -> Result<Self, Error> {
        let accounts = Arc::new(settings.accounts()?);
        Ok(Self { flow, settings: Arc::new(settings), accounts })
    }

    pub(crate) const fn flow(&self) -> &Flow<Tokio> {
        &self.flow
    }

    async fn ask_store<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Accounts) -> T + Send + 'static,
    ) -> Result<T, Error> {
        self.flow.ask(self.accounts.clone(), ask).await
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }
}

b2_local::client_face!(async await);

impl core::fmt::Debug for Client {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Client").field("settings", &self.settings).finish_non_exhaustive()
    }
}
