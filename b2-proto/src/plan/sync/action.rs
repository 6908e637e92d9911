//! What comes out of a plan.

use core::fmt;

use super::entry::Entry;
use super::keep::Why;
use super::options::Direction;
use crate::name::{Hexed, PathClass, Quoted};
use crate::wire::text::Sha1;

/// What the planner wants or says next.
#[derive(Debug)]
pub enum Step<'a, S, D> {
    /// The next entry of the source: [`source`](super::Planner::source).
    NeedSource,
    /// The next entry of the destination: [`destination`](super::Planner::destination).
    NeedDestination,
    /// The SHA-1 of this local file: [`hashed`](super::Planner::hashed).
    NeedSha1(LocalFile<'a, S, D>),
    /// Something to do.
    Act(Action<S, D>),
    /// A file or a removal that came to nothing, and why.
    Tell(Report<S, D>),
    /// Nothing more. All further steps say the same.
    Done(Ending),
}

/// The local one of two files that are compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LocalFile<'a, S, D> {
    /// A file of the source.
    Source(&'a S),
    /// A file of the destination.
    Destination(&'a D),
}

/// Something to do, and what has to be done before.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Action<S, D> {
    /// Its number: 0 for the first, one more for each that follows, also in the plan after that.
    pub id: u64,
    /// It runs only once all of these have succeeded; if one fails, it is left undone (S1).
    pub after: After,
    /// What to do.
    pub work: Work<S, D>,
    /// Whether the source has to be looked at once more right before, which had no file of that
    /// name when it was listed: if it has one again, the removal fails (S1). Never where the source
    /// is read as of a moment that is past. Only the last look
    /// counts, so it comes with the newest version of a name, while older ones go without; and with
    /// each version of a name of which nothing can be seen.
    pub must_look: bool,
    /// Whether it also waits until all transfers before it have ended, whatever they came to. A
    /// local disk may take two names of a bucket for one: the file that is removed is then the only
    /// one under the name of a transfer that has failed, and whoever carries this out keeps it
    /// (S1).
    pub after_transfers: bool,
}

/// Numbers of actions in a row, all lower than that of the action they hold up.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct After {
    /// The first.
    pub first: u64,
    /// The one behind the last; `first` when there are none.
    pub end: u64,
}

impl After {
    /// Waits for nothing.
    pub const NOTHING: Self = Self { first: 0, end: 0 };

    /// Waits for one action.
    pub(super) const fn one(id: u64) -> Self {
        Self { first: id, end: id + 1 }
    }

    /// Whether it waits for the action with a number.
    pub const fn contains(self, id: u64) -> bool {
        self.first <= id && id < self.end
    }

    /// Whether it waits for nothing.
    pub const fn is_empty(self) -> bool {
        self.first >= self.end
    }
}

/// What an action does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Work<S, D> {
    /// Uploads, downloads or copies a file, by the direction of the sync.
    Transfer {
        /// The file.
        source: S,
        /// What the destination has of it: the version, for an upload that may use its bytes
        /// (unless all are sent, [`UploadMode::Full`](super::UploadMode::Full); see
        /// [`can_extend`]); the local file that a download replaces, which must still be that one
        /// then.
        base: Option<D>,
        /// Whether the destination shows no file of that name. A local one must not be replaced
        /// then: whatever is found in its place has another name there (S13).
        is_new: bool,
    },
    /// Copies, at the service, the version of a name that vanished, instead of an upload.
    Rename {
        /// The file under its new name.
        source: S,
        /// The version with the same content, under its old name.
        origin: D,
    },
    /// Puts a hide marker above this version.
    Hide(D),
    /// Deletes this version, or this local file.
    Delete {
        /// What is deleted.
        entry: D,
        /// Why.
        why: Why,
    },
}

/// Something that was not done. The run goes on (S16).
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Report<S, D> {
    /// A changed file whose destination is newer ([`Newer::Fail`](super::Newer::Fail)).
    DestinationNewer {
        /// The file.
        source: S,
        /// When the destination was modified, in milliseconds since the Unix epoch.
        destination_ms: i64,
    },
    /// A file whose SHA-1 was asked for and could not be computed.
    NotCompared(S),
    /// A file whose name cannot become a local path (S13).
    UnsafeName {
        /// The file.
        source: S,
        /// Where the name would lead; inside for one that ends like a folder.
        class: PathClass,
    },
    /// A file that is not transferred, because nobody could look at its place (S2).
    DestinationUnknown(S),
    /// What should be hidden or deleted and is not.
    HeldBack {
        /// The version or local file.
        entry: D,
        /// Why it stays.
        why: HeldBack,
    },
}

