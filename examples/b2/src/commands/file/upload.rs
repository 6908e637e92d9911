//! `b2 file upload`

use core::fmt;
use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::path::Path;
use std::time::UNIX_EPOCH;

use b2_local::source::FileSource;
use b2_proto::info::SRC_LAST_MODIFIED_MILLIS;
use b2_proto::machine::Phase;
use b2_proto::machine::copy::{NamedKey, TargetEncryption};
use b2_proto::machine::upload::{Continued, Reused, Uploaded};
use b2_proto::model::FileVersion;
use b2_proto::name::{Hexed, NameRule, check};
use b2_tokio::{Source, UploadBuilder};

use super::encryption::target_key;
use super::{blocks, lock, pairs, url};
use crate::args::{UploadArgs, values};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{note, progress, shape};

pub(crate) async fn run(context: &Context, args: UploadArgs) -> Result<(), Failure> {
    if let Err(error) = check(NameRule::Upload, &args.file_name) {
        return Err(Failure::message(error.about(&args.file_name)));
    }
    let info = file_info(&args)?;
    let form = Form::of(&args.local_path);
    if let Form::File = form {
        check_source(&args.local_path)?;
    }
    if args.incremental_mode && !matches!(form, Form::File) {
        return Err(Failure::message(
            "incremental mode is not supported for streamed sources; --incremental-mode requires \
             a regular file to diff against a previous upload",
        ));
    }
    if args.by_blocks && !matches!(form, Form::File) {
        return Err(Failure::message("--by-blocks needs a regular file, which is read twice"));
    }
    let bucket = context.bucket(&args.bucket_name).await?;
    let path = args.local_path.as_path();
    let mut upload = match form {
        Form::File => bucket.upload(&args.file_name, path),
        // That it is read now says nothing about when it was made.
        Form::Input => bucket.upload(&args.file_name, Source::stream(tokio::io::stdin())),
        Form::Pipe { modified_ms } => {
            let pipe = tokio::fs::File::open(path).await.map_err(|error| invalid(path, &error))?;
            let upload = bucket.upload(&args.file_name, Source::stream(pipe));
            modified_ms.into_iter().fold(upload, UploadBuilder::modified_ms)
        }
    };
    for (key, value) in info {
        upload = upload.info(key, value);
    }
    upload = with_options(upload, &args)?;
    let label = args.local_path.to_string_lossy();
    let is_wanted = progress::is_wanted(context.out.is_quiet(), args.no_progress);
    let bar = progress::bytes(&label, None, is_wanted);
    let shown = bar.clone();
    upload = upload.progress(move |news| {
        shown.set_message(if news.phase == Phase::Reading { " (reading)" } else { "" });
        if let Some(total) = news.bytes_total {
            shown.set_length(total);
        }
        shown.set_position(news.bytes_done);
    });
    if args.dry_run {
        let plan = upload.by_blocks().plan().await;
        bar.finish_and_clear();
        return blocks::show(context, &plan?);
    }
    let uploaded = if args.by_blocks {
        blocks::send(upload, &args.file_name, context.out.is_quiet()).await
    } else {
        upload.await
    };
    bar.finish_and_clear();
    report(context, bucket.name(), &uploaded?)
}

/// Tells what is to be known of the new version.
fn report(
    context: &Context,
    bucket: &str,
    uploaded: &Uploaded<FileVersion>,
) -> Result<(), Failure> {
    let file = &uploaded.file;
    let name = &file.file_name;
    if uploaded.may_be_duplicate {
        note!(
            "WARNING: an answer of the service was lost on the way; there may be a second version \
             of {}",
            Hexed(name)
        );
    }
    if !context.out.is_quiet() {
        note_continued(uploaded.continued, name);
        note_reused(uploaded.reused, name);
    }
    let by_name = url::by_name(context, bucket, name);
    context.out.say(format_args!("URL by file name: {by_name}"))?;
    let by_id = url::by_id(context, file.file_id.as_str());
    context.out.say(format_args!("URL by fileId: {by_id}"))?;
    context.out.json(&shape::version(file))
}

/// Tells what was not sent again.
pub(super) fn note_continued(continued: Continued, name: &str) {
    match continued {
        Continued::File { parts, bytes } => note!(
            "NOTE: continued an unfinished upload of {}: {parts} parts with {bytes} bytes were \
             there already",
            Hexed(name)
        ),
        Continued::NotAllowed => note!(
            "NOTE: the key may not list files, so no unfinished upload of {} was looked for",
            Hexed(name)
        ),
        Continued::Unfit(why) => {
            note!("NOTE: an unfinished upload of {} was not continued: {why}", Hexed(name))
        }
        Continued::NotTried | Continued::Nothing => {}
    }
}

