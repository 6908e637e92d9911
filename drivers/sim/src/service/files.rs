//! File versions by ID, hiding and deleting (spec sections 3.8, 3.16, 3.19).

use serde_json::{Value, json};
use std::collections::BTreeMap;

use super::caps::Cap;
use super::metadata::check_file_name;
use super::model::{Action, Locked, Sse, Version};
use super::reply::{Checked, Refusal};
use super::state::Step;
use super::view::{EMPTY_MD5, EMPTY_SHA1, HIDE_MARKER_TYPE};
use super::{Call, Service};
use crate::calendar::{Civil, days_of_civil};

/// Length of the IDs made here.
const FILE_ID_LEN: usize = 83;
const SEQ_AT: core::ops::Range<usize> = 30..45;

impl Service {
    pub(super) fn file_info(&mut self, call: &Call<'_>) -> Checked<Value> {
        call.scope.require(Cap::ReadFiles)?;
        let id = call.params.required_text("fileId")?;
        let version = self.version_by_id(id)?;
        let version =
            version.ok_or_else(|| Refusal::not_found(format!("File not present: {id}")))?;
        call.scope.require_bucket(&version.bucket_id)?;
        call.scope.require_name(&version.name)?;
        Ok(self.version_view(version, call.scope))
    }

    pub(super) fn hide_file(&mut self, call: &Call<'_>) -> Checked<Value> {
        call.scope.require(Cap::WriteFiles)?;
        let bucket_id = call.params.required_text("bucketId")?;
        let name = call.params.required_text("fileName")?;
        call.scope.require_name(name)?;
        check_file_name(name)?;
        self.bucket_in_scope(call.scope, bucket_id)?;
        match self.state.current(bucket_id, name).map(|version| version.action) {
            Some(Action::Upload) => {}
            Some(Action::Hide) => {
                let message = format!("File already hidden: {name}");
                return Err(Refusal::new(400, "already_hidden", message));
            }
            Some(Action::Start) | None => {
                let message = format!("File not present: {name}");
                return Err(Refusal::new(400, "no_such_file", message));
            }
        }
        let marker = self.hide_marker(call.now_ms, bucket_id, name);
        let shown = self.version_view(&marker, call.scope);
        self.apply(Step::Version(Box::new(marker)));
        Ok(shown)
    }

    pub(super) fn hide_marker(&mut self, now_ms: u64, bucket_id: &str, name: &str) -> Version {
        let seq = self.next_seq();
        let uploaded_ms = now_ms / 1000 * 1000;
        Version {
            seq,
            file_id: file_id(bucket_id, seq, uploaded_ms, false),
            bucket_id: bucket_id.to_owned(),
            name: name.to_owned(),
            action: Action::Hide,
            uploaded_ms,
            content_type: HIDE_MARKER_TYPE.to_owned(),
            info: BTreeMap::new(),
            len: 0,
            sha1: EMPTY_SHA1.to_owned(),
            md5: Some(EMPTY_MD5.to_owned()),
            slices: Vec::new(),
            sse: Sse::None,
            retention: None,
            legal_hold: None,
            replication: None,
            parts: BTreeMap::new(),
        }
    }

    pub(super) fn delete_file_version(&mut self, call: &Call<'_>) -> Checked<Value> {
        call.scope.require(Cap::DeleteFiles)?;
        let bypass = call.params.flag("bypassGovernance")?.unwrap_or(false);
        if bypass {
            call.scope.require(Cap::BypassGovernance)?;
        }
        let version = self.named_version(call)?;
        match version.locked(call.now_ms) {
            None => {}
            Some(Locked::Governance) if bypass => {}
            Some(Locked::Governance | Locked::Firmly) => {
                return Err(Refusal::new(401, "access_denied", "Access Denied"));
            }
        }
        let shown = json!({ "fileId": version.file_id, "fileName": version.name });
        let seq = version.seq;
        self.apply(Step::VersionGone(seq));
        Ok(shown)
    }

    /// The version that `fileName` and `fileId` name together, within the key's scope.
    pub(super) fn named_version(&self, call: &Call<'_>) -> Checked<&Version> {
        let name = call.params.required_text("fileName")?;
        let id = call.params.required_text("fileId")?;
        call.scope.require_name(name)?;
        let version = self.version_by_id(id)?.filter(|version| version.name == name);
        let version = version.ok_or_else(|| {
            Refusal::new(400, "file_not_present", format!("File not present: {name} {id}"))
        })?;
        call.scope.require_bucket(&version.bucket_id)?;
        Ok(version)
    }

    /// Finds a version; an ID that cannot be one is refused.
    pub(super) fn version_by_id(&self, id: &str) -> Checked<Option<&Version>> {
        let malformed = || Refusal::bad_request(format!("Invalid fileId: {id}"));
        let seq = seq_of(id).ok_or_else(malformed)?;
        Ok(self.state.versions.get(&seq).filter(|version| version.file_id == id))
    }
}

/// The ID of a version, in the classic form of the service.
pub(super) fn file_id(bucket_id: &str, seq: u64, uploaded_ms: u64, large: bool) -> String {
    let at = Civil::from_unix_ms(uploaded_ms);
    let kind = if large { 2 } else { 1 };
    format!(
        "4_z{bucket_id}_f{kind}{seq:015x}_d{:04}{:02}{:02}_m{:02}{:02}{:02}_c000_v0001{:03}_t{:04}",
        at.year,
        at.month,
        at.day,
        at.hour,
        at.minute,
        at.second,
        seq % 1000,
        seq % 60
    )
}

pub(super) fn seq_of(id: &str) -> Option<u64> {
    if id.len() != FILE_ID_LEN || !id.starts_with("4_z") {
        return None;
    }
    u64::from_str_radix(id.get(SEQ_AT)?, 16).ok()
}

/// The time of upload that an ID tells, in milliseconds.
pub(super) fn time_of(id: &str) -> Option<u64> {
    let field = |range: core::ops::Range<usize>| id.get(range)?.parse::<u64>().ok();
    let days = days_of_civil(field(47..51)?, field(51..53)?, field(53..55)?)?;
    let seconds = field(57..59)? * 3600 + field(59..61)? * 60 + field(61..63)?;
    Some((days * 86_400 + seconds) * 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_the_classic_form() {
        let id = file_id("8d625eb63be2775577c70e1a", 0xabc, 1_600_000_000_000, true);
        assert_eq!(
            id,
            "4_z8d625eb63be2775577c70e1a_f2000000000000abc_d20200913_m122640_c000_v0001748_t0048"
        );
        assert_eq!(id.len(), FILE_ID_LEN);
        assert_eq!(seq_of(&id), Some(0xabc));
        assert_eq!(time_of(&id), Some(1_600_000_000_000));
        assert_eq!(seq_of("bad-id"), None);
    }
}
