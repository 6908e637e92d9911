//! Names that vanish from the destination, until it is known whether they may and where their
//! content went.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::{self, Vec};

use super::action::{After, HeldBack};
use super::entry::Entry;
use super::keep::Why;
use super::left::{LeftOut, mark};
use crate::wire::text::Sha1;

/// Versions that are held back at most, unless [`Options::held_max`](super::Options::held_max) says
/// otherwise. Each is [slim](Entry::slim): one in a bucket takes less than 2 KiB and so all less
/// than 32 MiB, mostly a third of that. Of names that may have been renamed, at most
/// [`Renames::held_max`](super::Renames::held_max) are kept whole.
pub const HELD_VERSIONS_MAX: usize = 16_384;

/// A version and what is to become of it.
#[derive(Debug)]
pub(super) struct Removal<D> {
    pub(super) entry: D,
    /// Why it is deleted; nothing when it is hidden.
    pub(super) why: Option<Why>,
    /// Whether the source is looked at once more before.
    pub(super) must_look: bool,
}

/// All removals of a name that vanishes, newest version first.
#[derive(Debug)]
pub(super) struct Group<D> {
    pub(super) removals: Vec<Removal<D>>,
    /// What they wait for.
    pub(super) after: After,
    /// Whether the name was visible, and so is one of those that are counted.
    pub(super) is_counted: bool,
    /// Whether its newest version may be copied, and so is kept whole.
    pub(super) is_whole: bool,
    /// Whether the first one stays, since nobody knows what is below the others.
    pub(super) keeps_newest: bool,
}

impl<D: Entry> Group<D> {
    /// Of a name without removals yet.
    pub(super) const fn new(is_counted: bool, is_whole: bool) -> Self {
        let removals = Vec::new();
        Self { removals, after: After::NOTHING, is_counted, is_whole, keeps_newest: false }
    }

    /// Adds the removal of a version. What is not copied takes as little room as it can.
    pub(super) fn push(&mut self, mut removal: Removal<D>) {
        if !self.is_whole || !self.removals.is_empty() {
            removal.entry.slim();
        }
        self.removals.push(removal);
    }

    /// Length and SHA-1 of what vanishes, by which it can be found again.
    fn content(&self) -> Option<(u64, Sha1)> {
        let newest = &self.removals.first().filter(|_| self.is_whole)?.entry;
        Some((newest.content_len(), newest.sha1()?))
    }
}

/// The groups, by the order in which they came.
#[derive(Debug)]
pub(super) struct Held<D> {
    groups: BTreeMap<u64, Group<D>>,
    /// Length and number of those whose content may be found again.
    by_len: BTreeSet<(u64, u64)>,
    /// How many groups are kept whole.
    whole: usize,
    versions: usize,
    versions_max: usize,
    next: u64,
    /// Names for which there was no room.
    left_out: LeftOut,
    left_max: usize,
    /// How many of the names that are left out were refused for the limit, and so told already.
    refused: usize,
    /// Names that were refused as well, and whose content goes elsewhere by an action. They are
    /// no more than were held at the same time.
    waiting: Vec<Waiting>,
}

/// A name that was refused, and may go only when its content is elsewhere.
#[derive(Debug)]
struct Waiting {
    after: After,
    mark: u64,
    versions: u64,
}

impl<D: Entry> Held<D> {
    /// Room for so many versions, and to remember so many names.
    pub(super) const fn new(versions_max: usize, left_max: usize) -> Self {
        Self {
            groups: BTreeMap::new(),
            by_len: BTreeSet::new(),
            whole: 0,
            versions: 0,
            versions_max,
            next: 0,
            left_out: LeftOut::new(),
            left_max,
            refused: 0,
            waiting: Vec::new(),
        }
    }

    /// How many groups are kept whole.
    pub(super) const fn whole(&self) -> usize {
        self.whole
    }

    /// Takes room for one more version.
    pub(super) const fn reserve(&mut self) -> bool {
        let has_room = self.versions < self.versions_max;
        if has_room {
            self.versions += 1;
        }
        has_room
    }

    /// Gives the room of versions back.
    pub(super) const fn release(&mut self, versions: usize) {
        self.versions = self.versions.saturating_sub(versions);
    }

    /// Leaves a name to another plan; whether there is room to remember it.
    pub(super) fn leave_out(&mut self, path: &str) -> bool {
        let has_room = self.left_out.len() < self.left_max;
        if has_room {
            self.left_out.add(path);
        }
        has_room
    }

    /// Remembers a name whose removals are told and not done, for whoever allows them, as far as
    /// there is room.
    pub(super) fn refuse(&mut self, group: &Group<D>) {
        let Some(removal) = group.removals.first() else { return };
        let (path, versions) = (removal.entry.path(), group.removals.len() as u64);
        if !group.after.is_empty() {
            self.waiting.push(Waiting { after: group.after, mark: mark(path), versions });
        } else if self.leave_out(path) {
            self.refused += 1;
            self.left_out.held_back += versions;
        }
    }

