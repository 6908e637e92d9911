//! The folder that a source or a destination is: whether it is still the one that was walked.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use crate::file_id::FileId;
use crate::walk::Identity;
use crate::{Error, Reason};

/// The folder of a walk. A disk that is unmounted meanwhile leaves another folder, or none, in
/// which nothing is to be found, and without an error. All rounds of a run have the same.
#[derive(Debug)]
pub struct Root {
    path: PathBuf,
    identity: OnceLock<Identity>,
}

/// The ends of a run that are folders.
#[derive(Clone, Default, Debug)]
pub(super) struct Roots {
    pub(super) source: Option<Arc<Root>>,
    pub(super) destination: Option<Arc<Root>>,
}

impl Root {
    /// A folder that no walk has begun in.
    pub(super) const fn new(path: PathBuf) -> Self {
        Self { path, identity: OnceLock::new() }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// A walk begins. The first one decides which folder it is.
    ///
    /// # Errors
    /// It is another one than that of the first walk.
    pub(super) fn begin(&self) -> Result<(), Error> {
        if self.identity.get().is_some() {
            return self.check();
        }
        // What is not there, the walk tells.
        if let Ok(identity) = Identity::of(&self.path) {
            self.identity.get_or_init(|| identity);
        }
        Ok(())
    }

    /// Compares it with what is at its path now.
    ///
    /// # Errors
    /// It is another one, or gone, or nobody can tell.
    pub(super) fn check(&self) -> Result<(), Error> {
        let is_same = match self.identity.get() {
            Some(identity) => identity.check(&self.path),
            None => Err(std::io::Error::other("no walk has begun there")),
        };
        is_same.map_err(|error| Error::reading(&error, &self.path))
    }

    /// Whether what is at its path now may be written to.
    ///
    /// # Errors
    /// It is known to be another one, or is gone.
    pub(super) fn check_same(&self) -> Result<(), Error> {
        match (self.identity.get(), Identity::of(&self.path)) {
            (Some(then), Ok(now)) if *then == now => Ok(()),
            (None, _) => Ok(()),
            (Some(_), _) => Err(Error::new(Reason::FolderIsOther, &self.path)),
        }
    }

    /// Compares it with a folder that was found at its path, as a destination.
    ///
    /// # Errors
    /// It is another one, or nobody can tell.
    pub(super) fn check_found(&self, found: FileId) -> Result<(), Error> {
        let is_same = self.identity.get().is_some_and(|identity| identity.is_of(found));
        if is_same { Ok(()) } else { Err(Error::new(Reason::FolderIsOther, &self.path)) }
    }

    /// The same of a source: nothing is lost where nobody can tell.
    ///
    /// # Errors
    /// It is known to be another one.
    pub(super) fn check_source(&self, found: FileId) -> Result<(), Error> {
        let is_other = |it: &Identity| it.is_known() && !it.is_of(found);
        let is_other = self.identity.get().is_some_and(is_other);
        if is_other { Err(Error::new(Reason::FolderIsOther, &self.path)) } else { Ok(()) }
    }
}
