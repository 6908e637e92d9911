//! `b2 file hide`, `b2 file unhide`, and the deletion of a single version.

use b2_proto::error::ErrorKind;
use b2_proto::model::DeletedFileVersion;
use b2_proto::op::DeleteFileVersion;
use b2_tokio::Error;

use crate::args::uri::FileUri;
use crate::args::{DeleteVersionArgs, HideArgs, UnhideArgs};
use crate::commands::ls;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::shape;

pub(super) async fn hide(context: &Context, args: HideArgs) -> Result<(), Failure> {
    let FileUri::Name { bucket, name } = args.file.file else {
        return Err(Failure::message(
            "a file is hidden by its name: b2://bucketName/fileName, not by the ID of a version",
        ));
    };
    let hidden = context.bucket(&bucket).await?.hide(name.clone()).await;
    let hidden = hidden.map_err(|error| explained(error, &name, "already hidden"))?;
    context.out.json(&shape::version(&hidden))
}

/// Of an ID only the name and the bucket count.
pub(super) async fn unhide(context: &Context, args: UnhideArgs) -> Result<(), Failure> {
    let (bucket, name) = match args.file.file {
        FileUri::Name { bucket, name } => (context.bucket(&bucket).await?, name),
        FileUri::Id(id) => {
            let file = ls::version(context, &id).await?;
            (context.client().bucket_by_id(file.bucket_id.as_str()).await?, file.file_name)
        }
    };
    let deleted = if args.bypass_governance {
        bucket.unhide_bypassing_governance(name.clone()).await
    } else {
        bucket.unhide(name.clone()).await
    };
    let deleted = deleted.map_err(|error| explained(error, &name, "not hidden"))?;
    context.out.json(&shape::deleted(&deleted))
}

/// `delete-file-version [fileName] fileId`.
pub(crate) async fn delete(context: &Context, args: DeleteVersionArgs) -> Result<(), Failure> {
    let (name, id) = match (args.first, args.second) {
        (name, Some(id)) => (name, id),
        (id, None) => (ls::version(context, &id).await?.file_name, id),
    };
    let mut delete = DeleteFileVersion::new(id.clone(), name);
    delete.bypass_governance = args.bypass_governance;
    let deleted: Result<DeletedFileVersion, Error> = context.client().run(delete).await;
    let not_present = || format!("File not present: {id}");
    let deleted = deleted.map_err(|error| Failure::or(error, ErrorKind::NotFound, not_present))?;
    context.out.json(&shape::deleted(&deleted))
}

/// What scripts expect to read when a name is not in the state to be hidden or shown.
fn explained(error: Error, name: &str, conflict: &str) -> Failure {
    if error.kind == ErrorKind::Conflict {
        return Failure::message(format_args!("File {conflict}: {name}"));
    }
    Failure::or(error, ErrorKind::NotFound, || format!("File not present: {name}"))
}
