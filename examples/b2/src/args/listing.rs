//! `b2 ls` and `b2 rm`: which files.

use b2_proto::plan::selection::{Filter, Filters, Selection};
use clap::{ArgMatches, Args, FromArgMatches};

use super::uri::{self, Uri};
use super::values::timestamp_ms;

#[derive(Args, Debug)]
pub(crate) struct LsArgs {
    /// b2://bucket, b2://bucket/path or b2id://file-id; all buckets without it
    #[arg(value_name = "B2_URI", value_parser = uri::any_or_all)]
    pub(crate) uri: Option<Uri>,
    /// Also tells ID, action, time and size
    #[arg(short, long)]
    pub(crate) long: bool,
    /// Prints everything as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// With --long: also tells the replication status
    #[arg(long)]
    pub(crate) replication: bool,
    /// What was visible then: seconds or milliseconds since 1970
    #[arg(
        long,
        value_name = "TIME",
        value_parser = timestamp_ms,
        conflicts_with = "versions"
    )]
    pub(crate) as_of: Option<u64>,
    #[command(flatten)]
    pub(crate) selection: Selected,
}

#[derive(Args, Debug)]
pub(crate) struct RmArgs {
    /// b2://bucket, b2://bucket/path or b2id://file-id
    #[arg(value_name = "B2_URI", value_parser = uri::any)]
    pub(crate) uri: Uri,
    #[command(flatten)]
    pub(crate) selection: Selected,
    /// Deletes versions under governance retention too
    #[arg(long)]
    pub(crate) bypass_governance: bool,
    /// Only lists what would be deleted
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Stops at the first failure
    #[arg(long)]
    pub(crate) fail_fast: bool,
    /// Deletes so many at the same time
    #[arg(long, default_value_t = 10, value_name = "COUNT")]
    pub(crate) threads: usize,
    /// Lists so many ahead; twice the threads unless given
    #[arg(long, value_name = "COUNT")]
    pub(crate) queue_size: Option<usize>,
    /// Shows no progress
    #[arg(long)]
    pub(crate) no_progress: bool,
}

/// Entries a call asks for: as many as there can be.
const PAGE_LEN: u32 = 10_000;

/// Which files of a bucket.
#[derive(Debug, Clone)]
pub(crate) struct Selected(pub(crate) Selection);

#[derive(Args, Debug)]
struct SelectionArgs {
    /// All versions, not only the newest
    #[arg(long)]
    versions: bool,
    /// Files in folders too
    #[arg(short, long)]
    recursive: bool,
    /// Takes `*`, `?` and `[…]` in the path for patterns; needs --recursive
    #[arg(long)]
    with_wildcard: bool,
    /// Takes files whose names match in; the last match of --include and --exclude counts
    #[arg(long, value_name = "PATTERN")]
    include: Vec<String>,
    /// Leaves files whose names match out
    #[arg(long, value_name = "PATTERN")]
    exclude: Vec<String>,
}

impl FromArgMatches for Selected {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let args = SelectionArgs::from_arg_matches(matches)?;
        let place = |id| matches.indices_of(id).into_iter().flatten();
        let includes =
            place("include").zip(args.include).map(|(at, it)| (at, Filter::include(&it)));
        let excludes =
            place("exclude").zip(args.exclude).map(|(at, it)| (at, Filter::exclude(&it)));
        let mut filters: Vec<(usize, Filter)> = includes.chain(excludes).collect();
        filters.sort_by_key(|(at, _)| *at);
        Ok(Self(Selection {
            versions: args.versions,
            recursive: args.recursive,
            with_wildcard: args.with_wildcard,
            as_of_ms: None,
            // In the order of the command line.
            filters: Filters::new(filters.into_iter().map(|(_, filter)| filter)),
            page_len: Some(PAGE_LEN),
        }))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for Selected {
    fn augment_args(command: clap::Command) -> clap::Command {
        SelectionArgs::augment_args(command)
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        SelectionArgs::augment_args_for_update(command)
    }
}
