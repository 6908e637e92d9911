//! Uploads of files and parts (spec sections 3.30, 3.31, 4.3).

use std::collections::BTreeMap;

use b2_proto::limits;
use serde_json::Value;

use super::auth::{Scope, bad_token, expired_token, test_mode};
use super::caps::Cap;
use super::files::file_id;
use super::lock::LockSettings;
use super::metadata::{Info, check_file_name, check_metadata_len, content_type, info_from_headers};
use super::model::{Action, Part, Slice, Sse, Version};
use super::op::Op;
use super::reply::{Checked, Refusal, Reply};
use super::request::{Request, Route, decode};
use super::state::Step;
use super::token::{Claim, Kind, hex};
use super::view::{EMPTY_MD5, part_view};
use super::{SLICES_MAX, Service, sse};

/// An upload that may send its body.
///
/// It holds its upload URL until it is finished or abandoned.
#[derive(Debug)]
pub struct Upload {
    stamp: (u64, u64),
    scope: Scope,
    target: Target,
    digest: Digest,
    body_len: u64,
    wants_md5: bool,
    verify: bool,
}

#[derive(Debug)]
enum Target {
    File(Box<NewFile>),
    Part { file_id: String, number: u32 },
}

#[derive(Debug)]
struct NewFile {
    bucket_id: String,
    name: String,
    content_type: String,
    info: Info,
    sse: Sse,
    lock: LockSettings,
    uploaded_ms: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Digest {
    Given(String),
    AtEnd,
    Unverified,
}

/// What the host learned while it received a body.
#[derive(Debug, Clone, Default)]
pub struct Received {
    /// The blob the content was stored as; absent when it is empty.
    pub blob: Option<u64>,
    /// SHA-1 of the content, if [`Upload::wants_sha1`].
    pub sha1: Option<[u8; 20]>,
    /// MD5 of the content, if [`Upload::wants_md5`].
    pub md5: Option<[u8; 16]>,
    /// The text after the content, [`Upload::trailer_len`] bytes.
    pub trailer: Vec<u8>,
}

impl Upload {
    /// Bytes of file content in the body.
    pub fn content_len(&self) -> u64 {
        self.body_len - self.trailer_len()
    }

    /// Bytes after the content that hold its digest: 40 or none.
    pub fn trailer_len(&self) -> u64 {
        if self.digest == Digest::AtEnd { SHA1_LEN } else { 0 }
    }

    /// Whether the host has to hash the content. Without verification it still does when nobody
    /// sent a digest.
    pub fn wants_sha1(&self) -> bool {
        self.verify || self.digest == Digest::Unverified
    }

    /// Whether the host has to compute the MD5.
    pub fn wants_md5(&self) -> bool {
        self.wants_md5
    }
}

const SHA1_LEN: u64 = limits::SHA1_HEX_LEN as u64;

/// Standard headers that must not be on an upload.
const FORBIDDEN_HEADERS: &[&str] = &[
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-location",
    "content-range",
    "expires",
];

impl Service {
    pub(super) fn begin_upload(
        &mut self,
        now_ms: u64,
        route: &Route,
        request: &Request,
    ) -> Checked<Upload> {
        let body_len = declared_len(request)?;
        let (target, _) = route.rest.rsplit_once('/').unwrap_or((&route.rest, ""));
        let claim = self.upload_claim(now_ms, route, target, request)?;
        let stamp = (claim.issued_ms, claim.nonce);
        let result = self.check_upload(now_ms, route, request, &claim, body_len);
        match &result {
            Ok(_) => {
                self.busy.insert(stamp);
            }
            // Whatever an upload URL rejects ends it.
            Err(_) => self.kill_url(now_ms, stamp),
        }
        result
    }

    /// Takes the body of an upload and answers it.
    pub fn finish(&mut self, now_ms: u64, upload: Upload, received: &Received) -> Reply {
        self.busy.remove(&upload.stamp);
        let stamp = upload.stamp;
        match self.store_upload(now_ms, upload, received) {
            Ok(value) => Reply::json(&value),
            Err(refusal) => {
                self.kill_url(now_ms, stamp);
                refusal.into_reply()
            }
        }
    }

    /// Gives up an upload whose body broke off; its URL is not good for another.
    pub fn abandon(&mut self, now_ms: u64, upload: &Upload) {
        self.busy.remove(&upload.stamp);
        self.kill_url(now_ms, upload.stamp);
    }

    fn kill_url(&mut self, now_ms: u64, stamp: (u64, u64)) {
        self.dead.insert(stamp);
        // URLs that have expired are refused for that.
        let life = self.config.token_life_ms;
        while self.dead.first().is_some_and(|(issued, _)| issued.saturating_add(life) <= now_ms) {
            self.dead.pop_first();
        }
    }

