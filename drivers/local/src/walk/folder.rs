//! One folder of a walk, read whole and sorted.

use core::cmp::Ordering;
use std::ffi::OsString;
use std::fs::{self, DirEntry, Metadata};
use std::io;
use std::path::PathBuf;
use std::vec;

/// A folder whose entries are being visited.
#[derive(Debug)]
pub(super) struct Folder {
    pub(super) path: PathBuf,
    /// The path without symbolic links.
    pub(super) real: PathBuf,
    /// Relative to the root, with a slash at the end; empty for the root.
    pub(super) name: String,
    pub(super) children: vec::IntoIter<Child>,
    /// Why entries are missing.
    pub(super) trouble: Option<io::Error>,
}

/// An entry of a folder.
#[derive(Debug)]
pub(super) struct Child {
    pub(super) name: OsString,
    pub(super) kind: Kind,
}

/// What an entry is, links followed.
#[derive(Debug)]
pub(super) enum Kind {
    File(Metadata),
    FileLink(Metadata),
    Folder,
    FolderLink,
    BrokenLink,
    Special,
    Unknown(io::Error),
}

impl Folder {
    pub(super) fn read(path: PathBuf, real: PathBuf, name: String) -> Self {
        let mut children = Vec::new();
        let mut trouble = None;
        match fs::read_dir(&path) {
            Err(error) => trouble = Some(error),
            Ok(entries) => {
                for entry in entries {
                    match entry {
                        Ok(entry) => children.push(Child::of(&entry)),
                        Err(error) => {
                            trouble = Some(error);
                            break;
                        }
                    }
                }
            }
        }
        children.sort_unstable_by(Child::compare);
        Self { path, real, name, children: children.into_iter(), trouble }
    }
}

impl Child {
    fn of(entry: &DirEntry) -> Self {
        Self { name: entry.file_name(), kind: kind_of(entry).unwrap_or_else(Kind::Unknown) }
    }

    /// As the complete names compare: a folder's name goes on with a slash.
    fn compare(&self, other: &Self) -> Ordering {
        self.key().cmp(other.key())
    }

    fn key(&self) -> impl Iterator<Item = u8> {
        let slash = matches!(self.kind, Kind::Folder | Kind::FolderLink).then_some(b'/');
        self.name.as_encoded_bytes().iter().copied().chain(slash)
    }
}

fn kind_of(entry: &DirEntry) -> io::Result<Kind> {
    let kind = entry.file_type()?;
    if kind.is_dir() {
        return Ok(Kind::Folder);
    }
    if kind.is_file() {
        return entry.metadata().map(Kind::File);
    }
    if !kind.is_symlink() {
        return Ok(Kind::Special);
    }
    match fs::metadata(entry.path()) {
        Ok(it) if it.is_dir() => Ok(Kind::FolderLink),
        Ok(it) if it.is_file() => Ok(Kind::FileLink(it)),
        Ok(_) => Ok(Kind::Special),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Kind::BrokenLink),
        Err(error) => Err(error),
    }
}
