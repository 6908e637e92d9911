//! `b2 sync`

use core::str::FromStr;
use std::path::PathBuf;

use b2_local::sync::Place;
use b2_proto::plan::sync::DeleteLimit;
use clap::{Args, ValueEnum};

use super::encryption::{DestinationArgs, SourceArgs};
use super::file::AcceptedArgs;
use super::lock::LockArgs;
use super::names::NameRules;
use super::values::{days_ms, timestamp_ms};

#[derive(Args, Debug)]
pub(crate) struct SyncArgs {
    /// A folder, or b2://bucket/path
    #[arg(value_name = "SOURCE")]
    pub(crate) source: String,
    /// b2://bucket/path, or a folder, which is made if it does not exist
    #[arg(value_name = "DESTINATION")]
    pub(crate) destination: String,
    /// Only prints what would be done
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// What makes two files different
    #[arg(long, value_enum, default_value_t = Compare::ModTime, value_name = "WHAT")]
    pub(crate) compare_versions: Compare,
    /// Differences up to this do not count: milliseconds, or bytes for sizes
    #[arg(long, default_value_t = 0, value_name = "AMOUNT")]
    pub(crate) compare_threshold: u64,
    /// Keeps digests of files in this file, so that --compare-versions sha1 and --find-renames do
    /// not read unchanged files again
    #[arg(long, value_name = "FILE")]
    pub(crate) index: Option<PathBuf>,
    /// Leaves files alone that are newer at the destination
    #[arg(long, conflicts_with = "replace_newer")]
    pub(crate) skip_newer: bool,
    /// Replaces files that are newer at the destination
    #[arg(long)]
    pub(crate) replace_newer: bool,
    /// Skips symbolic links instead of following them
    #[arg(long)]
    pub(crate) exclude_all_symlinks: bool,
    /// A source folder without files is not a mistake
    #[arg(long)]
    pub(crate) allow_empty_source: bool,
    /// Uploads of files that have grown only what is new
    #[arg(long)]
    pub(crate) incremental_mode: bool,
    /// Uploads of files that have changed anywhere only what is new, and keeps a manifest of
    /// each long one beside it
    #[arg(long, conflicts_with = "incremental_mode")]
    pub(crate) by_blocks: bool,
    /// Copies renamed files of a million bytes or more at the service instead of uploading them
    /// again; needs --delete or --keep-days, since only what vanishes can have been renamed
    #[arg(long)]
    pub(crate) find_renames: bool,
    /// The source's bucket as it was then: seconds or milliseconds since 1970
    #[arg(long, value_name = "TIME", value_parser = timestamp_ms)]
    pub(crate) as_of: Option<u64>,
    #[command(flatten)]
    pub(crate) removing: Removing,
    #[command(flatten)]
    pub(crate) choosing: Choosing,
    #[command(flatten)]
    pub(crate) telling: Telling,
    #[command(flatten)]
    pub(crate) threads: Threads,
    #[command(flatten)]
    pub(crate) accepted: AcceptedArgs,
    #[command(flatten)]
    pub(crate) target: DestinationArgs,
    #[command(flatten)]
    pub(crate) read: SourceArgs,
    #[command(flatten)]
    pub(crate) lock: LockArgs,
}

impl SyncArgs {
    /// Ranges of a file at the same time, where files come down.
    pub(crate) fn lanes(&self) -> Option<u16> {
        let comes_down = matches!(Place::parse(&self.destination), Ok(Place::Folder(_)));
        self.threads.max_download_streams_per_file.filter(|_| comes_down)
    }
}

/// What becomes of what the source has no more.
#[derive(Args, Debug)]
pub(crate) struct Removing {
    /// Deletes what the source has no more, and old versions
    #[arg(long, conflicts_with = "keep_days")]
    pub(crate) delete: bool,
    /// Keeps in the bucket what was visible in the last days, and deletes older versions; parts of
    /// days as in 0.5
    #[arg(long, value_name = "DAYS", value_parser = days_ms)]
    pub(crate) keep_days: Option<u64>,
    /// From when versions age
    #[arg(long, value_enum, default_value_t = AgeBy::Visibility, value_name = "WHAT")]
    pub(crate) keep_days_by: AgeBy,
    /// Removes at most so many names, or exactly so large a share of those at the destination
    /// (`0%` is none); above it asks, or removes none. Unless given: half of the names,
    /// and three in any case. A share counts what an earlier run has uploaded, a number does not
    #[arg(long, value_name = "N|P%", value_parser = MaxDelete::from_str)]
    pub(crate) max_delete: Option<MaxDelete>,
    /// Removes at the destination also what is left out of the source
    #[arg(long)]
    pub(crate) delete_excluded: bool,
}

