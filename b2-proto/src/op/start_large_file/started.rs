//! Knowing a large file again whose start was not answered.

use crate::model::{FileAction, FileVersion};
use crate::op::file_spec::FileSpec;
use crate::op::settle::guard::Guard;
use crate::op::settle::has_info;

/// Whether an unfinished file is as a start with this description makes it.
pub(super) fn is_by(version: &FileVersion, spec: &FileSpec<'_>) -> bool {
    let has_type = spec.content_type == FileSpec::AUTO
        || version.content_type.as_deref() == Some(spec.content_type);
    version.action == FileAction::Start
        && has_type
        && has_info(version, spec, &[])
        && Guard::of_file(spec).is_of(version)
}
