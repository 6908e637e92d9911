//! The reference's filters: regular expressions for folders and files (behaviour f.4).

use core::fmt;

use regex_automata::meta::Regex;
use regex_automata::{Anchored, Input};

/// Expressions for folders to leave out and files to leave out or take after all.
///
/// Each is matched at the start of the path and need not reach its end: `photos` leaves
/// `photos/…` and `photos2/…` out, `photos$` only the former. A file that matches an expression to
/// include takes part even if one to exclude matches too.
#[derive(Clone, Debug, Default)]
pub struct Regexes {
    folders: Set,
    excluded: Set,
    included: Set,
}

/// Puts [`Regexes`] together.
#[derive(Clone, Debug, Default)]
pub struct RegexesBuilder {
    folders: Vec<String>,
    excluded: Vec<String>,
    included: Vec<String>,
}

/// Why regular expressions are refused.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum RegexError {
    /// Files to include, but none to exclude: everything takes part anyway.
    IncludeWithoutExclude,
    /// Something that is no regular expression here: look-around and back references are not.
    Syntax {
        /// The option it was given for, as the reference names it.
        option: &'static str,
        /// The expression.
        pattern: String,
        /// What is wrong with it.
        why: String,
    },
}

impl Regexes {
    /// No expressions yet.
    pub fn builder() -> RegexesBuilder {
        RegexesBuilder::default()
    }

    pub(super) fn excluding_folder(&self, path: &str) -> Option<&str> {
        self.folders.find(path)
    }

    pub(super) fn excluding_file(&self, path: &str) -> Option<&str> {
        self.excluded.find(path)
    }

    pub(super) fn including_file(&self, path: &str) -> Option<&str> {
        self.included.find(path)
    }
}

impl RegexesBuilder {
    /// Leaves folders out.
    #[must_use]
    pub fn exclude_folders<T: Into<String>>(mut self, all: impl IntoIterator<Item = T>) -> Self {
        self.folders.extend(all.into_iter().map(Into::into));
        self
    }

    /// Leaves files out.
    #[must_use]
    pub fn exclude_files<T: Into<String>>(mut self, all: impl IntoIterator<Item = T>) -> Self {
        self.excluded.extend(all.into_iter().map(Into::into));
        self
    }

    /// Takes files after all.
    #[must_use]
    pub fn include_files<T: Into<String>>(mut self, all: impl IntoIterator<Item = T>) -> Self {
        self.included.extend(all.into_iter().map(Into::into));
        self
    }

    /// Compiles them.
    ///
    /// # Errors
    /// Expressions that cannot be compiled, or that make no sense together.
    pub fn build(self) -> Result<Regexes, RegexError> {
        if !self.included.is_empty() && self.excluded.is_empty() {
            return Err(RegexError::IncludeWithoutExclude);
        }
        Ok(Regexes {
            folders: Set::new("exclude_dir_regexes", self.folders)?,
            excluded: Set::new("exclude_file_regexes", self.excluded)?,
            included: Set::new("include_file_regexes", self.included)?,
        })
    }
}

/// Several expressions, searched at once.
#[derive(Clone, Debug, Default)]
struct Set {
    regex: Option<Regex>,
    patterns: Vec<String>,
}

impl Set {
    fn new(option: &'static str, patterns: Vec<String>) -> Result<Self, RegexError> {
        if patterns.is_empty() {
            return Ok(Self::default());
        }
        let regex = Regex::new_many(&patterns).map_err(|error| {
            let bad = error.pattern().and_then(|id| patterns.get(id.as_usize()));
            let why = error.syntax_error().map_or_else(|| error.to_string(), ToString::to_string);
            RegexError::Syntax { option, pattern: bad.cloned().unwrap_or_default(), why }
        })?;
        Ok(Self { regex: Some(regex), patterns })
    }

    /// The expression that matches at the start of `path`.
    fn find(&self, path: &str) -> Option<&str> {
        let input = Input::new(path).anchored(Anchored::Yes).earliest(true);
        let found = self.regex.as_ref()?.search_half(&input)?;
        self.patterns.get(found.pattern().as_usize()).map(String::as_str)
    }
}

impl fmt::Display for RegexError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::IncludeWithoutExclude => f.write_str(
                "include_file_regexes cannot be used without exclude_file_regexes at the same time",
            ),
            Self::Syntax { option, pattern, why } => {
                write!(f, "{option} has '{pattern}', which is no regular expression here: {why}")
            }
        }
    }
}

impl core::error::Error for RegexError {}
