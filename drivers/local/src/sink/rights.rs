//! Who may do what with a file that replaces another one.

use std::fs::Permissions;
use std::path::Path;

use crate::temp::Access;

/// What replaces a private file must never have been readable for others.
pub(super) const fn access_of(kept: Option<&Permissions>) -> Access {
    if kept.is_some() { Access::Private } else { Access::Default }
}

/// Without the rights to act as the file's owner or group: they may be others afterwards.
#[cfg(unix)]
pub(super) fn ordinary(rights: Permissions) -> Permissions {
    use std::os::unix::fs::PermissionsExt as _;
    Permissions::from_mode(rights.mode() & 0o1777)
}

#[cfg(not(unix))]
pub(super) const fn ordinary(rights: Permissions) -> Permissions {
    rights
}

/// Those of a new file beside a target, where that can be told: nothing else shows the mask.
#[cfg(unix)]
pub(super) fn of_new(target: &Path) -> Option<Permissions> {
    let new = crate::temp::TempFile::create_aside(target, Access::Default).ok()?;
    new.file().metadata().ok().map(|it| ordinary(it.permissions()))
}

#[cfg(not(unix))]
pub(super) const fn of_new(_: &Path) -> Option<Permissions> {
    None
}
