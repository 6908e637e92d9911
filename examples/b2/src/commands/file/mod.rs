//! `b2 file …` (spec 6.3).

mod blocks;
mod build;
mod copy;
mod download;
pub(crate) mod encryption;
pub(crate) mod hide;
mod info;
mod large;
pub(crate) mod lock;
mod manifests;
mod pairs;
mod plan;
mod stdout;
mod upload;
mod url;

use crate::args::FileCommand;
use crate::context::Context;
use crate::failure::Failure;

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
        FileCommand::Hide(args) => hide::hide(context, args).await,
        FileCommand::Unhide(args) => hide::unhide(context, args).await,
        FileCommand::Large(command) => large::run(context, command).await,
        FileCommand::Manifests(command) => manifests::run(context, command).await,
    }
}
