//! What is done in local folders. All of it may wait for a disk.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use b2_proto::error::{Error as ProtoError, ErrorKind};

use super::inside::Inside;
use super::job::Target;
use super::root::Root;
use super::rules::Rules;
use super::unplaced::Unplaced;
use crate::safe_name::{UnsafeName, resolve, resolve_new};
use crate::sink::FileSink;
use crate::temp::folder_of;
use crate::time;
use crate::volume::{self, Volume};
use crate::walk::{Entry, FoundFile, Walk, WalkOptions};
use crate::{Error, Reason};

/// Entries of a walk that are looked at in one go; the first go is shorter, so that the first
/// transfer begins at once.
pub(super) const ENTRIES_MAX: usize = 1_000;
pub(super) const FIRST_ENTRIES_MAX: usize = 50;
/// A go ends after so long, however few entries it has.
pub(super) const GO_MS_MAX: u128 = 50;

/// A walk on its way.
#[derive(Debug)]
pub struct Walking {
    root: Arc<Root>,
    options: WalkOptions,
    rules: Rules,
    /// Whether a folder that is not there counts as empty.
    may_be_missing: bool,
    walk: Option<Walk<Rules>>,
}

/// What a go has found.
#[derive(Debug)]
pub struct Walked {
    /// In the order of their names.
    pub entries: Vec<Entry>,
    /// What somebody should know about the rules of names.
    pub notices: Vec<String>,
    /// The rest, if there may be more.
    pub rest: Option<Box<Walking>>,
}

impl Walking {
    pub(super) const fn new(
        root: Arc<Root>,
        options: WalkOptions,
        rules: Rules,
        may_be_missing: bool,
    ) -> Self {
        Self { root, options, rules, may_be_missing, walk: None }
    }

    /// The folder that it goes through.
    pub const fn root(&self) -> &Arc<Root> {
        &self.root
    }

    /// Goes on for a while.
    ///
    /// # Errors
    /// The folder itself is missing, is a file, or cannot be listed.
    pub(super) fn go_on(mut self: Box<Self>) -> Result<Walked, Error> {
        let max = if self.walk.is_some() { ENTRIES_MAX } else { FIRST_ENTRIES_MAX };
        let walk = match &mut self.walk {
            Some(walk) => walk,
            None => {
                self.root.begin()?;
                match Walk::filtered(self.root.path(), self.options, self.rules.clone()) {
                    Ok(walk) => self.walk.insert(walk),
                    Err(error) if error.reason == Reason::SourceMissing && self.may_be_missing => {
                        return Ok(Walked { entries: Vec::new(), notices: Vec::new(), rest: None });
                    }
                    Err(error) => return Err(error),
                }
            }
        };
        let (began, mut entries) = (Instant::now(), Vec::new());
        while entries.len() < max && began.elapsed().as_millis() < GO_MS_MAX {
            let Some(entry) = walk.next() else {
                let notices = core::iter::from_fn(|| walk.take_notice()).collect();
                return Ok(Walked { entries, notices, rest: None });
            };
            entries.push(entry);
        }
        let notices = core::iter::from_fn(|| walk.take_notice()).collect();
        Ok(Walked { entries, notices, rest: Some(self) })
    }
}

