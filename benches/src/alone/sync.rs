//! Plans of a sync: names, lengths and times come from memory, actions are counted and dropped.

use core::fmt::Write as _;

use b2_proto::plan::sync::{
    Compare, DeleteLimit, Direction, Entry, EntryKind, Everything, Input, Keep, Options, Planner,
    Step,
};

/// How the sides differ.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Change {
    /// Not at all.
    None,
    /// One file in a hundred is newer at the source.
    Percent,
    /// No name is on both sides.
    All,
}

/// Two sides of as many files, with so many versions of each name at the destination. One version
/// is compared only; with more, all but what the source has is deleted.
#[derive(Debug)]
pub struct SyncRun {
    /// All names, one behind the other.
    names: String,
    /// Where each name ends.
    ends: Vec<usize>,
    files: usize,
    versions: usize,
    change: Change,
}

/// An entry as the planner sees it.
#[derive(Clone, Debug)]
struct Item<'a> {
    path: &'a str,
    len: u64,
    modified_ms: i64,
    uploaded_ms: Option<i64>,
}

impl Entry for Item<'_> {
    fn path(&self) -> &str {
        self.path
    }

    fn kind(&self) -> EntryKind {
        EntryKind::File
    }

    fn content_len(&self) -> u64 {
        self.len
    }

    fn modified_ms(&self) -> i64 {
        self.modified_ms
    }

    fn uploaded_ms(&self) -> Option<i64> {
        self.uploaded_ms
    }
}

impl SyncRun {
    /// Names of some forty bytes in folders of a thousand.
    pub fn new(files: usize, versions: usize, change: Change) -> Self {
        let (mut names, mut ends) = (String::new(), Vec::new());
        // Where no name is on both sides, each side has every second one.
        let count = if change == Change::All { 2 * files } else { files };
        for index in 0..count {
            let (folder, file) = (index / 1_000, index % 1_000);
            let written = write!(names, "pictures/2026/holiday-{folder:05}/IMG_{file:06}.jpeg");
            debug_assert!(written.is_ok());
            ends.push(names.len());
        }
        Self { names, ends, files, versions, change }
    }

    /// What a table calls it.
    pub fn what(&self) -> String {
        let change = match self.change {
            Change::None => "all equal",
            Change::Percent => "1 % changed",
            Change::All => "disjoint",
        };
        match self.versions {
            1 => change.to_owned(),
            versions => format!("{change}, {versions} versions, delete"),
        }
    }

    fn name(&self, index: usize) -> &str {
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.names[start..self.ends[index]]
    }

    /// Plans it; gives the number of actions.
    pub fn run(&self) -> u64 {
        let mut options = Options::new(Direction::Up, 1_800_000_000_000);
        options.compare = Compare::ModTime { threshold_ms: 0 };
        options.delete_limit = DeleteLimit::Unlimited;
        options.keep = if self.versions > 1 { Keep::Newest } else { Keep::All };
        let mut planner = Planner::new(options, Everything).expect("options that agree");
        let (mut next_source, mut next_version) = (0, 0);
        let mut actions = 0;
        loop {
            match planner.step() {
                Step::NeedSource => {
                    planner.source(self.source(next_source).map_or(Input::End, Input::Entry));
                    next_source += 1;
                }
                Step::NeedDestination => {
                    let version = self.version(next_version);
                    planner.destination(version.map_or(Input::End, Input::Entry));
                    next_version += 1;
                }
                Step::Act(action) => {
                    core::hint::black_box(&action);
                    actions += 1;
                }
                Step::NeedSha1(_) | Step::Tell(_) => unreachable!("nothing is asked or told"),
                Step::Done(_) => return actions,
            }
        }
    }

    fn source(&self, index: usize) -> Option<Item<'_>> {
        let is_newer = self.change == Change::Percent && index.is_multiple_of(100);
        let at = if self.change == Change::All { 2 * index } else { index };
        (index < self.files).then(|| Item {
            path: self.name(at),
            len: 4_096,
            modified_ms: 1_700_000_000_000 + i64::from(is_newer),
            uploaded_ms: None,
        })
    }

    fn version(&self, index: usize) -> Option<Item<'_>> {
        let (file, version) = (index / self.versions, index % self.versions);
        let at = if self.change == Change::All { 2 * file + 1 } else { file };
        let age_ms = i64::try_from(version).unwrap_or_default();
        (file < self.files).then(|| Item {
            path: self.name(at),
            len: 4_096,
            modified_ms: 1_700_000_000_000 - age_ms,
            uploaded_ms: Some(1_700_000_100_000 - age_ms),
        })
    }
}
