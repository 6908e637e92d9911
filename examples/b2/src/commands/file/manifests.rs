//! `b2 file manifests clean`: manifests of blocks whose files are gone.
//!
//! Nothing is deleted but what is known to be a manifest that was made for a file: by its name, its
//! content type and its content, when no version of that file is there any more.

use b2_proto::error::{Error, ErrorKind};
use b2_proto::model::{FileVersion, ListEntry};
use b2_proto::op::ListFileVersions;
use b2_proto::op::delete_file_version::DeleteFileVersion;
use b2_proto::plan::blocks::{self, MANIFEST_LEN_MAX, Manifest, SUFFIX};
use b2_tokio::Bucket;

use crate::args::{ManifestsCleanArgs, ManifestsCommand};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::note;

pub(crate) async fn run(context: &Context, command: ManifestsCommand) -> Result<(), Failure> {
    let ManifestsCommand::Clean(args) = command;
    clean(context, &args).await
}

/// Deletes what is left, and tells how much it was.
async fn clean(context: &Context, args: &ManifestsCleanArgs) -> Result<(), Failure> {
    let bucket = context.bucket(&args.bucket).await?;
    let mut options = bucket.versions_options();
    options.prefix.clone_from(&args.prefix);
    let mut listing = bucket.list_versions(options);
    let (mut files, mut bytes) = (0_u64, 0_u64);
    while let Some(entry) = listing.try_next().await? {
        let ListEntry::File(file) = entry else { continue };
        let Some(name) = described(&file) else { continue };
        if has_versions(&bucket, name).await? {
            continue;
        }
        if !is_manifest(context, &file).await {
            note!("NOTE: {} is left alone: it cannot be read as a manifest", file.file_id);
            continue;
        }
        if !args.dry_run {
            delete(context, &file).await?;
        }
        (files, bytes) = (files + 1, bytes + file.content_length);
        context.out.say(context.out.name(&file.file_name))?;
    }
    let done = if args.dry_run { "would be deleted" } else { "deleted" };
    context.out.say(format_args!("{files} manifests with {bytes} bytes {done}"))
}

/// The file whose manifest a version seems to be.
fn described(file: &FileVersion) -> Option<&str> {
    file.file_name.strip_suffix(SUFFIX).filter(|_| blocks::is_manifest(file))
}

/// Whether anything of this name is there: a version, a mark that hides it, or an upload that is
/// not finished.
async fn has_versions(bucket: &Bucket, name: &str) -> Result<bool, Error> {
    let mut options = ListFileVersions::new(bucket.id());
    options.prefix = Some(name.to_owned());
    options.start_file_name = Some(name.to_owned());
    options.max_file_count = Some(1);
    let first = bucket.list_versions(options).try_next().await?;
    Ok(first.is_some_and(|entry| match entry {
        ListEntry::File(file) => file.file_name == name,
        ListEntry::Folder(_) => false,
    }))
}

/// Whether its content is that of a manifest. What is encrypted with a customer's key cannot be
/// read, and is nobody's to delete.
async fn is_manifest(context: &Context, file: &FileVersion) -> bool {
    let len_max = usize::try_from(MANIFEST_LEN_MAX).unwrap_or(usize::MAX);
    let fetched = context.client().download_version(file).to_bytes(len_max).await;
    fetched.is_ok_and(|(_, bytes)| Manifest::read(bytes).is_ok())
}

/// One that is gone already counts as deleted.
async fn delete(context: &Context, file: &FileVersion) -> Result<(), Error> {
    let operation =
        DeleteFileVersion::new(file.file_id.as_str().to_owned(), file.file_name.clone());
    let deleted: Result<b2_proto::model::DeletedFileVersion, Error> =
        context.client().run(operation).await;
    match deleted {
        Err(error) if error.kind != ErrorKind::NotFound => Err(error),
        Ok(_) | Err(_) => Ok(()),
    }
}
