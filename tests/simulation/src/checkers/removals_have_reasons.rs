//! S1, S2, S4: whenever a sync removes something, what it makes room for is there, its source was
//! seen not to have it, has not got it at that moment either, nothing is older than it must be, and
//! no old version comes to light.

use std::collections::{BTreeMap, BTreeSet};

use b2_proto::plan::sync::{AgeBy, DeleteLimit, Keep};

use super::only_refused_go::Allowed;
use crate::rows::{Row, RowKind};
use crate::sync::covers;

/// What a run of a sync has been told and has begun.
#[derive(Debug, Default)]
pub(crate) struct Removals {
    /// Names of the source that were told to the plan.
    seen: BTreeSet<String>,
    /// Places of the source that nobody could look at.
    unknown: BTreeSet<String>,
    /// The same of folders that were read in part, and the last name that they gave.
    unknown_behind: Vec<(String, String)>,
    /// The last name of the source that was told, and those behind which nothing is known.
    last: String,
    /// Whether it was told only by versions that do not count.
    is_last_void: bool,
    broken_off: Vec<BrokenOff>,
    /// Names that are left out by their times.
    left_out: BTreeSet<String>,
    /// Transfers to these names that are under way.
    open: BTreeSet<String>,
    /// Those that have failed.
    failed: BTreeSet<String>,
    /// Those that have failed at all, and certainly without effect.
    missed: BTreeSet<String>,
    /// Versions that are being copied, and where to.
    copied: BTreeMap<String, String>,
    /// Names that were hidden while the source had them not: of these, old versions may go.
    hidden: BTreeSet<String>,
    /// Versions that the destination's listing has told as they are. Others have come since, as
    /// large files do that were begun before: below what was listed.
    listed: BTreeSet<String>,
    /// Versions that were to be removed.
    removing: BTreeSet<String>,
    /// The rows of names when the first of them was to be removed.
    rows: BTreeMap<String, Vec<Row>>,
    /// Names that were visible and are not any more, as the source has them no more.
    vanished: BTreeSet<String>,
    /// How many may vanish, and of how many that were there at the beginning.
    limit: DeleteLimit,
    visible: u64,
    /// The only names that may, where another run has refused them.
    allowed: Option<Allowed>,
    /// New local files that could not be stored.
    unplaced: BTreeSet<String>,
}

/// Where a listing of the source ended before its end.
#[derive(Debug)]
struct BrokenOff {
    last: String,
    /// Whether an older version may stand for the last name.
    is_open: bool,
}

/// Why nothing of a name is excused.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    pub(crate) keep: Keep,
    pub(crate) now_ms: u64,
    /// Whether the source's filter leaves the name out, and that may remove it.
    pub(crate) is_excluded: bool,
}

const DAY_MS: u64 = 24 * 3_600_000;

impl Removals {
    /// A run begins with so many visible names at its destination, of which no more may vanish
    /// than the limit says.
    pub(crate) fn new(limit: DeleteLimit, visible: u64) -> Self {
        Self { limit, visible, ..Self::default() }
    }

    /// The same where somebody has allowed what this run has refused: these names, and nothing else
    /// is done.
    pub(crate) fn allow(&mut self, allowed: Allowed) {
        let limit = DeleteLimit::Names(allowed.count);
        let unplaced = core::mem::take(&mut self.unplaced);
        *self = Self { allowed: Some(allowed), unplaced, ..Self::new(limit, 0) };
    }

    /// Both sides are listed from their beginning once more. What was seen there in any round, or
    /// could not be, is none of those that the first one has counted; what is under way would be
    /// planned beside itself.
    pub(crate) fn begin_round(&mut self) {
        assert!(self.open.is_empty(), "S1: listed anew while {:?} are under way", self.open);
        self.last.clear();
        self.is_last_void = false;
    }

    /// A name vanishes, unless the source has it. What has come since the beginning was seen
    /// there.
    fn vanishes(&mut self, name: &str, rules: Rules) {
        if self.seen.contains(name) && !rules.is_excluded {
            return;
        }
        self.vanished.insert(name.to_owned());
        let most = self.limit.allowed(self.visible + self.seen.len() as u64);
        let count = self.vanished.len() as u64;
        assert!(count <= most, "S1: {count} names vanish, {most} may: {:?}", self.vanished);
    }

    /// The source has told a name.
    pub(crate) fn told(&mut self, name: &str) {
        self.seen.insert(name.to_owned());
        self.left_out.remove(name);
        self.passed(name);
    }

