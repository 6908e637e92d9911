//! What a server saw, request by request, for tests that compare clients and for a log file.
//!
//! A record holds no secret: of headers only the names, of URLs only the names of files.

use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::collections::{BTreeMap, HashMap};
use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::header::{CONTENT_TYPE, RANGE, USER_AGENT};
use serde::Serialize;

use crate::service::{Op, Request, Service};

/// Records the requests of a server; clones share everything.
#[derive(Clone, Default)]
pub struct Transcript {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    inner: Mutex<Inner>,
    out: Option<Mutex<Box<dyn Write + Send>>>,
}

#[derive(Default)]
struct Inner {
    /// Requests so far.
    count: u64,
    /// Requests under way.
    open: usize,
    /// Those without an answer so far, and the most at a time.
    unanswered: usize,
    unanswered_max: usize,
    ended: BTreeMap<u64, Record>,
    /// Numbers of the upload URLs seen so far.
    urls: HashMap<String, u64>,
}

/// Most records that are kept in memory: the latest. So many upload URLs are told apart, too.
const RECORDS_MAX: usize = 1 << 20;

/// One request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// How many requests began before.
    pub number: u64,
    /// How many connections were accepted before the one it came on.
    pub connection: u64,
    /// HTTP method.
    pub method: String,
    /// The operation's name; `None` for a URL that names none.
    pub operation: Option<&'static str>,
    /// The status answered; 0 when the connection broke or the client left before an answer.
    pub status: u16,
    /// The file's name as it was sent, percent-encoded: in the path of a download, in a header
    /// of an upload.
    pub file_name: Option<String>,
    /// The part's number as it was sent.
    pub part: Option<String>,
    /// Number of the upload URL, counted from 0 in the order of first use.
    pub upload_url: Option<u64>,
    /// The range as it was sent.
    pub range: Option<String>,
    /// How the body's SHA-1 is told.
    pub sha1: Option<Sha1Mode>,
    /// The body's length as it was announced.
    pub body_len: Option<u64>,
    /// Bytes of the body that arrived.
    pub received: u64,
    /// Bytes of the answer's body that were handed to the connection.
    pub sent: u64,
    /// `Content-Type` as it was sent.
    pub content_type: Option<String>,
    /// `User-Agent` as it was sent.
    pub user_agent: Option<String>,
    /// Names of the other headers that mean something to the service, in order of the alphabet.
    pub headers: Vec<String>,
}

/// How an upload tells the SHA-1 of its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Sha1Mode {
    /// In a header.
    Header,
    /// Behind the last byte.
    Trailer,
    /// Not at all.
    Unverified,
}

impl Transcript {
    /// A transcript that is kept in memory, the latest million requests of it.
    pub fn new() -> Self {
        Self::default()
    }

    /// A transcript that is written as lines of JSON and not kept. A line is written when its
    /// request has ended; `number` tells the order in which they began.
    pub fn to_writer(out: impl Write + Send + 'static) -> Self {
        let shared = Shared { inner: Mutex::default(), out: Some(Mutex::new(Box::new(out))) };
        Self { shared: Arc::new(shared) }
    }

    /// Requests that have ended, in the order in which they began.
    pub fn records(&self) -> Vec<Record> {
        self.shared.lock().ended.values().cloned().collect()
    }

    /// How many requests are under way: not answered to the last byte, or with a body that is
    /// still being read.
    pub fn open(&self) -> usize {
        self.shared.lock().open
    }

    /// How many requests waited for the head of their answer at the same time, at most: a client
    /// has had so many under way.
    pub fn unanswered_max(&self) -> usize {
        self.shared.lock().unanswered_max
    }

    pub(super) fn begin(&self, connection: u64, request: &Request) -> Entry {
        let mut inner = self.shared.lock();
        let mut record = record(inner.count, connection, request);
        record.upload_url = record.sha1.and_then(|_| inner.url_number(request.uri.path()));
        inner.count += 1;
        inner.open += 1;
        inner.unanswered += 1;
        inner.unanswered_max = inner.unanswered_max.max(inner.unanswered);
        drop(inner);
        Entry(Arc::new(Open {
            transcript: self.clone(),
            record: Mutex::new(record),
            is_answered: AtomicBool::new(false),
            received: AtomicU64::new(0),
            sent: AtomicU64::new(0),
        }))
    }
}

