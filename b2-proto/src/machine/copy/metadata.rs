//! Content type and file info of a copy: kept by the service, or told to it (behaviour c.2).

use super::source::{CopySource, Metadata};
use super::target::CopyTarget;
use crate::error::Error;
use crate::info::{LARGE_FILE_SHA1, PART_SHA1S, PLAN_ID, SSE_C_KEY_ID};

/// What a small copy says about content type and file info.
#[derive(Debug)]
pub(super) enum Directive {
    /// They are the source's.
    Copy,
    /// They are these.
    Replace(Metadata),
    /// They are the source's with another key ID, and nobody knows them yet.
    Unknown,
    /// They are the source's without what tells about all of it, and nobody knows them yet.
    UnknownOfRange,
}

/// What tells about all of a file, and of a range would be wrong.
const OF_THE_WHOLE: [&str; 3] = [LARGE_FILE_SHA1, PART_SHA1S, PLAN_ID];

/// Decides it by the metadata the caller wants and by the IDs of the keys.
pub(super) fn directive(source: &CopySource, target: &CopyTarget) -> Result<Directive, Error> {
    if !target.keeps_metadata() {
        return own(target).map(Directive::Replace);
    }
    let has_same_key_id = source.key_id() == target.encryption.key_id();
    let is_right_as_it_is = source.is_whole()
        || source.metadata.as_ref().is_some_and(|it| !it.info.keys().any(|key| is_of_whole(key)));
    if has_same_key_id && is_right_as_it_is {
        return Ok(Directive::Copy);
    }
    let unknown = if has_same_key_id { Directive::UnknownOfRange } else { Directive::Unknown };
    Ok(kept(source, target).map_or(unknown, Directive::Replace))
}

/// What a large copy says about them; `None` when they are the source's and nobody knows them.
///
/// The service copies bytes only into a large file, so what the small copy keeps is told here.
pub(super) fn of_large(
    source: &CopySource,
    target: &CopyTarget,
) -> Result<Option<Metadata>, Error> {
    if !target.keeps_metadata() {
        return own(target).map(Some);
    }
    Ok(kept(source, target))
}

/// The source's, if they are known, with the ID of the key. Of a range nothing is kept that tells
/// about the whole.
fn kept(source: &CopySource, target: &CopyTarget) -> Option<Metadata> {
    let mut metadata = source.metadata.clone()?;
    // The copy has a plan of its own.
    metadata.info.remove(PLAN_ID);
    metadata.info.remove(SSE_C_KEY_ID);
    if !source.is_whole() {
        metadata.info.retain(|key, _| !is_of_whole(key));
    }
    if let Some(id) = target.encryption.key_id() {
        metadata.info.insert(SSE_C_KEY_ID.into(), id.into());
    }
    Some(metadata)
}

fn is_of_whole(key: &str) -> bool {
    OF_THE_WHOLE.iter().any(|it| key.eq_ignore_ascii_case(it))
}

/// The caller's own, with the ID of the key.
fn own(target: &CopyTarget) -> Result<Metadata, Error> {
    let mut info = target.info.clone().unwrap_or_default();
    if let Some(id) = target.encryption.key_id() {
        let kept = info.entry(SSE_C_KEY_ID.into()).or_insert_with(|| id.into());
        if kept != id {
            return Err(Error::invalid("the file info names another customer key"));
        }
    }
    Ok(Metadata { content_type: target.content_type.clone().unwrap_or_default(), info })
}

/// Why a copy with another key ID cannot be made yet.
pub(super) fn key_ids_differ() -> Error {
    Error::invalid(
        "source and copy have customer keys with different IDs, so the file info has to be \
         written anew: give the source's metadata, let it be fetched, or replace it",
    )
}
