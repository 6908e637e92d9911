//! The service beside the run: setting it up, and asking it afterwards what it holds. None of
//! this is under the fault plan.

use core::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use b2_proto::model::FileVersion;
use b2_proto::wire::text::Sha1;
use b2_sim::Config;
use b2_sim::host::Host;
use b2_sim::transport::{Outgoing, Response, Transport};
use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};

use crate::account::Place;
use crate::customer_key;

/// When every run begins, in milliseconds since 1970.
pub(crate) const BEGIN_MS: u64 = 1_795_431_600_000;
/// When files were started that are left from before, and what is later than that.
pub(crate) const YESTERDAY_MS: u64 = BEGIN_MS - 24 * 3_600_000;
pub(crate) const TODAY_MS: u64 = BEGIN_MS - 12 * 3_600_000;
/// Where the service says it is.
pub(crate) const REALM: &str = "http://sim.test";

/// The service of one run, with one bucket.
#[derive(Debug)]
pub(crate) struct Side {
    host: Arc<Host>,
    token: String,
    pub(crate) account_id: String,
    pub(crate) bucket_id: String,
    /// IDs of the versions that no job has made.
    put_there: RefCell<BTreeSet<String>>,
    /// Buckets with file lock, by the days that they retain files by default.
    pub(crate) locked: RefCell<BTreeMap<Option<u64>, String>>,
}

/// The bucket's name.
pub(crate) const BUCKET: &str = "simulated";

impl Side {
    /// A service with parts of at least 100 bytes whose account tokens live for `token_life_ms`.
    pub(crate) fn new(seed: u64, token_life_ms: u64) -> Self {
        let config = Config {
            seed,
            public_url: Some(REALM.to_owned()),
            token_life_ms,
            custom_timestamps: true,
            ..Config::default().with_small_limits()
        };
        let mut side = Self {
            host: Host::in_memory(config),
            token: String::new(),
            account_id: String::new(),
            bucket_id: String::new(),
            put_there: RefCell::default(),
            locked: RefCell::default(),
        };
        side.log_in(BEGIN_MS);
        let create = json!({
            "accountId": side.account_id, "bucketName": BUCKET, "bucketType": "allPrivate",
        });
        let bucket = side.call(BEGIN_MS, "b2_create_bucket", &create);
        side.bucket_id = text(&bucket, "bucketId");
        side
    }

    pub(crate) const fn host(&self) -> &Arc<Host> {
        &self.host
    }

    /// Logs in anew; tokens of a long run are too old afterwards.
    pub(crate) fn log_in(&mut self, now_ms: u64) {
        let url = format!("{REALM}/b2api/v4/b2_authorize_account");
        let authorization = self.host.basic_authorization();
        let answer = self.transport().post(now_ms, &url, &authorization, "{}");
        self.token = text(&answer.json(), "authorizationToken");
        self.account_id = text(&answer.json(), "accountId");
    }

    /// Ends the life of all account tokens.
    pub(crate) fn expire_tokens(&self) {
        self.host.with_service(b2_sim::service::Service::expire_tokens).expect("a store in memory");
    }

