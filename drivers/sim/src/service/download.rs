//! Downloads and their authorization (spec sections 3.10, 3.11, 3.15, 4.4).

use b2_proto::info::Override;
use b2_proto::limits;
use http::HeaderMap;
use http::header::{ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, HeaderValue};
use serde_json::{Value, json};

use super::auth::{Scope, bad_token, expired_token, test_mode};
use super::caps::Cap;
use super::download_headers::{lock_headers, metadata_headers, standard_headers};
use super::header_value::Extended;
use super::metadata::{check_header_value, check_overrides_len};
use super::model::{Action, Bucket, Version};
use super::params::Params;
use super::reply::{Body, Checked, Content, Refusal, Reply, add_header};
use super::request::{Request, Route, decode};
use super::token::DownloadGrant;
use super::{Call, Op, Service, sse};

/// What a `Range` header asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// From the first to the last position, or to the end.
    Bytes { first: u64, last: Option<u64> },
    /// The last bytes.
    Suffix(u64),
    /// More than one range, which is not supported.
    Several,
}

/// Reads `bytes=…`; `None` when it is malformed.
pub(super) fn parse_range(text: &str) -> Option<Asked> {
    let spec = text.strip_prefix("bytes=")?;
    if spec.contains(',') {
        return Some(Asked::Several);
    }
    let (first, last) = spec.trim().split_once('-')?;
    let number = |text: &str| {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        if digits { text.parse::<u64>().ok() } else { None }
    };
    if first.is_empty() {
        return Some(Asked::Suffix(number(last)?));
    }
    let first = number(first)?;
    let last = if last.is_empty() { None } else { Some(number(last)?) };
    if last.is_some_and(|last| last < first) { None } else { Some(Asked::Bytes { first, last }) }
}

/// Override parameters with their values.
pub(super) type Overrides = Vec<(String, String)>;

impl Service {
    pub(super) fn download(
        &mut self,
        now_ms: u64,
        route: &Route,
        request: &Request,
        body: &[u8],
    ) -> Checked<Reply> {
        let params = Params::read(request, body)?;
        let overrides = overrides(&params, Extended::Allowed)?;
        let by_name = route.op == Op::DownloadFileByName;
        let token = match request.header("authorization") {
            Some(token) => Some(token),
            None if by_name => params.text("Authorization")?,
            None => None,
        };
        let access = self.access(now_ms, route, token, &overrides, request)?;
        self.meter.count(now_ms, route.op, 1);
        self.check_transaction_caps(now_ms, route.op, request)?;
        let (version, bucket) = if by_name {
            self.find_by_name(&route.rest, &access)?
        } else {
            self.find_by_id(params.required_text("fileId")?, &access)?
        };
        if !bucket.is_public() && matches!(access, Access::Anyone) {
            return Err(Refusal::unauthorized());
        }
        let key = sse::customer_from_headers(request)?;
        sse::check_read(&version.sse, key.as_ref())?;
        check_overrides_len(version, bucket, &overrides)?;
        let reply = content_reply(version, bucket, &access, &overrides, request)?;
        self.check_download_cap(now_ms, request, &reply)?;
        if let Body::Content(content) = &reply.body {
            let len = if request.method == http::Method::HEAD { 0 } else { content.len };
            self.meter.count_download(now_ms, len);
        }
        Ok(reply)
    }

    pub(super) fn download_authorization(&mut self, call: &Call<'_>) -> Checked<Value> {
        call.scope.require(Cap::ShareFiles)?;
        let bucket_id = call.params.required_text("bucketId")?;
        let prefix = call.params.required_text("fileNamePrefix")?;
        call.scope.require_bucket(bucket_id)?;
        call.scope.require_name(prefix)?;
        let seconds = call.params.required_number("validDurationInSeconds")?;
        let valid = i64::from(limits::DOWNLOAD_AUTHORIZATION_S_MIN)
            ..=i64::from(limits::DOWNLOAD_AUTHORIZATION_S_MAX);
        if !valid.contains(&seconds) {
            return Err(Refusal::bad_request("validDurationInSeconds out of range"));
        }
        let overrides = overrides(call.params, Extended::Refused)?;
        self.bucket(bucket_id)?;
        let grant = DownloadGrant {
            key_id: call.scope.key_id.clone(),
            bucket_id: bucket_id.to_owned(),
            prefix: prefix.to_owned(),
            expires_ms: call.now_ms + seconds.unsigned_abs() * 1000,
            overrides,
        };
        Ok(json!({
            "authorizationToken": grant.issue(self.secret()),
            "bucketId": bucket_id,
            "fileNamePrefix": prefix,
        }))
    }

