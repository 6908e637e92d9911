//! What a scenario works with: services, clients of the driver under test, and a folder.

use b2_local::account::AccountStore;
use b2_proto::error::Error;
use b2_proto::model::BucketType;
use b2_proto::op::CreateBucket;
use b2_sim::Config;
use b2_sim::fault::{FaultPlan, Rule};
use b2_sim::server::{Handle, Record, Server, ServerConfig, StoreKind, Transcript, tls_config};
use core::cell::{Cell, RefCell};
use core::time::Duration;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;
use tempfile::TempDir;

use crate::authority::{Authority, Identity};
use crate::face::{Client as _, Face};
use crate::runner::Wire;
use crate::script::{self, Script};
use crate::settings::{IMPATIENT, Settings};
use crate::tools::eventually;

/// The surroundings of one scenario.
pub(crate) struct World<'a, F: Face> {
    face: &'a F,
    wire: Wire,
    authority: &'a Authority,
    script: RefCell<Script>,
    folder: TempDir,
}

/// What a service is like. The default has parts of at least 100 bytes, 200 recommended.
pub(crate) struct Setup {
    pub(crate) config: Config,
    pub(crate) store: StoreKind,
    pub(crate) idle_max: Option<Duration>,
    pub(crate) identity: Identity,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            config: Config { seed: 1, ..Config::default() }.with_small_limits(),
            store: StoreKind::Memory,
            idle_max: None,
            identity: Identity::Good,
        }
    }
}

impl Setup {
    /// A service with the real limits.
    pub(crate) fn real() -> Self {
        Self { config: Config { seed: 1, ..Config::default() }, ..Self::default() }
    }
}

/// A service, and what it saw.
pub(crate) struct Service<'w, F: Face> {
    world: &'w World<'w, F>,
    handle: Handle,
    transcript: Transcript,
    /// Requests that are in the script already.
    told: Cell<usize>,
    /// Whether the rest is left out.
    is_mute: Cell<bool>,
    /// Texts of requests that were not counted: some may have been on their way then.
    uncounted: RefCell<Vec<String>>,
}

/// How long requests may take to end once the client is done.
const SETTLE: Duration = Duration::from_secs(120);

impl<'a, F: Face> World<'a, F> {
    pub(crate) fn new(face: &'a F, wire: Wire, authority: &'a Authority) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self { face, wire, authority, script: RefCell::default(), folder }
    }

    pub(crate) fn into_lines(self) -> Vec<String> {
        self.script.into_inner().lines()
    }

    /// A service on which nothing goes wrong.
    pub(crate) fn service(&self) -> Service<'_, F> {
        self.service_with(Setup::default())
    }

    /// A service of one's own.
    pub(crate) fn service_with(&self, setup: Setup) -> Service<'_, F> {
        let transcript = Transcript::new();
        let tls = (self.wire == Wire::Tls).then(|| {
            let pair = self.authority.pair(setup.identity);
            tls_config(pair.certificate.as_bytes(), pair.key.as_bytes()).expect("a certificate")
        });
        let handle = Server::start(ServerConfig {
            service: setup.config,
            store: setup.store,
            idle_max: setup.idle_max,
            transcript: Some(transcript.clone()),
            threads: Some(2),
            tls,
            ..ServerConfig::default()
        });
        let handle = handle.expect("a server");
        let (told, is_mute, uncounted) = (Cell::new(0), Cell::new(false), RefCell::default());
        Service { world: self, handle, transcript, told, is_mute, uncounted }
    }

    /// A client with any settings.
    pub(crate) fn client(&self, settings: Settings) -> Result<F::Client, Error> {
        self.face.client(settings)
    }

    /// A client that starts from what a store keeps.
    pub(crate) fn client_of_store(&self, store: Arc<dyn AccountStore>) -> Result<F::Client, Error> {
        self.face.client_of_store(store)
    }

    /// Settings for a realm, trusting the suite's certificates.
    pub(crate) fn settings(&self, realm: &str, key_id: &str, key: &str) -> Settings {
        Settings {
            key_id: key_id.to_owned(),
            key: key.to_owned(),
            realm: realm.to_owned(),
            ca_pem: (self.wire == Wire::Tls).then(|| self.authority.pem().into()),
            proxy: None,
            resolver: None,
            user_agent: None,
            connections: 8,
            lanes: 4,
            buffer_bytes: None,
            bandwidth_up: None,
            bandwidth_down: None,
            budget: None,
            policy: IMPATIENT,
            check_clock: true,
            test_mode: None,
            connect_timeout: None,
            idle_timeout: None,
            silence_timeout: None,
            lock_files_in: None,
            store: None,
            resume: None,
            login: None,
            observer: None,
        }
    }

    /// A path in a folder that goes with the scenario.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A file with that content.
    pub(crate) fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, content).expect("written");
        path
    }

    /// Waits until there are so many files in the folder: a temporary file goes soon after the
    /// job it was for.
    pub(crate) fn wait_for_files(&self, count: usize) {
        let files = || std::fs::read_dir(self.folder.path()).expect("a folder").count();
        eventually("a temporary file stays", || files() == count);
    }

    /// Puts into the script what a client said that has no service to talk to.
    pub(crate) fn said<T>(&self, result: &Result<T, Error>) {
        self.script.borrow_mut().said(result);
    }

    /// A URL on a host that is no service.
    pub(crate) fn url_of(&self, host: &str) -> String {
        match self.wire {
            Wire::Plain => format!("http://{host}"),
            Wire::Tls => format!("https://{host}"),
        }
    }

    /// How clients and service speak.
    pub(crate) fn wire(&self) -> Wire {
        self.wire
    }

    /// The driver's name.
    pub(crate) fn driver(&self) -> &'static str {
        self.face.name()
    }
}