/// Removes a file that a walk without links has found, in the folder that was walked and through no
/// link. One that is gone already is as good; one that was written meanwhile is not the one that
/// was to be removed, and one that the disk has under the name of a file that could not be stored
/// is needed there.
///
/// # Errors
/// It has changed, is needed, is elsewhere by now, or cannot be removed.
pub(super) fn remove(root: &Root, file: &FoundFile, unplaced: &Unplaced) -> Result<(), Error> {
    let (folder, name) = file.name.rsplit_once('/').unwrap_or(("", &file.name));
    let inside = match Inside::open(root, folder) {
        Err(error) if error.reason == Reason::FolderMissing => return Ok(()),
        inside => inside?,
    };
    let removed = inside.look(name).and_then(|now| {
        let is_same = now.is_file && now.len == file.len && now.modified_ms == file.modified_ms;
        match is_same {
            false => Ok(Err(Reason::TargetChanged)),
            true if unplaced.holds(&now.spot) => Ok(Err(Reason::TargetStandsIn)),
            true => inside.remove_file(name).map(Ok),
        }
    });
    match removed {
        Ok(removed) => removed.map_err(|reason| Error::new(reason, &file.path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Error::writing(&error, &file.path)),
    }
}

/// Looks whether there is still no file of a name that a walk did not find; a folder is none. What
/// has another name and is found under this one counts: for the disk they are one, so nothing says
/// that the file is gone. Neither does a source that is not the one that the walk went through, nor
/// a folder that has been empty since before the file was uploaded, at `since_ms`.
///
/// # Errors
/// Something is there, or nobody can look.
pub(super) fn look(path: &Path, root: &Root, since_ms: Option<u64>) -> Result<(), Error> {
    use io::ErrorKind::{NotADirectory, NotFound};
    match fs::symlink_metadata(path) {
        Ok(it) if it.is_dir() || (it.is_symlink() && path.is_dir()) => root.check(),
        Ok(_) => Err(Error::new(Reason::SourceIsBack, path)),
        Err(error) if matches!(error.kind(), NotFound | NotADirectory) => {
            root.check()?;
            since_ms.map_or(Ok(()), |since_ms| check_emptied(path, root.path(), since_ms))
        }
        Err(error) => Err(Error::reading(&error, path)),
    }
}

/// Looks whether the folder that is left of the way to a file can have lost it: then it was changed
/// when that went. One that was empty before has lost nothing, so the file was on a disk that is
/// not mounted there any more.
fn check_emptied(path: &Path, root: &Path, since_ms: u64) -> Result<(), Error> {
    /// Times of folders are as coarse as that on some disks.
    const COARSE_MS: u64 = 2_000;
    let mut outer = path.ancestors().skip(1).take_while(|folder| *folder != root);
    let Some(folder) = outer.find(|folder| folder.is_dir()) else { return Ok(()) };
    let failed = |error: io::Error| Error::reading(&error, folder);
    let is_empty = fs::read_dir(folder).map_err(failed)?.next().is_none();
    let changed_ms = time::modified_ms(&fs::metadata(folder).map_err(failed)?);
    let is_older = changed_ms.is_some_and(|ms| ms.saturating_add(COARSE_MS) < since_ms);
    if is_empty && is_older {
        return Err(Error::new(Reason::SourceFolderEmpty, folder));
    }
    Ok(())
}

/// Removes those of the folders that are empty, and then those they were in; their names are
/// relative to `root`, which stays, as do those that are in use, and what is behind a link by now.
pub(super) fn prune(root: &Root, folders: &BTreeSet<String>, in_use: &BTreeSet<String>) {
    let may_go = |folder: &str| !folder.is_empty() && !in_use.contains(folder);
    // From the end: what is in a folder comes before it.
    for folder in folders.iter().rev() {
        let mut folder = folder.as_str();
        // A folder that is not empty, or not there, is left as it is.
        while may_go(folder) {
            let (outer, name) = folder.rsplit_once('/').unwrap_or(("", folder));
            let inside = Inside::open(root, outer).ok();
            if inside.is_none_or(|inside| inside.remove_folder(name).is_err()) {
                break;
            }
            folder = outer;
        }
    }
}

/// The target of a download: its folders are made, and none of them is a link (S13). Nothing is
/// replaced but what was found.
///
/// # Errors
/// The name leads elsewhere, or something is in the way.
pub(super) fn open_target(target: &Target) -> Result<FileSink, ProtoError> {
    let path = safe_path(target)?;
    let opened = open(target, &path, volume::at_hand(folder_of(&path)));
    let sink = match opened {
        Err(error) if error.reason == Reason::FolderMissing => {
            // Not in what is left of a disk that is not mounted any more.
            target.root.check_same()?;
            make_folders(&path)?;
            // Looked at again, now that they are there.
            open(target, &safe_path(target)?, None)?
        }
        opened => opened?,
    };
    Ok(sink)
}

/// The same if that needs no disk: the folder is there, in memory. `None` where a thread that may
/// wait should do it.
pub(super) fn open_target_in_memory(target: &Target) -> Option<Result<FileSink, ProtoError>> {
    let folder = volume::at_hand(folder_of(&target.root.path().join(&target.name)));
    let is_in_memory = folder == Some(Volume::Memory);
    is_in_memory.then(|| Ok(open(target, &safe_path(target)?, folder)?))
}

/// What is new replaces nothing, so what has its name already shows when it is opened.
fn safe_path(target: &Target) -> Result<PathBuf, ProtoError> {
    let (root, name) = (target.root.path(), &target.name);
    let is_new = target.replaces.is_none();
    let path = if is_new { resolve_new(root, name) } else { resolve(root, name) };
    path.map_err(|error| unsafe_name(&error))
}

/// Looks once more when the file is complete: the folder is the one that was walked, and no link
/// leads there (S13).
fn look_again(target: &Target) -> io::Result<()> {
    let checked = target.root.check_same().map_err(io::Error::other);
    checked.and_then(|()| {
        let path = resolve_new(target.root.path(), &target.name);
        path.map(drop).map_err(io::Error::other)
    })
}

fn open(target: &Target, path: &Path, folder: Option<Volume>) -> Result<FileSink, Error> {
    let (path, is_kept) = (path.to_owned(), target.is_kept);
    let sink = match target.replaces {
        Some(seen) => FileSink::replacing_on(path, seen, (folder, is_kept)),
        None => FileSink::only_new_on(path, folder, is_kept),
    };
    let target = target.clone();
    sink.map(|sink| sink.guarded(Box::new(move || look_again(&target))))
}

fn make_folders(path: &Path) -> Result<(), Error> {
    let Some(folder) = path.parent() else { return Ok(()) };
    fs::create_dir_all(folder).map_err(|error| Error::writing(&error, folder))
}

fn unsafe_name(error: &UnsafeName) -> ProtoError {
    ProtoError::with_message(ErrorKind::Sink, format_args!("{error}"))
}
