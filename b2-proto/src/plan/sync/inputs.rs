//! What the planner is told.

use alloc::format;
use alloc::string::String;

use super::action::Ending;
use super::entry::{Entry, EntryKind};
use super::options::Direction;
use super::planner::{Ask, Planner};
use super::select::{Choice, PathFilter};
use super::shadow::Cover;
use super::side::{Input, OutOfOrder};
use crate::wire::text::Sha1;

impl<S: Entry, D: Entry + Clone, F: PathFilter> Planner<S, D, F> {
    /// Tells what comes next on the source's side, when it was asked for.
    pub fn source(&mut self, input: Input<S>) {
        if self.source.is_full() {
            // Taking it would lose an entry, and its absence would be acted upon.
            self.ending = Some(Ending::OutOfOrder);
            return;
        }
        let told = match input {
            Input::Entry(entry) => self.source_entry(entry),
            Input::Unknown(path) => self.shade_source(&path, Cover::Unknown),
            Input::LeftOut(path) => self.shade_source(&path, Cover::LeftOut),
            Input::RestOfUnknown(folder) => {
                self.totals.unknown += 1;
                if folder.is_empty() {
                    self.doubt_last_name();
                }
                self.source.shade_rest(&folder, &self.destination)
            }
            Input::RestUnknown => {
                self.totals.unknown += 1;
                self.doubt_last_name();
                self.source.shadows.add_rest();
                self.source.has_begun = true;
                self.source.has_ended = true;
                Ok(())
            }
            Input::End => {
                self.source.has_ended = true;
                Ok(())
            }
        };
        self.check_order(&told);
        let is_whole = self.source.has_ended && !self.source.shadows.is_rest_unknown();
        if is_whole && self.lacks_source() {
            self.ending = Some(Ending::EmptySource);
        }
    }

    /// Whether the source has shown nothing so far, and it would be a mistake if that were all. A
    /// local folder has at least something in it; where names would vanish, it takes an entry that
    /// takes part: a disk that is not mounted leaves a folder with what is in no backup.
    pub(super) fn lacks_source(&self) -> bool {
        let is_mistake = match self.options.keep.keeps_all() {
            true => self.options.direction == Direction::Up && !self.source.has_begun,
            false => !self.source.has_shown,
        };
        is_mistake && !self.options.allow_empty_source
    }

    /// Whether the rules leave a file of the source out. It is asked about what nobody could look
    /// at, too: as a file it would take no part, and nobody needs to be told of it.
    pub fn leaves_out(&mut self, path: &str) -> bool {
        self.selection.leaves_out(path)
    }

    /// Whether the rules keep all of a place of the destination as it is: a file, or, with a slash
    /// at the end, a folder. That nobody could look at it does not matter then.
    pub fn protects(&mut self, place: &str) -> bool {
        !self.options.delete_excluded && self.selection.choose_place(place) == Choice::Out
    }

    /// Whether something may have to be removed from a place of the destination. What belongs there
    /// and nobody could compare is told by itself.
    fn may_remove_at(&mut self, place: &str) -> bool {
        !self.options.keep.keeps_all() && !self.protects(place)
    }

    /// Tells what comes next on the destination's side, when it was asked for.
    pub fn destination(&mut self, input: Input<D>) {
        if self.destination.is_full() {
            self.ending = Some(Ending::OutOfOrder);
            return;
        }
        let told = match input {
            Input::Entry(entry) if entry.kind() == EntryKind::Unfinished => {
                self.destination.advance(entry.path()).map(drop)
            }
            Input::Entry(entry) => self.destination.advance(entry.path()).map(|is_again| {
                // One below other versions hides nothing.
                if !is_again || entry.kind() != EntryKind::Manifest {
                    self.destination.put(entry, is_again);
                }
            }),
            Input::Unknown(path) => self.shade_destination(&path, Cover::Unknown),
            Input::LeftOut(path) => self.shade_destination(&path, Cover::LeftOut),
            Input::RestOfUnknown(folder) => {
                self.totals.unknown += u64::from(folder.is_empty() || self.may_remove_at(&folder));
                self.destination.shade_rest(&folder, &self.source)
            }
            Input::RestUnknown => {
                self.totals.unknown += 1;
                self.destination.shadows.add_rest();
                self.destination.has_ended = true;
                Ok(())
            }
            Input::End => {
                self.destination.has_ended = true;
                Ok(())
            }
        };
        self.check_order(&told);
    }

