//! Which files of a folder or a bucket take part in a sync, by their names.
//!
//! | rules | decide |
//! | --- | --- |
//! | [`Regexes`] | the reference's regular expressions for folders and files |
//! | [`Lines`] | lines as in a `.gitignore`; the last one that matches decides |
//! | [`IgnoreFiles`] | the same in files named `.b2ignore`, for the folder they are in |
//!
//! What any of them leaves out is left out, and a folder that is left out is left out with all
//! that is below it: no rule brings a file in it back.

mod ignore_files;
mod lines;
mod regexes;
#[cfg(test)]
mod tests;

use core::fmt;
use std::path::PathBuf;

use b2_proto::name::Hexed;
use b2_proto::plan::sync::PathFilter;

pub use ignore_files::{IGNORE_FILE, IgnoreFiles};
pub use lines::{Line, LineError, Lines};
pub use regexes::{RegexError, Regexes, RegexesBuilder};

/// All rules of a sync together.
///
/// ```
/// use b2_local::filter::{Filters, Lines, Regexes};
/// use b2_proto::plan::sync::PathFilter as _;
///
/// let regexes = Regexes::builder().exclude_folders(["cache"]).build()?;
/// let lines = Lines::new(["*.tmp", "!keep.tmp"])?;
/// let mut filters = Filters { regexes, lines, ..Filters::default() };
/// assert!(filters.excludes_folder("cache2"));
/// assert!(filters.excludes_file("a/b.tmp"));
/// assert!(!filters.excludes_file("a/keep.tmp"));
/// assert_eq!(
///     filters.explain("cache/x.txt").to_string(),
///     "cache/x.txt is left out: the folder cache matches the expression for folders 'cache'"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Filters {
    /// Regular expressions.
    pub regexes: Regexes,
    /// Lines that hold for the whole folder.
    pub lines: Lines,
    /// Files with lines, when they are looked for.
    pub ignore_files: Option<IgnoreFiles>,
}

/// Why a file takes part or does not.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Explanation {
    /// The file, relative to the folder.
    pub path: String,
    /// Whether it is left out.
    pub is_excluded: bool,
    /// The folder that decided, or nothing if the file's own name did.
    pub folder: Option<String>,
    /// The rule that decided; nothing when none matched.
    pub rule: Option<Rule>,
}

/// A rule as it was given.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Rule {
    /// A regular expression for folders to leave out.
    ExcludeFolder(String),
    /// A regular expression for files that take part.
    IncludeFile(String),
    /// A regular expression for files to leave out.
    ExcludeFile(String),
    /// A line, and the file it is in.
    Line(Line),
    /// The folder has a file with lines that cannot be read.
    Unreadable(PathBuf),
}

impl Filters {
    /// Which rule decides about the file at a path, relative to the folder.
    pub fn explain(&mut self, path: &str) -> Explanation {
        let explanation = |folder, (is_excluded, rule)| Explanation {
            path: path.to_owned(),
            is_excluded,
            folder,
            rule,
        };
        for (at, _) in path.match_indices('/') {
            let (folder, _) = path.split_at(at);
            if let Some(rule) = self.folder_rule(folder) {
                return explanation(Some(folder.to_owned()), (true, Some(rule)));
            }
        }
        explanation(None, self.file_rule(path))
    }

    /// The rule that leaves a folder out.
    fn folder_rule(&mut self, path: &str) -> Option<Rule> {
        if let Some(pattern) = self.regexes.excluding_folder(path) {
            return Some(Rule::ExcludeFolder(pattern.to_owned()));
        }
        let (is_excluded, rule) = self.line_rule(path, true)?;
        is_excluded.then_some(rule)
    }

    fn file_rule(&mut self, path: &str) -> (bool, Option<Rule>) {
        let line = self.line_rule(path, false);
        if let Some((true, rule)) = line {
            return (true, Some(rule));
        }
        if let Some(pattern) = self.regexes.including_file(path) {
            return (false, Some(Rule::IncludeFile(pattern.to_owned())));
        }
        match self.regexes.excluding_file(path) {
            Some(pattern) => (true, Some(Rule::ExcludeFile(pattern.to_owned()))),
            None => (false, line.map(|(_, rule)| rule)),
        }
    }

    fn line_rule(&mut self, path: &str, is_folder: bool) -> Option<(bool, Rule)> {
        let files = &mut self.ignore_files;
        let line = self.lines.find(path, is_folder);
        if let Some(unreadable) = files.as_mut().and_then(|files| files.unreadable(path)) {
            return Some((true, Rule::Unreadable(unreadable.to_owned())));
        }
        let in_file = files.as_mut().and_then(|files| files.find(path, is_folder));
        let (is_excluded, line) = match (line, in_file) {
            (Some((false, _)), Some((true, line))) => (true, line),
            (line, in_file) => line.or(in_file)?,
        };
        Some((is_excluded, Rule::Line(line)))
    }

    fn lines_exclude(&mut self, path: &str, is_folder: bool) -> bool {
        let in_files = |files: &mut IgnoreFiles| {
            files.unreadable(path).is_some() || files.excludes(path, is_folder) == Some(true)
        };
        self.lines.excludes(path, is_folder) == Some(true)
            || self.ignore_files.as_mut().is_some_and(in_files)
    }
}

impl PathFilter for Filters {
    fn excludes_folder(&mut self, path: &str) -> bool {
        self.regexes.excluding_folder(path).is_some() || self.lines_exclude(path, true)
    }

    fn excludes_file(&mut self, path: &str) -> bool {
        let is_included = || self.regexes.including_file(path).is_some();
        let by_regex = self.regexes.excluding_file(path).is_some() && !is_included();
        by_regex || self.lines_exclude(path, false)
    }

    fn may_wait(&self) -> bool {
        self.ignore_files.is_some()
    }

    fn unjudged(&mut self, path: &str) -> Option<String> {
        self.ignore_files.as_mut()?.trouble(path)
    }

    fn take_notice(&mut self) -> Option<String> {
        let bad = self.ignore_files.as_mut()?.take_bad_line()?;
        let file = bad.file.unwrap_or_default();
        let (text, file) = (Hexed(&bad.text), file.to_string_lossy());
        Some(format!("the line '{text}' of {} is no pattern and says nothing", Hexed(&file)))
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = if self.is_excluded { "is left out" } else { "takes part" };
        write!(f, "{} {state}: ", Hexed(&self.path))?;
        let Some(rule) = &self.rule else { return f.write_str("no rule matches it") };
        match &self.folder {
            Some(folder) => write!(f, "the folder {} ", Hexed(folder))?,
            None => f.write_str("it ")?,
        }
        write!(f, "{rule}")
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ExcludeFolder(it) => write!(f, "matches the expression for folders '{it}'"),
            Self::IncludeFile(it) => write!(f, "matches the expression to include '{it}'"),
            Self::ExcludeFile(it) => write!(f, "matches the expression to exclude '{it}'"),
            Self::Line(Line { text, file: None }) => write!(f, "matches the line '{text}'"),
            Self::Line(Line { text, file: Some(file) }) => {
                write!(f, "matches the line '{text}' of {}", Hexed(&file.to_string_lossy()))
            }
            Self::Unreadable(file) => {
                write!(f, "cannot be judged without {}", Hexed(&file.to_string_lossy()))
            }
        }
    }
}
