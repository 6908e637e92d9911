//! The way of a walk: from folder to folder, name by name.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use b2_proto::name::check;
use b2_proto::plan::sync::PathFilter;

use super::chunk::{Child, Kind};
use super::folder::{Folder, Read, Trouble};
use super::helpers::{Helpers, Slot};
use super::look::{Unseen, skipped, unreadable};
use super::{Entry, SkipReason, Symlinks, WalkOptions};
use crate::temp::is_temporary;
use crate::{Error, Reason};

/// Folders within folders, at most: a name of 1024 bytes has no more pieces.
const DEPTH_MAX: usize = 512;
/// Bytes of names that each folder may have beyond the bound of all.
const FOLDER_LEN_MIN: usize = 64 << 10;
/// Folders that are read before their turn, at most.
const AHEAD_MAX: usize = 32;
/// Entries of a folder that are considered for that each time, at most.
const CONSIDERED_MAX: usize = 256;

/// Goes through the folders.
#[derive(Debug)]
pub(super) struct Scout<F> {
    options: WalkOptions,
    filter: F,
    /// Bytes of names over all open folders.
    names_len_max: usize,
    /// The folders it is in, outermost first.
    open: Vec<Folder>,
}

/// What the scout comes to.
#[derive(Debug)]
pub(super) enum Met {
    /// Nothing more is to be found out about it.
    Told(Entry),
    /// A file.
    Unseen(Unseen),
}

impl<F: PathFilter> Scout<F> {
    pub(super) fn new(
        root: &Path,
        options: WalkOptions,
        mut filter: F,
        names_len_max: usize,
    ) -> Result<Self, Error> {
        let real = fs::canonicalize(root).map_err(|e| Error::reading(&e, root))?;
        if !real.is_dir() {
            return Err(Error::new(Reason::SourceIsFile, root));
        }
        if let Some(why) = filter.unjudged("") {
            let error = io::Error::other(why);
            return Err(Error::from_system(Reason::SourceUnreadable, &error, root));
        }
        let folder = Folder::read(root.to_owned(), real, String::new(), names_len_max);
        match folder.trouble {
            Some(Trouble::First(error) | Trouble::Rest(error)) => {
                Err(Error::from_system(Reason::SourceUnreadable, &error, root))
            }
            None => Ok(Self { options, filter, names_len_max, open: vec![folder] }),
        }
    }

    /// What comes next; helpers read folders meanwhile that follow.
    pub(super) fn next(&mut self, mut helpers: Option<&mut Helpers>) -> Option<Met> {
        loop {
            let met = match self.open.last_mut()?.next_child() {
                Some(child) => {
                    if let (Kind::Folder, Some(helpers)) = (child.kind, helpers.as_deref_mut()) {
                        self.read_ahead(helpers);
                    }
                    self.visit(child)
                }
                None => {
                    // Its names so far are given out, so their room is free.
                    let own = self.open.last().map_or(0, Folder::len);
                    let budget = self.budget().saturating_add(own).min(self.names_len_max);
                    if self.open.last_mut()?.read_on(budget) {
                        self.trouble().map(Met::Told)
                    } else {
                        self.open.pop();
                        None
                    }
                }
            };
            if met.is_some() {
                return met;
            }
        }
    }

    pub(super) fn take_notice(&mut self) -> Option<String> {
        self.filter.take_notice()
    }

    /// Bytes of names that are held.
    pub(super) fn held(&self) -> usize {
        self.open.iter().map(Folder::len).sum()
    }

    /// Bytes that the names of one more folder may take.
    fn budget(&self) -> usize {
        let least = FOLDER_LEN_MIN.min(self.names_len_max);
        self.names_len_max.saturating_sub(self.held()).max(least)
    }

    /// Has the folders read that follow in the innermost one.
    fn read_ahead(&mut self, helpers: &mut Helpers) {
        let mut room = AHEAD_MAX.saturating_sub(self.open.iter().map(Folder::ahead_len).sum());
        let Some(within) = self.open.last_mut() else { return };
        for _ in 0..CONSIDERED_MAX {
            if room == 0 {
                return;
            }
            let Some((place, child)) = within.next_ahead() else { return };
            let name = format!("{}{}", within.name, child.name);
            let is_wanted = child.kind == Kind::Folder
                && child.raw.is_none()
                && check(self.options.names, &name).is_ok()
                && !self.filter.excludes_folder(&name);
            if is_wanted {
                let path = within.path.join(&child.name);
                let slot = Slot::new(Read { path, budget: FOLDER_LEN_MIN });
                helpers.offer(&slot);
                within.add_ahead(place, slot);
                room -= 1;
            }
        }
    }

