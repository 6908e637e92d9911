//! `b2 file server-side-copy`

use std::env;

use b2_proto::error::ErrorKind;
use b2_proto::machine::copy::{NamedKey, TargetEncryption};
use b2_proto::model::{FileRetention, RetentionMode};
use b2_proto::op::HeadFileByName;
use b2_tokio::CopyBuilder;

use super::upload::{KEY_ID_VARIABLE, KEY_VARIABLE};
use super::{customer_key, customer_key_id, info};
use crate::args::uri::FileUri;
use crate::args::{CopyArgs, CopyByIdArgs, CopyOptions};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::shape;

const SOURCE_KEY_VARIABLE: &str = "B2_SOURCE_SSE_C_KEY_B64";
const SOURCE_KEY_ID_VARIABLE: &str = "B2_SOURCE_SSE_C_KEY_ID";

pub(crate) async fn run(context: &Context, args: CopyArgs) -> Result<(), Failure> {
    let FileUri::Name { bucket, name } = args.target else {
        return Err(Failure::message("a copy goes to a name: b2://bucketName/fileName"));
    };
    let source = match args.source.file {
        FileUri::Id(id) => id,
        FileUri::Name { bucket, name } => newest(context, bucket, name, &args.options).await?,
    };
    copy(context, &source, (&bucket, name), args.options).await
}

pub(crate) async fn by_id(context: &Context, args: CopyByIdArgs) -> Result<(), Failure> {
    eprintln!("WARNING: `copy-by-id` command is deprecated. Use `file server-side-copy` instead.");
    copy(context, &args.source, (&args.bucket, args.name), args.options).await
}

/// The ID of the newest version of a name.
async fn newest(
    context: &Context,
    bucket: String,
    name: String,
    options: &CopyOptions,
) -> Result<String, Failure> {
    let mut head = HeadFileByName::new(bucket, name.clone());
    if let Some(key) = source_key(options)? {
        head = head.customer_key(key.key);
    }
    let found = context.client().run(head).await;
    let not_present = || format!("File not present: {name}");
    let found = found.map_err(|error| Failure::or(error, ErrorKind::NotFound, not_present))?;
    Ok(found.file_id.as_str().to_owned())
}

async fn copy(
    context: &Context,
    source: &str,
    (bucket, name): (&str, String),
    options: CopyOptions,
) -> Result<(), Failure> {
    if options.metadata_directive.is_some() {
        eprintln!("--metadata-directive is deprecated, it has no effect on the result.");
    }
    check_metadata(&options)?;
    let bucket = context.bucket(bucket).await?;
    let copy = with_options(bucket.copy(source, &name), options)?;
    let not_present = || format!("File not present: {source}");
    let copied = copy.await;
    let copied = copied.map_err(|error| Failure::or(error, ErrorKind::NotFound, not_present))?;
    if copied.may_be_duplicate {
        eprintln!(
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
    let source_key = source_key(&options)?;
    if let Some(content_type) = options.content_type {
        copy = copy.content_type(content_type).no_info();
    }
    for (key, value) in info::merged(&options.info, &options.headers)? {
        copy = copy.info(key, value);
    }
    if let Some((first, last)) = options.range {
        copy = copy.range(first..last.saturating_add(1));
    }
    let encryption = match options.destination_server_side_encryption.as_deref() {
        None => TargetEncryption::Default,
        Some("SSE-C") => {
            let key = customer_key(KEY_VARIABLE)?;
            let id = customer_key_id(KEY_ID_VARIABLE);
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
    if let (Some(mode), Some(until_ms)) = (&options.file_retention_mode, options.retain_until) {
        let mode = RetentionMode::from(mode.as_str());
        copy = copy.retention(FileRetention::new(mode, until_ms));
    }
    if let Some(hold) = &options.legal_hold {
        copy = copy.legal_hold(hold == "on");
    }
    Ok(copy)
}

/// The key the source is encrypted with.
fn source_key(options: &CopyOptions) -> Result<Option<NamedKey>, Failure> {
    if options.source_server_side_encryption.is_none() {
        return Ok(None);
    }
    let id = env::var(SOURCE_KEY_ID_VARIABLE).ok();
    Ok(Some(NamedKey::new(&customer_key(SOURCE_KEY_VARIABLE)?, id.as_deref())))
}

/// With another key ID the file info has to be written anew, so it must be known; in the words
/// scripts look for (spec 3.4).
fn check_key_ids(source: Option<&NamedKey>, target: &TargetEncryption) -> Result<(), Failure> {
    let target = match target {
        TargetEncryption::Customer(key) => key.id.as_deref(),
        TargetEncryption::Default | TargetEncryption::Managed => None,
    };
    if source.and_then(|key| key.id.as_deref()) == target {
        return Ok(());
    }
    Err(Failure::Line(
        "ValueError: Attempting to copy file with metadata while either source or destination \
         uses SSE-C. Use --fetch-metadata to fetch source file metadata before copying."
            .to_owned(),
    ))
}