    fn access(
        &mut self,
        now_ms: u64,
        route: &Route,
        token: Option<&str>,
        overrides: &Overrides,
        request: &Request,
    ) -> Checked<Access> {
        let Some(token) = token.filter(|token| !token.is_empty()) else {
            let plain = overrides.is_empty();
            return if plain { Ok(Access::Anyone) } else { Err(Refusal::unauthorized()) };
        };
        if !DownloadGrant::is_one(token) {
            return Ok(Access::Key(self.scope_of_token(now_ms, route.version, token, request)?));
        }
        let grant = DownloadGrant::verify(self.secret(), token).ok_or_else(bad_token)?;
        if route.op != Op::DownloadFileByName {
            return Err(Refusal::unauthorized());
        }
        if !self.state.keys.contains_key(&grant.key_id) {
            return Err(bad_token());
        }
        if grant.expires_ms <= now_ms {
            return Err(expired_token());
        }
        if grant.overrides != *overrides {
            return Err(Refusal::unauthorized());
        }
        Ok(Access::Grant(grant))
    }

    fn find_by_id(&self, id: &str, access: &Access) -> Checked<(&Version, &Bucket)> {
        let version = self.version_by_id(id)?.filter(|version| version.action == Action::Upload);
        let version =
            version.ok_or_else(|| Refusal::not_found(format!("File not present: {id}")))?;
        let bucket = self.bucket(&version.bucket_id)?;
        access.check(bucket, &version.name)?;
        Ok((version, bucket))
    }

    fn find_by_name(&self, path: &str, access: &Access) -> Checked<(&Version, &Bucket)> {
        let (bucket_name, name) = path.split_once('/').unwrap_or((path, ""));
        let (bucket_name, name) = (decode(bucket_name)?, decode(name)?);
        let absent =
            || Refusal::not_found(format!("Bucket {bucket_name} does not have file: {name}"));
        let id = self.state.bucket_ids.get(&bucket_name);
        let bucket = id.and_then(|id| self.state.buckets.get(id));
        let Some(bucket) = bucket else {
            let restricted = matches!(access, Access::Grant(_))
                || matches!(access, Access::Key(scope) if scope.bucket_ids.is_some());
            return Err(if restricted { Refusal::unauthorized() } else { absent() });
        };
        access.check(bucket, &name)?;
        if !bucket.is_public() && matches!(access, Access::Anyone) {
            return Err(Refusal::unauthorized());
        }
        let version = self.state.versions_of(&bucket.id, &name);
        let version = version.into_iter().find(|version| version.action != Action::Start);
        let seq = version.filter(|version| version.action == Action::Upload).map(|v| v.seq);
        let version = seq.and_then(|seq| self.state.versions.get(&seq)).ok_or_else(absent)?;
        Ok((version, bucket))
    }

    fn check_download_cap(&self, now_ms: u64, request: &Request, reply: &Reply) -> Checked<()> {
        let Body::Content(content) = &reply.body else { return Ok(()) };
        let today = self.meter.downloaded(now_ms).saturating_add(content.len);
        let over = self.config.caps.download_bytes_per_day.is_some_and(|cap| today > cap);
        if over || test_mode(request) == "force_cap_exceeded" {
            let message = "Download cap exceeded; see the Caps & Alerts page to raise it";
            return Err(Refusal::new(403, "download_cap_exceeded", message));
        }
        Ok(())
    }
}

