//! A bucket as it was at a moment.

use b2_proto::model::{FileVersion, ListEntry};
use b2_proto::plan::moment::Moment;
use b2_tokio::Bucket;

use crate::args::Selection;
use crate::failure::Failure;
use crate::select::listing::{Files, Row};

/// Lets through what the names of a bucket were, out of a listing of versions.
pub(super) struct Sight(Option<Moment>);

impl Sight {
    /// A listing from its beginning; all of it where no moment is given.
    pub(super) fn new(as_of_ms: Option<u64>) -> Self {
        Self(as_of_ms.map(Moment::new))
    }

    /// Whether an entry is to be seen.
    pub(super) fn sees(&mut self, entry: &ListEntry) -> bool {
        match (&mut self.0, entry) {
            (Some(moment), ListEntry::File(version)) => moment.sees(version),
            (None, _) | (_, ListEntry::Folder(_)) => true,
        }
    }
}

/// The version of a name that was visible then.
pub(crate) async fn visible(
    bucket: &Bucket,
    name: &str,
    ms: u64,
) -> Result<Option<FileVersion>, Failure> {
    let selection = Selection { as_of_ms: Some(ms), recursive: true, ..Selection::default() };
    let mut files = Files::new(bucket, name, &selection)?;
    Ok(match files.next().await? {
        Some(Row::File(file)) if file.file_name == name => Some(*file),
        Some(Row::File(_) | Row::Folder { .. }) | None => None,
    })
}