    fn source_entry(&mut self, entry: S) -> Result<(), OutOfOrder> {
        let is_again = self.source.advance(entry.path())?;
        let is_later = |moment| entry.uploaded_ms().is_some_and(|ms| ms > moment);
        if entry.kind() == EntryKind::Unfinished || self.options.as_of_ms.is_some_and(is_later) {
            return Ok(());
        }
        if is_again || entry.kind() == EntryKind::Manifest {
            if !self.source.is_left_out {
                self.source.put(entry, is_again);
            }
            return Ok(());
        }
        let choice = self.selection.choose(entry.path());
        if choice == Choice::Unknown {
            self.totals.unknown += 1;
            self.source.shade(entry.path(), Cover::Unknown, &self.destination);
        } else if choice == Choice::Out {
            self.leave_name_out();
        } else if self.options.times.contain(&entry) {
            if self.source.is_left_out && entry.kind() == EntryKind::HideMarker {
                // The name is there again, by a version that takes no part.
                self.source.pass();
                return Ok(());
            }
            // An older version takes the part of those left out.
            self.totals.left_out -= u64::from(core::mem::take(&mut self.source.is_left_out));
            self.source.put(entry, false);
        } else {
            self.leave_name_out();
            // Its name does not tell that it is left out, so it has to be remembered.
            let path = String::from(entry.path());
            self.source.shade(&path, Cover::OneLeftOut, &self.destination);
        }
        Ok(())
    }

    /// Counts the last name of the source among those left out, once for all its versions.
    const fn leave_name_out(&mut self) {
        if !core::mem::replace(&mut self.source.is_left_out, true) {
            self.totals.left_out += 1;
        }
    }

    /// The source's versions end here, and an older one could have stood for a name that is left
    /// out so far. Local files have none.
    fn doubt_last_name(&mut self) {
        if self.options.direction != Direction::Up && self.source.is_undecided() {
            let path = String::from(self.source.position());
            self.source.shade(&path, Cover::Unknown, &self.destination);
        }
    }

    fn shade_source(&mut self, path: &str, cover: Cover) -> Result<(), OutOfOrder> {
        self.source.advance(path)?;
        let is_out = cover == Cover::Unknown && self.leaves_out(path);
        self.totals.unknown += u64::from(cover == Cover::Unknown && !is_out);
        self.totals.left_out += u64::from(cover == Cover::LeftOut || is_out);
        self.source.shade(path, if is_out { Cover::OneLeftOut } else { cover }, &self.destination);
        if is_out {
            // Perhaps it is a folder, and its rules are others.
            self.source.shade(&format!("{path}/"), Cover::Unknown, &self.destination);
        }
        Ok(())
    }

    fn shade_destination(&mut self, path: &str, cover: Cover) -> Result<(), OutOfOrder> {
        self.destination.advance(path)?;
        self.totals.unknown += u64::from(cover == Cover::Unknown && self.may_remove_at(path));
        self.destination.shade(path, cover, &self.source);
        Ok(())
    }

    fn check_order(&mut self, told: &Result<(), OutOfOrder>) {
        if told.is_err() {
            self.ending = Some(Ending::OutOfOrder);
        }
    }

    /// Tells the SHA-1 that was asked for, or that it cannot be computed.
    pub fn hashed(&mut self, sha1: Option<Sha1>) {
        match self.ask.take() {
            Some(Ask::Source | Ask::Destination) => self.turn.digest = Some(sha1),
            Some(Ask::New) => self.turn.new_digest = Some(sha1),
            Some(Ask::Held(id)) => {
                if let Some(files) = &mut self.new_files {
                    files.tell(id, sha1);
                }
            }
            None => {}
        }
    }
}
