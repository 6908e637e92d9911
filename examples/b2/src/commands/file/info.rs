//! `b2 file info`

use b2_proto::error::ApiCode;
use b2_proto::model::{CustomerKey, DownloadInfo};
use b2_proto::op::HeadFileByName;
use b2_tokio::Error;

use super::encryption::{source_key, unreadable};
use crate::args::uri::FileUri;
use crate::args::{InfoArgs, SourceArgs};
use crate::commands::ls;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::shape;

pub(super) async fn run(context: &Context, args: InfoArgs) -> Result<(), Failure> {
    match args.file.file {
        FileUri::Id(id) => context.out.json(&shape::version(&ls::version(context, &id).await?)),
        FileUri::Name { bucket, name } => {
            let not_present = || format!("File not present: {name}");
            let found = newest(context, (&bucket, &name), &args.encryption, not_present).await?;
            context.out.json(&shape::download(&found))
        }
    }
}

/// What is known about the newest version of a name, which takes the key of one that has one;
/// `not_present` says that there is none.
pub(super) async fn newest(
    context: &Context,
    (bucket, name): (&str, &str),
    encryption: &SourceArgs,
    not_present: impl FnOnce() -> String,
) -> Result<DownloadInfo, Failure> {
    let key = source_key(encryption)?;
    let mut head = HeadFileByName::new(bucket, name);
    head.customer_key.clone_from(&key);
    match context.client().run(head).await {
        Ok(found) => Ok(found),
        Err(error) => {
            let error = explained(context, (bucket, name), key.as_ref(), error).await;
            Err(unreadable(error, not_present))
        }
    }
}

/// A refusal of `HEAD` has no words. The same refusal of the first byte has some.
async fn explained(
    context: &Context,
    (bucket, name): (&str, &str),
    key: Option<&CustomerKey>,
    error: Error,
) -> Error {
    if error.code != ApiCode::None || !matches!(error.status, 400 | 403) {
        return error;
    }
    let Ok(bucket) = context.client().bucket(bucket).await else { return error };
    let download = bucket.download(name).range(0..1);
    let download = match key {
        Some(key) => download.customer_key(key),
        None => download,
    };
    match download.to_bytes(1).await {
        Err(told) if told.code != ApiCode::None => told,
        Ok(_) | Err(_) => error,
    }
}
