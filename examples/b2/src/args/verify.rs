//! `b2 verify`

use std::path::PathBuf;

use b2_local::walk::{Symlinks, WalkOptions};
use b2_proto::name::NameRule;
use clap::Args;

use super::names::NameRules;
use super::uri::{self, Uri};

#[derive(Args, Debug)]
#[command(after_help = "\
Exit codes:
  0  everything in the folder is proven to be in the bucket
  3  something would be lost with the folder: it is only there, or differs
  4  nothing of that, but something is not proven: only size and time agree, or it cannot be read
  1  the comparison did not come to its end
Files that only the bucket has do not change the exit code.

With --json, names come with these fields, and null where there is nothing to say:
  name, size, storedSize, fileId, reason
  verdict  proven, inOlderVersion, sizeAndTime, differs, onlyHere, onlyThere or unknown
  by       sha1, large_file_sha1 or part_sha1s; of what differs: size, content or time
  lost     whether the content would be lost with the local file
The last line has a summary, in numbers of names and bytes, and the exit code.")]
pub(crate) struct VerifyArgs {
    /// A folder
    #[arg(value_name = "FOLDER")]
    pub(crate) folder: PathBuf,
    /// b2://bucket or b2://bucket/path
    #[arg(value_name = "B2_URI", value_parser = uri::any)]
    pub(crate) place: Uri,
    /// Looks for the content in older versions, too
    #[arg(long)]
    pub(crate) versions: bool,
    /// Keeps digests of files in this file, so that unchanged files are not read again
    #[arg(long, value_name = "FILE")]
    pub(crate) index: Option<PathBuf>,
    /// Prints a JSON object on each line: one for each name, and a summary
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) names: NameRules,
    /// Skips symbolic links instead of following them
    #[arg(long)]
    exclude_all_symlinks: bool,
    /// Shows no progress
    #[arg(long)]
    pub(crate) no_progress: bool,
}

impl VerifyArgs {
    /// How the folder is walked.
    pub(crate) fn walk(&self) -> WalkOptions {
        let symlinks = if self.exclude_all_symlinks { Symlinks::Skip } else { Symlinks::Follow };
        // What other programs have stored is compared, too.
        WalkOptions { symlinks, names: NameRule::Service, ..WalkOptions::default() }
    }
}
