//! A file as somebody saw it, who decided then that it may be replaced.

use core::fmt;
use std::fs;
use std::io;
use std::path::Path;

use crate::{Error, Reason, time};

/// Length and time of a file when it was listed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Seen {
    /// Its length in bytes.
    pub len: u64,
    /// When it was modified, in milliseconds since the Unix epoch.
    pub modified_ms: u64,
}

impl Seen {
    /// Compares it with what is at the path now; nothing there is as good.
    pub(super) fn check(&self, path: &Path) -> io::Result<()> {
        match fs::symlink_metadata(path) {
            Ok(now) => {
                let modified_ms = time::modified_ms(&now).unwrap_or_default();
                let is_same = now.is_file() && now.len() == self.len;
                let is_same = is_same && modified_ms == self.modified_ms;
                if is_same { Ok(()) } else { Err(io::Error::other(Changed)) }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// It is another file now.
#[derive(Clone, Copy, Debug)]
struct Changed;

/// What is in the way, or has changed, is told as that.
pub(super) fn failed(error: &io::Error, path: &Path) -> Error {
    if error.get_ref().is_some_and(|it| it.is::<Changed>()) {
        Error::new(Reason::TargetChanged, path)
    } else if let Some(told) = error.get_ref().and_then(|it| it.downcast_ref::<Error>()) {
        told.clone()
    } else if error.kind() == io::ErrorKind::AlreadyExists {
        Error::new(Reason::TargetExists, path)
    } else {
        Error::writing(error, path)
    }
}

impl fmt::Display for Changed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the file has changed")
    }
}

impl core::error::Error for Changed {}