/// Tells what was copied in place of sending it.
fn note_reused(reused: Reused, name: &str) {
    match reused {
        Reused::Version { bytes } => note!(
            "NOTE: the first {bytes} bytes of {} were copied from its newest version",
            Hexed(name)
        ),
        Reused::Blocks { bytes } => {
            note!("NOTE: {bytes} bytes of {} were copied from its newest version", Hexed(name))
        }
        Reused::NotAllowed => note!(
            "NOTE: the key may not list or not read files, so all of {} was sent",
            Hexed(name)
        ),
        Reused::NotTried | Reused::Nothing(_) => {}
    }
}

/// The same checks as the upload's own, in time and in the words scripts look for.
pub(super) fn check_source(path: &Path) -> Result<(), Failure> {
    FileSource::open(path).map(drop).map_err(|error| invalid(path, &error.what()))
}

fn invalid(path: &Path, why: &dyn fmt::Display) -> Failure {
    Failure::message(format_args!("Invalid upload source: {} ({why})", path.display()))
}

/// What a path names.
enum Form {
    File,
    /// Standard input.
    Input,
    /// Something that is written while it is read.
    Pipe {
        modified_ms: Option<u64>,
    },
}

impl Form {
    fn of(path: &Path) -> Self {
        // A file of that name is `./-`.
        if path == Path::new("-") {
            return Self::Input;
        }
        let Ok(metadata) = fs::metadata(path) else { return Self::File };
        if !is_pipe(&metadata) {
            return Self::File;
        }
        let since = metadata.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        let modified_ms = since.and_then(|since| u64::try_from(since.as_millis()).ok());
        Self::Pipe { modified_ms }
    }
}

#[cfg(unix)]
fn is_pipe(metadata: &Metadata) -> bool {
    std::os::unix::fs::FileTypeExt::is_fifo(&metadata.file_type())
}

#[cfg(not(unix))]
const fn is_pipe(_: &Metadata) -> bool {
    false
}

/// All file info that was given.
fn file_info(args: &UploadArgs) -> Result<BTreeMap<String, String>, Failure> {
    let info = pairs::merged(&args.info, &args.headers)?;
    if info.contains_key(SRC_LAST_MODIFIED_MILLIS) {
        let text = info.get(SRC_LAST_MODIFIED_MILLIS).map_or("", String::as_str);
        if text.parse::<i64>().is_err() {
            return Err(Failure::message(format_args!(
                "{SRC_LAST_MODIFIED_MILLIS} must be a whole number of milliseconds, not '{text}'"
            )));
        }
    }
    Ok(info)
}

fn with_options(mut upload: UploadBuilder, args: &UploadArgs) -> Result<UploadBuilder, Failure> {
    if let Some(content_type) = &args.content_type {
        upload = upload.content_type(content_type);
    }
    if let Some(sha1) = &args.sha1 {
        let sha1 = values::sha1(sha1)
            .map_err(|error| Failure::message(format_args!("--sha1: {error}")))?;
        upload = upload.sha1(sha1);
    }
    if let Some(id) = &args.unfinished.continue_from {
        upload = upload.continue_from(id.as_str());
    }
    if args.unfinished.no_continue {
        upload = upload.no_continue();
    }
    if args.incremental_mode {
        upload = upload.incremental();
    }
    if args.one_pass {
        upload = upload.one_pass();
    }
    if let Some(len) = args.min_part_size {
        upload = upload.part_len_min(len);
    }
    if let Some(threads) = args.threads {
        upload = upload.lanes(u16::try_from(threads).unwrap_or(u16::MAX));
    }
    if let Some(ms) = args.custom_upload_timestamp {
        upload = upload.upload_timestamp_ms(ms);
    }
    match args.encryption.destination_server_side_encryption.as_deref() {
        None => {}
        Some("SSE-C") => {
            let (key, id) = target_key()?;
            upload = upload.encryption(NamedKey::new(&key, id.as_deref()));
        }
        Some(_) => upload = upload.encryption(TargetEncryption::Managed),
    }
    if let Some(retention) = lock::retention(&args.lock)? {
        upload = upload.retention(retention);
    }
    if let Some(is_on) = lock::legal_hold(&args.lock) {
        upload = upload.legal_hold(is_on);
    }
    Ok(upload)
}
