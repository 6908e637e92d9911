//! `b2 file download` and `b2 file cat`

use std::path::{Path, PathBuf};
use std::sync::Arc;

use b2_local::safe_name;
use b2_local::sink::WriterSink;
use b2_proto::model::DownloadInfo;
use b2_proto::name::Hexed;
use b2_tokio::{DownloadBuilder, Downloaded, Error, Verified};
use indicatif::ProgressBar;

use super::encryption::{source_key, unreadable};
use super::info;
use super::stdout::{Seen, Watched};
use crate::args::uri::FileUri;
use crate::args::{CatArgs, DownloadArgs, ReadingArgs};
use crate::commands::ls;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{note, progress, report};

const NOT_PRESENT: &str = "File not present";

pub(crate) async fn run(context: &Context, args: DownloadArgs) -> Result<(), Failure> {
    let download = begin(context, &args.file.file, &args.reading).await?;
    let limits = [args.threads, args.max_download_streams_per_file];
    let download = match limits.into_iter().flatten().min() {
        Some(threads) => download.lanes(u16::try_from(threads).unwrap_or(u16::MAX)),
        None => download,
    };
    let download = if args.no_continue { download.no_continue() } else { download };
    // Replacing what `/dev/stdout` leads to would lose what was written there before.
    if [Path::new("-"), Path::new("/dev/stdout")].contains(&args.local_path.as_path()) {
        let downloaded = to_stdout(context, download, &args.reading).await;
        let (downloaded, seen) = downloaded.map_err(Failure::of_content)?;
        if !context.out.is_quiet() {
            tell_beside(&downloaded, &seen);
        }
        return Ok(());
    }
    let path = if args.local_path.is_dir() {
        path_in(&args.local_path, &remote_name(context, &args).await?)?
    } else {
        args.local_path
    };
    let label = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let (download, bar) = with_bar(context, download, &label, &args.reading);
    let downloaded = download.save_to(&path).await;
    bar.finish_and_clear();
    let downloaded = downloaded.map_err(not_present)?;
    let shown = std::fs::canonicalize(&path).unwrap_or(path);
    told(&downloaded, &shown.to_string_lossy()).into_iter().try_for_each(|it| context.out.say(it))
}

pub(crate) async fn cat(context: &Context, args: CatArgs) -> Result<(), Failure> {
    let download = begin(context, &args.file.file, &args.reading).await?;
    to_stdout(context, download, &args.reading).await.map(|_| ())
}

async fn begin(
    context: &Context,
    file: &FileUri,
    reading: &ReadingArgs,
) -> Result<DownloadBuilder, Failure> {
    let key = source_key(&reading.encryption)?;
    let download = match file {
        FileUri::Id(id) => context.client().download_by_id(id),
        FileUri::Name { bucket, name } => context.bucket(bucket).await?.download(name),
    };
    Ok(match &key {
        Some(key) => download.customer_key(key),
        None => download,
    })
}

fn with_bar(
    context: &Context,
    download: DownloadBuilder,
    label: &str,
    reading: &ReadingArgs,
) -> (DownloadBuilder, ProgressBar) {
    let is_wanted = progress::is_wanted(context.out.is_quiet(), reading.no_progress);
    let bar = progress::bytes(label, None, is_wanted);
    let shown = bar.clone();
    let download = download.progress(move |news| {
        if let Some(total) = news.bytes_total {
            shown.set_length(total);
        }
        shown.set_position(news.bytes_done);
    });
    (download, bar)
}

async fn to_stdout(
    context: &Context,
    download: DownloadBuilder,
    reading: &ReadingArgs,
) -> Result<(Downloaded<DownloadInfo>, Arc<Seen>), Failure> {
    let (download, bar) = with_bar(context, download, "-", reading);
    let (stdout, seen) = Watched::new();
    let sink = WriterSink::named(stdout, Path::new("standard output"));
    let downloaded = download.to_sink(Arc::new(sink)).await;
    bar.finish_and_clear();
    match downloaded {
        Ok(downloaded) => Ok((downloaded, seen)),
        Err(_) if seen.is_closed() => Err(Failure::OutputClosed),
        Err(error) => Err(not_present(error)),
    }
}

fn not_present(error: Error) -> Failure {
    unreadable(error, || NOT_PRESENT.to_owned())
}

async fn remote_name(context: &Context, args: &DownloadArgs) -> Result<String, Failure> {
    match &args.file.file {
        FileUri::Id(id) => Ok(ls::version(context, id).await?.file_name),
        FileUri::Name { bucket, name } => {
            // Asked first, so that a name that is not there leaves no folder changed.
            let not_present = || NOT_PRESENT.to_owned();
            let encryption = &args.reading.encryption;
            let found = info::newest(context, (bucket, name), encryption, not_present).await?;
            Ok(found.file_name)
        }
    }
}

/// Where a file goes that is to be put in a folder: under its own name, or under a new one in
/// the folder itself when that is taken.
fn path_in(folder: &Path, name: &str) -> Result<PathBuf, Failure> {
    let path = safe_name::resolve(folder, name)
        .map_err(|error| Failure::message(format_args!("{error}: {}", folder.display())))?;
    if !path.exists() {
        return Ok(path);
    }
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let extension = path.extension().map(|it| format!(".{}", it.to_string_lossy()));
    let extension = extension.unwrap_or_default();
    let free = (1..10_000)
        .map(|count| folder.join(format!("{stem}-{count}{extension}")))
        .find(|path| !path.exists());
    free.ok_or_else(|| Failure::message(format_args!("no free name in {}", folder.display())))
}

/// Tells it where the content is not.
fn tell_beside(downloaded: &Downloaded<DownloadInfo>, seen: &Seen) {
    if seen.is_line_open() {
        note!("");
    }
    for line in told(downloaded, "stdout") {
        note!("{}", Hexed(&line));
    }
}

/// What is said about a download.
fn told(downloaded: &Downloaded<DownloadInfo>, target: &str) -> Vec<String> {
    let mut lines = report::lines(&downloaded.info, downloaded.len, target);
    if downloaded.kept_len > 0 {
        lines.push(format!("Continued: {} bytes were there", downloaded.kept_len));
    }
    let checksum = match downloaded.verified {
        Verified::Unverified => "Checksum unknown: the service keeps none for this file",
        Verified::ServiceSha1(_)
        | Verified::LargeFileSha1(_)
        | Verified::PartSha1s
        | Verified::ExpectedSha1(_) => "Checksum matches",
    };
    lines.extend([checksum, "Download finished"].map(str::to_owned));
    lines
}