impl core::fmt::Debug for Transcript {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Transcript").field("open", &self.open()).finish_non_exhaustive()
    }
}

impl Inner {
    fn url_number(&mut self, path: &str) -> Option<u64> {
        let next = self.urls.len();
        match self.urls.get(path) {
            Some(number) => Some(*number),
            None if next == RECORDS_MAX => None,
            None => {
                self.urls.insert(path.to_owned(), next as u64);
                Some(next as u64)
            }
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end(&self, record: Record) {
        if let Some(out) = &self.out {
            let mut line = serde_json::to_vec(&record).unwrap_or_default();
            line.push(b'\n');
            let mut out = out.lock().unwrap_or_else(PoisonError::into_inner);
            // The service goes on when its log cannot be written.
            let _ = out.write_all(&line).and_then(|()| out.flush());
        }
        let mut inner = self.lock();
        inner.open -= 1;
        if self.out.is_none() {
            inner.ended.insert(record.number, record);
            if inner.ended.len() > RECORDS_MAX {
                inner.ended.pop_first();
            }
        }
    }
}

/// A request under way. It has ended when the last clone is dropped.
#[derive(Clone)]
pub(super) struct Entry(Arc<Open>);

struct Open {
    transcript: Transcript,
    record: Mutex<Record>,
    is_answered: AtomicBool,
    received: AtomicU64,
    sent: AtomicU64,
}

impl Entry {
    /// Bytes of the body have arrived.
    pub(super) fn received(&self, bytes: usize) {
        self.0.received.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Bytes of the answer's body go out.
    pub(super) fn sent(&self, bytes: usize) {
        self.0.sent.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// An answer is being sent.
    pub(super) fn answered(&self, status: u16) {
        self.0.record.lock().unwrap_or_else(PoisonError::into_inner).status = status;
        self.0.note_answered();
    }
}

impl Open {
    fn note_answered(&self) {
        if !self.is_answered.swap(true, Ordering::Relaxed) {
            self.transcript.shared.lock().unanswered -= 1;
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.note_answered();
        let mut record = self.record.lock().unwrap_or_else(PoisonError::into_inner).clone();
        record.received = self.received.load(Ordering::Relaxed);
        record.sent = self.sent.load(Ordering::Relaxed);
        self.transcript.shared.end(record);
    }
}

fn record(number: u64, connection: u64, request: &Request) -> Record {
    let text = |name: &str| request.header(name).map(str::to_owned);
    let operation = Service::operation(request);
    let file_name = match request.uri.path().strip_prefix("/file/") {
        Some(path) => path.split_once('/').map(|(_, name)| name.to_owned()),
        None => text("x-bz-file-name"),
    };
    Record {
        number,
        connection,
        method: request.method.to_string(),
        operation: operation.map(Op::name),
        status: 0,
        file_name,
        part: text("x-bz-part-number"),
        upload_url: None,
        range: text(RANGE.as_str()),
        sha1: operation.filter(|op| op.is_upload()).and_then(|_| sha1_mode(request)),
        body_len: request.content_length(),
        received: 0,
        sent: 0,
        content_type: text(CONTENT_TYPE.as_str()),
        user_agent: text(USER_AGENT.as_str()),
        headers: header_names(request),
    }
}

fn sha1_mode(request: &Request) -> Option<Sha1Mode> {
    match request.header("x-bz-content-sha1")? {
        "hex_digits_at_end" => Some(Sha1Mode::Trailer),
        "do_not_verify" => Some(Sha1Mode::Unverified),
        _ => Some(Sha1Mode::Header),
    }
}

/// Headers of HTTP itself, and those a record has fields for.
const OTHER_HEADERS: [&str; 14] = [
    "accept",
    "accept-encoding",
    "connection",
    "content-length",
    "content-type",
    "expect",
    "host",
    "proxy-connection",
    "range",
    "transfer-encoding",
    "user-agent",
    "x-bz-content-sha1",
    "x-bz-file-name",
    "x-bz-part-number",
];

fn header_names(request: &Request) -> Vec<String> {
    let names = request.headers.keys().map(http::HeaderName::as_str);
    let mut names: Vec<String> =
        names.filter(|name| !OTHER_HEADERS.contains(name)).map(str::to_owned).collect();
    names.sort_unstable();
    names
}
