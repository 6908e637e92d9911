//! Files that are built of local data and of ranges of stored files.
//!
//! `b2_tokio::synthesis` has a page with an example for each use; the methods are the same here.

use crate::bucket::Bucket;
use crate::client::Client;
use crate::source::Source;
use b2_local::face::{OnProgress, OnStarted, SynthesisSpec, no_plan};
use b2_local::flow::io::JobIo;
use b2_local::flow::owner::Listener;
use b2_local::flow::source::SourceHandle;
use b2_local::source::{Facts, Intents};
use b2_proto::error::Error;
use b2_proto::machine::synthesis::Synthesized;
use b2_proto::op::new_file::NewFile;
use b2_proto::plan::synthesis::Plan;
use core::future::IntoFuture;
use core::pin::Pin;

/// A file that begins to be built when this is awaited.
///
/// What the service has it copies, the rest is sent; pieces that are too short to be copied are
/// fetched while they are sent, and are never in memory as a whole. Dropping the future gives it
/// up.
///
/// ```
/// # use b2_sim::server::{Server, ServerConfig};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> { smol::block_on(async {
/// # let server = Server::start(ServerConfig::default())?;
/// # let client = b2_smol::Client::builder()
/// #     .credentials(server.key_id(), server.key())
/// #     .realm(server.url())
/// #     .build()?;
/// # use b2_proto::{model::BucketType, op::CreateBucket};
/// # let bucket = CreateBucket::new("log-files", BucketType::AllPrivate);
/// # let logs = client.create_bucket(bucket).await?;
/// let old = logs.upload("monday.txt", b"first line\n").await?.file;
/// let built = logs.create_file("week.txt").append_copy(&old).append(b"second line\n").await?;
/// assert_eq!(built.file.content_length, 23);
/// assert_eq!((built.totals.sent, built.totals.fetched), (23, 11), "too short to be copied");
/// # Ok(()) }) }
/// ```
#[must_use = "a file begins to be built when this is awaited"]
pub struct SynthesisBuilder {
    client: Client,
    sources: Vec<Source>,
    spec: SynthesisSpec,
    stream: Option<Intents>,
    listener: Option<OnProgress>,
    started: Option<OnStarted>,
}

b2_local::synthesis_face!(SynthesisBuilder, Bucket);

impl SynthesisBuilder {
    pub(crate) fn new(client: Client, file: NewFile) -> Self {
        let spec = SynthesisSpec::new(file, client.settings());
        let sources = Vec::new();
        Self { client, sources, spec, stream: None, listener: None, started: None }
    }

    /// Builds the file; awaiting the builder does the same.
    ///
    /// # Errors
    /// Those of the sources and of the plan, of the operations, and of the network.
    pub async fn send(mut self) -> Result<Synthesized, Error> {
        let (bucket, listener) = (self.spec.bucket(), self.listener());
        let place = self.client.flow().place().await;
        let client = self.client.clone();
        let built = match self.stream.take() {
            Some(intents) => {
                let machine = Box::new(self.spec.stream()?);
                client.flow().begin(machine, JobIo::taking(intents), listener, place)
            }
            None => {
                let (handles, facts) = self.open().await?;
                let machine = Box::new(self.spec.machine(&facts)?);
                client.flow().begin(machine, JobIo::reading_all(handles), listener, place)
            }
        };
        let built = built.attend(|built| built.file.content_length).await;
        client.learn_from(built, &bucket).await
    }

    /// What would be done: the parts, and what is sent, fetched and copied. Only the login is
    /// asked for.
    ///
    /// # Errors
    /// Those of the sources, of the plan and of the login.
    pub async fn plan(mut self) -> Result<Plan, Error> {
        if self.stream.is_some() {
            return Err(no_plan());
        }
        let (_, facts) = self.open().await?;
        let account = self.client.authorize().await?;
        self.spec.plan(&facts, &account)
    }

    async fn open(&mut self) -> Result<(Vec<SourceHandle>, Vec<Facts>), Error> {
        let (mut handles, mut facts) = (Vec::new(), Vec::new());
        for source in core::mem::take(&mut self.sources) {
            let opened = source.open(self.client.flow().driver()).await?;
            handles.push(opened.handle);
            facts.push(opened.facts);
        }
        Ok((handles, facts))
    }
}

impl IntoFuture for SynthesisBuilder {
    type Output = Result<Synthesized, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}
