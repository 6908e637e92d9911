//! New files that may be old ones under another name (an option).

use alloc::collections::{BTreeMap, BTreeSet};

use super::action::{After, Work};
use super::entry::Entry;
use super::options::Renames;
use super::planner::{Ask, Planner, Turned};
use super::select::PathFilter;
use crate::wire::text::Sha1;

/// A new file that is held back.
#[derive(Debug)]
struct NewFile<S> {
    source: S,
    /// Its SHA-1, or nothing if it cannot be computed, once that is known.
    sha1: Option<Option<Sha1>>,
}

/// New files by the order in which they came.
#[derive(Debug)]
pub(super) struct NewFiles<S> {
    options: Renames,
    files: BTreeMap<u64, NewFile<S>>,
    by_len: BTreeSet<(u64, u64)>,
    next: u64,
}

impl<S: Entry> NewFiles<S> {
    pub(super) const fn new(options: Renames) -> Self {
        Self { options, files: BTreeMap::new(), by_len: BTreeSet::new(), next: 0 }
    }

    pub(super) fn is_wanted(&self, source: &S) -> bool {
        source.content_len() >= self.options.len_min
    }

    pub(super) fn file(&self, id: u64) -> Option<&S> {
        self.files.get(&id).map(|file| &file.source)
    }

    pub(super) fn tell(&mut self, id: u64, sha1: Option<Sha1>) {
        if let Some(file) = self.files.get_mut(&id) {
            file.sha1 = Some(sha1);
        }
    }

    /// Holds a file back; gives one that has waited long enough.
    pub(super) fn add(&mut self, source: S, sha1: Option<Option<Sha1>>) -> Option<S> {
        self.by_len.insert((source.content_len(), self.next));
        self.files.insert(self.next, NewFile { source, sha1 });
        self.next += 1;
        if self.files.len() > self.options.held_max { self.pop() } else { None }
    }

    /// Takes the oldest out.
    pub(super) fn pop(&mut self) -> Option<S> {
        let (id, file) = self.files.pop_first()?;
        self.by_len.remove(&(file.source.content_len(), id));
        Some(file.source)
    }

    fn remove(&mut self, id: u64) -> Option<S> {
        let file = self.files.remove(&id)?;
        self.by_len.remove(&(file.source.content_len(), id));
        Some(file.source)
    }

    /// The file that has this content, or one that may have it.
    fn find(&self, len: u64, sha1: Sha1) -> Option<Found> {
        let alike = self.by_len.range((len, 0)..=(len, u64::MAX));
        let mut alike = alike.filter_map(|(_, id)| Some((*id, self.files.get(id)?)));
        if let Some((id, _)) = alike.clone().find(|(_, file)| file.sha1 == Some(Some(sha1))) {
            return Some(Found::Same(id));
        }
        let unknown = alike.find(|(_, file)| file.sha1.is_none());
        unknown.map(|(id, _)| Found::Unknown(id))
    }
}

/// A file of the length that is looked for.
enum Found {
    Same(u64),
    Unknown(u64),
}

impl<S: Entry, D: Entry + Clone, F: PathFilter> Planner<S, D, F> {
    /// The new file at the head of the source: an old one renamed, one to be held back, or one to
    /// be uploaded.
    pub(super) fn new_file(&mut self) -> Turned<S, D> {
        let Some(source) = self.source.head() else { return Turned::On };
        let files = self.new_files.as_ref();
        if files.is_none_or(|files| !files.is_wanted(source)) {
            return self.transfer();
        }
        let len = source.content_len();
        let told = self.turn.new_digest.take().or_else(|| source.sha1().map(Some));
        if told.is_none() && self.held.has_len(len) {
            self.ask = Some(Ask::New);
            return Turned::On;
        }
        let found = told.flatten().and_then(|sha1| self.held.find(len, sha1));
        let Some(source) = self.take_source() else { return Turned::On };
        if let Some(group) = found {
            return self.rename(source, group);
        }
        match self.new_files.as_mut().and_then(|files| files.add(source, told)) {
            Some(source) => self.upload_new(source),
            None => Turned::On,
        }
    }

    /// Looks whether the content of a name that vanished is in a new file.
    pub(super) fn vanished(&mut self, group: u64) -> Turned<S, D> {
        let found = match (&self.new_files, self.held.content(group)) {
            (Some(files), Some((len, sha1))) => files.find(len, sha1),
            (Some(_) | None, _) => None,
        };
        match found {
            Some(Found::Unknown(id)) => {
                self.turn.vanished = Some(group);
                self.ask = Some(Ask::Held(id));
                Turned::On
            }
            Some(Found::Same(id)) => {
                match self.new_files.as_mut().and_then(|files| files.remove(id)) {
                    Some(source) => self.rename(source, group),
                    None => Turned::On,
                }
            }
            None => Turned::On,
        }
    }

    fn rename(&mut self, source: S, group: u64) -> Turned<S, D> {
        let id = self.next_id();
        match self.held.claim(group, id) {
            Some(origin) => self.act(After::NOTHING, Work::Rename { source, origin }),
            None => self.upload_new(source),
        }
    }

    /// Uploads a file of which the bucket shows nothing.
    pub(super) fn upload_new(&mut self, source: S) -> Turned<S, D> {
        self.act(After::NOTHING, Work::Transfer { source, base: None, is_new: true })
    }
}
