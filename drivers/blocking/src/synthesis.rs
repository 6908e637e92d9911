//! Files that are built of local data and of ranges of stored files.
//!
//! `b2_tokio::synthesis` has a page with an example for each use; the methods are the same here.

use crate::bucket::Bucket;
use crate::cancel::Cancel;
use crate::client::Client;
use crate::flow::io::{JobIo, SourceHandle};
use crate::flow::owner::{Listener, Terms};
use crate::source::Source;
use b2_local::face::{OnProgress, OnStarted, SynthesisSpec, no_plan};
use b2_local::source::{Facts, Intents};
use b2_proto::error::Error;
use b2_proto::machine::synthesis::Synthesized;
use b2_proto::op::new_file::NewFile;
use b2_proto::plan::synthesis::Plan;

/// A file that begins to be built with [`send`](Self::send).
///
/// What the service has it copies, the rest is sent; pieces that are too short to be copied are
/// fetched while they are sent, and are never in memory as a whole.
///
/// ```
/// # use b2_sim::server::{Server, ServerConfig};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let server = Server::start(ServerConfig::default())?;
/// # let client = b2_blocking::Client::builder()
/// #     .credentials(server.key_id(), server.key())
/// #     .realm(server.url())
/// #     .build()?;
/// # use b2_proto::{model::BucketType, op::CreateBucket};
/// # let bucket = CreateBucket::new("log-files", BucketType::AllPrivate);
/// # let logs = client.create_bucket(bucket)?;
/// let old = logs.upload("monday.txt", b"first line\n").send()?.file;
/// let built = logs.create_file("week.txt").append_copy(&old).append(b"second line\n").send()?;
/// assert_eq!(built.file.content_length, 23);
/// assert_eq!((built.totals.sent, built.totals.fetched), (23, 11), "too short to be copied");
/// # Ok(()) }
/// ```
#[must_use = "a file begins to be built when it is sent"]
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

    /// Gives it up when `cancel` says so.
    pub fn cancel_with(mut self, cancel: &Cancel) -> Self {
        self.client = self.client.cancel_with(cancel);
        self
    }

    /// Builds the file.
    ///
    /// # Errors
    /// Those of the sources and of the plan, of the operations, and of the network.
    pub fn send(mut self) -> Result<Synthesized, Error> {
        let (bucket, listener) = (self.spec.bucket(), self.listener());
        let len = |built: &Synthesized| built.file.content_length;
        let client = self.client.clone();
        let terms = Terms { listener, ..client.terms() };
        let built = match self.stream.take() {
            Some(intents) => {
                client.flow().run(self.spec.stream()?, JobIo::taking(intents), terms, len)
            }
            None => {
                let (handles, facts) = self.open()?;
                let machine = self.spec.machine(&facts)?;
                client.flow().run(machine, JobIo::reading_all(handles), terms, len)
            }
        };
        client.learn_from(built, &bucket)
    }

    /// What would be done: the parts, and what is sent, fetched and copied. Only the login is
    /// asked for.
    ///
    /// # Errors
    /// Those of the sources, of the plan and of the login.
    pub fn plan(mut self) -> Result<Plan, Error> {
        if self.stream.is_some() {
            return Err(no_plan());
        }
        let (_, facts) = self.open()?;
        let account = self.client.authorize()?;
        self.spec.plan(&facts, &account)
    }

    fn open(&mut self) -> Result<(Vec<SourceHandle>, Vec<Facts>), Error> {
        let (mut handles, mut facts) = (Vec::new(), Vec::new());
        for source in core::mem::take(&mut self.sources) {
            let opened = source.open()?;
            handles.push(opened.handle);
            facts.push(opened.facts);
        }
        Ok((handles, facts))
    }
}
