//! What a path and options select, decided entry by entry without asking the service itself
//! (behaviour k.1).

use super::Selection;
use super::pattern::Pattern;
use crate::error::Error;
use crate::model::{BucketId, FileVersion, ListEntry};
use crate::op::{ListFileNames, ListFileVersions};
use crate::plan::moment::Moment;
use alloc::borrow::ToOwned as _;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;

/// What a listing shows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Row {
    /// A version of a file.
    File(Box<FileVersion>),
    /// Files that are in a folder.
    Folder {
        /// Its full name, with a slash at the end.
        name: String,
        /// The first version in it that is selected; `None` when only the service has seen it. It
        /// is the first row of the recursive selection of the folder.
        first: Option<Box<FileVersion>>,
    },
}

/// What to list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Query {
    /// The newest versions.
    Names(ListFileNames),
    /// All versions.
    Versions(ListFileVersions),
}

/// What came of an entry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Turn {
    /// A row.
    Row(Row),
    /// Nothing yet, or nothing any more.
    Next,
    /// What comes next is in the answer to another [`query`](Selector::query).
    Restart,
}

/// Makes rows out of the entries of a listing. Of what it has seen it keeps one name.
#[derive(Debug)]
pub struct Selector {
    bucket: BucketId,
    path: String,
    selection: Selection,
    /// What was visible, of a listing from its beginning on.
    moment: Option<Moment>,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    /// Versions of exactly the path, unless there are none.
    Exact {
        is_first: bool,
    },
    /// What is in a folder or matches a pattern.
    Tree(Tree),
    Over,
}

#[derive(Debug)]
struct Tree {
    prefix: String,
    pattern: Option<Pattern>,
    /// The folder whose row was given last.
    folder: Option<String>,
}

impl Selector {
    /// What `path` and the options select in a bucket.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::error::ErrorKind::InvalidInput) for options that do not go together.
    pub fn new(
        bucket: impl Into<BucketId>,
        path: impl Into<String>,
        selection: Selection,
    ) -> Result<Self, Error> {
        let path = path.into();
        if selection.with_wildcard && !selection.recursive {
            return Err(Error::invalid("with_wildcard requires recursive to be turned on as well"));
        }
        let may_be_file = !path.is_empty() && !path.ends_with('/') && !selection.with_wildcard;
        if may_be_file && selection.versions && selection.page_len == Some(0) {
            return Err(Error::invalid("unsupported fetch_count value"));
        }
        let stage = if may_be_file {
            Stage::Exact { is_first: true }
        } else {
            Stage::Tree(Tree::new(&path, &selection))
        };
        let moment = selection.as_of_ms.map(Moment::new);
        Ok(Self { bucket: bucket.into(), path, selection, moment, stage })
    }

    /// The listing whose entries [`take`](Self::take) is to be given, from its beginning.
    pub fn query(&self) -> Query {
        match &self.stage {
            Stage::Exact { .. } | Stage::Over => {
                let needs_all = self.selection.versions || self.selection.as_of_ms.is_some();
                let page_len = if needs_all { self.selection.page_len } else { Some(1) };
                let versions = self.versions(&self.path, page_len);
                Query::Versions(versions.start_at(self.path.as_str()))
            }
            Stage::Tree(tree) => {
                // The service groups by folders itself, which saves reading what is in them;
                // filters are about the files within, so then they must be read.
                // What was in them at some moment must be read as well.
                let is_now = self.selection.as_of_ms.is_none();
                let delimits =
                    !self.selection.recursive && self.selection.filters.is_empty() && is_now;
                self.all(&tree.prefix, self.selection.page_len, delimits)
            }
        }
    }