    fn upload_claim(
        &self,
        now_ms: u64,
        route: &Route,
        target: &str,
        request: &Request,
    ) -> Checked<Claim> {
        let token = request.header("authorization").unwrap_or_default();
        if token.is_empty() {
            return Err(Refusal::new(401, "missing_auth_token", "Authorization is missing"));
        }
        let kind = if route.op == Op::UploadPart {
            Kind::Part { target }
        } else {
            Kind::Upload { target }
        };
        let claim = Claim::verify(kind, self.secret(), token).ok_or_else(bad_token)?;
        let stamp = (claim.issued_ms, claim.nonce);
        if self.busy.contains(&stamp) {
            let message = format!("more than one upload using auth token {token}");
            return Err(Refusal::new(400, "auth_token_limit", message));
        }
        let own_url = route.rest.ends_with(&format!("_t{:04}", claim.nonce));
        if !own_url || self.dead.contains(&stamp) {
            return Err(bad_token());
        }
        if self.is_stale(now_ms, claim.issued_ms) {
            return Err(expired_token());
        }
        Ok(claim)
    }

    fn check_upload(
        &mut self,
        now_ms: u64,
        route: &Route,
        request: &Request,
        claim: &Claim,
        body_len: u64,
    ) -> Checked<Upload> {
        let key = self.state.keys.get(&claim.key_id).ok_or_else(bad_token)?;
        let scope = Scope::of(key, route.version);
        scope.require(Cap::WriteFiles)?;
        if test_mode(request) == "fail_some_uploads" && self.draw("upload") < 0.3 {
            return Err(Refusal::new(503, "service_unavailable", "artificial upload failure"));
        }
        let (target, _) = route.rest.rsplit_once('/').unwrap_or((&route.rest, ""));
        let target = if route.op == Op::UploadPart {
            self.part_target(&scope, target, request)?
        } else {
            self.file_target(now_ms, &scope, target, request)?
        };
        let digest = digest_form(request)?;
        let upload = Upload {
            stamp: (claim.issued_ms, claim.nonce),
            scope,
            target,
            body_len,
            wants_md5: self.config.md5,
            verify: self.config.verify,
            digest,
        };
        if body_len < upload.trailer_len() {
            return Err(Refusal::bad_request("The body is too short for its SHA-1"));
        }
        if upload.content_len() > self.config.single_len_max {
            let message = format!("Content-Length is over {}", self.config.single_len_max);
            return Err(Refusal::bad_request(message));
        }
        self.check_storage_cap(upload.content_len(), request)?;
        Ok(upload)
    }

    fn file_target(
        &self,
        now_ms: u64,
        scope: &Scope,
        bucket_id: &str,
        request: &Request,
    ) -> Checked<Target> {
        let lock = LockSettings::from_headers(request)?;
        lock.authorize(scope)?;
        let name = request.utf8_header("x-bz-file-name")?;
        let name = decode(name.ok_or_else(|| missing_header("X-Bz-File-Name"))?)?;
        scope.require_bucket(bucket_id)?;
        scope.require_name(&name)?;
        check_file_name(&name)?;
        if let Some(header) = FORBIDDEN_HEADERS.iter().find(|h| request.headers.contains_key(**h)) {
            return Err(Refusal::bad_request(format!("{header} is not allowed on an upload")));
        }
        let asked = request.header("content-type").ok_or_else(|| missing_header("Content-Type"))?;
        let content_type = content_type(asked, &name)?;
        let info = info_from_headers(request)?;
        let asked = sse::from_headers(request)?;
        let custom = request.header("x-bz-custom-upload-timestamp").map(|text| {
            text.parse::<i64>().map_err(|_| Refusal::bad_request("Bad custom upload timestamp"))
        });
        let uploaded_ms = self.upload_time(now_ms, custom.transpose()?)?;
        let bucket = self.bucket(bucket_id)?;
        let sse = sse::effective(asked, bucket);
        check_metadata_len(bucket, sse.is_some(), &name, &info)?;
        let lock = lock.settle(bucket, now_ms)?;
        let bucket_id = bucket_id.to_owned();
        let file = NewFile { bucket_id, name, content_type, info, sse, lock, uploaded_ms };
        Ok(Target::File(Box::new(file)))
    }

    fn part_target(&self, scope: &Scope, file_id: &str, request: &Request) -> Checked<Target> {
        let number = request.header("x-bz-part-number");
        let number = number.ok_or_else(|| missing_header("X-Bz-Part-Number"))?;
        let number = part_number(number.parse().unwrap_or(0))?;
        let key = sse::customer_from_headers(request)?.unwrap_or_default();
        let file = self.unfinished(scope, file_id)?;
        sse::check_part(&file.sse, &key)?;
        Ok(Target::Part { file_id: file_id.to_owned(), number })
    }

