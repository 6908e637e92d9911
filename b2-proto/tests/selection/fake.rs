//! A bucket that answers listings as the conformance vectors describe.

use b2_proto::model::{FileAction, FileVersion, Folder, ListEntry};
use b2_proto::op::list_file_names::FileNamesPage;
use b2_proto::op::list_file_versions::FileVersionsPage;
use b2_proto::op::{ListFileNames, ListFileVersions, Operation as _, Paged as _};

use b2_proto::plan::selection::Query;

pub(crate) const BUCKET: &str = "bucket";
const ACCOUNT: &str = "account";

/// Entries of a page when a call does not say.
const PAGE_LEN: usize = 100;

/// Versions in listing order.
pub(crate) struct Service {
    versions: Vec<FileVersion>,
}

/// A listing under way, read one entry at a time.
pub(crate) struct Entries<'a> {
    service: &'a Service,
    rows: std::vec::IntoIter<ListEntry>,
    next: Option<Query>,
}

impl Service {
    /// A bucket of these names, file IDs and kinds.
    pub(crate) fn new(bucket: &[(String, String, String)]) -> Self {
        let version = |(name, id, kind): &(String, String, String)| {
            let action = match kind.as_str() {
                "u" => FileAction::Upload,
                "h" => FileAction::Hide,
                "s" => FileAction::Start,
                kind => panic!("{name} is of the unknown kind {kind}"),
            };
            FileVersion::new(ACCOUNT, BUCKET, id.as_str(), name.as_str(), action)
        };
        assert!(bucket.is_sorted_by_key(|(name, ..)| name), "not in listing order");
        Self { versions: bucket.iter().map(version).collect() }
    }

    pub(crate) fn list(&self, query: Query) -> Entries<'_> {
        Entries { service: self, rows: Vec::new().into_iter(), next: Some(query) }
    }

    fn names(&self, asked: &ListFileNames) -> FileNamesPage {
        asked.check().expect("a request the service takes");
        let newest = self.versions.chunk_by(|a, b| a.file_name == b.file_name);
        let shown = newest.filter_map(<[_]>::first).filter(|file| file.is_finished());
        let start = asked.start_file_name.as_deref().unwrap_or_default();
        let files = shown.filter(|file| file.file_name.as_str() >= start);
        let (prefix, delimiter) = (asked.prefix.as_deref(), asked.delimiter.as_deref());
        let (rows, next) = page(files, prefix, delimiter, asked.max_file_count);
        FileNamesPage::new(rows, next.map(|file| file.file_name.clone()))
    }

    fn versions(&self, asked: &ListFileVersions) -> FileVersionsPage {
        asked.check().expect("a request the service takes");
        let start = asked.start_file_name.as_deref().unwrap_or_default();
        let id = asked.start_file_id.as_ref();
        let is_start = |file: &&FileVersion| {
            file.file_name.as_str() > start
                || file.file_name == start && id.is_none_or(|id| file.file_id == *id)
        };
        let files = self.versions.iter().skip_while(|file| !is_start(file));
        let (prefix, delimiter) = (asked.prefix.as_deref(), asked.delimiter.as_deref());
        let (rows, next) = page(files, prefix, delimiter, asked.max_file_count);
        let (name, id) = next.map(|file| (file.file_name.clone(), file.file_id.clone())).unzip();
        FileVersionsPage::new(rows, name, id)
    }
}

/// The entries of a page, and the version the first one behind it begins with.
fn page<'a>(
    files: impl Iterator<Item = &'a FileVersion>,
    prefix: Option<&str>,
    delimiter: Option<&str>,
    max: Option<u32>,
) -> (Vec<ListEntry>, Option<&'a FileVersion>) {
    assert!(matches!(delimiter, None | Some("/")), "{delimiter:?}");
    let prefix = prefix.unwrap_or_default();
    let max = max.filter(|max| *max > 0);
    let max = max.map_or(PAGE_LEN, |max| usize::try_from(max).expect("fits"));
    let mut rows: Vec<ListEntry> = Vec::new();
    for file in files.filter(|file| file.file_name.starts_with(prefix)) {
        let folder = delimiter.and_then(|_| folder_in(&file.file_name, prefix.len()));
        if folder.is_some() && rows.last().map(ListEntry::name) == folder {
            continue;
        }
        if rows.len() == max {
            return (rows, Some(file));
        }
        rows.push(match folder {
            Some(folder) => ListEntry::Folder(Folder::new(ACCOUNT, BUCKET, folder)),
            None => ListEntry::File(file.clone()),
        });
    }
    (rows, None)
}

impl Iterator for Entries<'_> {
    type Item = ListEntry;

    fn next(&mut self) -> Option<ListEntry> {
        loop {
            if let Some(entry) = self.rows.next() {
                return Some(entry);
            }
            let (rows, next) = match self.next.take()? {
                Query::Names(asked) => {
                    let (rows, next) = asked.split(self.service.names(&asked));
                    (rows, next.map(Query::Names))
                }
                Query::Versions(asked) => {
                    let (rows, next) = asked.split(self.service.versions(&asked));
                    (rows, next.map(Query::Versions))
                }
            };
            self.rows = rows.into_iter();
            self.next = next;
        }
    }
}

/// The name up to and with the first slash behind `from` bytes.
fn folder_in(name: &str, from: usize) -> Option<&str> {
    let slash = name.get(from..)?.find('/')?;
    name.get(..=from + slash)
}
