//! `b2 sync`: what is new or changed goes from a folder to a bucket or back (spec 7).
//!
//! Both sides are read in the same order and merged as they come, so the first file is on its way
//! while the rest is still being listed, and memory does not grow with their number. A file that
//! cannot be copied is told and the others go on.

mod compare;
mod down;
mod feed;
mod run;
mod side;
mod up;

use crate::args::SyncArgs;
use crate::context::Context;
use crate::failure::Failure;
use run::Run;
use side::Side;

pub(crate) async fn run(context: &Context, args: SyncArgs) -> Result<(), Failure> {
    let mut run = Run::new(context, &args);
    match (Side::parse(&args.source)?, Side::parse(&args.destination)?) {
        (Side::Local(source), Side::Bucket(place)) => {
            up::run(&mut run, &source, &place).await?;
        }
        (Side::Bucket(place), Side::Local(destination)) => {
            down::run(&mut run, &place, &destination).await?;
        }
        (Side::Local(_), Side::Local(_)) => {
            return Err(Failure::Line(
                "ValueError: Sync between two local folders is not supported!".to_owned(),
            ));
        }
        (Side::Bucket(_), Side::Bucket(_)) => {
            return Err(Failure::message(
                "sync copies between a folder and a bucket; name a folder on one side",
            ));
        }
    }
    run.end().await
}
