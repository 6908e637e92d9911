//! What a sync tells while it runs, and what it came to.

use core::fmt;

use b2_proto::error::{Error, ErrorKind};
use b2_proto::plan::sync::{self, Entry as _, Totals, Work};

use super::item::Item;
use crate::index::Note;
use crate::walk::Skipped;

/// An action of a sync.
pub type Action = sync::Action<Item, Item>;
/// A file or a removal that came to nothing.
pub type Report = sync::Report<Item, Item>;

/// One of the two ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// Where files come from.
    Source,
    /// Where they go.
    Destination,
}

/// Something that happened. Each comes once, in the order in which it happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// Another sync to the same destination is under way, on this machine and by this user. Both
    /// go on; what they do to the same files may be done twice, and each removes what its own
    /// source has not.
    Contested,
    /// An action was begun; one of the next three follows.
    Begun {
        /// The action's number.
        id: u64,
        /// The file, relative to the folder.
        path: String,
        /// Bytes to move.
        len: u64,
    },
    /// An action is done; in a dry run, it would have been done.
    Done(Action),
    /// An action failed. Nothing else is held up but what has to wait for it.
    Failed(Action, Box<Error>),
    /// An action was left undone, because one it had to wait for came to nothing (S1).
    Undone(Action),
    /// The plan leaves a file or a removal.
    Left(Report, Option<Reason>),
    /// Something in a folder takes no part.
    Skipped(Side, Skipped),
    /// A side could not be listed to its end: what lies behind is unknown (S2).
    Unlisted(Side, Box<Error>),
    /// All is planned and some of it not done yet.
    Planned(Totals),
    /// Both sides are listed once more, to remove what was left in the first round, as far as the
    /// source still has not got it, and nothing else.
    Again {
        /// Names to remove.
        names: u64,
    },
    /// Something about the rules of names that somebody should know: a line of an ignore file that
    /// is no pattern, and says nothing.
    Notice(String),
    /// The index of digests was of no use, or is not written; files were read instead.
    Index(Note),
}

/// Why the plan left something, where it does not know itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reason(pub(super) String);

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How a run came to its end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ending {
    /// Everything was planned and tried.
    Complete,
    /// The source is empty, or nothing of it takes part while something would vanish for that, and
    /// nobody said that this is meant. Nothing was done.
    EmptySource,
    /// More names would vanish from the destination than are allowed to. None of them did; all
    /// else is done.
    TooManyDeletes {
        /// Names that would vanish.
        wanted: u64,
        /// Names that may.
        allowed: u64,
    },
    /// So many actions in a row failed because the service could not be reached, is out of order,
    /// or takes nothing more from this account or key; this is the last kind of failure. Run the
    /// same again when that is settled: it goes on from there.
    GivenUp(ErrorKind),
    /// Somebody [stopped](super::Stop) it. Run the same again, and it goes on from there.
    Stopped,
    /// A side came in another order than that of names.
    OutOfOrder,
}

/// What a sync came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Summary {
    /// How it ended.
    pub ending: Ending,
    /// What was planned.
    pub planned: Totals,
    /// Files uploaded, downloaded or copied.
    pub transferred: u64,
    /// Their bytes.
    pub transferred_bytes: u64,
    /// Files copied at the service because they were only renamed.
    pub renamed: u64,
    /// Names hidden.
    pub hidden: u64,
    /// Versions or local files deleted.
    pub deleted: u64,
    /// Actions that failed.
    pub failed: u64,
    /// Actions left undone because one they had to wait for came to nothing.
    pub undone: u64,
    /// Actions that were planned and not begun.
    pub not_begun: u64,
    /// Actions that were given up on the way when the run was stopped.
    pub broken_off: u64,
    /// Entries of folders that take no part.
    pub skipped: u64,
}

impl Summary {
    pub(super) fn new() -> Self {
        Self {
            ending: Ending::Complete,
            planned: Totals::default(),
            transferred: 0,
            transferred_bytes: 0,
            renamed: 0,
            hidden: 0,
            deleted: 0,
            failed: 0,
            undone: 0,
            not_begun: 0,
            broken_off: 0,
            skipped: 0,
        }
    }

    /// Whether the destination is now as the options want it.
    pub const fn is_complete(&self) -> bool {
        matches!(self.ending, Ending::Complete)
            && self.failed == 0
            && self.undone == 0
            && self.not_begun == 0
            && self.broken_off == 0
            && !self.planned.is_incomplete()
    }

    /// Files that came to nothing, by the plan or when they were transferred.
    pub const fn failures(&self) -> u64 {
        self.failed + self.planned.failed
    }

    pub(super) fn count(&mut self, action: &Action) {
        match &action.work {
            Work::Transfer { source, .. } => {
                self.transferred += 1;
                self.transferred_bytes += source.content_len();
            }
            Work::Rename { .. } => self.renamed += 1,
            Work::Hide(_) => self.hidden += 1,
            Work::Delete { .. } => self.deleted += 1,
        }
    }

    /// Takes what a round planned. Another one only removes what the first has left, and may see
    /// the same unknown places.
    pub(super) fn plan(&mut self, totals: &Totals, is_first: bool) {
        if is_first {
            self.planned = *totals;
            return;
        }
        let planned = &mut self.planned;
        planned.hides += totals.hides;
        planned.deletes += totals.deletes;
        planned.held_back += totals.held_back;
        planned.unknown = planned.unknown.max(totals.unknown);
    }
}
