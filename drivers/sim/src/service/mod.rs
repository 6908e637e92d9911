//! The service itself: requests in, replies out, time as an argument, no I/O.
//!
//! A host drives it: [`Service::begin`] looks at the head of a request; for an upload it answers
//! with a [`Upload`] ticket, the host stores and hashes the bytes, and [`Service::finish`] gives
//! the reply. Every other request goes to [`Service::handle`] with its body. Some copies need the
//! digest of bytes only the store has: they come back as a [`Copying`] ticket. After each call
//! the host takes [`Service::take_changes`] and makes them durable before it sends the reply.

mod account;
mod auth;
mod bucket_rules;
mod buckets;
mod caps;
mod copy;
mod download;
mod download_headers;
mod files;
mod header_value;
mod keys;
mod large;
mod lifecycle;
mod list;
mod lock;
mod metadata;
mod meter;
mod model;
mod notify;
mod op;
mod order;
mod params;
mod replication;
mod reply;
mod request;
mod sse;
mod state;
#[cfg(test)]
mod tests;
mod token;
mod upload;
mod view;

pub use copy::Copying;
pub use meter::Meter;
pub use model::Slice;
pub use op::{Class, Op};
pub(crate) use reply::error_reply;
pub use reply::{Body, Content, Refusal, Reply};
pub use request::Request;
pub use state::{Change, State};
pub use upload::{Received, Upload};

use core::mem;
use std::collections::BTreeSet;

use http::Method;
use serde_json::Value;

use self::auth::Scope;
use self::params::Params;
use self::reply::Checked;
use self::request::Route;
use self::state::Step;
use crate::config::Config;

/// Longest JSON body a call may have, in bytes. The longest legal one lists 10,000 digests.
pub const JSON_BODY_LEN_MAX: usize = 4 << 20;

/// Most slices of one file, those of its parts included. The real service has no such limit; here
/// a file is one change of the state, which has to be of a length that can be read again.
pub const SLICES_MAX: usize = 500_000;

/// What the head of a request leads to.
#[derive(Debug)]
pub enum Begin {
    /// The reply is settled; the body is not wanted.
    Reply(Reply),
    /// Read the body, at most [`JSON_BODY_LEN_MAX`] bytes, and call [`Service::handle`].
    Read,
    /// Store the body and call [`Service::finish`], or [`Service::abandon`] if it breaks off.
    Receive(Upload),
}

/// What a call leads to.
#[derive(Debug)]
pub enum Handled {
    /// The reply.
    Reply(Reply),
    /// Compute the digest of the content and call [`Service::finish_copy`].
    Digest(Copying),
}

/// The service: a state and what is remembered only while it runs.
pub struct Service {
    config: Config,
    state: State,
    /// Counts tokens and other draws of this run.
    nonce: u64,
    /// Account tokens with a smaller nonce have expired.
    expired_below: u64,
    /// Upload URLs in use, by time of issue and nonce.
    busy: BTreeSet<(u64, u64)>,
    /// Upload URLs that rejected an upload, in the order they expire anyway.
    dead: BTreeSet<(u64, u64)>,
    meter: Meter,
    pending: Vec<Change>,
}

impl core::fmt::Debug for Service {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Service").field("state", &self.state).finish_non_exhaustive()
    }
}

impl Service {
    /// A service that goes on from `state`; an empty one becomes a new account.
    pub fn new(config: Config, state: State) -> Self {
        let mut service = Self {
            config,
            state,
            nonce: 0,
            expired_below: 0,
            busy: BTreeSet::new(),
            dead: BTreeSet::new(),
            meter: Meter::default(),
            pending: Vec::new(),
        };
        service.settle_account();
        service
    }

    /// The operation a request is for, if its URL names one.
    pub fn operation(request: &Request) -> Option<Op> {
        Route::parse(&request.uri).map(|route| route.op)
    }

    /// Looks at the head of a request.
    pub fn begin(&mut self, now_ms: u64, request: &Request) -> Begin {
        let refuse = |refusal: Refusal| Begin::Reply(refusal.into_reply());
        let Some(route) = Route::parse(&request.uri) else {
            return refuse(Refusal::not_found("Unknown API"));
        };
        if !route.op.allows(&request.method) {
            let message = format!("{} is not a method of {}", request.method, route.op.name());
            return refuse(Refusal::new(405, "method_not_allowed", message));
        }
        if !route.op.is_upload() {
            let posted = request.method == Method::POST;
            return if posted {
                Begin::Read
            } else {
                Begin::Reply(self.without_body(now_ms, request))
            };
        }
        self.meter.count(now_ms, route.op, 1);
        match self.begin_upload(now_ms, &route, request) {
            Ok(upload) => Begin::Receive(upload),
            Err(refusal) => refuse(refusal),
        }
    }

