//! Which folder a path leads to.

use std::io;
use std::path::Path;

use crate::file_id::FileId;

/// What tells a folder from another one that takes its place: another disk is mounted there, or
/// none any more, or it was made anew.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Identity(Option<FileId>);

impl Identity {
    /// Asks the system; symbolic links are followed.
    pub(crate) fn of(path: &Path) -> io::Result<Self> {
        let (id, _) = FileId::behind(path)?;
        Ok(Self(Some(id).filter(|id| id.number != 0)))
    }

    /// Whether something tells it from others.
    pub(crate) const fn is_known(self) -> bool {
        self.0.is_some()
    }

    /// Whether it is that of this folder. Where nothing tells folders apart, it is not.
    pub(crate) fn is_of(self, folder: FileId) -> bool {
        self.0.is_some_and(|id| id == folder)
    }

    /// Compares it with what is at the path now. Where nothing tells folders apart, nobody knows.
    pub(crate) fn check(self, path: &Path) -> io::Result<()> {
        match (self.0, Self::of(path)?.0) {
            (Some(then), Some(now)) if then == now => Ok(()),
            (Some(_), Some(_)) => Err(io::Error::other("another folder has taken its place")),
            (_, _) => Err(io::Error::other("nobody can tell whether it is the same folder")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_the_same_only_where_something_tells_it_from_others() {
        let folder = tempfile::tempdir().expect("a folder");
        let other = tempfile::tempdir().expect("a folder");
        let identity = Identity::of(folder.path()).expect("it is there");
        assert!(identity.check(folder.path()).is_ok());
        assert!(identity.check(other.path()).is_err());
        assert!(Identity(None).check(folder.path()).is_err());
    }
}
