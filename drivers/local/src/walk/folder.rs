//! One folder of a walk.

use std::io;
use std::path::PathBuf;

use super::chunk::{Child, Chunk};

/// A folder whose entries are being visited.
#[derive(Debug)]
pub(super) struct Folder {
    pub(super) path: PathBuf,
    /// The path without symbolic links.
    pub(super) real: PathBuf,
    /// Relative to the root, with a slash at the end; empty for the root.
    pub(super) name: String,
    chunk: Chunk,
    next: usize,
    /// Why entries are missing.
    pub(super) trouble: Option<io::Error>,
}

impl Folder {
    /// Reads the first names, of at most `budget` bytes.
    pub(super) fn read(path: PathBuf, real: PathBuf, name: String, budget: usize) -> Self {
        let (chunk, trouble) = Chunk::read(&path, None, budget);
        Self { path, real, name, chunk, next: 0, trouble }
    }

    /// Bytes its names take.
    pub(super) const fn len(&self) -> usize {
        self.chunk.len()
    }

    pub(super) fn next_child(&mut self) -> Option<Child> {
        let child = self.chunk.child(self.next)?;
        self.next += 1;
        Some(child)
    }

    /// Reads the next names, if there are more than those that were given out.
    pub(super) fn read_on(&mut self, budget: usize) -> bool {
        let last = self.chunk.last_key().filter(|_| self.chunk.is_cut()).map(<[u8]>::to_vec);
        let Some(last) = last else { return false };
        (self.chunk, self.trouble) = Chunk::read(&self.path, Some(&last), budget);
        self.next = 0;
        true
    }
}