/// Which files take part.
#[derive(Args, Debug)]
pub(crate) struct Choosing {
    #[command(flatten)]
    pub(crate) names: NameRules,
    /// Leaves out files modified after that: seconds or milliseconds since 1970
    #[arg(long, value_name = "TIME", value_parser = timestamp_ms)]
    pub(crate) exclude_if_modified_after: Option<u64>,
    /// Leaves out versions uploaded after that
    #[arg(long, value_name = "TIME", value_parser = timestamp_ms)]
    pub(crate) exclude_if_uploaded_after: Option<u64>,
    /// Only tells which rule of names decides about the file at this path of the source
    #[arg(long, value_name = "PATH")]
    pub(crate) explain: Option<String>,
}

/// What is told.
#[derive(Args, Debug)]
pub(crate) struct Telling {
    /// Shows no progress
    #[arg(long)]
    pub(crate) no_progress: bool,
    /// What progress looks like, on a terminal
    #[arg(long, value_enum, default_value_t = Progress::Bars, value_name = "FORM")]
    pub(crate) progress: Progress,
    /// Tells everything in JSON, one object a line, instead of lines for people
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(crate) events: Option<Events>,
    /// Ends with what was done and what it took
    #[arg(long)]
    pub(crate) summary: bool,
    /// A table of prices in JSON, to tell with the summary what it costs
    #[arg(long, value_name = "FILE")]
    pub(crate) prices: Option<PathBuf>,
}

/// How much at the same time.
#[derive(Args, Debug)]
pub(crate) struct Threads {
    /// Works on so many files at the same time; 10 unless given
    #[arg(long, value_name = "COUNT")]
    pub(crate) threads: Option<usize>,
    /// The same
    #[arg(long, value_name = "COUNT", hide_short_help = true)]
    pub(crate) sync_threads: Option<usize>,
    /// Sends so many files at the same time
    #[arg(long, value_name = "COUNT", hide_short_help = true)]
    pub(crate) upload_threads: Option<usize>,
    /// Receives so many files at the same time
    #[arg(long, value_name = "COUNT", hide_short_help = true)]
    pub(crate) download_threads: Option<usize>,
    /// Receives so many ranges of a file at the same time
    #[arg(long, value_name = "COUNT", hide_short_help = true)]
    pub(crate) max_download_streams_per_file: Option<u16>,
}

/// Files at the same time unless something else is said.
const COUNT: usize = 10;

impl Threads {
    /// Whether one of the others says something else than what holds anyway.
    pub(crate) fn has_own(&self) -> bool {
        let own = [self.sync_threads, self.upload_threads, self.download_threads];
        own.into_iter().flatten().any(|count| count != COUNT)
    }

    /// Files at the same time in one direction: the smaller of both numbers.
    pub(crate) fn count(&self, is_up: bool) -> usize {
        let own = if is_up { self.upload_threads } else { self.download_threads };
        let limits = [self.sync_threads, own].into_iter().flatten();
        self.threads.unwrap_or_else(|| limits.min().unwrap_or(COUNT))
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Compare {
    /// Another time of modification, or another size at the same time
    #[value(name = "modTime")]
    ModTime,
    /// Another size
    #[value(name = "size")]
    Size,
    /// Another content; files are read for it where sizes are equal
    #[value(name = "sha1")]
    Sha1,
    /// Nothing: only files that are missing are copied
    #[value(name = "none")]
    None,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum AgeBy {
    /// From when another version took their place
    Visibility,
    /// From when the file was modified, as before
    Mtime,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Progress {
    /// What is compared, copied, how fast, and for how much
    Bars,
    /// One line on standard output, as before
    Line,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Events {
    /// One JSON object a line
    Ndjson,
}

/// How many names may vanish.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct MaxDelete(pub(crate) DeleteLimit);

impl FromStr for MaxDelete {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let percent = text.strip_suffix('%').map(|it| it.parse().ok().filter(|it| *it <= 100));
        let limit = match percent {
            Some(percent) => percent.map(DeleteLimit::Percent),
            None => text.parse().ok().map(DeleteLimit::Names),
        };
        limit.map(Self).ok_or_else(|| format!("neither a number nor a share like 50%: '{text}'"))
    }
}
