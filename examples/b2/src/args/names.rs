//! Which names take part in what is done with a folder.

use std::path::Path;

use b2_local::filter::{Filters, IgnoreFiles, Lines, Regexes};
use clap::Args;

use crate::failure::Failure;

/// Rules of names, for all commands that walk folders.
#[derive(Args, Debug)]
pub(crate) struct NameRules {
    /// Leaves out files whose path matches from its start; repeatable
    #[arg(long, value_name = "REGEX")]
    exclude_regex: Vec<String>,
    /// Takes files after all that --exclude-regex leaves out; repeatable
    #[arg(long, value_name = "REGEX")]
    include_regex: Vec<String>,
    /// Leaves out folders whose path matches from its start; repeatable
    #[arg(long, value_name = "REGEX")]
    exclude_dir_regex: Vec<String>,
    /// Leaves out what matches a line as in a .gitignore; `!` takes back; repeatable
    #[arg(long, value_name = "LINE")]
    exclude: Vec<String>,
    /// Leaves out what files of this name say in the folders of the source; .b2ignore without a
    /// name
    #[arg(
        long,
        value_name = "NAME",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = ".b2ignore"
    )]
    ignore_files: Option<String>,
}

impl NameRules {
    /// The rules for what is in `folder`, or in no local folder.
    pub(crate) fn filters(&self, folder: Option<&Path>) -> Result<Filters, Failure> {
        let regexes = Regexes::builder()
            .exclude_files(&self.exclude_regex)
            .include_files(&self.include_regex)
            .exclude_folders(&self.exclude_dir_regex)
            .build()
            .map_err(Failure::message)?;
        let lines = Lines::new(&self.exclude).map_err(Failure::message)?;
        let ignore_files = match (&self.ignore_files, folder) {
            (Some(name), Some(folder)) => Some(IgnoreFiles::new(folder, name)),
            (Some(_), None) => {
                let text = "--ignore-files looks into the folders of a local source";
                return Err(Failure::message(text));
            }
            (None, _) => None,
        };
        Ok(Filters { regexes, lines, ignore_files })
    }
}