    fn store_upload(&mut self, now_ms: u64, upload: Upload, received: &Received) -> Checked<Value> {
        let sha1 = settled_digest(&upload, received)?;
        let len = upload.content_len();
        let md5 = received.md5.map(|md5| hex(&md5));
        let md5 = if len == 0 { Some(EMPTY_MD5.to_owned()) } else { md5 };
        let slices: Vec<Slice> =
            received.blob.iter().map(|&blob| Slice { blob, offset: 0, len }).collect();
        match upload.target {
            Target::File(file) => {
                let replication =
                    self.replication_status(self.bucket(&file.bucket_id)?, &file.name);
                let seq = self.next_seq();
                let version = Version {
                    seq,
                    file_id: file_id(&file.bucket_id, seq, file.uploaded_ms, false),
                    bucket_id: file.bucket_id,
                    name: file.name,
                    action: Action::Upload,
                    uploaded_ms: file.uploaded_ms,
                    content_type: file.content_type,
                    info: file.info,
                    len,
                    sha1,
                    md5,
                    slices,
                    sse: file.sse,
                    retention: file.lock.retention,
                    legal_hold: file.lock.legal_hold,
                    replication,
                    parts: BTreeMap::new(),
                };
                let shown = self.version_view(&version, &upload.scope);
                self.apply(Step::Version(Box::new(version)));
                Ok(shown)
            }
            Target::Part { file_id, number } => {
                let sha1 = sha1.trim_start_matches("unverified:").to_owned();
                let part = Part { number, len, sha1, md5, uploaded_ms: now_ms, slices };
                self.store_part(&upload.scope, &file_id, part)
            }
        }
    }

    /// Puts a part in place; an earlier one of its number goes.
    pub(super) fn store_part(
        &mut self,
        scope: &Scope,
        file_id: &str,
        part: Part,
    ) -> Checked<Value> {
        let file = self.unfinished(scope, file_id)?;
        check_slices(file, &part)?;
        let shown = part_view(file, &part, part.uploaded_ms);
        let file = file.seq;
        self.apply(Step::Part { file, part: Box::new(part) });
        Ok(shown)
    }
}

/// Parts that are copies have the slices of their sources, and so do copies of what they become.
fn check_slices(file: &Version, part: &Part) -> Checked<()> {
    let others = file.parts.values().filter(|other| other.number != part.number);
    let count = others.map(|other| other.slices.len()).sum::<usize>() + part.slices.len();
    if count > SLICES_MAX {
        let message = format!("The simulated service keeps files of {SLICES_MAX} slices at most");
        return Err(Refusal::bad_request(message));
    }
    Ok(())
}

/// A part number within its limits.
pub(super) fn part_number(number: i64) -> Checked<u32> {
    let max = i64::from(limits::PARTS_MAX);
    match u32::try_from(number) {
        Ok(part) if (1..=max).contains(&number) => Ok(part),
        _ => Err(Refusal::bad_request(format!("Part number must be in range 1 - {max}"))),
    }
}

fn declared_len(request: &Request) -> Checked<u64> {
    let chunked = request.headers.contains_key("transfer-encoding");
    let required = || {
        Refusal::new(
            411,
            "length_required",
            "Content-Length is required; chunked bodies are not taken",
        )
    };
    request.content_length().filter(|_| !chunked).ok_or_else(required)
}

fn digest_form(request: &Request) -> Checked<Digest> {
    let text = request.header("x-bz-content-sha1");
    match text.ok_or_else(|| missing_header("X-Bz-Content-Sha1"))? {
        "hex_digits_at_end" => Ok(Digest::AtEnd),
        "do_not_verify" => Ok(Digest::Unverified),
        text if is_sha1(text.as_bytes()) => Ok(Digest::Given(text.to_ascii_lowercase())),
        text => Err(Refusal::bad_request(format!("Bad X-Bz-Content-Sha1: {text}"))),
    }
}

fn settled_digest(upload: &Upload, received: &Received) -> Checked<String> {
    let computed = received.sha1.map(|sha1| hex(&sha1));
    let claimed = match &upload.digest {
        Digest::Given(sha1) => sha1.clone(),
        Digest::AtEnd if is_sha1(&received.trailer) => {
            String::from_utf8_lossy(&received.trailer).to_ascii_lowercase()
        }
        Digest::AtEnd => return Err(Refusal::bad_request("Bad SHA-1 after the content")),
        Digest::Unverified => {
            return Ok(
                computed.map_or_else(|| "none".to_owned(), |sha1| format!("unverified:{sha1}"))
            );
        }
    };
    match computed {
        Some(computed) if computed != claimed => {
            Err(Refusal::bad_request("Sha1 did not match data received"))
        }
        _ => Ok(claimed),
    }
}

fn is_sha1(text: &[u8]) -> bool {
    text.len() == limits::SHA1_HEX_LEN && text.iter().all(u8::is_ascii_hexdigit)
}

fn missing_header(name: &str) -> Refusal {
    Refusal::bad_request(format!("header {name} is missing"))
}
