//! The files a path and options select, row by row (behaviour k.1).

use b2_proto::model::{FileVersion, ListEntry};
use b2_tokio::{Bucket, Listing};

use super::pattern::{Filters, Pattern};
use crate::args::Selection;
use crate::failure::Failure;

/// Rows a call asks for.
const PAGE_LEN: u32 = 10_000;

/// What a listing shows.
pub(crate) enum Row {
    File(Box<FileVersion>),
    /// Its full name, with a slash at the end.
    Folder(String),
}

/// A listing under way.
pub(crate) struct Files {
    rows: Listing<ListEntry>,
    scope: Scope,
    filters: Filters,
    /// The folder whose row was given last.
    folder: Option<String>,
}

enum Scope {
    /// Versions of exactly this name; only visible ones when `is_latest`.
    Exact { name: String, first: Option<ListEntry>, is_latest: bool },
    /// Everything with the listing's prefix that matches; folders in place of what is in them
    /// when `groups_from` tells where the names within begin.
    Tree { pattern: Option<Pattern>, groups_from: Option<usize> },
}

impl Files {
    /// Begins the listing of `path` in `bucket`.
    pub(crate) async fn open(
        bucket: &Bucket,
        path: &str,
        selection: &Selection,
    ) -> Result<Self, Failure> {
        if selection.with_wildcard && !selection.recursive {
            return Err(Failure::message(
                "with_wildcard requires recursive to be turned on as well",
            ));
        }
        let filters = selection.filters.clone();
        if !path.is_empty() && !path.ends_with('/') && !selection.with_wildcard {
            let page_len = if selection.versions { PAGE_LEN } else { 1 };
            let options = bucket.versions().start_at(path).prefix(path).page_len(page_len);
            let mut rows = bucket.list_versions(options);
            let first = rows.try_next().await?;
            if first.as_ref().is_some_and(|row| row.name() == path) {
                let scope =
                    Scope::Exact { name: path.to_owned(), first, is_latest: !selection.versions };
                return Ok(Self { rows, scope, filters, folder: None });
            }
        }
        let prefix = if selection.with_wildcard {
            wildcard_prefix(path)
        } else if path.is_empty() || path.ends_with('/') {
            path.to_owned()
        } else {
            format!("{path}/")
        };
        let pattern = selection.with_wildcard.then(|| Pattern::new(path));
        let groups_from = (!selection.recursive).then_some(prefix.len());
        // The service groups by folders itself, which saves reading what is in them; filters are
        // about the files within, so then they must be read.
        let delimits = !selection.recursive && filters.is_empty();
        let rows = if selection.versions {
            let options = bucket.versions().prefix(prefix).page_len(PAGE_LEN);
            bucket.list_versions(if delimits { options.delimiter("/") } else { options })
        } else {
            let options = bucket.names().prefix(prefix).page_len(PAGE_LEN);
            bucket.list_names(if delimits { options.delimiter("/") } else { options })
        };
        Ok(Self { rows, scope: Scope::Tree { pattern, groups_from }, filters, folder: None })
    }

    /// The next row.
    pub(crate) async fn next(&mut self) -> Result<Option<Row>, Failure> {
        loop {
            let entry = match &mut self.scope {
                Scope::Exact { first, .. } if first.is_some() => first.take(),
                Scope::Exact { is_latest: true, .. } => None,
                Scope::Exact { .. } | Scope::Tree { .. } => self.rows.try_next().await?,
            };
            let Some(entry) = entry else { return Ok(None) };
            match &self.scope {
                Scope::Exact { name, .. } if entry.name() != name => return Ok(None),
                Scope::Exact { is_latest: true, .. } if !is_visible(&entry) => return Ok(None),
                Scope::Exact { .. } => {}
                Scope::Tree { pattern, groups_from } => {
                    let name = entry.name();
                    let matches = pattern.as_ref().is_none_or(|pattern| pattern.matches(name));
                    if !matches || !self.filters.accept(name) {
                        continue;
                    }
                    if let Some(folder) = groups_from.and_then(|from| folder_in(name, from)) {
                        if self.folder.as_deref() == Some(folder) {
                            continue;
                        }
                        let folder = folder.to_owned();
                        self.folder = Some(folder.clone());
                        return Ok(Some(Row::Folder(folder)));
                    }
                    self.folder = None;
                }
            }
            return Ok(Some(match entry {
                ListEntry::File(file) => Row::File(Box::new(file)),
                ListEntry::Folder(folder) => Row::Folder(folder.name),
            }));
        }
    }
}

fn is_visible(entry: &ListEntry) -> bool {
    entry.file().is_some_and(FileVersion::is_finished)
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
