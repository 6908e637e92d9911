//! What a sync is asked to do.

use super::held::HELD_VERSIONS_MAX;
use super::left::LEFT_NAMES_MAX;
use super::select::Times;

/// Where files go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    /// From a local folder to a bucket.
    Up,
    /// From a bucket to a local folder.
    Down,
    /// From a bucket to a bucket.
    Copy,
}

/// When a file that both sides have counts as changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Compare {
    /// Another length, or another time of modification.
    SizeAndModTime {
        /// Times that differ by no more are equal, in milliseconds.
        threshold_ms: u64,
    },
    /// Another time of modification, whatever the length: the reference's default.
    ModTime {
        /// Times that differ by no more are equal, in milliseconds.
        threshold_ms: u64,
    },
    /// Another length.
    Size {
        /// Lengths that differ by no more are equal, in bytes.
        threshold: u64,
    },
    /// Another length or another SHA-1. The planner asks for the hash of a local file only when
    /// lengths are equal and the other side's SHA-1 is known; where it is not, times decide.
    Sha1 {
        /// Times that differ by no more are equal, in milliseconds.
        threshold_ms: u64,
    },
    /// Never: a name that is there is enough.
    Name,
}

impl Default for Compare {
    fn default() -> Self {
        Self::SizeAndModTime { threshold_ms: 0 }
    }
}

/// What becomes of a changed file whose destination is the newer one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Newer {
    /// It fails, and the others go on.
    #[default]
    Fail,
    /// It is left as it is.
    Skip,
    /// It is replaced.
    Replace,
}

/// What the destination keeps of names that the source has no more, and of old versions.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Keep {
    /// Everything.
    #[default]
    All,
    /// Only what the source has, in its newest version.
    Newest,
    /// All that was visible at some moment of the last days. In buckets only.
    Days {
        /// How many days of 24 hours; everything is kept where there are none.
        days: u32,
        /// From when a version's age counts.
        by: AgeBy,
    },
    /// The same for another span than whole days.
    Age {
        /// How long, in milliseconds; everything is kept where it is 0.
        ms: u64,
        /// From when a version's age counts.
        by: AgeBy,
    },
}

impl Keep {
    /// Whether it keeps everything: no time at all does, as for the reference.
    pub const fn keeps_all(self) -> bool {
        matches!(self, Self::All | Self::Days { days: 0, .. } | Self::Age { ms: 0, .. })
    }

    /// How long versions are kept after they stopped being visible, in milliseconds; nothing where
    /// their age does not matter.
    pub fn age(self) -> Option<(u64, AgeBy)> {
        const DAY_MS: u64 = 86_400_000;
        match self {
            Self::All | Self::Newest => None,
            _ if self.keeps_all() => None,
            Self::Days { days, by } => Some((u64::from(days) * DAY_MS, by)),
            Self::Age { ms, by } => Some((ms, by)),
        }
    }
}

/// From when the age of a version counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum AgeBy {
    /// From when it was uploaded, so a version's successor says when it stopped being visible (S4).
    #[default]
    Visibility,
    /// From when its content was modified, as the reference counts. A file that was modified long
    /// before it was uploaded loses its versions too early.
    ModTime,
}

/// How many names may vanish from the destination in one run.
///
/// What counts is names that are visible there and would be hidden or deleted because the source
/// has them no more. Old versions and names that are hidden already do not count. A share is of the
/// visible names that could vanish at all ([`Totals::removable`](super::Totals::removable)).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DeleteLimit {
    /// Any number: they are removed while the plan goes on.
    Unlimited,
    /// So many names.
    Names(u64),
    /// So many of a hundred names, and no more: of a few names a small share is none.
    Percent(u8),
    /// Half of the names, and [`FEW`](Self::FEW) in any case.
    Half,
}

impl DeleteLimit {
    /// Names that [`Half`](Self::Half) always lets vanish: a folder of a file or two that have new
    /// names each day would be asked about each day.
    pub const FEW: u64 = 3;

    /// How many names may vanish of so many that could.
    pub fn allowed(self, removable: u64) -> u64 {
        match self {
            Self::Unlimited => u64::MAX,
            Self::Names(names) => names,
            Self::Percent(percent) => {
                let share = u128::from(removable) * u128::from(percent) / 100;
                u64::try_from(share).unwrap_or(u64::MAX)
            }
            Self::Half => (removable / 2).max(Self::FEW),
        }
    }
}

impl Default for DeleteLimit {
    /// Half of the names: a source that is suddenly so much smaller is mostly a mistake.
    fn default() -> Self {
        Self::Half
    }
}

/// How changed files are uploaded.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum UploadMode {
    /// As a whole.
    #[default]
    Full,
    /// With the destination's version as a base: what has only grown is copied at the service, and
    /// the rest is sent.
    Incremental,
    /// With the destination's version as a base: what it has of the file, wherever that is in
    /// either, is copied at the service. Each new version has a manifest of its blocks beside it.
    Blocks,
}

/// Finding files that were renamed: their content is copied at the service, not uploaded again.
///
/// New files and vanished names are held back to be paired, so both are acted on later.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Renames {
    /// Shorter files are just uploaded, in bytes.
    pub len_min: u64,
    /// How many new files are held back at most; above it the oldest is uploaded.
    pub held_max: usize,
}

impl Default for Renames {
    fn default() -> Self {
        Self { len_min: 1_000_000, held_max: 4_096 }
    }
}