    /// All was refused. Nobody may allow what an unknown source lacks.
    pub(super) fn end_refused(&mut self, is_unknown: bool) {
        self.left_out.held_back += self.left_out();
        if is_unknown {
            self.left_out = LeftOut::new();
            self.waiting.clear();
        }
        self.refused = self.left_out.len();
    }

    /// Names that are left to another plan, and told by nobody so far.
    pub(super) const fn left_out(&self) -> u64 {
        (self.left_out.len() - self.refused) as u64
    }

    /// The names that were left, for a plan whose first action has this number. What waits for an
    /// action that came to nothing is none of them (S1).
    pub(super) fn take_left_out(
        &mut self,
        next_id: u64,
        has_succeeded: impl Fn(After) -> bool,
    ) -> LeftOut {
        for Waiting { after, mark, versions } in core::mem::take(&mut self.waiting) {
            if !has_succeeded(after) {
                self.left_out.waiting += 1;
            } else if self.left_out.len() < self.left_max {
                self.left_out.add_mark(mark);
                self.left_out.held_back += versions;
            }
        }
        self.refused = 0;
        self.left_out.take(next_id)
    }

    /// Adds a group for whose versions room was taken; gives its number.
    pub(super) fn add(&mut self, group: Group<D>) -> u64 {
        let id = self.next;
        self.next += 1;
        if let Some((len, _)) = group.content() {
            self.by_len.insert((len, id));
        }
        self.whole += usize::from(group.is_whole);
        self.groups.insert(id, group);
        id
    }

    /// Length and SHA-1 of a group.
    pub(super) fn content(&self, id: u64) -> Option<(u64, Sha1)> {
        self.groups.get(&id)?.content()
    }

    /// Whether content of that length vanishes.
    pub(super) fn has_len(&self, len: u64) -> bool {
        self.by_len.range((len, 0)..=(len, u64::MAX)).next().is_some()
    }

    /// The first group that has this content.
    pub(super) fn find(&self, len: u64, sha1: Sha1) -> Option<u64> {
        let mut alike = self.by_len.range((len, 0)..=(len, u64::MAX)).map(|(_, id)| *id);
        alike.find(|id| self.content(*id) == Some((len, sha1)))
    }

    /// Makes a group wait for an action, and its content not be found again; gives its newest
    /// version, of which it keeps no more than of others.
    pub(super) fn claim(&mut self, id: u64, action: u64) -> Option<D>
    where
        D: Clone,
    {
        let group = self.groups.get_mut(&id)?;
        group.after = After::one(action);
        let was_whole = core::mem::take(&mut group.is_whole);
        self.whole = self.whole.saturating_sub(usize::from(was_whole));
        let newest = &mut group.removals.first_mut()?.entry;
        self.by_len.remove(&(newest.content_len(), id));
        let whole = newest.clone();
        newest.slim();
        Some(whole)
    }

    /// Takes the oldest group out.
    pub(super) fn pop(&mut self) -> Option<Group<D>> {
        let (id, group) = self.groups.pop_first()?;
        if let Some((len, _)) = group.content() {
            self.by_len.remove(&(len, id));
        }
        self.whole = self.whole.saturating_sub(usize::from(group.is_whole));
        self.release(group.removals.len());
        Some(group)
    }
}

/// A group whose removals are handed out one after the other.
#[derive(Debug)]
pub(super) struct Flush<D> {
    pub(super) removals: vec::IntoIter<Removal<D>>,
    pub(super) after: After,
    /// Number of the first action, once there is one.
    pub(super) first: Option<u64>,
    /// Whether the last one is the newest version.
    pub(super) ends_with_newest: bool,
    /// Whether that one stays.
    pub(super) keeps_newest: bool,
    /// Why they are only told, and not done.
    pub(super) held_back: Option<HeldBack>,
}

impl<D> Flush<D> {
    /// All of a group. While older versions are deleted, the newest stays: none of them becomes
    /// visible.
    pub(super) fn new(mut group: Group<D>, held_back: Option<HeldBack>) -> Self {
        let ends_with_newest = group.removals.first().is_some_and(|newest| newest.why.is_some());
        if ends_with_newest {
            group.removals.rotate_left(1);
        }
        let (after, keeps_newest) = (group.after, group.keeps_newest);
        let removals = group.removals.into_iter();
        Self { removals, after, first: None, ends_with_newest, keeps_newest, held_back }
    }

    /// The newest version by itself, if it is to be deleted, and the others.
    pub(super) fn split(group: Group<D>) -> (Option<Removal<D>>, Self) {
        let mut older = Self::new(group, None);
        let newest = if older.ends_with_newest { older.removals.next_back() } else { None };
        older.ends_with_newest = false;
        (newest, older)
    }
}