    /// Whether there are no more rows, whatever the listing goes on with.
    pub const fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Over)
    }

    /// Decides on the next entry of the listing; `None` at its end.
    pub fn take(&mut self, entry: Option<ListEntry>) -> Turn {
        if let (Some(moment), Some(ListEntry::File(version))) = (&mut self.moment, &entry)
            && !moment.sees(version)
        {
            return Turn::Next;
        }
        match &mut self.stage {
            Stage::Exact { is_first } => {
                let was_first = core::mem::replace(is_first, false);
                let file = entry.and_then(ListEntry::into_file);
                self.take_exact(was_first, file.filter(|file| file.file_name == self.path))
            }
            Stage::Tree(tree) => {
                let entry = entry.filter(|entry| entry.name().starts_with(&tree.prefix));
                if let Some(entry) = entry {
                    return tree.take(entry, &self.selection);
                }
                self.stage = Stage::Over;
                Turn::Next
            }
            Stage::Over => Turn::Next,
        }
    }

    fn take_exact(&mut self, is_first: bool, file: Option<FileVersion>) -> Turn {
        let is_latest = !self.selection.versions;
        if is_first && file.is_none() {
            self.stage = Stage::Tree(Tree::new(&self.path, &self.selection));
            self.moment = self.selection.as_of_ms.map(Moment::new);
            return Turn::Restart;
        }
        if is_latest || file.is_none() {
            self.stage = Stage::Over;
        }
        match file {
            Some(file) if !is_latest || file.is_finished() => Turn::Row(Row::File(Box::new(file))),
            Some(_) | None => Turn::Next,
        }
    }

    fn all(&self, prefix: &str, page_len: Option<u32>, delimits: bool) -> Query {
        let delimiter = delimits.then(|| "/".to_owned());
        if self.selection.versions || self.selection.as_of_ms.is_some() {
            let mut options = self.versions(prefix, page_len);
            options.delimiter = delimiter;
            Query::Versions(options)
        } else {
            let mut options = ListFileNames::new(self.bucket.clone()).prefix(prefix);
            options.max_file_count = page_len;
            options.delimiter = delimiter;
            Query::Names(options)
        }
    }

    fn versions(&self, prefix: &str, page_len: Option<u32>) -> ListFileVersions {
        let mut options = ListFileVersions::new(self.bucket.clone()).prefix(prefix);
        options.max_file_count = page_len;
        options
    }
}

impl Tree {
    fn new(path: &str, selection: &Selection) -> Self {
        let prefix = if selection.with_wildcard {
            wildcard_prefix(path)
        } else if path.is_empty() || path.ends_with('/') {
            path.to_owned()
        } else {
            format!("{path}/")
        };
        let pattern = selection.with_wildcard.then(|| Pattern::new(path));
        Self { prefix, pattern, folder: None }
    }

    fn take(&mut self, entry: ListEntry, selection: &Selection) -> Turn {
        let name = entry.name();
        let matches = self.pattern.as_ref().is_none_or(|pattern| pattern.matches(name));
        if !matches || !selection.filters.accept(name) {
            return Turn::Next;
        }
        let folder = match &entry {
            ListEntry::File(_) if selection.recursive => None,
            ListEntry::File(_) => folder_in(name, self.prefix.len()).map(str::to_owned),
            ListEntry::Folder(folder) => Some(folder.name.clone()),
        };
        if folder.is_some() && folder == self.folder {
            return Turn::Next;
        }
        self.folder.clone_from(&folder);
        let file = entry.into_file().map(Box::new);
        match (folder, file) {
            (Some(name), first) => Turn::Row(Row::Folder { name, first }),
            (None, Some(file)) => Turn::Row(Row::File(file)),
            (None, None) => Turn::Next,
        }
    }
}

/// The name up to and with the first slash behind `from` bytes.
fn folder_in(name: &str, from: usize) -> Option<&str> {
    let slash = name.get(from..)?.find('/')?;
    name.get(..=from + slash)
}

/// What all names that match a pattern begin with, up to a folder.
fn wildcard_prefix(path: &str) -> String {
    let Some(first) = path.find(['*', '?', '[']) else { return path.to_owned() };
    let fixed = path.get(..first).unwrap_or_default();
    let folder = fixed.rfind('/').and_then(|slash| fixed.get(..=slash));
    folder.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_what_lies_before_the_next_slash() {
        assert_eq!(folder_in("b/1/x", 0), Some("b/"));
        assert_eq!(folder_in("b/1/x", 2), Some("b/1/"));
        assert_eq!(folder_in("b/1/x", 4), None);
    }

    #[test]
    fn patterns_begin_in_a_folder() {
        assert_eq!(wildcard_prefix("b/*.txt"), "b/");
        assert_eq!(wildcard_prefix("a/b/c?/d*"), "a/b/");
        assert_eq!(wildcard_prefix("*.txt"), "");
        assert_eq!(wildcard_prefix("plain/name"), "plain/name");
    }
}
