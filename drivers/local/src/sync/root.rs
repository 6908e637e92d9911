//! The folder that a source is: whether it is still the one that the walk began in.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::Error;
use crate::walk::Identity;

/// The folder of a walk. A disk that is unmounted meanwhile leaves another folder, or none, in
/// which nothing is to be found, and without an error.
#[derive(Debug)]
pub struct Root {
    path: PathBuf,
    identity: OnceLock<Identity>,
}

impl Root {
    /// A folder that no walk has begun in.
    pub(super) const fn new(path: PathBuf) -> Self {
        Self { path, identity: OnceLock::new() }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// A walk begins.
    pub(super) fn begin(&self) {
        if let Ok(identity) = Identity::of(&self.path) {
            self.identity.get_or_init(|| identity);
        }
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
}