    /// Uploads a file in one request; gives its ID.
    pub(crate) fn put<'a>(&self, now_ms: u64, place: impl Into<Place<'a>>, bytes: &[u8]) -> String {
        self.put_as(now_ms, (place.into(), "text/plain"), bytes)
    }

    /// The same with a content type.
    pub(crate) fn put_as(
        &self,
        now_ms: u64,
        (place, kind): (Place<'_>, &str),
        bytes: &[u8],
    ) -> String {
        let target = json!({ "bucketId": self.bucket_of(place) });
        let target = self.call(now_ms, "b2_get_upload_url", &target);
        let own = [("x-bz-file-name", place.name), ("content-type", kind)];
        self.note(text(&self.upload(now_ms, &target, &own, bytes), "fileId"))
    }

    /// The same with the customer's key.
    pub(crate) fn put_encrypted(&self, now_ms: u64, name: &str, bytes: &[u8]) -> String {
        let target = json!({ "bucketId": self.bucket_id });
        let target = self.call(now_ms, "b2_get_upload_url", &target);
        let key = customer_key::headers();
        let mut own = vec![("x-bz-file-name", name), ("content-type", "text/plain")];
        own.extend(key.iter().map(|(name, value)| (*name, value.as_str())));
        self.note(text(&self.upload(now_ms, &target, &own, bytes), "fileId"))
    }

    fn bucket_of<'a>(&'a self, place: Place<'a>) -> &'a str {
        place.bucket_id.unwrap_or(&self.bucket_id)
    }

    /// Whether no job has made this version.
    pub(crate) fn has_put(&self, file_id: &str) -> bool {
        self.put_there.borrow().contains(file_id)
    }

    fn note(&self, file_id: String) -> String {
        self.put_there.borrow_mut().insert(file_id.clone());
        file_id
    }

    /// Deletes a version.
    pub(crate) fn delete(&self, now_ms: u64, name: &str, file_id: &str) {
        let delete = json!({ "fileName": name, "fileId": file_id });
        self.call(now_ms, "b2_delete_file_version", &delete);
    }

    /// What the service says about a version.
    pub(crate) fn version(&self, now_ms: u64, file_id: &str) -> FileVersion {
        let info = self.call(now_ms, "b2_get_file_info", &json!({ "fileId": file_id }));
        serde_json::from_value(info).expect("a version")
    }

    /// Uploads a file in two parts, the first no longer than the second; gives its ID.
    pub(crate) fn put_large<'a>(
        &self,
        now_ms: u64,
        place: impl Into<Place<'a>>,
        bytes: &[u8],
        info: &Value,
    ) -> String {
        let file_id = self.start(now_ms, place.into(), &json!({ "fileInfo": info }));
        let (first, second) = bytes.split_at(bytes.len() / 2);
        let digests = self.upload_parts(now_ms, &file_id, [(1, first), (2, second)].into_iter());
        let finish = json!({ "fileId": file_id, "partSha1Array": digests });
        self.note(text(&self.call(now_ms, "b2_finish_large_file", &finish), "fileId"))
    }

    /// Starts a large file that stays unfinished; gives its ID.
    pub(crate) fn start_large(&self, now_ms: u64, name: &str) -> String {
        self.start(now_ms, name.into(), &json!({}))
    }

    /// The same with more of the request, and with these parts, by number.
    pub(crate) fn start_with<'a>(
        &self,
        now_ms: u64,
        (place, more): (impl Into<Place<'a>>, &Value),
        parts: &[(u64, Vec<u8>)],
    ) -> String {
        let file_id = self.start(now_ms, place.into(), more);
        let parts = parts.iter().map(|(number, bytes)| (*number, &bytes[..]));
        self.upload_parts(now_ms, &file_id, parts);
        file_id
    }

    /// Uploads parts; gives their digests.
    fn upload_parts<'a>(
        &self,
        now_ms: u64,
        file_id: &str,
        parts: impl Iterator<Item = (u64, &'a [u8])>,
    ) -> Vec<String> {
        let target = json!({ "fileId": file_id });
        let target = self.call(now_ms, "b2_get_upload_part_url", &target);
        let upload = |(number, bytes): (u64, &[u8])| {
            let number = number.to_string();
            let own = [("x-bz-part-number", number.as_str())];
            text(&self.upload(now_ms, &target, &own, bytes), "contentSha1")
        };
        parts.map(upload).collect()
    }

    fn start(&self, now_ms: u64, place: Place<'_>, more: &Value) -> String {
        let mut start = json!({
            "bucketId": self.bucket_of(place), "fileName": place.name,
            "contentType": "text/plain", "fileInfo": {},
        });
        for (key, value) in more.as_object().into_iter().flatten() {
            start[key] = value.clone();
        }
        text(&self.call(now_ms, "b2_start_large_file", &start), "fileId")
    }

    pub(crate) fn upload(
        &self,
        now_ms: u64,
        target: &Value,
        own: &[(&str, &str)],
        bytes: &[u8],
    ) -> Value {
        let sha1 = Sha1::of(bytes).to_string();
        let (url, token) = (text(target, "uploadUrl"), text(target, "authorizationToken"));
        let mut headers = vec![("authorization", token.as_str()), ("x-bz-content-sha1", &sha1)];
        headers.extend_from_slice(own);
        let body_len = bytes.len() as u64;
        let outgoing = Outgoing { method: Method::POST, url: &url, headers: &headers, body_len };
        let mut body = bytes;
        expect(self.transport().send(now_ms, &outgoing, &mut body).into_response()).json()
    }

    pub(crate) fn content(&self, now_ms: u64, file: &Value) -> Bytes {
        let file_id = text(file, "fileId");
        let url = format!("{REALM}/b2api/v4/b2_download_file_by_id?fileId={file_id}");
        let key = customer_key::headers();
        let mut headers = vec![("authorization", self.token.as_str())];
        if file["serverSideEncryption"]["mode"] == "SSE-C" {
            headers.extend(key.iter().map(|(name, value)| (*name, value.as_str())));
        }
        let outgoing = Outgoing { method: Method::GET, url: &url, headers: &headers, body_len: 0 };
        let mut body = &b""[..];
        expect(self.transport().send(now_ms, &outgoing, &mut body).into_response()).body
    }

    pub(crate) fn call(&self, now_ms: u64, operation: &str, body: &Value) -> Value {
        let url = format!("{REALM}/b2api/v4/{operation}");
        expect(self.transport().post(now_ms, &url, &self.token, &body.to_string())).json()
    }

    fn transport(&self) -> Transport {
        Transport::new(self.host.clone())
    }
}

fn expect(answer: Response) -> Response {
    assert_eq!(answer.status, 200, "{}", answer.json());
    answer
}

/// A text of a JSON object.
pub(crate) fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_else(|| panic!("no {key} in {value}")).to_owned()
}
