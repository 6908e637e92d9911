//! Which form a copy takes: one call, or a large file whose parts are copied.

use alloc::string::ToString as _;
use alloc::vec::Vec;

use super::metadata::{self, Directive};
use super::plan::CopyPlan;
use super::source::{CopySource, Metadata};
use super::target::CopyTarget;
use super::{Continuing, CopyOptions, Large};
use crate::error::Error;
use crate::id::SourceId;
use crate::info::PLAN_ID;
use crate::limits::PART_LEN_MAX;
use crate::machine::LANES_MAX;
use crate::machine::large::LargeUpload;
use crate::machine::put::Continue;
use crate::machine::resume::{Content, PartWanted, Wanted};
use crate::machine::upload::Payload;
use crate::model::{FileId, LegalHold};
use crate::op::file_spec::DescribeFile as _;
use crate::op::new_file::NewFile;
use crate::op::{CopyFile, Grant, MetadataDirective};
use crate::plan::Span;
use crate::plan::parts::PartPlan;
use crate::plan::sizes::{SizeOptions, Sizes};
use crate::plan::synthesis::of_copies;
use crate::wire::range::ByteRange;

/// What is to be done next, as far as is known.
#[derive(Debug)]
pub(super) enum Form {
    /// Ask for the source first.
    Ask,
    /// One call.
    Small(CopyFile),
    /// Look for an unfinished file to continue, for a copy in parts.
    Search(Wanted),
    /// In parts.
    Large(Large),
}

/// Decides by what is known now. It is asked again when more is known.
pub(super) fn decide(
    source: &CopySource,
    target: &CopyTarget,
    options: &CopyOptions,
    continuing: Option<&Continuing>,
    grant: &Grant,
) -> Result<Form, Error> {
    source.check()?;
    let is_continued = continuing.is_some() || matches!(options.resume, Continue::File(_));
    let Some(span) = source.span() else {
        return if is_continued { Ok(Form::Ask) } else { small(source, target, options) };
    };
    let parts = PartPlan::copy_within(span.len, &sizes(options.sizes, grant)?);
    if parts.is_large() {
        return large(source, target, options, continuing, (span, parts));
    }
    if is_continued {
        return Err(Error::invalid("a file that is copied in one call cannot be continued"));
    }
    small(source, target, options)
}

/// The account's shortest part and the service's longest, unless the caller says otherwise.
pub(in crate::machine) fn sizes(wanted: SizeOptions, grant: &Grant) -> Result<Sizes, Error> {
    let max = wanted.max.unwrap_or(PART_LEN_MAX);
    let min = wanted.min.unwrap_or_else(|| grant.part_len_min.clamp(1, max.max(1)));
    // Copies know no usual length: parts are as long as they may be.
    Ok(Sizes::new(min, max, max)?)
}

fn small(source: &CopySource, target: &CopyTarget, options: &CopyOptions) -> Result<Form, Error> {
    let mut copy = CopyFile::new(source.file_id.clone(), target.name.clone());
    copy.destination_bucket_id = Some(target.bucket_id.clone());
    if let (false, Some(span)) = (source.is_open(), source.span()) {
        copy.range = ByteRange::of(span.offset, span.len);
    }
    match metadata::directive(source, target)? {
        Directive::Copy if options.fetch_metadata && source.may_have_key_id() => {
            return Ok(Form::Ask);
        }
        Directive::Copy => copy.metadata_directive = Some(MetadataDirective::Copy),
        Directive::Replace(Metadata { content_type, info }) => {
            copy = copy.replace_metadata(content_type, info);
        }
        Directive::UnknownOfRange => return Ok(Form::Ask),
        Directive::Unknown if options.fetch_metadata => return Ok(Form::Ask),
        Directive::Unknown => return Err(metadata::key_ids_differ()),
    }
    copy.source_server_side_encryption = source.key.as_ref().map(|key| key.setting());
    copy.destination_server_side_encryption = target.encryption.setting();
    copy.file_retention.clone_from(&target.retention);
    copy.legal_hold.clone_from(&target.legal_hold);
    Ok(Form::Small(copy))
}

fn large(
    source: &CopySource,
    target: &CopyTarget,
    options: &CopyOptions,
    continuing: Option<&Continuing>,
    (span, parts): (Span, PartPlan),
) -> Result<Form, Error> {
    let Some(metadata) = metadata::of_large(source, target)? else { return Ok(Form::Ask) };
    parts.check()?;
    let has_own_id = metadata.info.contains_key(PLAN_ID);
    let mut file = new_file(source, target, metadata);
    // What tells an unfinished file of this copy from one of another source.
    let spans = parts.parts().map(|part| Span { offset: span.offset + part.offset, ..part });
    let plan_id = of_copies(source.file_id.as_str(), spans).to_string();
    let is_told_apart = !has_own_id && file.spec().has_room_for(PLAN_ID, &plan_id);
    if is_told_apart {
        file = file.info(PLAN_ID, plan_id);
    }
    if continuing.is_none()
        && let Some(file_id) = wanted_id(&options.resume, is_told_apart)?
    {
        let wanted = |part: Span| PartWanted { len: part.len, content: Content::Unknown };
        let parts = parts.parts().map(wanted).collect();
        return Ok(Form::Search(Wanted { file, parts, source: SourceId(0), file_id }));
    }
    let count = usize::try_from(parts.count()).unwrap_or(usize::MAX);
    let stored = continuing.map_or_else(Vec::new, |continuing| continuing.digests.clone());
    if stored.len() > count {
        return Err(Error::invalid("the file to continue has more parts than this copy"));
    }
    let lanes = usize::from(options.lanes.max(1)).min(count).min(LANES_MAX);
    let plan = CopyPlan::new(parts, span.offset, source, &target.encryption);
    let what = (file, Payload::none(source.sha1()), plan);
    let file_id = continuing.and_then(|continuing| continuing.file_id.clone());
    let large = LargeUpload::by_lanes(what, lanes, file_id, stored);
    Ok(Form::Large(large.leftover(options.leftover)))
}

/// Which unfinished file is looked for: none, any, or one. Parts are compared by length alone, so
/// the file must say what they are copied from.
fn wanted_id(resume: &Continue, is_told_apart: bool) -> Result<Option<Option<FileId>>, Error> {
    match resume {
        Continue::Auto if is_told_apart => Ok(Some(None)),
        Continue::File(id) if is_told_apart => Ok(Some(Some(id.clone()))),
        Continue::File(_) => Err(Error::invalid(
            "the file info has no room for plan_id, by which a copy to continue is known",
        )),
        Continue::Auto | Continue::Never => Ok(None),
    }
}

fn new_file(source: &CopySource, target: &CopyTarget, metadata: Metadata) -> NewFile {
    let mut file = NewFile::new(target.bucket_id.as_str(), target.name.as_str());
    if !metadata.content_type.is_empty() {
        file = file.content_type(metadata.content_type);
    }
    for (key, value) in metadata.info {
        file = file.info(key, value);
    }
    file = file.encryption(target.encryption.clone());
    if let Some(retention) = &target.retention {
        file = file.retention(retention.clone());
    }
    if let Some(hold) = &target.legal_hold {
        file = file.legal_hold(*hold == LegalHold::On);
    }
    let Some(sha1) = source.sha1() else { return file };
    // It is kept where there is room for it.
    let mut with_sha1 = file.clone();
    with_sha1.note_large_sha1(sha1);
    if with_sha1.check().is_ok() { with_sha1 } else { file }
}
