//! `b2 file server-side-copy`

use b2_proto::machine::copy::{NamedKey, TargetEncryption};
use b2_tokio::CopyBuilder;

use super::encryption::{source_key, source_key_id, target_key, unreadable};
use super::{info, lock, pairs};
use crate::args::uri::FileUri;
use crate::args::{CopyArgs, CopyByIdArgs, CopyOptions};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{note, shape};
use crate::select;

pub(crate) async fn run(context: &Context, args: CopyArgs) -> Result<(), Failure> {
    let FileUri::Name { bucket, name } = args.target else {
        return Err(Failure::message("a copy goes to a name: b2://bucketName/fileName"));
    };
    let source = match (args.source.file, args.as_of) {
        (FileUri::Id(_), Some(_)) => {
            return Err(Failure::message("--as-of is about a name: a version is always the same"));
        }
        (FileUri::Id(id), None) => id,
        (FileUri::Name { bucket, name }, Some(ms)) => {
            let bucket = context.bucket(&bucket).await?;
            let found = select::visible(&bucket, &name, ms).await?;
            let missing = || Failure::message(format_args!("File not present then: {name}"));
            found.ok_or_else(missing)?.file_id.as_str().to_owned()
        }
        (FileUri::Name { bucket, name }, None) => {
            let not_present = || format!("File not present: {name}");
            let place = (bucket.as_str(), name.as_str());
            let found = info::newest(context, place, &args.options.source, not_present).await?;
            found.file_id.as_str().to_owned()
        }
    };
    copy(context, &source, (&bucket, name), args.options).await
}

pub(crate) async fn by_id(context: &Context, args: CopyByIdArgs) -> Result<(), Failure> {
    note!("WARNING: `copy-by-id` command is deprecated. Use `file server-side-copy` instead.");
    copy(context, &args.source, (&args.bucket, args.name), args.options).await
}

async fn copy(
    context: &Context,
    source: &str,
    (bucket, name): (&str, String),
    options: CopyOptions,
) -> Result<(), Failure> {
    if options.metadata_directive.is_some() {
        note!("--metadata-directive is deprecated, it has no effect on the result.");
    }
    check_metadata(&options)?;
    let bucket = context.bucket(bucket).await?;
    let copy = with_options(bucket.copy(source, &name), options)?;
    let not_present = || format!("File not present: {source}");
    let copied = copy.await;
    let copied = copied.map_err(|error| unreadable(error, not_present))?;
    if copied.may_be_duplicate {
        note!(
            "WARNING: an answer of the service was lost on the way; there may be a second version \
             of {name}"
        );
    }
    context.out.json(&shape::version(&copied.file))
}

/// Content type and file info are replaced together or not at all.
fn check_metadata(options: &CopyOptions) -> Result<(), Failure> {
    let has_info = !options.info.is_empty() || options.headers.info().next().is_some();
    match &options.content_type {
        None if has_info || options.no_info => {
            Err(Failure::message("File info can be set only when content type is set"))
        }
        Some(_) if !has_info && !options.no_info => {
            Err(Failure::message("File info can be not set only when content type is not set"))
        }
        _ => Ok(()),
    }
}

fn with_options(mut copy: CopyBuilder, options: CopyOptions) -> Result<CopyBuilder, Failure> {
    let replaces_metadata = options.content_type.is_some();
    let source_key =
        source_key(&options.source)?.map(|key| NamedKey::new(&key, source_key_id().as_deref()));
    if let Some(content_type) = options.content_type {
        copy = copy.content_type(content_type).no_info();
    }
    for (key, value) in pairs::merged(&options.info, &options.headers)? {
        copy = copy.info(key, value);
    }
    if let Some((first, last)) = options.range {
        copy = copy.range(first..last.saturating_add(1));
    }
    let encryption = match options.target.destination_server_side_encryption.as_deref() {
        None => TargetEncryption::Default,
        Some("SSE-C") => {
            let (key, id) = target_key()?;
            TargetEncryption::Customer(NamedKey::new(&key, id.as_deref()))
        }
        Some(_) => TargetEncryption::Managed,
    };
    if options.fetch_metadata {
        copy = copy.fetch_metadata();
    } else if !replaces_metadata {
        check_key_ids(source_key.as_ref(), &encryption)?;
    }
    if let Some(key) = source_key {
        copy = copy.source_key(key);
    }
    copy = copy.encryption(encryption);
    if let Some(id) = &options.unfinished.continue_from {
        copy = copy.continue_from(id.as_str());
    }
    if options.unfinished.no_continue {
        copy = copy.no_continue();
    }
    if let Some(retention) = lock::retention(&options.lock)? {
        copy = copy.retention(retention);
    }
    if let Some(is_on) = lock::legal_hold(&options.lock) {
        copy = copy.legal_hold(is_on);
    }
    Ok(copy)
}

/// With another key ID the file info has to be written anew, so it must be known; in the words
/// scripts look for (spec 3.4). A source whose key ID nobody tells may have any.
fn check_key_ids(source: Option<&NamedKey>, target: &TargetEncryption) -> Result<(), Failure> {
    let target = match target {
        TargetEncryption::Customer(key) => key.id.as_deref(),
        TargetEncryption::Default | TargetEncryption::Managed => None,
    };
    let is_same = match source {
        Some(key) => key.id.is_some() && key.id.as_deref() == target,
        None => target.is_none(),
    };
    if is_same {
        return Ok(());
    }
    Err(Failure::Line(
        "ValueError: Attempting to copy file with metadata while either source or destination \
         uses SSE-C. Use --fetch-metadata to fetch source file metadata before copying."
            .to_owned(),
    ))
}