/// All that decides about a sync besides its entries and its filter of names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Options {
    /// Where files go.
    pub direction: Direction,
    /// When a file counts as changed.
    pub compare: Compare,
    /// What becomes of a file whose destination is newer.
    pub newer: Newer,
    /// What the destination keeps.
    pub keep: Keep,
    /// The present, in milliseconds since the Unix epoch: ages count from here.
    pub now_ms: i64,
    /// How many names may vanish.
    pub delete_limit: DeleteLimit,
    /// Whether files that the source's filter leaves out may be removed from the destination.
    /// They are protected otherwise.
    pub delete_excluded: bool,
    /// Whether a source without entries, or without any that takes part, is meant, and not a
    /// mistake.
    pub allow_empty_source: bool,
    /// How changed files are uploaded.
    pub upload: UploadMode,
    /// Which files of the source take part, by their times.
    pub times: Times,
    /// The source as it was at this moment, in milliseconds since the Unix epoch: versions
    /// uploaded later do not count. Needs a source in a bucket.
    pub as_of_ms: Option<i64>,
    /// Whether renamed files are looked for. Only on the way up.
    pub renames: Option<Renames>,
    /// How many versions of names that vanish are held back at most until it is known whether they
    /// may. Names without room are left to another plan.
    pub held_max: usize,
    /// How many names are left to another plan at most, eight bytes for each. Further ones stay
    /// for the next run.
    pub left_max: usize,
}

impl Options {
    /// The defaults for a direction, at the present.
    pub fn new(direction: Direction, now_ms: i64) -> Self {
        Self {
            direction,
            compare: Compare::default(),
            newer: Newer::default(),
            keep: Keep::default(),
            now_ms,
            delete_limit: DeleteLimit::default(),
            delete_excluded: false,
            allow_empty_source: false,
            upload: UploadMode::default(),
            times: Times::default(),
            as_of_ms: None,
            renames: None,
            held_max: HELD_VERSIONS_MAX,
            left_max: LEFT_NAMES_MAX,
        }
    }

    /// Compares the options with each other.
    ///
    /// # Errors
    /// The first [`OptionsError`] in the order in which they are listed.
    pub fn check(&self) -> Result<(), OptionsError> {
        let is_up = self.direction == Direction::Up;
        let keeps_days = matches!(self.keep, Keep::Days { .. } | Keep::Age { .. });
        if self.direction == Direction::Down && keeps_days {
            Err(OptionsError::KeepDaysLocal)
        } else if self.times.has_negative() {
            Err(OptionsError::NegativeTime)
        } else if is_up && self.as_of_ms.is_some() {
            Err(OptionsError::MomentOfLocal)
        } else if !is_up && self.renames.is_some() {
            Err(OptionsError::RenamesNotUp)
        } else if self.renames.is_some() && self.keep.keeps_all() {
            Err(OptionsError::RenamesKeepAll)
        } else {
            Ok(())
        }
    }
}

/// Why options are refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OptionsError {
    /// Keeping days in a local folder.
    #[error("days can only be kept in a bucket: local files have no old versions")]
    KeepDaysLocal,
    /// A range of times that begins or ends before 1970.
    #[error("a range of times cannot begin or end before 1970; leave that end open instead")]
    NegativeTime,
    /// A local folder as of a moment.
    #[error("only a bucket can be read as of a moment: local files have no old versions")]
    MomentOfLocal,
    /// Renames while nothing is uploaded.
    #[error("renamed files are only looked for when a local folder goes to a bucket")]
    RenamesNotUp,
    /// Renames while no name vanishes.
    #[error("renamed files are only found where names vanish, and the destination keeps all names")]
    RenamesKeepAll,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_that_contradict_each_other_are_refused() {
        let check = |direction, change: fn(&mut Options)| {
            let mut options = Options::new(direction, 0);
            change(&mut options);
            options.check()
        };
        let days = |it: &mut Options| it.keep = Keep::Days { days: 3, by: AgeBy::Visibility };
        assert_eq!(check(Direction::Down, days), Err(OptionsError::KeepDaysLocal));
        assert_eq!(check(Direction::Copy, days), Ok(()));
        let moment = |it: &mut Options| it.as_of_ms = Some(5);
        assert_eq!(check(Direction::Up, moment), Err(OptionsError::MomentOfLocal));
        let renames = |it: &mut Options| it.renames = Some(Renames::default());
        assert_eq!(check(Direction::Copy, renames), Err(OptionsError::RenamesNotUp));
        assert_eq!(check(Direction::Up, renames), Err(OptionsError::RenamesKeepAll));
        let both =
            |it: &mut Options| (it.renames, it.keep) = (Some(Renames::default()), Keep::Newest);
        assert_eq!(check(Direction::Up, both), Ok(()));
        let negative = |it: &mut Options| it.times.modified_ms.from = Some(-1);
        assert_eq!(check(Direction::Up, negative), Err(OptionsError::NegativeTime));
    }

    #[test]
    fn a_share_is_exact_and_the_default_lets_a_few_names_go() {
        for (visible, allowed) in [(1_000, 500), (16, 8), (7, 3), (3, 3), (1, 3)] {
            assert_eq!(DeleteLimit::default().allowed(visible), allowed);
        }
        assert_eq!(DeleteLimit::Percent(50).allowed(1_000), 500);
        assert_eq!(DeleteLimit::Percent(50).allowed(3), 1);
        assert_eq!(DeleteLimit::Percent(0).allowed(1_000), 0);
        assert_eq!(DeleteLimit::Names(0).allowed(1_000), 0);
        assert_eq!(DeleteLimit::Percent(255).allowed(u64::MAX), u64::MAX);
    }
}
