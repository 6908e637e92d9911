//! Large files: start, part URLs, finish, cancel (spec sections 3.2, 3.12, 3.17, 3.26).

use b2_proto::limits;
use serde_json::{Value, json};
use std::collections::BTreeMap;

use super::auth::Scope;
use super::caps::Cap;
use super::files::file_id;
use super::lock::LockSettings;
use super::metadata::{Info, check_file_name, check_metadata_len, checked_info, content_type};
use super::model::{Action, Version};
use super::reply::{Checked, Refusal};
use super::state::Step;
use super::token::{Claim, Kind};
use super::{Call, Service, sse};

impl Service {
    pub(super) fn start_large_file(&mut self, call: &Call<'_>) -> Checked<Value> {
        call.scope.require(Cap::WriteFiles)?;
        let lock = LockSettings::from_params(call.params)?;
        lock.authorize(call.scope)?;
        let bucket_id = call.params.required_text("bucketId")?;
        let name = call.params.required_text("fileName")?;
        call.scope.require_bucket(bucket_id)?;
        call.scope.require_name(name)?;
        check_file_name(name)?;
        let content_type = content_type(call.params.required_text("contentType")?, name)?;
        let info: Info = checked_info(call.params.text_map("fileInfo")?.unwrap_or_default())?;
        let asked = sse::from_params(call.params, "serverSideEncryption")?;
        let custom = call.params.number("customUploadTimestamp")?;
        let uploaded_ms = self.upload_time(call.now_ms, custom)?;
        let bucket = self.bucket(bucket_id)?;
        let sse = sse::effective(asked, bucket);
        check_metadata_len(bucket, sse.is_some(), name, &info)?;
        let lock = lock.settle(bucket, call.now_ms)?;
        let replication = self.replication_status(bucket, name);
        let seq = self.next_seq();
        let version = Version {
            seq,
            file_id: file_id(bucket_id, seq, uploaded_ms, true),
            bucket_id: bucket_id.to_owned(),
            name: name.to_owned(),
            action: Action::Start,
            uploaded_ms,
            content_type,
            info,
            len: 0,
            sha1: "none".to_owned(),
            md5: None,
            slices: Vec::new(),
            sse,
            retention: lock.retention,
            legal_hold: lock.legal_hold,
            replication,
            parts: BTreeMap::new(),
        };
        let shown = self.version_view(&version, call.scope);
        self.apply(Step::Version(Box::new(version)));
        Ok(shown)
    }

    pub(super) fn upload_part_url(&mut self, call: &Call<'_>) -> Checked<Value> {
        call.scope.require(Cap::WriteFiles)?;
        let file_id = call.params.required_text("fileId")?;
        self.unfinished(call.scope, file_id)?;
        self.check_storage_cap(0, call.request)?;
        let kind = Kind::Part { target: file_id };
        let (url, token) = self.upload_pair(call, kind, "b2_upload_part", file_id);
        Ok(json!({ "fileId": file_id, "uploadUrl": url, "authorizationToken": token }))
    }

    pub(super) fn upload_url(&mut self, call: &Call<'_>) -> Checked<Value> {
        call.scope.require(Cap::WriteFiles)?;
        let bucket_id = call.params.required_text("bucketId")?;
        self.bucket_in_scope(call.scope, bucket_id)?;
        self.check_storage_cap(0, call.request)?;
        let kind = Kind::Upload { target: bucket_id };
        let (url, token) = self.upload_pair(call, kind, "b2_upload_file", bucket_id);
        Ok(json!({ "bucketId": bucket_id, "uploadUrl": url, "authorizationToken": token }))
    }

    /// A new URL and its token, each good for nothing without the other.
    fn upload_pair(
        &mut self,
        call: &Call<'_>,
        kind: Kind<'_>,
        op: &str,
        target: &str,
    ) -> (String, String) {
        let nonce = self.next_nonce();
        let claim = Claim { key_id: call.scope.key_id.clone(), issued_ms: call.now_ms, nonce };
        let base = self.base_url(call.request);
        let version = call.scope.version;
        let url = format!("{base}/b2api/v{version}/{op}/{target}/c000_v0001129_t{nonce:04}");
        (url, claim.issue(kind, self.secret()))
    }

    pub(super) fn finish_large_file(&mut self, call: &Call<'_>) -> Checked<Value> {
        call.scope.require(Cap::WriteFiles)?;
        let id = call.params.required_text("fileId")?;
        let digests = call.params.texts("partSha1Array")?;
        let digests = digests.ok_or_else(|| super::params::missing("partSha1Array"))?;
        let mut file = self.unfinished(call.scope, id)?.clone();
        self.check_parts(&file, &digests)?;
        let parts = core::mem::take(&mut file.parts);
        for part in parts.into_values().take(digests.len()) {
            file.len += part.len;
            file.slices.extend(part.slices);
        }
        if file.len > limits::LARGE_FILE_LEN_MAX {
            return Err(Refusal::bad_request("The file is too large"));
        }
        file.action = Action::Upload;
        let shown = self.version_view(&file, call.scope);
        self.apply(Step::Version(Box::new(file)));
        Ok(shown)
    }

    fn check_parts(&self, file: &Version, digests: &[&str]) -> Checked<()> {
        let count = u32::try_from(digests.len()).unwrap_or(u32::MAX);
        if count < u32::from(limits::PARTS_MIN) {
            return Err(Refusal::bad_request("large files must have at least 2 parts"));
        }
        if count > u32::from(limits::PARTS_MAX) {
            return Err(Refusal::bad_request("large files must have at most 10000 parts"));
        }
        for (number, digest) in (1..=count).zip(digests) {
            let part = file.parts.get(&number).ok_or_else(|| {
                Refusal::new(400, "missing_part", format!("Part number {number} is missing"))
            })?;
            if !part.sha1.eq_ignore_ascii_case(digest) {
                let message = format!("Sha1 of part number {number} does not match");
                return Err(Refusal::new(400, "part_sha1_mismatch", message));
            }
            let min = self.config.part_len_min;
            if part.len < min && number < count {
                let message = format!("Part number {number} is smaller than {min} bytes");
                return Err(Refusal::bad_request(message));
            }
        }
        Ok(())
    }

    pub(super) fn cancel_large_file(&mut self, call: &Call<'_>) -> Checked<Value> {
        call.scope.require(Cap::WriteFiles)?;
        let file = self.unfinished(call.scope, call.params.required_text("fileId")?)?;
        let seq = file.seq;
        let shown = json!({
            "accountId": self.account_id(),
            "bucketId": file.bucket_id,
            "fileId": file.file_id,
            "fileName": file.name,
        });
        self.apply(Step::VersionGone(seq));
        Ok(shown)
    }

    /// The unfinished large file with an ID, within the key's scope.
    pub(super) fn unfinished(&self, scope: &Scope, id: &str) -> Checked<&Version> {
        let file = self.version_by_id(id)?.filter(|version| version.action == Action::Start);
        let file =
            file.ok_or_else(|| Refusal::bad_request(format!("No active upload for: {id}")))?;
        scope.require_bucket(&file.bucket_id)?;
        scope.require_name(&file.name)?;
        Ok(file)
    }
}
