//! What a path and options select in a bucket (behaviour k).

use b2_proto::model::FileVersion;
use b2_proto::plan::selection::{Row, Selection};
use b2_tokio::{Bucket, Listing};

use crate::failure::Failure;

/// The rows of `path`; nothing is asked for yet.
pub(crate) fn rows(
    bucket: &Bucket,
    path: &str,
    selection: &Selection,
) -> Result<Listing<Row>, Failure> {
    bucket.ls(path, selection.clone()).map_err(|error| Failure::message(&error.message))
}

/// The version that stands for a folder's row: the first in it that is selected.
pub(crate) async fn first_in(
    bucket: &Bucket,
    selection: &Selection,
    folder: &str,
    first: Option<Box<FileVersion>>,
) -> Result<Option<FileVersion>, Failure> {
    if let Some(first) = first {
        return Ok(Some(*first));
    }
    let within = Selection { recursive: true, page_len: Some(1), ..selection.clone() };
    let row = rows(bucket, folder, &within)?.try_next().await?;
    Ok(row.and_then(file))
}

/// The version of a name that was visible at a moment.
pub(crate) async fn visible(
    bucket: &Bucket,
    name: &str,
    ms: u64,
) -> Result<Option<FileVersion>, Failure> {
    let selection = Selection { as_of_ms: Some(ms), recursive: true, ..Selection::default() };
    let row = rows(bucket, name, &selection)?.try_next().await?;
    Ok(row.and_then(file).filter(|file| file.file_name == name))
}

fn file(row: Row) -> Option<FileVersion> {
    match row {
        Row::File(file) => Some(*file),
        Row::Folder { .. } => None,
    }
}
