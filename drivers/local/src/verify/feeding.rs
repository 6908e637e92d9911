//! What a comparison tells the core of either side, with what the rules say of it.
//!
//! Rules that may wait for a disk are asked by pieces of work: about entries when they are found,
//! about rows when some are here.

use b2_proto::plan::sync::{Entry as _, Input, PathFilter};

use super::work::{Task, Walked};
use super::{Comparison, ROWS_MIN};
use crate::sync::Side;
use crate::walk::{Entry, SkipReason};

/// What comes of the next row.
pub(super) enum There {
    Told,
    /// The rules are asked about the rows that are here.
    Judge(Task),
}

impl<F: PathFilter + Clone> Comparison<F> {
    /// Tells the next entry of the folder.
    pub(super) fn here(&mut self, (entry, choice): Walked) {
        if let Some(choice) = choice {
            let rules = self.verifier.filter();
            match &entry {
                Entry::File(file) => rules.tell_of(Side::Source, (&file.name, false), choice),
                Entry::Skipped(it) => rules.tell_of(Side::Source, (&it.name, true), choice),
            }
        }
        if let Entry::Skipped(it) = &entry {
            self.reason = Some((it.name.clone(), it.reason.to_string()));
        }
        let input = match entry {
            // A file of the user may be named so, and would be only here.
            Entry::Skipped(it) if it.reason == SkipReason::Leftover => Input::Unknown(it.name),
            Entry::File(_) | Entry::Skipped(_) => entry.into(),
        };
        self.verifier.here(input);
    }

    /// Tells the next row, once the rules have judged it; nothing where more rows are wanted.
    pub(super) fn there(&mut self) -> Option<There> {
        if self.filter.may_wait() && self.choices.is_empty() && !self.rows.is_empty() {
            let is_time = self.has_listed || self.rows.len() >= ROWS_MIN;
            let names = || self.rows.iter().map(|row| row.path().to_owned()).collect();
            return is_time.then(|| There::Judge(Task::Judge(names())));
        }
        let input = match self.rows.pop_front() {
            Some(row) => {
                if let Some(choice) = self.choices.pop_front() {
                    let side = Side::Destination;
                    self.verifier.filter().tell_of(side, (row.path(), false), choice);
                }
                Input::Entry(row)
            }
            None if self.has_listed => Input::End,
            None => return None,
        };
        self.verifier.there(input);
        Some(There::Told)
    }
}
