//! The service through its transport, area by area. `World` logs in and makes calls; tests say
//! what comes back.

mod account;
mod buckets;
mod copies;
mod downloads;
mod keys;
mod large;
mod listings;
mod locks;
mod rules;
mod uploads;

use http::Method;
use serde_json::{Value, json};

use super::token::{derive, hex};
use crate::config::Config;
use crate::host::Host;
use crate::transport::{Ended, Outgoing, Response, Transport};

pub(super) const NOW_MS: u64 = 1_600_000_000_000;
pub(super) const DAY_MS: u64 = 86_400_000;

/// A logged-in client of a service in memory.
#[derive(Clone)]
pub(super) struct World {
    pub(super) transport: Transport,
    pub(super) now_ms: u64,
    pub(super) token: String,
    pub(super) account: String,
    pub(super) version: u8,
}

impl World {
    pub(super) fn new() -> Self {
        Self::with(Config::default().with_small_limits())
    }

    pub(super) fn with(config: Config) -> Self {
        let host = Host::in_memory(config);
        let login = host.basic_authorization();
        let transport = Transport::new(host);
        let world = Self {
            transport,
            now_ms: NOW_MS,
            token: String::new(),
            account: String::new(),
            version: 4,
        };
        world.log_in(&login)
    }

    pub(super) fn log_in(&self, basic: &str) -> Self {
        let url = format!("/b2api/v{}/b2_authorize_account", self.version);
        let login = self.transport.post(self.now_ms, &url, basic, "{}");
        assert_eq!(login.status, 200, "{:?}", login.json());
        let json = login.json();
        let field = |name: &str| json[name].as_str().expect(name).to_owned();
        Self { token: field("authorizationToken"), account: field("accountId"), ..self.clone() }
    }

    /// A client with a new key that has `caps` and what `extra` adds to the request.
    pub(super) fn with_key(&self, caps: &[&str], extra: Value) -> Self {
        let mut request =
            json!({ "accountId": self.account, "keyName": "test", "capabilities": caps });
        merge(&mut request, extra);
        let key = self.ok("b2_create_key", request);
        self.log_in(&basic(&key))
    }

    pub(super) fn at(&self, later_ms: u64) -> Self {
        Self { now_ms: self.now_ms + later_ms, ..self.clone() }
    }

    pub(super) fn version(&self, version: u8) -> Self {
        Self { version, ..self.clone() }
    }

    pub(super) fn call(&self, op: &str, request: Value) -> Response {
        let url = format!("/b2api/v{}/{op}", self.version);
        self.transport.post(self.now_ms, &url, &self.token, &request.to_string())
    }

    pub(super) fn ok(&self, op: &str, request: Value) -> Value {
        let response = self.call(op, request);
        assert_eq!(response.status, 200, "{op}: {}", response.json());
        response.json()
    }

    /// Status and code of a refusal.
    pub(super) fn refused(&self, op: &str, request: Value) -> (u16, String) {
        let response = self.call(op, request);
        assert_eq!(response.json()["status"], json!(response.status), "{op}");
        (response.status, response.code())
    }

    pub(super) fn bucket(&self, name: &str, extra: Value) -> String {
        let mut request =
            json!({ "accountId": self.account, "bucketName": name, "bucketType": "allPrivate" });
        merge(&mut request, extra);
        text(&self.ok("b2_create_bucket", request)["bucketId"])
    }

    pub(super) fn update_bucket(&self, bucket: &str, extra: Value) -> Response {
        let mut request = json!({ "accountId": self.account, "bucketId": bucket });
        merge(&mut request, extra);
        self.call("b2_update_bucket", request)
    }

    /// An upload with its usual headers; `headers` replaces or adds, an empty value removes.
    pub(super) fn upload_with(
        &self,
        bucket: &str,
        name: &str,
        data: &[u8],
        headers: &[(&str, &str)],
    ) -> Response {
        let pair = self.ok("b2_get_upload_url", json!({ "bucketId": bucket }));
        self.upload_to(&pair, name, data, headers)
    }

    pub(super) fn upload_to(
        &self,
        pair: &Value,
        name: &str,
        data: &[u8],
        headers: &[(&str, &str)],
    ) -> Response {
        let (url, token) = (text(&pair["uploadUrl"]), text(&pair["authorizationToken"]));
        let sha1 = sha1(data);
        let mut all = vec![
            ("authorization", token.as_str()),
            ("x-bz-file-name", name),
            ("content-type", "b2/x-auto"),
            ("x-bz-content-sha1", sha1.as_str()),
        ];
        all.retain(|(name, _)| !headers.iter().any(|(other, _)| other == name));
        all.extend(headers.iter().filter(|(_, value)| !value.is_empty()));
        self.send(Method::POST, &url, &all, data)
    }

    pub(super) fn upload(&self, bucket: &str, name: &str, data: &[u8]) -> Value {
        let response = self.upload_with(bucket, name, data, &[]);
        assert_eq!(response.status, 200, "{}", response.json());
        response.json()
    }

    pub(super) fn send(
        &self,
        method: Method,
        url: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Response {
        let outgoing = Outgoing { method, url, headers, body_len: body.len() as u64 };
        let outcome = self.transport.send(self.now_ms, &outgoing, &mut &*body).outcome;
        let Ended::Response(response) = outcome else { panic!("no response: {outcome:?}") };
        response
    }

    /// A download with the account token.
    pub(super) fn fetch(&self, url: &str, headers: &[(&str, &str)]) -> Response {
        let mut all = vec![("authorization", self.token.as_str())];
        all.extend(headers);
        self.send(Method::GET, url, &all, b"")
    }

    /// Starts a large file.
    pub(super) fn start(&self, bucket: &str, name: &str) -> String {
        let request = json!({ "bucketId": bucket, "fileName": name, "contentType": "text/plain" });
        text(&self.ok("b2_start_large_file", request)["fileId"])
    }

    pub(super) fn part(&self, file: &str, number: u32, data: &[u8]) -> Response {
        let pair = self.ok("b2_get_upload_part_url", json!({ "fileId": file }));
        let number = number.to_string();
        let headers =
            [("x-bz-part-number", number.as_str()), ("x-bz-file-name", ""), ("content-type", "")];
        self.upload_to(&pair, "", data, &headers)
    }

    /// Rows of a listing as `action name`.
    pub(super) fn rows(&self, op: &str, request: Value) -> Vec<String> {
        rows(&self.ok(op, request))
    }
}

pub(super) fn rows(page: &Value) -> Vec<String> {
    let files = page["files"].as_array().expect("files");
    files.iter().map(|f| format!("{} {}", text(&f["action"]), text(&f["fileName"]))).collect()
}

pub(super) fn merge(into: &mut Value, extra: Value) {
    for (name, value) in extra.as_object().cloned().unwrap_or_default() {
        into[name] = value;
    }
}

pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

pub(super) fn basic(key: &Value) -> String {
    use base64::Engine as _;
    let pair = format!("{}:{}", text(&key["applicationKeyId"]), text(&key["applicationKey"]));
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair))
}

pub(super) fn sha1(data: &[u8]) -> String {
    use sha1::Digest as _;
    hex(&sha1::Sha1::digest(data))
}

/// Bytes that follow from a number.
pub(super) fn bytes(n: u64, len: usize) -> Vec<u8> {
    (0_u64..).flat_map(|block| derive(n, "content", &block.to_string())).take(len).collect()
}
