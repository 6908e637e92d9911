//! One folder of a walk.

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::chunk::{Child, Chunk};
use super::helpers::{Slot, Work};
use super::identity::Identity;

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
    identity: Option<Identity>,
    /// Why entries are missing.
    pub(super) trouble: Option<Trouble>,
    /// Folders in it that are being read before their turn, by their places.
    ahead: VecDeque<(usize, Arc<Slot<Read>>)>,
    /// The first place that was not considered for that.
    ahead_next: usize,
}

/// What stands against reading a folder.
#[derive(Debug)]
pub(super) enum Trouble {
    /// From its beginning: nothing is known of what it has.
    First(io::Error),
    /// From what was given out of it.
    Rest(io::Error),
}

/// The first names of a folder, and which folder that was.
#[derive(Debug)]
pub(super) struct Names {
    pub(super) chunk: Chunk,
    identity: Option<Identity>,
    trouble: Option<io::Error>,
}

impl Names {
    fn read(path: &Path, budget: usize) -> Self {
        let identity = Identity::of(path).ok();
        let (chunk, trouble) = Chunk::read(path, None, budget);
        // One that is read again must be the same all the time.
        let is_other = || identity?.check(path).err().filter(|_| chunk.is_cut());
        let trouble = trouble.or_else(is_other);
        Self { chunk, identity, trouble }
    }
}

/// Reading the first names of a folder, of at most so many bytes.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) path: PathBuf,
    pub(super) budget: usize,
}

impl Work for Read {
    type Answer = Names;

    fn answer(&self) -> Names {
        Names::read(&self.path, self.budget)
    }
}

impl Folder {
    /// Reads the first names, of at most `budget` bytes.
    pub(super) fn read(path: PathBuf, real: PathBuf, name: String, budget: usize) -> Self {
        let names = Names::read(&path, budget);
        Self::of(path, real, name, names)
    }

    /// A folder whose names were read before.
    pub(super) fn of(path: PathBuf, real: PathBuf, name: String, names: Names) -> Self {
        let Names { chunk, identity, trouble } = names;
        let (ahead, trouble) = (VecDeque::new(), trouble.map(Trouble::First));
        Self { path, real, name, chunk, next: 0, identity, trouble, ahead, ahead_next: 0 }
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

    /// Reads the next names, if there are more than those that were given out. What has taken the
    /// folder's place meanwhile says nothing of it.
    pub(super) fn read_on(&mut self, budget: usize) -> bool {
        let last = self.chunk.last_key().filter(|_| self.chunk.is_cut()).map(<[u8]>::to_vec);
        let Some(last) = last else { return false };
        let (chunk, trouble) = Chunk::read(&self.path, Some(&last), budget);
        let same = match self.identity {
            Some(identity) => identity.check(&self.path),
            None => Err(io::Error::other("nobody knows which folder it was")),
        };
        (self.chunk, self.trouble) = match same {
            Ok(()) => (chunk, trouble.map(Trouble::Rest)),
            Err(error) => (Chunk::EMPTY, Some(Trouble::Rest(error))),
        };
        (self.next, self.ahead_next) = (0, 0);
        self.ahead.clear();
        true
    }

    /// The next entry that nobody considered for being read before its turn, with its place.
    pub(super) fn next_ahead(&mut self) -> Option<(usize, Child)> {
        let place = self.ahead_next.max(self.next);
        let child = self.chunk.child(place)?;
        self.ahead_next = place + 1;
        Some((place, child))
    }

    /// Notes that a folder in it is being read.
    pub(super) fn add_ahead(&mut self, place: usize, slot: Arc<Slot<Read>>) {
        self.ahead.push_back((place, slot));
    }

    /// What is being read of the entry that was given out last.
    pub(super) fn take_ahead(&mut self) -> Option<Arc<Slot<Read>>> {
        let own = self.next.checked_sub(1)?;
        while let Some((place, slot)) = self.ahead.pop_front_if(|(place, _)| *place <= own) {
            if place == own {
                return Some(slot);
            }
        }
        None
    }

    /// Folders in it that are being read.
    pub(super) fn ahead_len(&self) -> usize {
        self.ahead.len()
    }
}
