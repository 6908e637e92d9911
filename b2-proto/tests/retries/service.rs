//! A service that answers as a case says.

use std::collections::{BTreeMap, VecDeque};

use b2_proto::error::Cause;
use b2_proto::machine::Request;
use b2_proto::wire::reply::Headers;
use serde_json::{Value, json};

use super::FILE_LEN;
use crate::common::Case;

/// The moment every case begins, in seconds since 1970: Mon, 23 Nov 2026 11:00:00 GMT.
const BEGIN_UNIX_S: u64 = 1_795_431_600;
/// The same in milliseconds.
pub(crate) const BEGIN_UNIX_MS: u64 = BEGIN_UNIX_S * 1_000;

/// The SHA-1 of every body that is sent.
pub(crate) const SHA1: &str = "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12";

/// What becomes of one request.
pub(crate) enum Answer {
    /// An answer.
    Reply { status: u16, headers: Fields, body: Vec<u8> },
    /// None.
    Broken(Cause),
}

/// The headers of an answer.
pub(crate) struct Fields(Vec<(String, String)>);

impl Headers for Fields {
    fn value(&self, name: &str) -> Option<&str> {
        self.0.as_slice().value(name)
    }

    fn each(&self, take: &mut dyn FnMut(&str, &str)) {
        self.0.as_slice().each(take);
    }
}

/// What a request is, in the words of the cases.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Role {
    Send,
    GetUrl,
    Authorize,
    /// The finish of a large file, which the cases do not know.
    Finish,
}

/// The answers that are left.
pub(crate) struct Service {
    scripts: BTreeMap<Role, VecDeque<Value>>,
    urls: u32,
}

impl Service {
    pub(crate) fn new(case: &Case<'_>) -> Self {
        let list = |key: &str| match case.0.get(key) {
            Some(_) => VecDeque::from(case.list::<Value>(key)),
            None => VecDeque::new(),
        };
        let is_login_the_call = case.str("call") == "authorize_call";
        let role = if is_login_the_call { Role::Authorize } else { Role::Send };
        let mut scripts = BTreeMap::new();
        scripts.insert(Role::GetUrl, list("get_url_responses"));
        scripts.insert(Role::Authorize, list("authorize_responses"));
        scripts.insert(role, list("responses"));
        Self { scripts, urls: 0 }
    }

    /// The step a request is, with the number of the URL it goes to.
    pub(crate) fn step(&self, request: &Request<'_>) -> (Role, Value) {
        let url = request.head.target.to_string();
        match request.operation {
            "b2_authorize_account" => (Role::Authorize, json!(["authorize"])),
            "b2_get_upload_url" | "b2_get_upload_part_url" => (Role::GetUrl, json!(["get_url"])),
            "b2_finish_large_file" => (Role::Finish, Value::Null),
            "b2_upload_file" | "b2_upload_part" => {
                let number = url.rsplit('/').next().and_then(|text| text.parse::<u32>().ok());
                (Role::Send, json!(["send", number.expect("a URL that was handed out")]))
            }
            _ => (Role::Send, json!(["send"])),
        }
    }

    /// Answers a request that arrives at `now_s` after the beginning.
    pub(crate) fn answer(&mut self, role: Role, operation: &str, now_s: u64) -> Answer {
        let script = self.scripts.get_mut(&role).and_then(VecDeque::pop_front);
        let script = script.unwrap_or_else(|| json!({ "status": 200 }));
        if let Some(kind) = script["transport"].as_str() {
            return Answer::Broken(cause(kind));
        }
        let status = script["status"].as_u64().and_then(|status| u16::try_from(status).ok());
        let status = status.unwrap_or_else(|| panic!("no status in {script}"));
        let mut headers = Fields(vec![("Date".to_owned(), date(&script, now_s))]);
        if let Some(seconds) = script["retry_after"].as_str() {
            headers.0.push(("Retry-After".to_owned(), seconds.to_owned()));
        }
        let is_success = matches!(status, 200 | 206);
        if role == Role::GetUrl && is_success {
            self.urls += 1;
        }
        let body = match script["raw"].as_str() {
            Some(raw) => raw.as_bytes().to_vec(),
            None if script["empty"] == true => Vec::new(),
            None if is_success => self.success(operation, status, &mut headers),
            None => error_body(&script),
        };
        Answer::Reply { status, headers, body }
    }

