//! The files a path and options select, read from the service as they are asked for.

use b2_proto::model::{FileVersion, ListEntry};
use b2_tokio::{Bucket, Listing};

use super::moment::Sight;
pub(crate) use super::selector::Row;
use super::selector::{Query, Selector, Turn};
use crate::args::Selection;
use crate::failure::Failure;

/// Rows a call asks for.
const PAGE_LEN: u32 = 10_000;

/// A listing under way.
pub(crate) struct Files<'a> {
    bucket: &'a Bucket,
    selector: Selector,
    sight: Sight,
    as_of_ms: Option<u64>,
    entries: Listing<ListEntry>,
}

impl<'a> Files<'a> {
    /// The listing of `path` in `bucket`; nothing is asked for yet.
    pub(crate) fn new(
        bucket: &'a Bucket,
        path: &str,
        selection: &Selection,
    ) -> Result<Self, Failure> {
        let selector = Selector::new(bucket.id(), path, selection, Some(PAGE_LEN))?;
        let entries = list(bucket, selector.query());
        let as_of_ms = selection.as_of_ms;
        Ok(Self { bucket, selector, sight: Sight::new(as_of_ms), as_of_ms, entries })
    }

    /// The next row.
    pub(crate) async fn next(&mut self) -> Result<Option<Row>, Failure> {
        while !self.selector.is_over() {
            let entry = self.entries.try_next().await?;
            if entry.as_ref().is_some_and(|entry| !self.sight.sees(entry)) {
                continue;
            }
            match self.selector.take(entry) {
                Turn::Row(row) => return Ok(Some(row)),
                Turn::Next => {}
                Turn::Restart => {
                    self.sight = Sight::new(self.as_of_ms);
                    self.entries = list(self.bucket, self.selector.query());
                }
            }
        }
        Ok(None)
    }

    /// The version that stands for a folder's row: the first in it that is selected.
    pub(crate) async fn first_in(
        &self,
        folder: &str,
        first: Option<Box<FileVersion>>,
    ) -> Result<Option<FileVersion>, Failure> {
        if let Some(first) = first {
            return Ok(Some(*first));
        }
        let mut entries = list(self.bucket, self.selector.query_first_in(folder));
        Ok(entries.try_next().await?.and_then(ListEntry::into_file))
    }
}

fn list(bucket: &Bucket, query: Query) -> Listing<ListEntry> {
    match query {
        Query::Names(options) => bucket.list_names(options),
        Query::Versions(options) => bucket.list_versions(options),
    }
}
