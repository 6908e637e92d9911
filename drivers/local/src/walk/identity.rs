//! Which folder a path leads to.

use std::fs::{self, Metadata};
use std::io;
use std::path::Path;

/// What tells a folder from another one that takes its place: another disk is mounted there, or
/// none any more, or it was made anew.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Identity(Place);

#[cfg(unix)]
type Place = (u64, u64);
#[cfg(not(unix))]
type Place = Option<std::time::SystemTime>;

impl Identity {
    /// Asks the system; symbolic links are followed.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        fs::metadata(path).map(|it| Self(place(&it)))
    }

    /// Compares it with what is at the path now.
    pub(super) fn check(self, path: &Path) -> io::Result<()> {
        if Self::of(path)? == self {
            Ok(())
        } else {
            Err(io::Error::other("another folder has taken its place"))
        }
    }
}

/// Device and number there.
#[cfg(unix)]
fn place(metadata: &Metadata) -> Place {
    use std::os::unix::fs::MetadataExt as _;
    (metadata.dev(), metadata.ino())
}

/// When it was made, where the system knows.
#[cfg(not(unix))]
fn place(metadata: &Metadata) -> Place {
    metadata.created().ok()
}