    fn success(&self, operation: &str, status: u16, headers: &mut Fields) -> Vec<u8> {
        let file = json!({
            "accountId": "a", "action": "upload", "bucketId": "b", "fileId": "4_z1",
            "fileName": "n", "contentLength": FILE_LEN, "contentSha1": SHA1,
            "contentType": "text/plain", "fileInfo": {}, "uploadTimestamp": BEGIN_UNIX_MS,
        });
        let answer = match operation {
            "b2_authorize_account" => login(),
            "b2_get_upload_url" | "b2_get_upload_part_url" => json!({
                "uploadUrl": format!("https://pod-1.backblaze.com/upload/{}", self.urls),
                "authorizationToken": "upload-token", "bucketId": "b", "fileId": "4_z1",
            }),
            "b2_upload_part" => {
                json!({ "fileId": "4_z1", "partNumber": 1, "contentLength": FILE_LEN,
                        "contentSha1": SHA1, "uploadTimestamp": BEGIN_UNIX_MS })
            }
            "b2_get_bucket_notification_rules" => {
                json!({ "bucketId": "b", "eventNotificationRules": [] })
            }
            "b2_download_file_by_id" | "b2_download_file_by_name" => {
                let mut put = |name: &str, value: String| headers.0.push((name.to_owned(), value));
                put("X-Bz-File-Id", "4_z1".to_owned());
                put("X-Bz-File-Name", "n".to_owned());
                put("X-Bz-Content-Sha1", "none".to_owned());
                put("Content-Type", "text/plain".to_owned());
                put("Content-Length", FILE_LEN.to_string());
                if status == 206 {
                    put("Content-Range", format!("bytes 0-{}/{FILE_LEN}", FILE_LEN - 1));
                }
                return Vec::new();
            }
            _ => file,
        };
        answer.to_string().into_bytes()
    }
}

/// The answer to a login. The key may not list files, so what became of a lost upload cannot be
/// asked, which the reference does not do either.
fn login() -> Value {
    json!({
        "accountId": "a", "authorizationToken": "account-token",
        "apiInfo": { "storageApi": {
            "apiUrl": "https://api000.backblazeb2.com",
            "downloadUrl": "https://f000.backblazeb2.com",
            "s3ApiUrl": "https://s3.us-west-000.backblazeb2.com",
            "absoluteMinimumPartSize": 5_000_000, "recommendedPartSize": 100_000_000,
            "allowed": { "buckets": null, "capabilities": ["writeFiles"], "namePrefix": null },
        } },
    })
}

fn error_body(script: &Value) -> Vec<u8> {
    let status = script.get("body_status").unwrap_or_else(|| &script["status"]);
    let body = json!({ "status": status, "code": script["code"], "message": script["message"] });
    body.to_string().into_bytes()
}

pub(crate) fn cause(kind: &str) -> Cause {
    match kind {
        "connect_timeout" => Cause::ConnectTimeout,
        "read_timeout" => Cause::ReadTimeout,
        "send_timeout" => Cause::SendTimeout,
        "refused" => Cause::Refused,
        "reset" => Cause::Reset,
        "broken_pipe" => Cause::BrokenPipe,
        "dns" | "dns_bsd" => Cause::Dns,
        other => panic!("unknown transport failure {other}"),
    }
}

/// The `Date` of an answer: as told, off by so much, or right. No case takes longer than what is
/// left of the day.
fn date(script: &Value, now_s: u64) -> String {
    if let Some(text) = script["date"].as_str() {
        return text.to_owned();
    }
    let skew_s = script["skew_s"].as_i64().unwrap_or(0);
    let of_day_s = (BEGIN_UNIX_S % 86_400 + now_s).checked_add_signed(skew_s).expect("same day");
    assert!(of_day_s < 86_400, "the case takes longer than the day");
    let (hour, minute, second) = (of_day_s / 3_600, of_day_s / 60 % 60, of_day_s % 60);
    format!("Mon, 23 Nov 2026 {hour:02}:{minute:02}:{second:02} GMT")
}
