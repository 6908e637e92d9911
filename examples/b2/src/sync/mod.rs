//! `b2 sync`: what is new or changed goes from a folder to a bucket, back, or between buckets
//! (spec 7).
//!
//! The work is the client's; here are the options, and what is said about it.

mod ask;
mod backlog;
mod ending;
mod estimate;
mod explain;
mod idle;
mod json;
mod lines;
mod options;
mod progress;
mod provider;
mod status;
mod ticker;
mod told;

use b2_local::sync::{Ending, Place, Refused, Stop, Summary};
use b2_tokio::{Error, ErrorKind, SyncBuilder};

use crate::args::SyncArgs;
use crate::context::Context;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::note;
use told::Told;

/// What is said when somebody stops it or breaks it off.
pub(crate) const INTERRUPTED: &str =
    "What was copied is there. Run the same again, and it goes on from there.";

/// The last of the events when it could not end by itself.
pub(crate) fn interrupted() -> impl core::fmt::Display {
    json::interrupted()
}

/// Also ends by itself when the service says nothing to a kept login.
pub(crate) async fn run(
    context: &Context,
    args: SyncArgs,
    interrupt: &Interrupt,
) -> Result<(), Failure> {
    let (source, destination) = (place(&args.source)?, place(&args.destination)?);
    options::check_threads(&args.threads)?;
    options::check_ends(&source, &destination)?;
    let ends = (&source, &destination);
    if let Some(path) = &args.choosing.explain {
        let work = explain::run(context, &args, ends, path);
        return context.login.unless_silent(work).await.and_then(|it| it);
    }
    if args.telling.events.is_none() {
        idle::idle(&args, &source).iter().for_each(|text| note!("WARNING: {text}"));
    }
    let look = find_buckets(context, [&source, &destination]);
    context.login.unless_silent(look).await.and_then(|it| it)?;
    let mut told = Told::new(context, &args, &source, &destination)?;
    let work = begun(context, &args, ends, &mut told, interrupt);
    let result = context.login.unless_silent(work).await;
    result.unwrap_or_else(|silence| Err(told.broken(ErrorKind::Network, silence)))
}

async fn find_buckets(context: &Context, ends: [&Place; 2]) -> Result<(), Failure> {
    for end in ends {
        if let Place::Bucket { bucket, .. } = end {
            // Words of its own when it is not there.
            context.bucket(bucket).await?;
        }
    }
    Ok(())
}

async fn begun(
    context: &Context,
    args: &SyncArgs,
    (source, destination): (&Place, &Place),
    told: &mut Told<'_>,
    interrupt: &Interrupt,
) -> Result<(), Failure> {
    // A dry run does nothing that could be done by half.
    let of_work = |failure: Failure| if args.dry_run { failure } else { failure.of_work() };
    let builder = || options::builder(context, args, source.clone(), destination.clone());
    let sync = builder()?;
    told.begin().map_err(of_work)?;
    let (stop, refused) = (Stop::new(), Refused::new());
    let sync = sync.note_refused(&refused);
    let mut summary = watch(sync, told, (interrupt, &stop)).await.map_err(of_work)?;
    let broken = |told: &Told<'_>, failure| told.broken(ErrorKind::Unknown, failure);
    if let Ending::TooManyDeletes { wanted, .. } = summary.ending
        && !args.dry_run
        && !stop.is_given()
        && let may_delete = ask::may_delete(&builder, told, (&refused, wanted)).await
        && may_delete.map_err(|error| broken(told, error))?
    {
        let again = builder().map_err(|error| broken(told, error))?;
        // Those that were told: both sides are listed anew, and the answer is about no others.
        let sync = again.only_refused(&refused);
        summary = watch(sync, told, (interrupt, &stop)).await.map_err(of_work)?;
    }
    told.end(&summary)
}

fn place(text: &str) -> Result<Place, Failure> {
    let place = Place::parse(text).map_err(|error| Failure::message(&error.message))?;
    match &place {
        Place::Folder(folder) if has_scheme(text) && !folder.exists() => {
            Err(Failure::message(format_args!(
                "'{text}' is neither a folder nor b2://bucket/path; a folder of that name is \
                 ./{text}"
            )))
        }
        Place::Folder(_) | Place::Bucket { .. } => Ok(place),
    }
}

/// Whether a text looks like the URL of something: another service's, or one of B2 that is not
/// spelled as it must be. Letters of drives are none.
fn has_scheme(text: &str) -> bool {
    let is_word = |it: &str| it.len() > 1 && it.bytes().all(|b| b.is_ascii_alphanumeric());
    text.split_once(":/").is_some_and(|(scheme, _)| is_word(scheme))
}

/// Runs a sync and tells what happens. Ctrl-C tells it to stop.
async fn watch(
    sync: SyncBuilder,
    told: &mut Told<'_>,
    (interrupt, stop): (&Interrupt, &Stop),
) -> Result<Summary, Failure> {
    let (inlet, mut events, pause) = backlog::backlog();
    told.moves(sync.moved());
    let sync = sync.on_event(move |event| inlet.put(event)).pause_with(&pause);
    let _telling = interrupt.tells(stop);
    let mut running = Box::pin(sync.stop_with(stop).send());
    let mut tick = tokio::time::interval(progress::TICK);
    let result = loop {
        // Events come last: there may always be another one.
        tokio::select! {
            biased;
            result = &mut running => break result,
            _ = tick.tick() => told.tick(),
            Some(event) = events.next() => told.tell(event)?,
        }
    };
    while let Some(event) = events.rest() {
        told.tell(event)?;
    }
    told.flush()?;
    match result {
        Ok(summary) => Ok(summary),
        Err(error) => {
            told.stopped(&error)?;
            Err(stopped(told, error))
        }
    }
}

/// What stopped all of it, in the words of the reference where it has some.
fn stopped(told: &Told<'_>, error: Error) -> Failure {
    let message = error.message.to_string();
    let folder = |place: &Place| match place {
        Place::Folder(path) => path.display().to_string(),
        Place::Bucket { .. } => String::new(),
    };
    if error.kind == ErrorKind::Sink && message.starts_with("the folder of the target is not") {
        return Failure::message(format_args!("{} is not a directory", folder(told.destination)));
    }
    if error.kind == ErrorKind::Sink && error.status == 0 {
        let folder = folder(told.destination);
        return Failure::message(format_args!("unable to create directory {folder}: {message}"));
    }
    if error.kind == ErrorKind::Source {
        return Failure::Message(message);
    }
    error.into()
}