    /// Descends; gives what to report about the folder itself.
    fn enter(&mut self, path: PathBuf, real: PathBuf, name: String) -> Option<Met> {
        let read = self.open.last_mut().and_then(Folder::take_ahead);
        if self.open.len() >= DEPTH_MAX {
            return Some(Met::Told(skipped(name, path, SkipReason::TooDeep)));
        }
        if let Some(why) = self.filter.unjudged(&name) {
            return Some(Met::Told(skipped(name, path, SkipReason::Unjudged(why))));
        }
        let names = read.map(|slot: Arc<Slot<Read>>| slot.wait());
        let folder = match names.filter(|names| !names.chunk.is_cut()) {
            Some(names) => Folder::of(path, real, name, names),
            None => Folder::read(path, real, name, self.budget()),
        };
        self.open.push(folder);
        self.trouble().map(Met::Told)
    }

    /// Reports that the innermost folder could not be read whole.
    fn trouble(&mut self) -> Option<Entry> {
        let folder = self.open.last_mut()?;
        let reason = match folder.trouble.take()? {
            Trouble::First(error) => unreadable(&error),
            Trouble::Rest(error) => SkipReason::RestUnreadable(error.to_string()),
        };
        Some(skipped(folder.name.clone(), folder.path.clone(), reason))
    }

    fn visit(&mut self, child: Child) -> Option<Met> {
        let within = self.open.last()?;
        let mut name = format!("{}{}", within.name, child.name);
        let is_folder = matches!(child.kind, Kind::Folder | Kind::FolderLink);
        if let Some(raw) = child.raw {
            let path = within.path.join(raw);
            if is_folder {
                name.push('/');
            }
            return Some(Met::Told(skipped(name, path, SkipReason::NotUnicode)));
        }
        let path = within.path.join(&child.name);
        if is_folder && self.filter.excludes_folder(&name) {
            let why = self.filter.unjudged(&name)?;
            name.push('/');
            return Some(Met::Told(skipped(name, path, SkipReason::Unjudged(why))));
        }
        let bad_name = check(self.options.names, &name).err().map(SkipReason::Name);
        if is_folder {
            name.push('/');
        }
        let skips_links = self.options.symlinks == Symlinks::Skip;
        let reason = match child.kind {
            kind if kind.is_link() && skips_links => SkipReason::Link,
            Kind::Unknown | Kind::OtherLink => not_known(&path),
            Kind::Special => SkipReason::Special,
            Kind::BrokenLink => SkipReason::BrokenLink,
            Kind::File if is_temporary(&child.name) => SkipReason::Leftover,
            Kind::File | Kind::FileLink | Kind::Folder | Kind::FolderLink => match bad_name {
                Some(reason) => reason,
                None if child.kind == Kind::Folder => {
                    let real = within.real.join(&child.name);
                    return self.enter(path, real, name);
                }
                None if child.kind == Kind::FolderLink => return self.follow(path, name),
                None => return Some(Met::Unseen(Unseen::new(name, path, child.kind))),
            },
        };
        Some(Met::Told(skipped(name, path, reason)))
    }

    fn follow(&mut self, path: PathBuf, name: String) -> Option<Met> {
        match fs::canonicalize(&path) {
            Err(error) => Some(Met::Told(skipped(name, path, unreadable(&error)))),
            Ok(real) if self.open.iter().any(|folder| folder.real.starts_with(&real)) => {
                Some(Met::Told(skipped(name, path, SkipReason::LinkLoop)))
            }
            Ok(real) => self.enter(path, real, name),
        }
    }
}

/// What is wrong with something that was neither a file nor a folder, nor said to be something
/// else.
fn not_known(path: &Path) -> SkipReason {
    match fs::metadata(path) {
        Ok(it) if it.is_file() || it.is_dir() => SkipReason::Changed,
        Ok(_) => SkipReason::Special,
        Err(error) => unreadable(&error),
    }
}
