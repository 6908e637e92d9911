//! `b2 sync`

use clap::{Args, ValueEnum};

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
    /// Copies so many files at the same time
    #[arg(long, default_value_t = 10, value_name = "COUNT")]
    pub(crate) threads: usize,
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
    /// Shows no progress
    #[arg(long)]
    pub(crate) no_progress: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Compare {
    /// Another time of modification, or another size at the same time
    #[value(name = "modTime")]
    ModTime,
    /// Another size
    #[value(name = "size")]
    Size,
    /// Nothing: only files that are missing are copied
    #[value(name = "none")]
    None,
}
