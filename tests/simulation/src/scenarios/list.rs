//! Listings of names, versions and unfinished files, page by page.

use b2_proto::error::Error;
use b2_proto::machine::engine::{AnyOutput, JobId};
use b2_proto::machine::pages::Pages;
use b2_proto::model::{FileVersion, ListEntry};
use b2_proto::op::list_unfinished_large_files::{ListUnfinishedLargeFiles, UnfinishedPage};
use b2_proto::op::{ListFileNames, ListFileVersions};
use b2_proto::rng::Rng;

use crate::checkers::repeats_have_reasons::Needs;
use crate::jobs::{After, Job, Seat};
use crate::service::{BEGIN_MS, Side};

/// A listing of a folder that does not change.
#[derive(Clone, Debug)]
pub(crate) struct ListJob {
    what: What,
    prefix: String,
    page_len: u32,
    /// What it must give, in order: names, and IDs of versions.
    rows: Vec<(String, String)>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum What {
    Names,
    Versions,
    Unfinished,
}

/// Most rows of a listing here.
const ROWS_MAX: usize = 1_000;

impl ListJob {
    /// A listing of files that are put there now.
    pub(crate) fn draw(prefix: String, rng: &mut Rng, side: &Side) -> Self {
        let what =
            [What::Names, What::Versions, What::Unfinished][crate::world::index(rng.below(3))];
        let mut rows = Vec::new();
        for number in 0..rng.below(12) {
            let name = format!("{prefix}{number:02}");
            let mut ids = Vec::new();
            for version in 0..1 + rng.below(3) {
                // One version a second, so that the newest comes first.
                let now_ms = BEGIN_MS + version * 1_000;
                ids.push(match what {
                    What::Unfinished => side.start_large(now_ms, &name),
                    What::Names | What::Versions => side.put(now_ms, &name, b"x"),
                });
            }
            match what {
                What::Names => rows.extend(ids.pop().map(|id| (name, id))),
                What::Versions => rows.extend(ids.into_iter().rev().map(|id| (name.clone(), id))),
                What::Unfinished => rows.extend(ids.into_iter().map(|id| (name.clone(), id))),
            }
        }
        let page_len = u32::try_from(1 + rng.below(10)).unwrap_or(1);
        Self { what, prefix, page_len, rows }
    }
}

impl Job for ListJob {
    fn add(&self, seat: &mut Seat<'_>) -> JobId {
        let (bucket, prefix) = (seat.bucket_id.to_owned(), self.prefix.clone());
        match self.what {
            What::Names => {
                let list = ListFileNames::new(bucket.as_str()).prefix(prefix);
                seat.add(Pages::new(list.page_len(self.page_len), ROWS_MAX))
            }
            What::Versions => {
                let list = ListFileVersions::new(bucket.as_str()).prefix(prefix);
                seat.add(Pages::new(list.page_len(self.page_len), ROWS_MAX))
            }
            What::Unfinished => {
                let list = ListUnfinishedLargeFiles::<String, UnfinishedPage>::new(bucket);
                let list = list.prefix(prefix).page_len(self.page_len);
                seat.add(Pages::new(list, ROWS_MAX))
            }
        }
    }

    fn needs(&self) -> Needs {
        let pages = self.rows.len() as u64 / u64::from(self.page_len) + 2;
        let operation = match self.what {
            What::Names => "b2_list_file_names",
            What::Versions => "b2_list_file_versions",
            What::Unfinished => "b2_list_unfinished_large_files",
        };
        Needs::from([(operation, pages)])
    }

    fn check(&self, outcome: &Result<AnyOutput, Error>, _after: &After<'_>) -> Result<(), String> {
        let Ok(output) = outcome else { return Ok(()) };
        let row = |file: &FileVersion| (file.file_name.clone(), file.file_id.as_str().to_owned());
        let rows: Vec<_> = if self.what == What::Unfinished {
            let files = output.downcast_ref::<Vec<FileVersion>>().expect("unfinished files");
            files.iter().map(row).collect()
        } else {
            let entries = output.downcast_ref::<Vec<ListEntry>>().expect("files");
            entries.iter().filter_map(ListEntry::file).map(row).collect()
        };
        if rows == self.rows { Ok(()) } else { Err(format!("a listing of {rows:?}")) }
    }
}
