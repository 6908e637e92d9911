//! Which versions of a name the destination need not keep (behaviour f.8).

use super::entry::{Entry, EntryKind};
use super::options::{AgeBy, Direction, Keep};

/// What the source has of a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Source {
    /// A file.
    Visible,
    /// A hide marker.
    Hidden,
    /// Nothing.
    Absent,
}

/// What becomes of a version.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fate {
    Kept,
    /// A hide marker is put above it.
    Hidden,
    Deleted(Why),
}

/// Why a version or a local file is deleted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Why {
    /// The source has the name no more.
    Vanished,
    /// Another version took its place.
    Old,
    /// It is a hide marker that hides nothing that is kept.
    HideMarker,
}

/// The rule for the versions of one name, asked for one after the other, newest first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    /// How many versions were asked for.
    count: u64,
    /// The other versions are older than what is to be kept.
    is_past: bool,
}

impl Rule {
    pub(super) const NEW: Self = Self { count: 0, is_past: false };

    /// Whether no version was asked for yet.
    pub(super) const fn is_first(&self) -> bool {
        self.count == 0
    }

    /// The fate of the next version.
    pub(super) fn next(&mut self, scope: &Scope, version: &impl Entry) -> Fate {
        let is_first = self.count == 0;
        self.count += 1;
        let is_marker = version.kind() == EntryKind::HideMarker;
        let is_old = scope.was_transferred || !is_first;
        let why = match is_marker {
            true => Why::HideMarker,
            false if is_old => Why::Old,
            false => Why::Vanished,
        };
        let age = scope.keep.age();
        let fate = match scope.keep {
            Keep::All => Fate::Kept,
            keep if keep.keeps_all() => Fate::Kept,
            Keep::Newest if scope.direction == Direction::Down => match scope.source {
                Source::Visible => Fate::Kept,
                Source::Hidden | Source::Absent => Fate::Deleted(Why::Vanished),
            },
            Keep::Newest if is_old || scope.source == Source::Absent => Fate::Deleted(why),
            Keep::Newest => Fate::Kept,
            Keep::Days { .. } | Keep::Age { .. } => {
                let is_over = age.is_some_and(|(age_ms, by)| {
                    let since_ms = match by {
                        AgeBy::Visibility => version.uploaded_ms(),
                        AgeBy::ModTime => Some(version.modified_ms()),
                    };
                    since_ms.is_some_and(|ms| is_older(scope.now_ms, ms, age_ms))
                });
                let is_past = self.is_past || (is_marker && is_over);
                self.is_past = is_past || is_over;
                if is_past {
                    Fate::Deleted(why)
                } else if is_first && !is_marker && scope.source == Source::Absent {
                    Fate::Hidden
                } else {
                    Fate::Kept
                }
            }
        };
        // It only says since when the older ones are not visible any more.
        if version.kind() == EntryKind::Manifest { Fate::Kept } else { fate }
    }
}

/// What the rule has to know besides the versions.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scope {
    pub(super) direction: Direction,
    pub(super) keep: Keep,
    pub(super) now_ms: i64,
    pub(super) source: Source,
    pub(super) was_transferred: bool,
}

/// Whether `ms` is more than so long before `now_ms`.
fn is_older(now_ms: i64, ms: i64, age_ms: u64) -> bool {
    i128::from(now_ms) - i128::from(ms) > i128::from(age_ms)
}
