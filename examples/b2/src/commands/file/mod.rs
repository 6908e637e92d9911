//! `b2 file …` (spec 6.3).

mod copy;
mod download;
mod info;
mod large;
mod upload;
mod url;

use std::env;

use b2_proto::error::ErrorKind;
use b2_proto::model::CustomerKey;
use b2_proto::op::HeadFileByName;

use crate::args::uri::FileUri;
use crate::args::{FileCommand, HideArgs};
use crate::commands::ls;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::shape;

pub(crate) async fn run(context: &Context, command: FileCommand) -> Result<(), Failure> {
    match command {
        FileCommand::Upload(args) => upload::run(context, *args).await,
        FileCommand::Download(args) => download::run(context, args).await,
        FileCommand::Cat(args) => download::cat(context, args).await,
        FileCommand::Info(args) => about(context, args.file).await,
        FileCommand::Url(args) => url::run(context, args).await,
        FileCommand::Copy(args) => copy::run(context, *args).await,
        FileCommand::CopyById(args) => copy::by_id(context, *args).await,
        FileCommand::Hide(args) => hide(context, args).await,
        FileCommand::Large(command) => large::run(context, command).await,
    }
}

async fn about(context: &Context, file: FileUri) -> Result<(), Failure> {
    match file {
        FileUri::Id(id) => context.out.json(&shape::version(&ls::version(context, &id).await?)),
        FileUri::Name { bucket, name } => {
            let found = context.client().run(HeadFileByName::new(bucket, name.clone())).await;
            let not_present = || format!("File not present: {name}");
            let found =
                found.map_err(|error| Failure::or(error, ErrorKind::NotFound, not_present))?;
            context.out.json(&shape::download(&found))
        }
    }
}

async fn hide(context: &Context, args: HideArgs) -> Result<(), Failure> {
    let FileUri::Name { bucket, name } = args.file.file else {
        return Err(Failure::message(
            "a file is hidden by its name: b2://bucketName/fileName, not by the ID of a version",
        ));
    };
    let hidden = context.bucket(&bucket).await?.hide(name.clone()).await;
    let hidden = hidden.map_err(|error| {
        if error.kind == ErrorKind::Conflict {
            return Failure::message(format_args!("File already hidden: {name}"));
        }
        Failure::or(error, ErrorKind::NotFound, || format!("File not present: {name}"))
    })?;
    context.out.json(&shape::version(&hidden))
}

/// The ID of the customer key, in a variable of the environment; without one the key cannot be
/// told by the file later.
fn customer_key_id(variable: &str) -> Option<String> {
    let id = env::var(variable).ok();
    if id.is_none() {
        eprintln!(
            "Encrypting file(s) with SSE-C without providing key id. Set {variable} to allow key \
             identification."
        );
    }
    id
}

/// The customer key in a variable of the environment (spec 1.5, 3.4).
fn customer_key(variable: &str) -> Result<CustomerKey, Failure> {
    let text = env::var(variable).ok().filter(|text| !text.is_empty()).ok_or_else(|| {
        Failure::Line(format!(
            "ValueError: Using SSE-C requires providing an encryption key via {variable} env var"
        ))
    })?;
    CustomerKey::from_base64(&text).ok_or_else(|| {
        Failure::message(format_args!("{variable} is not the base64 form of a key of 32 bytes"))
    })
}
