//! Both sides as they come, in the order of their names, and merged.

use std::path::Path;

use b2_local::walk::{Entry, FoundFile, Skipped, Symlinks, Walk};
use b2_proto::model::{FileVersion, ListEntry};
use b2_tokio::{Bucket, Listing};
use tokio::sync::mpsc;

use super::compare::Looks;
use crate::failure::Failure;

/// Files that are found ahead of the merge.
const AHEAD_MAX: usize = 1000;

/// The files of a local folder, found by a thread of their own.
pub(super) struct LocalFeed {
    entries: Option<mpsc::Receiver<Entry>>,
    next: Option<FoundFile>,
    /// Whether there was anything at all.
    pub(super) found_any: bool,
}

impl LocalFeed {
    /// Starts the walk of a folder.
    pub(super) async fn open(folder: &Path, symlinks: Symlinks) -> Result<Self, Failure> {
        let (sender, receiver) = mpsc::channel(AHEAD_MAX);
        let folder = folder.to_owned();
        let opened = tokio::task::spawn_blocking(move || Walk::new(folder, symlinks)).await;
        let walk = opened.map_err(|error| Failure::message(format_args!("no walk: {error}")))??;
        std::thread::spawn(move || {
            for entry in walk {
                // Nobody waits for the rest any more.
                if sender.blocking_send(entry).is_err() {
                    break;
                }
            }
        });
        Ok(Self { entries: Some(receiver), next: None, found_any: false })
    }

    /// A folder that does not exist yet.
    pub(super) const fn empty() -> Self {
        Self { entries: None, next: None, found_any: false }
    }

    /// Fills `next`; what is skipped on the way goes to `skip`.
    async fn fill(&mut self, skip: &mut impl FnMut(&Skipped)) {
        let Some(entries) = &mut self.entries else { return };
        while self.next.is_none() {
            let Some(entry) = entries.recv().await else { return };
            self.found_any = true;
            match entry {
                Entry::File(file) => self.next = Some(file),
                Entry::Skipped(skipped) => skip(&skipped),
            }
        }
    }
}

/// A file in a bucket.
#[derive(Clone, Debug)]
pub(super) struct RemoteFile {
    /// Relative to the place.
    pub(super) name: String,
    pub(super) file_id: String,
    pub(super) looks: Looks,
}

/// The visible files of a place in a bucket.
pub(super) struct RemoteFeed {
    rows: Listing<ListEntry>,
    prefix_len: usize,
    next: Option<RemoteFile>,
}

impl RemoteFeed {
    pub(super) fn new(bucket: &Bucket, prefix: &str) -> Self {
        let rows = bucket.list_names(bucket.names().prefix(prefix).page_len(10_000));
        Self { rows, prefix_len: prefix.len(), next: None }
    }

    async fn fill(&mut self) -> Result<(), Failure> {
        while self.next.is_none() {
            let Some(row) = self.rows.try_next().await? else { return Ok(()) };
            let Some(file) = row.into_file().filter(FileVersion::is_finished) else { continue };
            self.next = self.remote(&file);
        }
        Ok(())
    }

    fn remote(&self, file: &FileVersion) -> Option<RemoteFile> {
        let uploaded_ms = i64::try_from(file.upload_timestamp_ms).unwrap_or(i64::MAX);
        let modified_ms = file.src_last_modified_ms().unwrap_or(uploaded_ms);
        Some(RemoteFile {
            name: file.file_name.get(self.prefix_len..)?.to_owned(),
            file_id: file.file_id.as_str().to_owned(),
            looks: Looks { len: file.content_length, modified_ms },
        })
    }
}

/// A name and where it is.
pub(super) enum Pair {
    Local(FoundFile),
    Remote(RemoteFile),
    Both(FoundFile, RemoteFile),
}

/// The two sides as one sequence of names.
pub(super) struct Merge {
    pub(super) local: LocalFeed,
    pub(super) remote: RemoteFeed,
}

impl Merge {
    /// The next name; what is left out of the folder goes to `skip`.
    pub(super) async fn next(
        &mut self,
        mut skip: impl FnMut(&Skipped),
    ) -> Result<Option<Pair>, Failure> {
        let ((), listed) = tokio::join!(self.local.fill(&mut skip), self.remote.fill());
        listed?;
        let (local, remote) = (&mut self.local.next, &mut self.remote.next);
        let order = match (&*local, &*remote) {
            (Some(local), Some(remote)) => Some(local.name.cmp(&remote.name)),
            (Some(_), None) | (None, Some(_)) | (None, None) => None,
        };
        let is_local_first = order.is_none_or(core::cmp::Ordering::is_le);
        let is_remote_first = order.is_none_or(core::cmp::Ordering::is_ge);
        let local = if is_local_first { local.take() } else { None };
        let remote = if is_remote_first { remote.take() } else { None };
        Ok(match (local, remote) {
            (Some(local), Some(remote)) => Some(Pair::Both(local, remote)),
            (Some(local), None) => Some(Pair::Local(local)),
            (None, Some(remote)) => Some(Pair::Remote(remote)),
            (None, None) => None,
        })
    }
}

/// What is compared of a local file.
pub(super) fn looks(file: &FoundFile) -> Looks {
    let modified_ms = i64::try_from(file.modified_ms).unwrap_or(i64::MAX);
    Looks { len: file.len, modified_ms }
}
