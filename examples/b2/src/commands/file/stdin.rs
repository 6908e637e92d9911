//! Standard input as a file: its length is only known at its end, so it is kept on disk first.

use core::hash::{BuildHasher as _, Hasher as _};
use std::fs::{self, File, OpenOptions};
use std::hash::RandomState;
use std::io;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// A private copy of standard input, removed when this goes away.
pub(super) struct Spooled {
    path: PathBuf,
}

impl Spooled {
    /// Reads standard input to its end.
    pub(super) async fn read() -> Result<Self, Failure> {
        let tag = RandomState::new().build_hasher().finish();
        let path = std::env::temp_dir().join(format!("b2-stdin-{tag:016x}"));
        let failed = |error: io::Error| {
            Failure::message(format_args!(
                "standard input cannot be kept in the folder for temporary files: {error}. Set \
                 TMPDIR to a folder with more space."
            ))
        };
        let file = create(&path).map_err(failed)?;
        let spooled = Self { path };
        let mut file = tokio::fs::File::from_std(file);
        tokio::io::copy(&mut tokio::io::stdin(), &mut file).await.map_err(failed)?;
        tokio::io::AsyncWriteExt::flush(&mut file).await.map_err(failed)?;
        Ok(spooled)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Spooled {
    fn drop(&mut self) {
        // Nothing more can be done about a file that cannot be removed.
        let _ = fs::remove_file(&self.path);
    }
}

fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