/// Who downloads.
pub(super) enum Access {
    Anyone,
    Key(Scope),
    Grant(DownloadGrant),
}

impl Access {
    fn check(&self, bucket: &Bucket, name: &str) -> Checked<()> {
        match self {
            Self::Anyone => Ok(()),
            Self::Key(_) if bucket.is_public() => Ok(()),
            Self::Key(scope) => {
                scope.require(Cap::ReadFiles)?;
                scope.require_bucket(&bucket.id)?;
                scope.require_name(name)
            }
            Self::Grant(grant) if grant.bucket_id == bucket.id => {
                let within = name.starts_with(&grant.prefix);
                if within { Ok(()) } else { Err(Refusal::unauthorized()) }
            }
            Self::Grant(_) => Err(Refusal::unauthorized()),
        }
    }

    pub(super) fn may(&self, cap: Cap) -> bool {
        matches!(self, Self::Key(scope) if scope.caps.has(cap))
    }
}

/// The override parameters of a request, in the order of the specification.
fn overrides(params: &Params, extended: Extended) -> Checked<Overrides> {
    let mut found = Vec::new();
    for one in Override::ALL {
        if let Some(value) = params.text(one.query())? {
            check_header_value(one, value, extended)?;
            found.push((one.query().to_owned(), value.to_owned()));
        }
    }
    Ok(found)
}

fn content_reply(
    version: &Version,
    bucket: &Bucket,
    access: &Access,
    overrides: &Overrides,
    request: &Request,
) -> Checked<Reply> {
    let range = match request.header("range") {
        None => None,
        Some(text) => {
            let asked = parse_range(text);
            asked.ok_or_else(|| Refusal::bad_request("Bad Range header"))?.within(version.len)?
        }
    };
    let mut headers = HeaderMap::new();
    metadata_headers(&mut headers, version);
    lock_headers(&mut headers, version, bucket, access);
    standard_headers(&mut headers, version, bucket, overrides);
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    let (status, offset, len) = match range {
        None => (200, 0, version.len),
        Some((offset, len)) => {
            let last = offset + len - 1;
            add_header(
                &mut headers,
                CONTENT_RANGE.as_str(),
                &format!("bytes {offset}-{last}/{}", version.len),
            );
            (206, offset, len)
        }
    };
    headers.insert(CONTENT_LENGTH, HeaderValue::from(len));
    let content = Content::range(&version.slices, offset, len);
    Ok(Reply { status, headers, body: Body::Content(content) })
}

impl Asked {
    /// Offset and length within a file; `None` means all of it, as if no range was asked for.
    fn within(self, file_len: u64) -> Checked<Option<(u64, u64)>> {
        let outside = || Refusal::new(416, "range_not_satisfiable", "range not satisfiable");
        let (first, last) = match self {
            Self::Several => return Ok(None),
            Self::Suffix(0) => return Err(outside()),
            Self::Suffix(len) => (file_len.saturating_sub(len), None),
            Self::Bytes { first, last } => (first, last),
        };
        if first >= file_len {
            return Err(outside());
        }
        let end = last.map_or(file_len, |last| last.saturating_add(1).min(file_len));
        Ok(Some((first, end - first)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_within_a_file_of_ten_bytes() {
        let whole = Ok(None);
        let outside = Err(416);
        for (text, expect) in [
            ("bytes=0-3", Ok(Some((0, 4)))),
            ("bytes=8-100", Ok(Some((8, 2)))),
            ("bytes=3-", Ok(Some((3, 7)))),
            ("bytes=-4", Ok(Some((6, 4)))),
            ("bytes=-40", Ok(Some((0, 10)))),
            ("bytes=10-", outside),
            ("bytes=-0", outside),
            ("bytes=0-1,3-4", whole),
        ] {
            let asked = parse_range(text).expect(text);
            assert_eq!(asked.within(10).map_err(|r| r.status), expect, "{text}");
        }
        for text in ["bytes=4-3", "bytes=x-", "bytes=+1-2", "lines=0-3", "bytes=3"] {
            assert_eq!(parse_range(text), None, "{text}");
        }
    }
}
