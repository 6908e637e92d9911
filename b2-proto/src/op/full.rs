//! The operations of the bare core with whole models as their answers.
//!
//! An operation such as [`hide_file::HideFile`] leaves open how much of the answer is read, because
//! without a heap there is room for little. These names fix it to all there is.
//!
//! ```
//! use b2_proto::machine::single::Single;
//! use b2_proto::op::HideFile;
//!
//! let job = Single::new(HideFile::new("8d625eb63be2775577c70e1a", "old.txt"));
//! # let _ = job;
//! ```

use super::list_parts::PartsPage;
use super::list_unfinished_large_files::UnfinishedPage;
use super::{
    cancel_large_file, delete_file_version, finish_large_file, get_file_info, hide_file,
    list_parts, list_unfinished_large_files, start_large_file,
};
use crate::model::{CancelledLargeFile, DeletedFileVersion, FileVersion};

/// [`b2_cancel_large_file`](cancel_large_file), with all the answer tells.
pub type CancelLargeFile<S> = cancel_large_file::CancelLargeFile<S, CancelledLargeFile>;
/// [`b2_delete_file_version`](delete_file_version), with all the answer tells.
pub type DeleteFileVersion<S> = delete_file_version::DeleteFileVersion<S, DeletedFileVersion>;
/// [`b2_finish_large_file`](finish_large_file), with all the answer tells.
pub type FinishLargeFile<D> = finish_large_file::FinishLargeFile<D, FileVersion>;
/// [`b2_get_file_info`](get_file_info), with all the answer tells.
pub type GetFileInfo<S> = get_file_info::GetFileInfo<S, FileVersion>;
/// [`b2_hide_file`](hide_file), with all the answer tells.
pub type HideFile<S> = hide_file::HideFile<S, FileVersion>;
/// [`b2_list_parts`](list_parts), with all the answer tells.
pub type ListParts<S> = list_parts::ListParts<S, PartsPage>;
/// [`b2_list_unfinished_large_files`](list_unfinished_large_files), with all the answer tells.
pub type ListUnfinishedLargeFiles<S> =
    list_unfinished_large_files::ListUnfinishedLargeFiles<S, UnfinishedPage>;
/// [`b2_start_large_file`](start_large_file), with all the answer tells.
pub type StartLargeFile<F> = start_large_file::StartLargeFile<F, FileVersion>;
