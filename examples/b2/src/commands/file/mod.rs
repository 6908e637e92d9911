//! `b2 file …` (spec 6.3).

mod blocks;
mod build;
mod copy;
mod download;
pub(crate) mod encryption;
mod info;
mod large;
mod lock;
mod manifests;
mod pairs;
mod plan;
mod upload;
mod url;

use b2_proto::error::ErrorKind;

use crate::args::uri::FileUri;
use crate::args::{FileCommand, HideArgs};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::shape;

pub(crate) async fn run(context: &Context, command: FileCommand) -> Result<(), Failure> {
    match command {
        FileCommand::Upload(args) => upload::run(context, *args).await,
        FileCommand::Build(args) => build::run(context, *args).await,
        FileCommand::Download(args) => download::run(context, args).await,
        FileCommand::Cat(args) => download::cat(context, args).await,
        FileCommand::Info(args) => info::run(context, args).await,
        FileCommand::Update(args) => lock::update(context, *args).await,
        FileCommand::Url(args) => url::run(context, args).await,
        FileCommand::Copy(args) => copy::run(context, *args).await,
        FileCommand::CopyById(args) => copy::by_id(context, *args).await,
        FileCommand::Hide(args) => hide(context, args).await,
        FileCommand::Large(command) => large::run(context, command).await,
        FileCommand::Manifests(command) => manifests::run(context, command).await,
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