impl<F: Face> Service<'_, F> {
    pub(crate) fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Settings for a client of this service.
    pub(crate) fn settings(&self) -> Settings {
        self.world.settings(self.handle.url(), &self.handle.key_id(), &self.handle.key())
    }

    pub(crate) fn client(&self) -> F::Client {
        self.client_with(self.settings())
    }

    pub(crate) fn client_with(&self, settings: Settings) -> F::Client {
        self.world.client(settings).expect("a client")
    }

    /// A client and a new bucket of it. What that took is not in the script.
    pub(crate) fn bucket(&self) -> (F::Client, Bucket<F>) {
        self.bucket_with(self.settings())
    }

    pub(crate) fn bucket_with(&self, settings: Settings) -> (F::Client, Bucket<F>) {
        let client = self.client_with(settings);
        let new = CreateBucket::new("photos-1", BucketType::AllPrivate);
        let bucket = client.create_bucket(new).expect("a bucket");
        self.skip();
        (client, bucket)
    }

    /// From here on this goes wrong, counted from here on.
    pub(crate) fn faults(&self, rules: impl IntoIterator<Item = Rule>) {
        let plan = FaultPlan::new(1, rules.into_iter().collect()).expect("a plan");
        self.handle.host().set_faults(plan);
    }

    /// Nothing goes wrong any more.
    pub(crate) fn no_faults(&self) {
        self.faults([]);
    }

    /// What it saw, for other threads.
    pub(crate) fn transcript(&self) -> Transcript {
        self.transcript.clone()
    }

    /// All requests so far, in the order in which they began; waits for those under way.
    pub(crate) fn records(&self) -> Vec<Record> {
        let deadline = Instant::now() + SETTLE;
        while self.transcript.open() > 0 {
            assert!(Instant::now() < deadline, "a request does not end: {:?}", self.transcript);
            std::thread::sleep(Duration::from_millis(1));
        }
        self.transcript.records()
    }

    /// Requests so far for one operation.
    pub(crate) fn of(&self, operation: &str) -> Vec<Record> {
        let mut records = self.records();
        records.retain(|record| record.operation == Some(operation));
        records
    }

    /// Statuses of the requests so far for one operation.
    pub(crate) fn statuses(&self, operation: &str) -> Vec<u16> {
        self.of(operation).iter().map(|record| record.status).collect()
    }

    /// Puts what was seen since into the script, under a heading for what comes next.
    pub(crate) fn step(&self, text: &str) {
        self.tell();
        self.uncounted.borrow_mut().clear();
        self.world.script.borrow_mut().step(text);
    }

    /// Puts what was seen since into the script, and then what the client said.
    pub(crate) fn said<T>(&self, result: &Result<T, Error>) {
        self.tell();
        self.world.script.borrow_mut().said(result);
    }

    /// What `run` makes the service see becomes a group.
    pub(crate) fn together<T>(&self, run: impl FnOnce() -> T) -> T {
        self.tell();
        self.uncounted.borrow_mut().clear();
        let value = run();
        let records = self.untold();
        self.world.script.borrow_mut().group(&records);
        value
    }

    /// Leaves what was seen since out of the script.
    pub(crate) fn skip(&self) {
        self.untold();
    }

    /// Puts into the script how many requests of each kind were seen since: their order or their
    /// details differ from run to run.
    pub(crate) fn count(&self) {
        let records = self.untold();
        self.world.script.borrow_mut().count(&records, &[]);
    }

    /// The same without those that have one of these texts, an operation or an operation and a
    /// status, in their line: how many there are differs from run to run, and `why` says what it
    /// depends on. Those that the service sees a little later are left out too, until the next
    /// step.
    pub(crate) fn count_but(&self, texts: &[&str], why: &str) {
        let records = self.untold();
        let mut script = self.world.script.borrow_mut();
        script.count(&records, texts);
        script.remark(&format!("{}: {why}", texts.join(", ")));
        self.uncounted.borrow_mut().extend(texts.iter().map(|text| (*text).to_owned()));
    }

    /// Puts into the script that nothing was seen since.
    pub(crate) fn asked_nothing(&self) {
        let records = self.untold();
        assert!(records.is_empty(), "{records:?}");
        self.world.script.borrow_mut().remark("no request");
    }

    /// Leaves out of the script what was seen since and whatever is still seen, and says why
    /// nothing of it is the same each time.
    pub(crate) fn skip_rest(&self, why: &str) {
        self.world.script.borrow_mut().remark(why);
        self.is_mute.set(true);
    }

    fn tell(&self) {
        let mut records = self.untold();
        let uncounted = self.uncounted.borrow();
        let texts: Vec<&str> = uncounted.iter().map(String::as_str).collect();
        records.retain(|record| !script::is_about(record, &texts));
        self.world.script.borrow_mut().sequence(&records);
    }

    fn untold(&self) -> Vec<Record> {
        let mut records = self.records();
        let told = self.told.replace(records.len());
        records.split_off(told)
    }
}

/// What was seen to the end is in the script.
impl<F: Face> Drop for Service<'_, F> {
    fn drop(&mut self) {
        if !std::thread::panicking() && !self.is_mute.get() {
            self.tell();
        }
    }
}

/// The bucket of a driver.
pub(crate) type Bucket<F> = <<F as Face>::Client as crate::face::Client>::Bucket;
