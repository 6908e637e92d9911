//! Joins a [`Service`] with a [`Store`] and a fault plan: what the transport and the server run on.
//!
//! The service is locked for the moment a request is decided; bodies pass outside the lock.

mod answer;
mod late;
mod reader;
mod receiver;

pub use answer::{Answer, AnswerBody};
pub use reader::ContentReader;
pub use receiver::Receiver;

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::config::Config;
use crate::fault::{FaultPlan, Injected};
use crate::service::{Begin, Body, Content, Handled, Op, Reply, Request, Service, State};
use crate::store::{FolderStore, MemoryStore, NoneStore, Store};
use late::Late;

/// A service at work.
pub struct Host {
    inner: Mutex<Inner>,
    store: Arc<dyn Store>,
}

struct Inner {
    service: Service,
    faults: FaultPlan,
    /// Set when the store failed: what it holds may lack what is in memory.
    broken: bool,
    /// Reads under way, by the number they began with.
    reads: BTreeMap<u64, ()>,
    next_read: u64,
    /// Blobs to remove once the reads that began before are over.
    garbage: VecDeque<(u64, u64)>,
    transcript: VecDeque<Entry>,
    /// Requests that have yet to take effect, although they were answered.
    late: Vec<Late>,
}

/// One request in the transcript.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The operation; `None` for a URL that names none.
    pub op: Option<Op>,
    /// The status answered; 0 when the connection was broken instead.
    pub status: u16,
}

/// The transcript keeps this many of the latest entries.
const TRANSCRIPT_LEN_MAX: usize = 1 << 20;

impl core::fmt::Debug for Host {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Host").finish_non_exhaustive()
    }
}

/// What a request leads to.
#[derive(Debug)]
pub enum Started {
    /// The reply.
    Reply(Answer),
    /// Read the body and call [`Host::handle`].
    Read,
    /// Pass the body to the receiver.
    Receive(Box<Receiver>),
}

impl Host {
    /// A service with a store of one's own. `state` is what the store held when it was opened.
    pub fn new(config: Config, store: Arc<dyn Store>, state: State) -> io::Result<Arc<Self>> {
        let host = Self::build(Service::new(config, state), store);
        host.with_service(|_| ())?;
        Ok(host)
    }

    /// A service in memory.
    pub fn in_memory(config: Config) -> Arc<Self> {
        Self::build(Service::new(config, State::new()), Arc::new(MemoryStore::new()))
    }

    /// A service that drops content; see [`NoneStore`].
    pub fn without_content(config: Config) -> Arc<Self> {
        Self::build(Service::new(config, State::new()), Arc::new(NoneStore::new()))
    }

    /// A service in a folder; goes on where the last one left off. Errors are those of
    /// [`FolderStore::open`].
    pub fn in_folder(config: Config, folder: &Path) -> io::Result<Arc<Self>> {
        let (store, state) = FolderStore::open(folder)?;
        Self::new(config, Arc::new(store), state)
    }

    fn build(service: Service, store: Arc<dyn Store>) -> Arc<Self> {
        let inner = Inner {
            service,
            faults: FaultPlan::none(),
            broken: false,
            reads: BTreeMap::new(),
            next_read: 0,
            garbage: VecDeque::new(),
            transcript: VecDeque::new(),
            late: Vec::new(),
        };
        Arc::new(Self { inner: Mutex::new(inner), store })
    }

    /// Replaces the fault plan.
    pub fn set_faults(&self, faults: FaultPlan) {
        self.lock().faults = faults;
    }

    /// What the fault plan has for a request.
    pub fn fault(&self, request: &Request) -> Injected {
        let op = Service::operation(request);
        let mut inner = self.lock();
        let injected = inner.faults.decide(op, request.uri.path());
        if injected.expires_tokens {
            inner.service.expire_tokens();
        }
        injected
    }

    /// Runs something on the service and makes what it changed durable.
    pub fn with_service<T>(&self, run: impl FnOnce(&mut Service) -> T) -> io::Result<T> {
        let mut inner = self.lock();
        self.run(&mut inner, run)
    }

    /// Key ID of the master key.
    pub fn key_id(&self) -> String {
        self.lock().service.key_id().to_owned()
    }

    /// The master key.
    pub fn key(&self) -> String {
        self.lock().service.key().to_owned()
    }

