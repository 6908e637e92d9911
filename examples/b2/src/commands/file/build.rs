//! `b2 file build`: one file of local files and of ranges of stored ones.

use std::collections::BTreeMap;
use std::path::Path;

use b2_proto::machine::Phase;
use b2_proto::machine::copy::{CopySource, NamedKey, TargetEncryption};
use b2_proto::machine::synthesis::Synthesized;
use b2_proto::model::{EncryptionMode, FileVersion};
use b2_proto::name::Hexed;
use b2_proto::plan::synthesis::{Plan, Priority};
use b2_tokio::{Intent, Source, SynthesisBuilder};

use super::encryption::{source_key, source_key_id, target_key};
use super::{info, pairs, plan, upload, url};
use crate::args::uri::FileUri;
use crate::args::{BuildArgs, Place, Prioritize, SourceArg};
use crate::commands::ls;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{note, progress, shape};

pub(super) async fn run(context: &Context, args: BuildArgs) -> Result<(), Failure> {
    let FileUri::Name { bucket, name } = &args.target else {
        return Err(Failure::message("a file is built under a name: b2://bucketName/fileName"));
    };
    let mut stored = BTreeMap::new();
    let mut intents = Vec::new();
    for source in &args.sources {
        intents.push(match &source.place {
            Place::Local(path) => local(path, source)?,
            Place::Stored(file) => {
                let version = version(context, file, &args, &mut stored).await?;
                remote(&version, source, &args)?
            }
        });
    }
    let bucket = context.bucket(bucket).await?;
    let build = with_options(bucket.concatenate(name, intents), &args)?;
    if args.dry_run {
        return show(context, &build.plan().await?);
    }
    let is_wanted = progress::is_wanted(context.out.is_quiet(), args.no_progress);
    let bar = progress::bytes(name, None, is_wanted);
    let shown = bar.clone();
    let build = build.progress(move |news| {
        shown.set_message(if news.phase == Phase::Reading { " (reading)" } else { "" });
        if let Some(total) = news.bytes_total {
            shown.set_length(total);
        }
        shown.set_position(news.bytes_done);
    });
    let built = build.await;
    bar.finish_and_clear();
    report(context, bucket.name(), &built?)
}

/// A local file or a range of it.
fn local(path: &Path, source: &SourceArg) -> Result<Intent, Failure> {
    upload::check_source(path)?;
    let bytes = match source.range {
        Some((first, last)) => Source::part_of(path, first..last.saturating_add(1)),
        None => path.into(),
    };
    Ok(match source.at {
        Some(at) => Intent::write(at, bytes),
        None => Intent::append(bytes),
    })
}

/// A stored version, which is asked for once.
async fn version(
    context: &Context,
    file: &FileUri,
    args: &BuildArgs,
    stored: &mut BTreeMap<String, FileVersion>,
) -> Result<FileVersion, Failure> {
    let key = format!("{file:?}");
    if let Some(version) = stored.get(&key) {
        return Ok(version.clone());
    }
    let id = match file {
        FileUri::Id(id) => id.clone(),
        FileUri::Name { bucket, name } => {
            let not_present = || format!("File not present: {name}");
            let place = (bucket.as_str(), name.as_str());
            let found = info::newest(context, place, &args.source_encryption, not_present).await?;
            found.file_id.as_str().to_owned()
        }
    };
    let version = ls::version(context, &id).await?;
    stored.insert(key, version.clone());
    Ok(version)
}

/// A stored version or a range of it.
fn remote(version: &FileVersion, source: &SourceArg, args: &BuildArgs) -> Result<Intent, Failure> {
    let mut bytes = CopySource::of_version(version);
    let mode = version.server_side_encryption.as_ref().and_then(|it| it.mode.as_ref());
    if mode == Some(&EncryptionMode::SseC)
        && let Some(key) = source_key(&args.source_encryption)?
    {
        bytes = bytes.customer_key(NamedKey::new(&key, source_key_id().as_deref()));
    }
    if let Some((first, last)) = source.range {
        bytes = bytes.bytes(first..last.saturating_add(1))?;
    }
    Ok(match source.at {
        Some(at) => Intent::copy(at, bytes),
        None => Intent::append_copy(bytes),
    })
}

fn with_options(
    mut build: SynthesisBuilder,
    args: &BuildArgs,
) -> Result<SynthesisBuilder, Failure> {
    if let Some(content_type) = &args.content_type {
        build = build.content_type(content_type);
    }
    for (key, value) in pairs::merged(&args.info, &args.headers)? {
        build = build.info(key, value);
    }
    if let Some(rule) = args.prioritize {
        build = build.priority(match rule {
            Prioritize::Local => Priority::Local,
            Prioritize::Remote => Priority::Remote,
            Prioritize::LocalVerification => Priority::LocalVerification,
        });
    }
    if args.least_transfer {
        build = build.least_transfer();
    }
    if args.verify_overlap {
        build = build.verify_overlap();
    }
    if let Some(sha1) = args.sha1 {
        build = build.sha1(sha1);
    }
    if let Some(len) = args.min_part_size {
        build = build.part_len_min(len);
    }
    if let Some(threads) = args.threads {
        build = build.lanes(u16::try_from(threads).unwrap_or(u16::MAX));
    }
    if let Some(id) = &args.unfinished.continue_from {
        build = build.continue_from(id.as_str());
    }
    if args.unfinished.no_continue {
        build = build.no_continue();
    }
    match args.encryption.destination_server_side_encryption.as_deref() {
        None => {}
        Some("SSE-C") => {
            let (key, id) = target_key()?;
            build = build.encryption(NamedKey::new(&key, id.as_deref()));
        }
        Some(_) => build = build.encryption(TargetEncryption::Managed),
    }
    Ok(build)
}

/// Prints what would be done.
fn show(context: &Context, planned: &Plan) -> Result<(), Failure> {
    let summary = planned.summary();
    plan::parts(context, planned)?;
    plan::figures(context, &plan::bytes(&summary))?;
    if planned.overlap().is_some() {
        plan::figures(context, &plan::compared(&summary))?;
    }
    plan::figures(context, &plan::calls(&summary))
}

/// Tells what is to be known of the new version.
fn report(context: &Context, bucket: &str, built: &Synthesized) -> Result<(), Failure> {
    let file = &built.file;
    let name = &file.file_name;
    if built.may_be_duplicate {
        note!(
            "WARNING: an answer of the service was lost on the way; there may be a second version \
             of {name}"
        );
    }
    if !context.out.is_quiet() {
        upload::note_continued(built.continued, name);
        let totals = built.totals;
        note!(
            "NOTE: {} bytes of {} were copied, and {} sent, {} of them fetched",
            totals.copied,
            Hexed(name),
            totals.sent,
            totals.fetched
        );
        if let Some(overlap) = built.overlap {
            note!(
                "NOTE: {} of the copied bytes were compared with local data, and {} were not, \
                 although they are local as well",
                overlap.verified,
                overlap.unverified
            );
        }
    }
    let by_name = url::by_name(context, bucket, name);
    context.out.say(format_args!("URL by file name: {by_name}"))?;
    let by_id = url::by_id(context, file.file_id.as_str());
    context.out.say(format_args!("URL by fileId: {by_id}"))?;
    context.out.json(&shape::version(file))
}