    /// A folder of the source could be read no further than its file `last`.
    pub(crate) fn unknown_behind(&mut self, place: &str, last: &str) {
        self.unknown_behind.push((place.to_owned(), last.to_owned()));
    }

    /// Whether a name is the last one that was told.
    pub(crate) fn is_last(&self, name: &str) -> bool {
        self.last == name && !self.is_last_void
    }

    /// The source has told a version that does not count.
    pub(crate) fn passed_void(&mut self, name: &str) {
        if self.last != name {
            self.passed(name);
            self.is_last_void = true;
        }
    }

    /// The source has told of something that is no file.
    pub(crate) fn passed(&mut self, name: &str) {
        self.last.clear();
        self.last.push_str(name);
        self.is_last_void = false;
    }

    /// Nobody could look at a place of the source.
    pub(crate) fn unknown(&mut self, place: &str) {
        self.unknown.insert(place.to_owned());
        self.passed(place);
    }

    /// The source could be listed no further.
    pub(crate) fn broken_off(&mut self) {
        let (last, is_open) = (self.last.clone(), self.is_last_void);
        self.broken_off.push(BrokenOff { last, is_open });
    }

    /// A folder has told a file that takes no part, and may be removed for that.
    pub(crate) fn leaves_out(&mut self, name: &str) {
        self.passed(name);
        self.notes_left_out(name);
    }

    /// Something of this name takes no part.
    pub(crate) fn notes_left_out(&mut self, name: &str) {
        if !self.seen.contains(name) {
            self.left_out.insert(name.to_owned());
        }
    }

    /// Whether only files of this name were told that take no part.
    pub(crate) fn has_left_out(&self, name: &str) -> bool {
        self.left_out.contains(name)
    }

    /// The destination has told a version that is whole, or a marker.
    pub(crate) fn lists(&mut self, file_id: &str) {
        self.listed.insert(file_id.to_owned());
    }

    /// A transfer begins; `origin` is the version that is copied, if one is.
    pub(crate) fn begins(&mut self, name: &str, origin: Option<&str>) {
        assert!(self.allowed.is_none(), "S1: only removals were allowed, and {name} is written");
        self.open.insert(name.to_owned());
        if let Some(origin) = origin {
            self.copied.insert(origin.to_owned(), name.to_owned());
        }
    }

    /// A transfer has succeeded.
    pub(crate) fn done(&mut self, name: &str) {
        self.open.remove(name);
        self.failed.remove(name);
        self.missed.remove(name);
        self.copied.retain(|_, to| to != name);
    }

    /// A transfer has failed, perhaps only by its answer.
    pub(crate) fn failed(&mut self, name: &str, may_have_taken_effect: bool) {
        self.open.remove(name);
        self.failed.insert(name.to_owned());
        if !may_have_taken_effect {
            self.missed.insert(name.to_owned());
        }
    }

    /// A file that was not there before could not be stored in a folder.
    pub(crate) fn leaves_unplaced(&mut self, name: &str) {
        self.unplaced.insert(name.to_owned());
    }