    /// Answers a call that is no upload.
    pub fn handle(&mut self, now_ms: u64, request: &Request, body: &[u8]) -> Handled {
        let Some(route) = Route::parse(&request.uri) else {
            return Handled::Reply(Refusal::not_found("Unknown API").into_reply());
        };
        if route.op == Op::AuthorizeAccount {
            return Handled::Reply(match self.authorize(now_ms, &route, request) {
                Ok(value) => Reply::json(&value),
                Err(refusal) => refusal.into_login_reply(),
            });
        }
        let reply = if route.op.is_download() {
            let reply =
                self.download(now_ms, &route, request, body).unwrap_or_else(Refusal::into_reply);
            if request.method == Method::HEAD { reply.without_body() } else { reply }
        } else {
            match self.call(now_ms, &route, request, body) {
                Ok(Answer::Json(value)) => Reply::json(&value),
                Ok(Answer::Text(text)) => Reply::json_text(text),
                Ok(Answer::Digest(copying)) => return Handled::Digest(*copying),
                Err(refusal) => refusal.into_reply(),
            }
        };
        Handled::Reply(reply)
    }

    /// The changes since the last call, to be made durable before any reply is sent.
    pub fn take_changes(&mut self) -> Vec<Change> {
        mem::take(&mut self.pending)
    }

    /// Blobs that nothing refers to any more.
    pub fn take_garbage(&mut self) -> Vec<u64> {
        self.state.take_garbage()
    }

    /// The state, for stores that compact their journal.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Settings the service runs with.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Transactions so far.
    pub fn meter(&self) -> &Meter {
        &self.meter
    }

    /// Makes every account token issued so far an expired one.
    pub fn expire_tokens(&mut self) {
        self.expired_below = self.nonce;
    }

    fn without_body(&mut self, now_ms: u64, request: &Request) -> Reply {
        match self.handle(now_ms, request, b"") {
            Handled::Reply(reply) => reply,
            Handled::Digest(_) => {
                Refusal::new(405, "method_not_allowed", "Use POST for copies").into_reply()
            }
        }
    }

    fn call(
        &mut self,
        now_ms: u64,
        route: &Route,
        request: &Request,
        body: &[u8],
    ) -> Checked<Answer> {
        let scope = self.scope(now_ms, route.version, request)?;
        let params = Params::read(request, body)?;
        self.meter.count(now_ms, route.op, 1);
        self.check_transaction_caps(now_ms, route.op, request)?;
        let call = Call { now_ms, scope: &scope, params: &params, request };
        self.dispatch(route.op, &call)
    }

    fn dispatch(&mut self, op: Op, call: &Call<'_>) -> Checked<Answer> {
        let value = match op {
            Op::CancelLargeFile => self.cancel_large_file(call),
            Op::CopyFile => return self.copy_file(call),
            Op::CopyPart => return self.copy_part(call),
            Op::CreateBucket => self.create_bucket(call),
            Op::CreateKey => self.create_key(call),
            Op::DeleteBucket => self.delete_bucket(call),
            Op::DeleteFileVersion => self.delete_file_version(call),
            Op::DeleteKey => self.delete_key(call),
            Op::FinishLargeFile => self.finish_large_file(call),
            Op::GetBucketNotificationRules => self.notification_rules(call),
            Op::SetBucketNotificationRules => self.set_notification_rules(call),
            Op::GetDownloadAuthorization => self.download_authorization(call),
            Op::GetFileInfo => self.file_info(call),
            Op::GetUploadPartUrl => self.upload_part_url(call),
            Op::GetUploadUrl => self.upload_url(call),
            Op::HideFile => self.hide_file(call),
            Op::ListBuckets => self.list_buckets(call),
            Op::ListFileNames => return self.list_file_names(call),
            Op::ListFileVersions => return self.list_file_versions(call),
            Op::ListKeys => self.list_keys(call),
            Op::ListParts => self.list_parts(call),
            Op::ListUnfinishedLargeFiles => self.list_unfinished(call),
            Op::StartLargeFile => self.start_large_file(call),
            Op::UpdateBucket => self.update_bucket(call),
            Op::UpdateFileLegalHold => self.update_legal_hold(call),
            Op::UpdateFileRetention => self.update_retention(call),
            Op::AuthorizeAccount
            | Op::DownloadFileById
            | Op::DownloadFileByName
            | Op::UploadFile
            | Op::UploadPart => Err(Refusal::not_found("Unknown API")),
        };
        value.map(Answer::Json)
    }

    /// Takes a step of the state and remembers it for the store.
    fn apply(&mut self, step: Step) {
        let change = Change(step);
        self.pending.push(change.clone());
        self.state.apply(change);
    }

    /// The next sequence number, durable with the change that uses it.
    fn next_seq(&mut self) -> u64 {
        let seq = self.state.next_seq;
        self.apply(Step::Seq(seq + 1));
        seq
    }

    fn next_nonce(&mut self) -> u64 {
        self.nonce += 1;
        self.nonce
    }

    fn secret(&self) -> u64 {
        self.state.account.as_ref().map_or(0, |account| account.secret)
    }

    fn account_id(&self) -> &str {
        self.state.account.as_ref().map_or("", |account| &account.id)
    }
}

/// One authenticated call on its way.
struct Call<'a> {
    now_ms: u64,
    scope: &'a Scope,
    params: &'a Params,
    request: &'a Request,
}

enum Answer {
    Json(Value),
    /// JSON already written, for answers too long to build as a tree.
    Text(String),
    Digest(Box<Copying>),
}

impl Answer {
    fn text(value: &impl serde::Serialize) -> Self {
        // Plain data with text keys always has a JSON form.
        Self::Text(serde_json::to_string(value).unwrap_or_default())
    }
}
