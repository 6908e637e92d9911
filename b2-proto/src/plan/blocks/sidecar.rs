//! Where manifests are kept: beside their file, under its name with an ending.

use crate::limits::FILE_NAME_LEN_MAX;
use crate::model::FileVersion;
use alloc::format;
use alloc::string::String;

/// What follows the file's name in the name of its manifest.
pub const SUFFIX: &str = ".b2blocks";

/// The content type of manifests. What has the name of one and another type is somebody's file.
pub const CONTENT_TYPE: &str = "application/x-b2-blocks";

/// Whether a version is a manifest, by its name and its content type. Both must be one's: a file
/// that was copied with either of them is its owner's.
#[must_use]
pub fn is_manifest(version: &FileVersion) -> bool {
    let is_named = version.file_name.strip_suffix(SUFFIX).is_some_and(|name| !name.is_empty());
    is_named && version.is_finished() && version.content_type.as_deref() == Some(CONTENT_TYPE)
}

/// The name of the manifest of the file `name`; nothing if that would be too long.
///
/// ```
/// use b2_proto::plan::blocks::sidecar_name;
///
/// assert_eq!(sidecar_name("disks/a.img").as_deref(), Some("disks/a.img.b2blocks"));
/// assert_eq!(sidecar_name(&"a".repeat(1_020)), None);
/// ```
#[must_use]
pub fn sidecar_name(name: &str) -> Option<String> {
    (name.len() + SUFFIX.len() <= FILE_NAME_LEN_MAX).then(|| format!("{name}{SUFFIX}"))
}
