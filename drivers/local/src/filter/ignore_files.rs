//! Files in the folder itself that say what takes no part.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::lines::{Line, add, build, excludes};
use crate::safe_name::{Platform, check};

/// The usual name of a file with lines.
pub const IGNORE_FILE: &str = ".b2ignore";

/// Bytes of one such file that are read at most; a longer one counts as unreadable.
const LEN_MAX: u64 = 1_000_000;
/// Bad lines that are kept until somebody asks for them, at most.
const BAD_LINES_MAX: usize = 100;

/// Files with lines as in a `.gitignore`, each for the folder it is in and all below. Those of an
/// inner folder go before those of an outer one.
///
/// They are read when a path below them is asked for, and only those on the way to it are kept;
/// nothing is read for a path that cannot be one of a file in the folder. A
/// folder whose file cannot be read is left out, and what is in it is unknown, because nobody knows
/// what of it should take part.
#[derive(Clone, Debug)]
pub struct IgnoreFiles {
    root: PathBuf,
    file_name: String,
    /// Folders on the way to the last path, the root first.
    open: Vec<Rules>,
    bad_lines: VecDeque<Line>,
}

/// The lines of one folder.
#[derive(Clone, Debug)]
struct Rules {
    /// The folder with a slash at the end; empty for the root.
    folder: String,
    matcher: Gitignore,
    /// The file, if it cannot be read, and why.
    unreadable: Option<(PathBuf, String)>,
}

impl IgnoreFiles {
    /// Files of this name in `root` and the folders below it.
    pub fn new(root: impl Into<PathBuf>, file_name: impl Into<String>) -> Self {
        Self {
            root: root.into(),
            file_name: file_name.into(),
            open: Vec::new(),
            bad_lines: VecDeque::new(),
        }
    }

    /// A line that is no pattern and was passed over, as git does; each comes once, and no more
    /// than a hundred wait.
    pub fn take_bad_line(&mut self) -> Option<Line> {
        self.bad_lines.pop_front()
    }

    /// The file on the way to a path that cannot be read.
    pub(super) fn unreadable(&mut self, path: &str) -> Option<&Path> {
        self.go_to(path);
        self.open.iter().find_map(|rules| rules.unreadable.as_ref()).map(|(file, _)| file.as_path())
    }

    /// The same in words.
    pub(super) fn trouble(&mut self, path: &str) -> Option<String> {
        self.go_to(path);
        let (file, why) = self.open.iter().find_map(|rules| rules.unreadable.as_ref())?;
        Some(format!("{}: {why}", file.display()))
    }

    pub(super) fn excludes(&mut self, path: &str, is_folder: bool) -> Option<bool> {
        self.go_to(path);
        let mut inner_first = self.open.iter().rev();
        inner_first.find_map(|it| excludes(&it.matcher, path, is_folder)).map(|(is, _)| is)
    }

    pub(super) fn find(&mut self, path: &str, is_folder: bool) -> Option<(bool, Line)> {
        self.go_to(path);
        let mut inner_first = self.open.iter().rev();
        let found = inner_first.find_map(|it| excludes(&it.matcher, path, is_folder));
        found.map(|(is, glob)| (is, Line::of(glob)))
    }

    /// Opens the folders a path is in.
    fn go_to(&mut self, path: &str) {
        while self.open.last().is_some_and(|rules| !path.starts_with(&rules.folder)) {
            self.open.pop();
        }
        if self.open.is_empty() {
            let rules = self.read("");
            self.open.push(rules);
        }
        let known = self.open.last().map_or(0, |rules| rules.folder.len());
        for (at, _) in path.match_indices('/').filter(|(at, _)| *at >= known) {
            if check(Platform::HERE, path.get(..at).unwrap_or_default()).is_err() {
                // A name of a bucket that leads elsewhere, or nowhere.
                return;
            }
            let rules = self.read(path.get(..=at).unwrap_or_default());
            self.open.push(rules);
        }
    }

    fn read(&mut self, folder: &str) -> Rules {
        let file = self.root.join(folder).join(&self.file_name);
        let mut rules =
            Rules { folder: folder.to_owned(), matcher: Gitignore::empty(), unreadable: None };
        let text = match read(&file) {
            Ok(Some(text)) => text,
            Ok(None) => return rules,
            Err(error) => {
                rules.unreadable = Some((file, error.to_string()));
                return rules;
            }
        };
        let mut builder = GitignoreBuilder::new(folder);
        // Some editors begin a file with a mark, which belongs to no line.
        for line in text.strip_prefix('\u{feff}').unwrap_or(&text).lines() {
            if let Err(bad) = add(&mut builder, Some(file.clone()), line)
                && self.bad_lines.len() < BAD_LINES_MAX
            {
                self.bad_lines.push_back(Line { text: bad.text, file: Some(file.clone()) });
            }
        }
        match build(&builder) {
            Ok(matcher) => rules.matcher = matcher,
            Err(error) => rules.unreadable = Some((file, error.to_string())),
        }
        rules
    }
}

/// The text of a file, or nothing when there is none.
fn read(path: &Path) -> io::Result<Option<String>> {
    let is_link = match fs::symlink_metadata(path) {
        Ok(it) => it.is_symlink(),
        Err(error) if is_none(&error) => return Ok(None),
        Err(error) => return Err(error),
    };
    match fs::metadata(path) {
        Ok(it) if it.is_file() => {}
        // Opening a pipe would wait for somebody to write to it.
        Ok(_) => return Err(io::Error::other("it is no file")),
        // Its rules are elsewhere, on a disk that is not mounted perhaps.
        Err(error) if is_link && is_none(&error) => {
            return Err(io::Error::other("it is a symbolic link that leads nowhere"));
        }
        Err(error) => return Err(error),
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(LEN_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LEN_MAX {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

/// Whether there cannot be such a file: names of a bucket may be longer than those of files.
fn is_none(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidFilename, NotADirectory, NotFound};
    matches!(error.kind(), InvalidFilename | NotADirectory | NotFound)
}
