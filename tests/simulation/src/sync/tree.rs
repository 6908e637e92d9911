//! The local folder of a sync: what a walk finds in it, and what cannot be looked at.
//!
//! The files of a source are functions of a seed, like all sources; those of a destination lie on
//! the virtual disk.

use core::fmt;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use b2_local::walk::{Entry, FoundFile, SkipReason, Skipped};
use b2_proto::wire::text::Sha1;

use crate::disk::Disk;
use crate::source::bytes_of;

/// The folder's path, as the sync is told.
pub(crate) const ROOT: &str = "/tree";
/// What the names of its files on the disk begin with.
const ON_DISK: &str = "tree/";

/// A file of a source.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct LocalFile {
    pub(crate) seed: u64,
    pub(crate) len: usize,
    pub(crate) modified_ms: u64,
}

/// What becomes of a local file, and when.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) at_ms: u64,
    pub(crate) name: String,
    /// What it is from then on; nothing when it is gone.
    pub(crate) file: Option<LocalFile>,
}

/// A local folder.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    pub(crate) files: BTreeMap<String, LocalFile>,
    /// What is no file, or cannot be looked at; names of folders end with a slash.
    pub(crate) places: BTreeMap<String, SkipReason>,
    pub(crate) changes: Vec<Change>,
    /// When files on the disk were modified, by their numbers there.
    pub(crate) times: BTreeMap<usize, u64>,
    /// Whether it is one that files go to: names that no bucket can have stand for nothing there.
    pub(crate) is_destination: bool,
}

/// A file as a whole.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Whole {
    pub(crate) modified_ms: u64,
    pub(crate) bytes: Vec<u8>,
}

impl fmt::Debug for Whole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes of {}", self.bytes.len(), self.modified_ms)
    }
}

impl Tree {
    /// Where a file of this name is on the disk.
    pub(crate) fn on_disk(name: &str) -> String {
        format!("{ON_DISK}{name}")
    }

    /// The name of a file, relative to the folder.
    pub(crate) fn name_of(path: &Path) -> String {
        let name = path.strip_prefix(ROOT).expect("S13: a path outside of the folder");
        name.to_str().expect("Unicode").to_owned()
    }

    /// The first place that a name is at or below.
    pub(crate) fn cover(&self, name: &str) -> Option<&SkipReason> {
        let is_nobodys = |reason: &SkipReason| self.is_destination && reason.is_of_no_bucket();
        let mut places = self.places.iter().filter(|(_, reason)| !is_nobodys(reason));
        places.find(|(place, _)| covers(place, name)).map(|(_, reason)| reason)
    }

    /// What a walk finds, by name: files of the source, or those on the disk.
    pub(crate) fn walk(&self, disk: Option<&Disk>) -> BTreeMap<String, Entry> {
        let mut entries = BTreeMap::new();
        for (name, reason) in &self.places {
            let (name, reason) = (name.clone(), reason.clone());
            let skipped = Skipped { path: path(&name), name: name.clone(), reason };
            entries.insert(name, Entry::Skipped(skipped));
        }
        let mut add = |name: &str, len: usize, modified_ms: u64| {
            let (name, len) = (name.to_owned(), len as u64);
            let file = FoundFile { path: path(&name), name: name.clone(), len, modified_ms };
            entries.insert(name, Entry::File(file));
        };
        let Some(disk) = disk else {
            for (name, file) in self.files.iter().filter(|(name, _)| self.cover(name).is_none()) {
                add(name, file.len, file.modified_ms);
            }
            return entries;
        };
        let mut left_over = Vec::new();
        for (name, number, bytes) in disk.files_below(ON_DISK) {
            if name.ends_with(".part") || name.ends_with(".journal") {
                left_over.push(name.to_owned());
            } else if self.cover(name).is_none() {
                add(name, bytes.len(), self.times.get(&number).copied().unwrap_or(0));
            }
        }
        for name in left_over {
            let (path, reason) = (path(&name), SkipReason::Leftover);
            entries.insert(name.clone(), Entry::Skipped(Skipped { name, path, reason }));
        }
        entries
    }

    /// The names of its files.
    pub(crate) fn names(&self, disk: Option<&Disk>) -> BTreeSet<String> {
        let walk = self.walk(disk).into_iter();
        walk.filter(|(_, entry)| matches!(entry, Entry::File(_))).map(|(name, _)| name).collect()
    }

    /// The files with their content: what the source has, or what is on the disk.
    pub(crate) fn wholes(&self, disk: Option<&Disk>) -> BTreeMap<String, Whole> {
        let walk = self.walk(disk).into_values();
        let files = walk.filter_map(|entry| match entry {
            Entry::File(file) => Some(file),
            Entry::Skipped(_) => None,
        });
        let whole = |file: FoundFile| {
            let bytes = self.bytes(&file.name, disk)?;
            Some((file.name, Whole { modified_ms: file.modified_ms, bytes }))
        };
        files.filter_map(whole).collect()
    }

    /// The bytes of one file.
    fn bytes(&self, name: &str, disk: Option<&Disk>) -> Option<Vec<u8>> {
        match disk {
            Some(disk) => disk.read(&Self::on_disk(name)).map(<[u8]>::to_vec),
            None => self.files.get(name).map(|file| bytes_of(file.seed, file.len)),
        }
    }

    /// The length of a file on the disk, and when it was modified.
    pub(crate) fn facts(&self, name: &str, disk: &Disk) -> Option<(u64, u64)> {
        let on_disk = Self::on_disk(name);
        let (number, bytes) = (disk.number(&on_disk)?, disk.read(&on_disk)?);
        Some((bytes.len() as u64, self.times.get(&number).copied().unwrap_or(0)))
    }

    /// The SHA-1 of one file.
    pub(crate) fn sha1(&self, name: &str, disk: Option<&Disk>) -> Option<Sha1> {
        self.bytes(name, disk).as_deref().map(Sha1::of)
    }

    /// When a file will be another one, if it will.
    pub(crate) fn next_change_ms(&self, name: &str, now_ms: u64) -> Option<u64> {
        let later = self.changes.iter().filter(|it| it.name == name && it.at_ms > now_ms);
        later.map(|it| it.at_ms).min()
    }

    /// A change has come.
    pub(crate) fn change(&mut self, number: usize) {
        let Change { name, file, .. } = self.changes[number].clone();
        match file {
            Some(file) => self.files.insert(name, file),
            None => self.files.remove(&name),
        };
    }
}

/// Whether a name is at or below a place.
pub(crate) fn covers(place: &str, name: &str) -> bool {
    let rest = name.strip_prefix(place.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

pub(super) fn path(name: &str) -> PathBuf {
    Path::new(ROOT).join(name)
}
