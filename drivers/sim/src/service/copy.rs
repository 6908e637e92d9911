//! Copies on the server (spec sections 3.3, 3.4, 4.14).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::auth::Scope;
use super::caps::Cap;
use super::download::{Asked, parse_range};
use super::files::file_id;
use super::lock::LockSettings;
use super::metadata::{Info, check_file_name, check_metadata_len, checked_info, content_type};
use super::model::{Action, Part, Sse, Version};
use super::params::missing;
use super::reply::{Checked, Content, Refusal, Reply};
use super::state::Step;
use super::token::hex;
use super::upload::part_number;
use super::{Answer, Call, Service, sse};

/// A checked copy that only lacks the SHA-1 of its bytes.
#[derive(Debug)]
pub struct Copying {
    scope: Scope,
    content: Content,
    target: Target,
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
}

impl Copying {
    /// The bytes to hash.
    pub fn content(&self) -> &Content {
        &self.content
    }
}

/// The range of the source that is copied, with its digests where they are known.
struct Source {
    content: Content,
    sha1: Option<String>,
    md5: Option<String>,
}

impl Service {
    pub(super) fn copy_file(&mut self, call: &Call<'_>) -> Checked<Answer> {
        call.scope.require(Cap::WriteFiles)?;
        let lock = LockSettings::from_params(call.params)?;
        lock.authorize(call.scope)?;
        let name = call.params.required_text("fileName")?;
        call.scope.require_name(name)?;
        let asked_bucket = call.params.text("destinationBucketId")?;
        asked_bucket.map_or(Ok(()), |id| call.scope.require_bucket(id))?;
        check_file_name(name)?;
        let replaced = replaced_metadata(call, name)?;
        let asked_sse = sse::from_params(call.params, "destinationServerSideEncryption")?;
        let source = self.copy_source(call)?;
        let found = self.source_range(call, source)?;
        let bucket = self.bucket(asked_bucket.unwrap_or(&source.bucket_id))?;
        let sse = sse::effective(asked_sse, bucket);
        let (content_type, info) =
            replaced.unwrap_or_else(|| (source.content_type.clone(), source.info.clone()));
        check_metadata_len(bucket, sse.is_some(), name, &info)?;
        let lock = lock.settle(bucket, call.now_ms)?;
        let bucket_id = bucket.id.clone();
        let name = name.to_owned();
        let file = NewFile { bucket_id, name, content_type, info, sse, lock };
        self.copy_or_digest(call, found, Target::File(Box::new(file)))
    }

    pub(super) fn copy_part(&mut self, call: &Call<'_>) -> Checked<Answer> {
        call.scope.require(Cap::WriteFiles)?;
        let number = part_number(call.params.required_number("partNumber")?)?;
        let file_id = call.params.required_text("largeFileId")?;
        let key = sse::from_params(call.params, "destinationServerSideEncryption")?;
        let file = self.unfinished(call.scope, file_id)?;
        sse::check_part(&file.sse, &key)?;
        let source = self.copy_source(call)?;
        let found = self.source_range(call, source)?;
        let target = Target::Part { file_id: file_id.to_owned(), number };
        self.copy_or_digest(call, found, target)
    }

    /// Completes a copy with the SHA-1 of its content.
    pub fn finish_copy(&mut self, now_ms: u64, copying: Copying, sha1: [u8; 20]) -> Reply {
        let source = Source { content: copying.content, sha1: Some(hex(&sha1)), md5: None };
        match self.store_copy(now_ms, &copying.scope, source, copying.target) {
            Ok(value) => Reply::json(&value),
            Err(refusal) => refusal.into_reply(),
        }
    }

    fn copy_or_digest(
        &mut self,
        call: &Call<'_>,
        source: Source,
        target: Target,
    ) -> Checked<Answer> {
        self.check_storage_cap(source.content.len, call.request)?;
        if source.sha1.is_none() {
            let copying = Copying { scope: call.scope.clone(), content: source.content, target };
            return Ok(Answer::Digest(Box::new(copying)));
        }
        self.store_copy(call.now_ms, call.scope, source, target).map(Answer::Json)
    }

