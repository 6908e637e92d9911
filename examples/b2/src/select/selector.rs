//! What a path and options select, decided entry by entry without asking the service itself
//! (behaviour k.1).

use b2_proto::model::{BucketId, FileVersion, ListEntry};
use b2_proto::op::{ListFileNames, ListFileVersions};

use super::pattern::Pattern;
use crate::args::Selection;
use crate::failure::Failure;

/// What a listing shows.
pub(crate) enum Row {
    File(Box<FileVersion>),
    Folder {
        /// Its full name, with a slash at the end.
        name: String,
        /// The first version in it that is selected; `None` when only the service has seen it.
        first: Option<Box<FileVersion>>,
    },
}

/// What to list.
pub(super) enum Query {
    Names(ListFileNames),
    Versions(ListFileVersions),
}

/// What came of an entry.
pub(super) enum Turn {
    Row(Row),
    /// Nothing yet, or nothing any more.
    Next,
    /// What comes next is in the answer to another query.
    Restart,
}

/// Makes rows out of the entries of a listing.
pub(super) struct Selector {
    bucket: BucketId,
    path: String,
    selection: Selection,
    page_len: Option<u32>,
    stage: Stage,
}

enum Stage {
    /// Versions of exactly the path, unless there are none.
    Exact {
        is_first: bool,
    },
    /// What is in a folder or matches a pattern.
    Tree(Tree),
    Over,
}

struct Tree {
    prefix: String,
    pattern: Option<Pattern>,
    /// The folder whose row was given last.
    folder: Option<String>,
}

impl Selector {
    /// The selection of `path`, in pages of so many entries; the service decides without a number.
    pub(super) fn new(
        bucket: impl Into<BucketId>,
        path: &str,
        selection: &Selection,
        page_len: Option<u32>,
    ) -> Result<Self, Failure> {
        if selection.with_wildcard && !selection.recursive {
            return Err(Failure::message(
                "with_wildcard requires recursive to be turned on as well",
            ));
        }
        let may_be_file = !path.is_empty() && !path.ends_with('/') && !selection.with_wildcard;
        if may_be_file && selection.versions && page_len == Some(0) {
            return Err(Failure::message("unsupported fetch_count value"));
        }
        let stage = if may_be_file {
            Stage::Exact { is_first: true }
        } else {
            Stage::Tree(Tree::new(path, selection))
        };
        let (bucket, path, selection) = (bucket.into(), path.to_owned(), selection.clone());
        Ok(Self { bucket, path, selection, page_len, stage })
    }

    /// The listing whose entries [`take`](Self::take) is to be given, from its beginning.
    pub(super) fn query(&self) -> Query {
        match &self.stage {
            Stage::Exact { .. } | Stage::Over => {
                let needs_all = self.selection.versions || self.selection.as_of_ms.is_some();
                let page_len = if needs_all { self.page_len } else { Some(1) };
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
                self.all(&tree.prefix, self.page_len, delimits)
            }
        }
    }

    /// The listing that begins with the first version in a folder without a
    /// [`first`](Row::Folder::first).
    pub(super) fn query_first_in(&self, folder: &str) -> Query {
        self.all(folder, Some(1), false)
    }

    /// Whether there are no more rows, whatever the listing goes on with.
    pub(super) const fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Over)
    }

    /// Decides on the next entry of the listing; `None` at its end.
    pub(super) fn take(&mut self, entry: Option<ListEntry>) -> Turn {
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
mod fake;
#[cfg(test)]
mod tests;
