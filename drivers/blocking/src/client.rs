//! The client: a cheap handle to the engine that its jobs share.

use crate::bucket::Bucket;
use crate::builder::ClientBuilder;
use crate::cancel::Cancel;
use crate::download::DownloadBuilder;
use crate::flow::Flow;
use crate::flow::io::{JobIo, Opened};
use crate::flow::owner::Terms;
use crate::job::JobBuilder;
use crate::listing::Listing;
use crate::source::Source;
use b2_local::index::IsGivenUp;
use b2_proto::machine::Machine;
use b2_proto::machine::authorize::Authorize;
use b2_proto::machine::single::Single;
use b2_proto::model::AccountAuthorization;
use b2_proto::op::{Operation, Paged};

/// A client for one account and realm.
///
/// A clone is cheap and shares everything: login, upload URLs, connections, threads and limits. A
/// call runs in the thread that makes it; only logins, reading from readers, and requests of one
/// job that proceed in parallel run in threads of the client, which are started when needed. A
/// [`Cancel`] gives calls up from another thread.
///
/// ```
/// # use b2_sim::server::{Server, ServerConfig};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let server = Server::start(ServerConfig::default())?;
/// let client = b2_blocking::Client::builder()
///     .credentials(server.key_id(), server.key())
///     .realm(server.url())
///     .build()?;
/// let account = client.authorize()?;
/// assert!(client.buckets()?.is_empty());
/// # let _ = account;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Client {
    flow: Flow,
    settings: Arc<Settings>,
    cancel: Option<Cancel>,
}

impl Client {
    /// The same client, sharing everything, but whose calls and those of its buckets and listings
    /// are given up when `cancel` says so.
    #[must_use]
    pub fn cancel_with(&self, cancel: &Cancel) -> Self {
        Self { cancel: Some(cancel.clone()), ..self.clone() }
    }

    /// The same, whatever was to cancel it.
    pub(crate) fn never_cancelled(&self) -> Self {
        Self { cancel: None, ..self.clone() }
    }

    /// The same, which also another token cancels; that cancels nothing else.
    pub(crate) fn cancelled_apart(&self) -> (Self, Cancel) {
        let cancel = Cancel::within(self.cancel.clone());
        (self.cancel_with(&cancel), cancel)
    }

    /// Logs in unless that was done already, and tells what the service said about the account.
    ///
    /// # Errors
    /// [Those](ErrorKind) of the login.
    pub fn authorize(&self) -> Result<Arc<AccountAuthorization>, Error> {
        self.perform(Authorize::default())
    }

    /// Performs any operation, with logins and retries. What takes several is a
    /// [job](Self::run_job).
    ///
    /// ```
    /// # use b2_sim::server::{Server, ServerConfig};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = Server::start(ServerConfig::default())?;
    /// # let client = b2_blocking::Client::builder()
    /// #     .credentials(server.key_id(), server.key())
    /// #     .realm(server.url())
    /// #     .build()?;
    /// use b2_proto::op::list_buckets::ListBuckets;
    ///
    /// let buckets = client.run(ListBuckets::default())?;
    /// # let _ = buckets;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [Those](ErrorKind) of the operation, of the login, and of the network.
    pub fn run<O>(&self, operation: O) -> Result<O::Output, Error>
    where
        O: Operation + Send + 'static,
        O::Output: Send + 'static,
    {
        self.perform(Single::new(operation))
    }

    /// Lists the rows of any operation that has pages, from `first` on.
    pub fn list<O>(&self, first: O) -> Listing<O::Item>
    where
        O: Paged + Clone + PartialEq + Send + Sync + 'static,
        O::Item: Send + 'static,
        O::Output: Send + 'static,
    {
        Listing::new(self.clone(), first)
    }

    pub(crate) fn rows(&self, rows: SelectedPages) -> Listing<Row> {
        Listing::of_rows(self.clone(), rows)
    }

    pub(crate) fn new(settings: Settings, flow: Flow) -> Self {
        Self { flow, settings: Arc::new(settings), cancel: None }
    }

    /// Runs a machine that neither reads nor writes anything.
    pub(crate) fn perform<M>(&self, machine: M) -> Result<M::Output, Error>
    where
        M: Machine + Send + 'static,
        M::Output: Send + 'static,
    {
        self.carry_out(machine, JobIo::default(), None, self.place(), |_| None)
    }

    /// What a job begins with. The thread that makes a call is a job's place, so none is waited
    /// for.
    pub(crate) fn place(&self) -> Terms<'_> {
        Terms { cancel: self.cancel.as_ref(), ..Terms::default() }
    }

    /// Opens what a job reads from.
    pub(crate) fn open(&self, source: Source) -> Result<Opened, Error> {
        source.open()
    }

    /// Carries a job out; `len` gives how many bytes it has moved.
    pub(crate) fn carry_out<M>(
        &self,
        machine: M,
        io: JobIo,
        listener: Option<Listener>,
        place: Terms<'_>,
        len: fn(&M::Output) -> Option<u64>,
    ) -> Result<M::Output, Error>
    where
        M: Machine + Send + 'static,
        M::Output: Send + 'static,
    {
        self.flow.run(machine, io, Terms { listener, ..place }, len)
    }

    pub(crate) const fn flow(&self) -> &Flow {
        &self.flow
    }

    /// Does something that may wait for a disk, unless it is given up.
    pub(crate) fn apart<T>(&self, work: impl FnOnce() -> T) -> Result<T, Error> {
        if self.cancel.as_ref().is_some_and(Cancel::is_cancelled) {
            return Err(Error::new(ErrorKind::Cancelled, "cancelled"));
        }
        Ok(work())
    }

    /// The same for what takes long, and can ask whether it is given up meanwhile.
    pub(crate) fn apart_until_given_up<T>(
        &self,
        work: impl FnOnce(&IsGivenUp<'_>) -> T,
    ) -> Result<T, Error> {
        self.apart(|| work(&|| self.cancel.as_ref().is_some_and(Cancel::is_cancelled)))
    }

    fn ask_store<T>(&self, ask: impl FnOnce(&Accounts) -> T) -> Result<T, Error> {
        Ok(ask(self.flow.hub().accounts()))
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }
}

b2_local::client_face!();

impl core::fmt::Debug for Client {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Client").field("settings", &self.settings).finish_non_exhaustive()
    }
}