    /// S1: whoever removes a local file knows of all names that it may be needed under.
    pub(crate) fn check_unplaced<'a>(&self, known: impl Iterator<Item = &'a str>) {
        let known: BTreeSet<&str> = known.collect();
        let unknown = self.unplaced.iter().find(|name| !known.contains(name.as_str()));
        assert!(unknown.is_none(), "S1: nobody asks what stands in for {unknown:?}");
    }

    /// Whether the source has shown that it has nothing of this name that takes part.
    pub(crate) fn may_go(&self, name: &str, is_excluded: bool) -> bool {
        let is_told = self.seen.contains(name);
        let is_behind = |it: &BrokenOff| name > it.last.as_str() || it.is_open && name == it.last;
        let mut in_part = self.unknown_behind.iter();
        let is_unknown = self.unknown.iter().any(|place| covers(place, name))
            || in_part.any(|(place, last)| covers(place, name) && name > last.as_str())
            || (self.broken_off.iter().any(is_behind) && !is_told);
        !is_unknown && (!is_told || is_excluded)
    }

    /// S1, S2: whether a name may be touched at all.
    fn check_name(&self, name: &str) {
        let is_allowed = self.allowed.as_ref().is_none_or(|it| it.names.contains(name));
        assert!(is_allowed, "S1: {name} is removed, which nobody has allowed: {:?}", self.allowed);
        let is_open = self.open.contains(name) || self.failed.contains(name);
        assert!(!is_open, "S1: {name} is removed before its transfer is done");
        let place = self.unknown.iter().find(|place| covers(place, name));
        assert!(place.is_none(), "S2: {name} is removed below {place:?}, which is unknown");
        let mut in_part = self.unknown_behind.iter();
        let place = in_part.find(|(place, last)| covers(place, name) && name > last.as_str());
        assert!(place.is_none(), "S2: {name} is removed behind {place:?}, which is unknown");
        let is_behind = |it: &BrokenOff| name > it.last.as_str() || it.is_open && name == it.last;
        let is_behind = self.broken_off.iter().any(is_behind);
        assert!(!is_behind || self.seen.contains(name), "S2: {name} is removed unseen");
    }

    /// A local file is about to be removed.
    pub(crate) fn removes_file(&mut self, name: &str, rules: Rules, has_now: bool) {
        self.check_name(name);
        let is_there = (has_now || self.seen.contains(name)) && !rules.is_excluded;
        assert!(!is_there, "S1: {name} is removed, which the source has");
        self.vanishes(name, rules);
    }

    /// A name is about to be hidden; whether the source has it now, is told apart from what its
    /// walk has seen.
    pub(crate) fn hides(&mut self, name: &str, rules: Rules, has_now: bool) {
        self.check_name(name);
        let is_there = (has_now || self.seen.contains(name)) && !rules.is_excluded;
        assert!(!is_there, "S1: {name} is hidden, which the source has");
        self.hidden.insert(name.to_owned());
        self.vanishes(name, rules);
    }

    /// A version is about to be deleted; `rows` are all of its name, newest first.
    pub(crate) fn deletes(
        &mut self,
        name: &str,
        file_id: &str,
        rows: &[Row],
        rules: Rules,
        has_now: bool,
    ) {
        self.check_name(name);
        let to = self.copied.get(file_id);
        assert!(to.is_none(), "S1: a version of {name} goes before its copy to {to:?} is there");
        self.removing.insert(file_id.to_owned());
        let before = self.rows.entry(name.to_owned()).or_insert_with(|| rows.to_vec());
        let was_visible = before.first().is_some_and(|row| row.kind == RowKind::File);
        let age = match rules.keep {
            Keep::Days { days, by } => Some((u64::from(days) * DAY_MS, by)),
            Keep::Age { ms, by } => Some((ms, by)),
            Keep::All | Keep::Newest => None,
        };
        let keeps_all = rules.keep == Keep::All || age.is_some_and(|(ms, _)| ms == 0);
        assert!(!keeps_all, "{name} is removed, and all is to be kept");
        if let (Some((age_ms, AgeBy::Visibility)), Some(at)) =
            (age, before.iter().position(|row| row.file_id == file_id))
        {
            let until_ms = rules.now_ms - age_ms;
            let is_old = |row: &Row| row.uploaded_ms < until_ms;
            let was_followed = before[..at].iter().any(is_old);
            let is_old_mark = before[at].kind == RowKind::Hide && is_old(&before[at]);
            assert!(was_followed || is_old_mark, "S4: {:?} was visible: {before:?}", before[at]);
        }
        let mut seen_then = rows.iter().filter(|row| row.kind != RowKind::Unfinished);
        let seen_then = seen_then.find(|row| row.file_id != file_id);
        if let Some(row) = seen_then.filter(|row| row.kind == RowKind::File) {
            let at = before.iter().position(|it| it.file_id == row.file_id);
            let is_old = at.is_some_and(|at| at > 0) && self.listed.contains(&row.file_id);
            assert!(!is_old, "S2: {row:?} comes to light: {before:?}");
        }
        let mut left = rows
            .iter()
            .filter(|row| row.kind != RowKind::Unfinished && !self.removing.contains(&row.file_id));
        let is_visible = left.next().is_some_and(|row| row.kind == RowKind::File);
        let is_back = has_now && !self.hidden.contains(name);
        let is_there = is_back || self.seen.contains(name);
        if !is_there || rules.is_excluded {
            if was_visible && !is_visible {
                self.vanishes(name, rules);
            }
            return;
        }
        // Of what the source has no more, old versions may go; of what it still has, they may not.
        assert!(!self.missed.contains(name), "S1: {name} is removed, whose transfer has failed");
        assert!(is_visible, "S1: nothing of {name} is left to be seen: {rows:?}");
    }
}