    fn copy_source(&self, call: &Call<'_>) -> Checked<&Version> {
        let id = call.params.required_text("sourceFileId")?;
        let source = self.version_by_id(id)?.filter(|version| version.action == Action::Upload);
        let source = source.ok_or_else(|| Refusal::not_found(format!("File not present: {id}")))?;
        let public = self.bucket(&source.bucket_id)?.is_public();
        if !public {
            call.scope.require(Cap::ReadFiles)?;
        }
        call.scope.require_bucket(&source.bucket_id)?;
        call.scope.require_name(&source.name)?;
        let key = sse::from_params(call.params, "sourceServerSideEncryption")?;
        sse::check_read(&source.sse, Some(&key))?;
        Ok(source)
    }

    fn source_range(&self, call: &Call<'_>, source: &Version) -> Checked<Source> {
        let bad = || Refusal::bad_request("Bad range");
        let outside = || Refusal::new(416, "range_not_satisfiable", "range outside the source");
        let (offset, len) = match call.params.text("range")? {
            None => (0, source.len),
            Some(text) => match parse_range(text).ok_or_else(bad)? {
                Asked::Bytes { first, last: Some(last) } if last < source.len => {
                    (first, last - first + 1)
                }
                Asked::Bytes { last: Some(_), .. } => return Err(outside()),
                Asked::Bytes { last: None, .. } | Asked::Suffix(_) | Asked::Several => {
                    return Err(bad());
                }
            },
        };
        if len > self.config.single_len_max {
            let message = format!("Copy source too big: {len}");
            return Err(Refusal::new(400, "source_too_large", message));
        }
        let whole = len == source.len;
        let sha1 = source.sha1.trim_start_matches("unverified:");
        Ok(Source {
            content: Content::range(&source.slices, offset, len),
            sha1: Some(sha1.to_owned()).filter(|sha1| whole && sha1 != "none"),
            md5: source.md5.clone().filter(|_| whole),
        })
    }

    fn store_copy(
        &mut self,
        now_ms: u64,
        scope: &Scope,
        source: Source,
        target: Target,
    ) -> Checked<Value> {
        let sha1 = source.sha1.unwrap_or_else(|| "none".to_owned());
        let file = match target {
            Target::File(file) => file,
            Target::Part { file_id, number } => {
                let Content { slices, len, .. } = source.content;
                let md5 = source.md5;
                let part = Part { number, len, sha1, md5, uploaded_ms: now_ms, slices };
                return self.store_part(scope, &file_id, part);
            }
        };
        let replication = self.replication_status(self.bucket(&file.bucket_id)?, &file.name);
        let seq = self.next_seq();
        let uploaded_ms = now_ms / 1000 * 1000;
        let version = Version {
            seq,
            file_id: file_id(&file.bucket_id, seq, uploaded_ms, false),
            bucket_id: file.bucket_id,
            name: file.name,
            action: Action::Upload,
            uploaded_ms,
            content_type: file.content_type,
            info: file.info,
            len: source.content.len,
            sha1,
            md5: source.md5,
            slices: source.content.slices,
            sse: file.sse,
            retention: file.lock.retention,
            legal_hold: file.lock.legal_hold,
            replication,
            parts: BTreeMap::new(),
        };
        let mut shown = self.version_view(&version, scope);
        // Only the answer to the copy itself calls it one; listings say upload.
        shown["action"] = json!("copy");
        self.apply(Step::Version(Box::new(version)));
        Ok(shown)
    }
}

/// Content type and info of a copy that does not take its source's.
fn replaced_metadata(call: &Call<'_>, name: &str) -> Checked<Option<(String, Info)>> {
    let asked_type = call.params.text("contentType")?;
    let info = call.params.text_map("fileInfo")?;
    match call.params.text("metadataDirective")?.unwrap_or("COPY") {
        "COPY" if asked_type.is_none() && info.is_none() => Ok(None),
        "COPY" => Err(Refusal::bad_request("contentType and fileInfo need REPLACE")),
        "REPLACE" => {
            let asked_type = asked_type.ok_or_else(|| missing("contentType"))?;
            let info = checked_info(info.unwrap_or_default())?;
            Ok(Some((content_type(asked_type, name)?, info)))
        }
        other => Err(Refusal::bad_request(format!("Bad metadataDirective: {other}"))),
    }
}
