//! Lines as in a `.gitignore`.

use core::fmt;
use std::path::{Path, PathBuf};

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder, Glob};

/// Lines as in a `.gitignore`, for a whole folder; the last one that matches decides.
///
/// `*.o` matches at any depth, `/build` only at the top, `cache/` only folders, `a/**/b` across
/// folders, and `!keep.o` takes back what a line before it left out.
#[derive(Clone, Debug)]
pub struct Lines {
    matcher: Gitignore,
}

/// A line that decided.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    /// The line.
    pub text: String,
    /// The file it is in, if it is in one.
    pub file: Option<PathBuf>,
}

/// A line that is no pattern.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LineError {
    /// The line.
    pub text: String,
    /// What is wrong with it.
    pub why: String,
}

impl Lines {
    /// Lines for the whole folder. Empty ones and those that begin with `#` are comments.
    ///
    /// # Errors
    /// The first line that is no pattern.
    pub fn new<T: AsRef<str>>(lines: impl IntoIterator<Item = T>) -> Result<Self, LineError> {
        let mut builder = GitignoreBuilder::new("");
        for line in lines {
            add(&mut builder, None, line.as_ref())?;
        }
        build(&builder).map(|matcher| Self { matcher })
    }

    /// What the lines say of a path: whether it is left out, or nothing.
    pub(super) fn excludes(&self, path: &str, is_folder: bool) -> Option<bool> {
        excludes(&self.matcher, path, is_folder).map(|(is_excluded, _)| is_excluded)
    }

    /// The same, with the line that says so.
    pub(super) fn find(&self, path: &str, is_folder: bool) -> Option<(bool, Line)> {
        excludes(&self.matcher, path, is_folder).map(|(is, glob)| (is, Line::of(glob)))
    }
}

impl Default for Lines {
    fn default() -> Self {
        Self { matcher: Gitignore::empty() }
    }
}

impl Line {
    pub(super) fn of(glob: &Glob) -> Self {
        Self { text: glob.original().to_owned(), file: glob.from().map(Path::to_owned) }
    }
}

/// What lines say of a path, which begins with the folder they are for.
pub(super) fn excludes<'a>(
    matcher: &'a Gitignore,
    path: &str,
    is_folder: bool,
) -> Option<(bool, &'a Glob)> {
    if matcher.is_empty() {
        return None;
    }
    match matcher.matched(path, is_folder) {
        Match::None => None,
        Match::Ignore(glob) => Some((true, glob)),
        Match::Whitelist(glob) => Some((false, glob)),
    }
}

pub(super) fn add(
    builder: &mut GitignoreBuilder,
    file: Option<PathBuf>,
    line: &str,
) -> Result<(), LineError> {
    let error = |error: ignore::Error| LineError { text: line.to_owned(), why: error.to_string() };
    builder.add_line(file, line).map(drop).map_err(error)
}

pub(super) fn build(builder: &GitignoreBuilder) -> Result<Gitignore, LineError> {
    let error = |error: ignore::Error| LineError { text: String::new(), why: error.to_string() };
    builder.build().map_err(error)
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the line '{}' is no pattern: {}", self.text, self.why)
    }
}

impl core::error::Error for LineError {}
