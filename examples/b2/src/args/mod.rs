//! The command line as types: words, options, and what their values may be.

mod account;
mod bucket;
mod build;
mod candidates;
mod copy;
mod deprecated;
mod encryption;
mod file;
mod hide;
mod key;
mod line;
mod listing;
mod lock;
mod mistake;
mod names;
mod notification;
mod replication;
mod sync;
pub(crate) mod uri;
pub(crate) mod values;
mod verify;
mod words;

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, Parser, Subcommand};

pub(crate) use account::{AccountCommand, AuthorizeArgs};
pub(crate) use bucket::{BucketCommand, BucketSettings, CreateArgs, UpdateArgs};
pub(crate) use build::{BuildArgs, Place, Prioritize, SourceArg};
pub(crate) use candidates::{Candidates, Unfinished};
pub(crate) use copy::{CopyArgs, CopyByIdArgs, CopyOptions};
pub(crate) use encryption::SourceArgs;
pub(crate) use file::{
    CatArgs, DownloadArgs, FileCommand, HeaderArgs, InfoArgs, LargeCommand, ManifestsCleanArgs,
    ManifestsCommand, ReadingArgs, UnfinishedCleanArgs, UnfinishedCommand, UploadArgs, UrlArgs,
};
pub(crate) use hide::{DeleteVersionArgs, HideArgs, UnhideArgs};
pub(crate) use key::{KeyCommand, KeyCreateArgs};
pub(crate) use line::parse;
pub(crate) use listing::{LsArgs, RmArgs};
pub(crate) use lock::{FileUpdateArgs, LockArgs};
pub(crate) use notification::{
    NotificationCommand, RuleArgs, RuleChangeArgs, RuleCreateArgs, RuleOptions, RulesArgs,
};
pub(crate) use replication::{ReplicationCommand, ReplicationRuleArgs, SetupArgs, StatusArgs};
pub(crate) use sync::{AgeBy, Compare, Progress, SyncArgs, Threads};
pub(crate) use verify::VerifyArgs;

use crate::log::Log;

const AFTER_HELP: &str = "\
Environment:
  B2_APPLICATION_KEY_ID, B2_APPLICATION_KEY  log in with this key and store nothing
  B2_ENVIRONMENT    realm to log in to: production (default), a URL, or sim:DIR
  B2_ACCOUNT_INFO   file in which `b2 account authorize` keeps its login
  B2_LOGIN_TIMEOUT_S, B2_MAX_ATTEMPTS  how long to wait for a first answer, how often to try

`b2 <command> --help` tells more about a command. Try it without an account:
  b2 --sim DIR bucket create my-first-bucket allPrivate";

/// Works with Backblaze B2: buckets, files, keys, and folders kept in step.
#[derive(Parser, Debug)]
#[command(
    name = "b2",
    infer_long_args = true,
    args_override_self = true,
    after_help = AFTER_HELP
)]
pub(crate) struct Cli {
    #[command(flatten, next_help_heading = "Options of every command")]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Args, Debug, Clone, Default)]
pub(crate) struct Global {
    /// Works on a service of its own, kept in this folder, instead of Backblaze's; no account
    /// needed
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) sim: Option<PathBuf>,
    /// Prints results only: no progress, no confirmations
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Sends at most so many bytes of files a second
    #[arg(long, global = true, value_name = "BYTES", hide_short_help = true)]
    pub(crate) bandwidth_up: Option<u64>,
    /// Receives at most so many bytes of files a second
    #[arg(long, global = true, value_name = "BYTES", hide_short_help = true)]
    pub(crate) bandwidth_down: Option<u64>,
    /// Uses the stored login of this name
    #[arg(long, global = true, value_name = "NAME", hide_short_help = true)]
    pub(crate) profile: Option<String>,
    /// Tells on standard error what is asked of the service
    #[arg(long, global = true, hide_short_help = true)]
    pub(crate) verbose: bool,
    /// Appends the same to b2_cli.log in the present folder
    #[arg(long, global = true, hide_short_help = true)]
    pub(crate) debug_logs: bool,
    /// Accepted, and without effect: a configuration of Python's logging
    #[arg(long, global = true, value_name = "FILE", hide_short_help = true)]
    pub(crate) log_config: Option<PathBuf>,
    /// Prints control characters of names in an escaped form
    #[arg(long, global = true, hide_short_help = true, alias = "escape-control-chars")]
    pub(crate) escape_control_characters: bool,
    /// Prints names as they are, even on a terminal
    #[arg(
        long,
        global = true,
        hide_short_help = true,
        alias = "no-escape-control-chars",
        overrides_with = "escape_control_characters"
    )]
    pub(crate) no_escape_control_characters: bool,
    /// Lanes of a job, where the command says so.
    #[arg(skip)]
    pub(crate) lanes: Option<u16>,
    /// What the program is called.
    #[arg(skip)]
    pub(crate) program: String,
    /// Where what is asked of the service is told.
    #[arg(skip)]
    pub(crate) log: Option<Arc<Log>>,
}

#[derive(Subcommand, Debug)]
#[command(infer_long_args = true)]
pub(crate) enum Command {
    /// Logs in and out
    #[command(subcommand)]
    Account(AccountCommand),
    /// Makes, changes, lists and deletes buckets
    #[command(subcommand)]
    Bucket(BucketCommand),
    /// Uploads, downloads and inspects files
    #[command(subcommand)]
    File(FileCommand),
    /// Makes, lists and deletes application keys
    #[command(subcommand)]
    Key(KeyCommand),
    /// Lists buckets, or files in a bucket
    Ls(LsArgs),
    /// Lets the service copy a bucket to another
    #[command(subcommand)]
    Replication(ReplicationCommand),
    /// Deletes files
    Rm(RmArgs),
    /// Copies a folder into a bucket or back: what is new or changed
    Sync(SyncArgs),
    /// Compares a folder with a bucket, without a download
    Verify(VerifyArgs),
    /// Deletes one version of a file
    #[command(hide = true)]
    DeleteFileVersion(DeleteVersionArgs),
    /// Prints under which terms this program is given
    License(LicenseArgs),
    /// Lets a shell go on with words, options, buckets and files
    #[command(alias = "install_autocomplete")]
    InstallAutocomplete(InstallArgs),
    /// Prints how a line may go on
    #[command(hide = true)]
    CompleteWords(CompleteArgs),
    /// Prints the version of this program
    Version(VersionArgs),
}

#[derive(Args, Debug)]
pub(crate) struct LicenseArgs {
    /// Also names the packages of other authors
    #[arg(long, hide = true)]
    pub(crate) with_packages: bool,
}

#[derive(Args, Debug)]
pub(crate) struct InstallArgs {
    /// `bash`, `fish` or `zsh`; that of $SHELL unless given
    #[arg(long, value_name = "SHELL")]
    pub(crate) shell: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct CompleteArgs {
    #[arg(value_name = "shell")]
    pub(crate) shell: String,
    /// As far as it is written, with the program's name
    #[arg(value_name = "line", allow_hyphen_values = true)]
    pub(crate) line: String,
}

#[derive(Args, Debug)]
pub(crate) struct VersionArgs {
    /// Prints the number alone
    #[arg(long)]
    pub(crate) short: bool,
}

#[cfg(test)]
mod tests;