/// Why something stays at the destination that should be hidden or deleted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HeldBack {
    /// Nobody could look whether the source has it (S2).
    SourceUnknown,
    /// The source cannot have a file of that name, so it says nothing that it has none (S2).
    NameNotLocal,
    /// The file itself came to nothing, so its old versions stay (S1).
    FileFailed,
    /// The source has a manifest of blocks in its place, which takes no part and says nothing of
    /// it.
    Manifest,
    /// Its versions could not be listed to their end, so an old one behind it may come to light
    /// (S2). The next run removes it.
    OlderUnknown,
    /// More names would vanish than are allowed to.
    Limit,
    /// More names vanish than one run can remember until their number is known; the next run
    /// removes them ([`Options::left_max`](super::Options::left_max)).
    NoRoom,
}

/// How a plan ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ending {
    /// Everything was planned; [`Totals`](super::Totals) say what came to nothing.
    Complete,
    /// The source has no entries, or none that takes part while something would vanish for that,
    /// and nobody said that this is meant. Nothing was planned.
    EmptySource,
    /// More names would vanish from the destination than are allowed to. None of them does.
    TooManyDeletes {
        /// Names that would vanish.
        wanted: u64,
        /// Names that may.
        allowed: u64,
    },
    /// More versions would vanish than can be held back until their number is known, which is
    /// allowed as it turned out: plan [again](super::Planner::again) for those that were
    /// [left out](super::Planner::take_left_out). Both sides have ended then, so nothing of them is
    /// still on its way.
    PlanAgain {
        /// Names that are left for that.
        names: u64,
    },
    /// A side came in another order than that of names, or unasked, so nothing can be said about
    /// what it lacks.
    OutOfOrder,
}

/// Whether an incremental upload can begin with a copy of `base` (behaviour b.7).
///
/// The base has at least `len_min` bytes, the least a part may have, the file is no shorter, and
/// the base's SHA-1 is known. The upload still has to compare it with the same bytes of the file.
pub fn can_extend(source: &impl Entry, base: &impl Entry, len_min: u64) -> Option<Sha1> {
    let is_long = base.content_len() >= len_min && source.content_len() >= base.content_len();
    base.sha1().filter(|_| is_long)
}

impl<S: Entry, D: Entry> Action<S, D> {
    /// The file it is about, relative to the folder that is synchronized.
    pub fn path(&self) -> &str {
        match &self.work {
            Work::Transfer { source, .. } | Work::Rename { source, .. } => source.path(),
            Work::Hide(entry) | Work::Delete { entry, .. } => entry.path(),
        }
    }

    /// Bytes it moves: of the file that is transferred, else 0.
    pub fn content_len(&self) -> u64 {
        match &self.work {
            Work::Transfer { source, .. } | Work::Rename { source, .. } => source.content_len(),
            Work::Hide(_) | Work::Delete { .. } => 0,
        }
    }

    /// The line that the reference prints when it is done (behaviour f.9). Control characters are
    /// shown as hex digits; what is uploaded, hidden or deleted is quoted for a shell.
    pub fn line(&self, direction: Direction) -> impl fmt::Display {
        fmt::from_fn(move |f| {
            let path = self.path();
            match (&self.work, direction) {
                (Work::Transfer { .. }, Direction::Up) => write!(f, "upload {}", Quoted(path)),
                (Work::Transfer { .. }, Direction::Down) => write!(f, "dnload {}", Hexed(path)),
                (Work::Transfer { .. }, Direction::Copy) | (Work::Rename { .. }, _) => {
                    write!(f, "copy {}", Hexed(path))
                }
                (Work::Hide(_), _) => write!(f, "hide   {}", Quoted(path)),
                (Work::Delete { .. }, Direction::Down) => write!(f, "delete {}", Quoted(path)),
                (Work::Delete { why, .. }, Direction::Up | Direction::Copy) => {
                    write!(f, "delete {} {}", Quoted(path), why.note())
                }
            }
        })
    }
}

impl Why {
    /// What the reference notes behind the name; empty for a name that vanished.
    pub const fn note(self) -> &'static str {
        match self {
            Self::Vanished => "",
            Self::Old => "(old version)",
            Self::HideMarker => "(hide marker)",
        }
    }
}