    /// The `Authorization` header that logs the master key in.
    pub fn basic_authorization(&self) -> String {
        let inner = self.lock();
        let pair = format!("{}:{}", inner.service.key_id(), inner.service.key());
        format!("Basic {}", STANDARD.encode(pair))
    }

    /// The requests seen so far, oldest first.
    pub fn transcript(&self) -> Vec<Entry> {
        self.lock().transcript.iter().cloned().collect()
    }

    /// Adds to the transcript.
    pub(crate) fn note(&self, request: &Request, status: u16) {
        let mut inner = self.lock();
        if inner.transcript.len() == TRANSCRIPT_LEN_MAX {
            inner.transcript.pop_front();
        }
        inner.transcript.push_back(Entry { op: Service::operation(request), status });
    }

    /// Looks at the head of a request, after what takes effect before it.
    pub fn begin(self: &Arc<Self>, now_ms: u64, request: &Request) -> Started {
        self.catch_up(now_ms);
        self.look(now_ms, request)
    }

    fn look(self: &Arc<Self>, now_ms: u64, request: &Request) -> Started {
        let mut inner = self.lock();
        match self.run(&mut inner, |service| service.begin(now_ms, request)) {
            Err(_) => Started::Reply(Answer::broken()),
            Ok(Begin::Read) => Started::Read,
            Ok(Begin::Reply(reply)) => Started::Reply(self.answer(&mut inner, reply)),
            Ok(Begin::Receive(upload)) => {
                drop(inner);
                Started::Receive(Box::new(Receiver::new(self.clone(), now_ms, upload)))
            }
        }
    }

    /// Answers a call with its whole body.
    pub fn handle(self: &Arc<Self>, now_ms: u64, request: &Request, body: &[u8]) -> Answer {
        let mut inner = self.lock();
        let copying = match self.run(&mut inner, |service| service.handle(now_ms, request, body)) {
            Err(_) => return Answer::broken(),
            Ok(Handled::Reply(reply)) => return self.answer(&mut inner, reply),
            Ok(Handled::Digest(copying)) => copying,
        };
        let content = self.reader(&mut inner, copying.content().clone());
        drop(inner);
        let Ok(sha1) = content.sha1() else { return Answer::broken() };
        let mut inner = self.lock();
        match self.run(&mut inner, |service| service.finish_copy(now_ms, copying, sha1)) {
            Err(_) => Answer::broken(),
            Ok(reply) => self.answer(&mut inner, reply),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run<T>(&self, inner: &mut Inner, run: impl FnOnce(&mut Service) -> T) -> io::Result<T> {
        if inner.broken {
            return Err(io::Error::other("the store failed before"));
        }
        let value = run(&mut inner.service);
        let changes = inner.service.take_changes();
        if !changes.is_empty() {
            let result = self.store.append(&changes, inner.service.state());
            inner.broken = result.is_err();
            result?;
            let mark = inner.next_read;
            let garbage = inner.service.take_garbage();
            inner.garbage.extend(garbage.into_iter().map(|blob| (mark, blob)));
            self.collect(inner);
        }
        Ok(value)
    }

    /// Removes blobs no read can still need.
    fn collect(&self, inner: &mut Inner) {
        let oldest = inner.reads.first_key_value().map_or(u64::MAX, |(read, ())| *read);
        while let Some((_, blob)) = inner.garbage.pop_front_if(|(mark, _)| *mark <= oldest) {
            if !inner.service.state().is_referenced(blob) {
                // What cannot be removed now is reaped when the store is opened again.
                let _ = self.store.remove(blob);
            }
        }
    }

    fn answer(self: &Arc<Self>, inner: &mut Inner, reply: Reply) -> Answer {
        let body = match reply.body {
            Body::Empty => AnswerBody::Empty,
            Body::Text(bytes) => AnswerBody::Text(bytes),
            Body::Content(content) => AnswerBody::Content(self.reader(inner, content)),
        };
        Answer { status: reply.status, headers: reply.headers, body }
    }

    fn reader(self: &Arc<Self>, inner: &mut Inner, content: Content) -> ContentReader {
        let read = inner.next_read;
        inner.next_read += 1;
        inner.reads.insert(read, ());
        ContentReader::new(self.clone(), read, content)
    }
}
