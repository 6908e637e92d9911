//! The client: a cheap handle to the engine that its jobs share.

use crate::bucket::Bucket;
use crate::builder::ClientBuilder;
use crate::download::DownloadBuilder;
use crate::driver::Smol;
use crate::listing::Listing;
use b2_local::flow::Flow;
use b2_local::flow::io::JobIo;
use b2_proto::machine::authorize::Authorize;
use b2_proto::machine::single::Single;
use b2_proto::model::AccountAuthorization;
use b2_proto::op::{Operation, Paged};

/// A client for one account and realm.
///
/// A clone is cheap and shares everything: login, upload URLs, connections and limits. A job runs
/// where it is awaited, its parallel requests in tasks of smol's global executor; dropping the
/// future of any method gives its work up.
///
/// ```
/// # use b2_sim::server::{Server, ServerConfig};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> { smol::block_on(async {
/// # let server = Server::start(ServerConfig::default())?;
/// let client = b2_smol::Client::builder()
///     .credentials(server.key_id(), server.key())
///     .realm(server.url())
///     .build()?;
/// let account = client.authorize().await?;
/// assert!(client.buckets().await?.is_empty());
/// # let _ = account;
/// # Ok(()) }) }
/// ```
#[derive(Clone)]
pub struct Client {
    flow: Flow<Smol>,
    settings: Arc<Settings>,
    accounts: Arc<Accounts>,
}

impl Client {
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
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> { smol::block_on(async {
    /// # let server = Server::start(ServerConfig::default())?;
    /// # let client = b2_smol::Client::builder()
    /// #     .credentials(server.key_id(), server.key())
    /// #     .realm(server.url())
    /// #     .build()?;
    /// use b2_proto::op::list_buckets::ListBuckets;
    ///
    /// let buckets = client.run(ListBuckets::default()).await?;
    /// # let _ = buckets;
    /// # Ok(()) }) }
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

    pub(crate) fn new(settings: Settings, flow: Flow<Smol>) -> Result<Self, Error> {
        let accounts = Arc::new(settings.accounts()?);
        Ok(Self { flow, settings: Arc::new(settings), accounts })
    }

    pub(crate) const fn flow(&self) -> &Flow<Smol> {
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
