//! One side of a merge: its next entry, how far it has come, and what it could not see.

use alloc::string::String;
use core::cmp::Ordering;

use super::entry::{Entry, EntryKind};
use super::shadow::{Cover, Shadows};

/// What a side is told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Input<E> {
    /// The next entry. Names ascend by their bytes; versions of a name come newest first.
    Entry(E),
    /// Nobody could look at this file or folder, or all of it: what the other side has there says
    /// nothing (S2). It comes where the entries would have come.
    Unknown(String),
    /// This file or folder is there, but is deliberately left out: a pipe, a link. It comes where
    /// the entries would have come.
    LeftOut(String),
    /// What follows in this folder could not be listed (S2). The folder has a slash at the end, and
    /// what came of it before stands.
    RestOfUnknown(String),
    /// The rest could not be listed. Nothing follows. Of a destination, that ends the plan, as does
    /// the end behind the unknown rest of all of it: nothing behind it can be compared. Where an
    /// empty source would be a mistake, the source has to show an entry first.
    RestUnknown,
    /// There is nothing more.
    End,
}

/// A side of the merge.
#[derive(Debug)]
pub(super) struct Side<E> {
    head: Option<E>,
    /// Whether the head is another version of the name that was taken last.
    pub(super) is_again: bool,
    /// The last name that came; all that follow are no less.
    position: String,
    /// Whether an entry of that name was taken.
    was_taken: bool,
    /// Whether anything came of it.
    pub(super) has_begun: bool,
    /// Whether the last name is left out.
    pub(super) is_left_out: bool,
    /// Whether an entry took part.
    pub(super) has_shown: bool,
    pub(super) has_ended: bool,
    pub(super) shadows: Shadows,
}

/// Names that do not ascend.
#[derive(Debug)]
pub(super) struct OutOfOrder;

impl<E: Entry> Side<E> {
    pub(super) const fn new() -> Self {
        Self {
            head: None,
            is_again: false,
            position: String::new(),
            was_taken: false,
            has_begun: false,
            is_left_out: false,
            has_shown: false,
            has_ended: false,
            shadows: Shadows::new(),
        }
    }

    pub(super) const fn head(&self) -> Option<&E> {
        self.head.as_ref()
    }

    /// Whether it takes nothing: its entry is not dealt with yet, or there can be no more.
    pub(super) const fn is_full(&self) -> bool {
        self.head.is_some() || self.has_ended
    }

    /// Goes on to a name; tells whether it is the one before again.
    pub(super) fn advance(&mut self, path: &str) -> Result<bool, OutOfOrder> {
        let order = path.cmp(self.position.as_str());
        let is_first = !core::mem::replace(&mut self.has_begun, true);
        match order {
            Ordering::Less => Err(OutOfOrder),
            Ordering::Equal if !is_first => Ok(self.was_taken),
            Ordering::Equal | Ordering::Greater => {
                self.was_taken = false;
                self.is_left_out = false;
                self.position.clear();
                self.position.push_str(path);
                Ok(false)
            }
        }
    }

    /// Notes that the rest of a folder is unknown, from the last name that came.
    pub(super) fn shade_rest<O: Entry>(
        &mut self,
        folder: &str,
        other: &Side<O>,
    ) -> Result<(), OutOfOrder> {
        if !self.position.starts_with(folder) && folder < self.position.as_str() {
            return Err(OutOfOrder);
        }
        self.has_begun = true;
        if folder.is_empty() {
            self.shadows.add_rest();
        } else {
            self.shade(folder, Cover::Unknown, other);
        }
        Ok(())
    }

    pub(super) fn put(&mut self, entry: E, is_again: bool) {
        self.has_shown |= entry.kind() != EntryKind::Manifest;
        self.head = Some(entry);
        self.is_again = is_again;
    }

    pub(super) const fn take(&mut self) -> Option<E> {
        self.was_taken = true;
        self.head.take()
    }

    /// Lets what follows of the last name count as older versions of it.
    pub(super) const fn pass(&mut self) {
        self.was_taken = true;
    }

    /// Whether all that came of the last name is left out, and an older version may take its part.
    pub(super) const fn is_undecided(&self) -> bool {
        self.is_left_out && !self.was_taken
    }

    /// Whether nothing of `path` can follow any more.
    pub(super) fn is_past(&self, path: &str) -> bool {
        self.has_ended || path < self.position.as_str()
    }

    /// Whether all that is left of it is unknown.
    pub(super) const fn is_lost(&self) -> bool {
        self.has_ended && self.head.is_none() && self.shadows.is_rest_unknown()
    }

    /// The last name that came.
    pub(super) const fn position(&self) -> &str {
        self.position.as_str()
    }

    /// Notes a place without entries, unless the `other` side has passed it already.
    pub(super) fn shade<O: Entry>(&mut self, path: &str, cover: Cover, other: &Side<O>) {
        if !other.has_ended {
            self.shadows.add(path, cover, other.head().map(Entry::path));
        }
    }
}
