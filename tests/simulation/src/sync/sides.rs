//! Both sides of a sync as they are: for the oracle before a run, and for judging it afterwards.

use std::collections::{BTreeMap, BTreeSet};

use b2_local::walk::{FoundFile, SkipReason};
use b2_proto::name::PathClass;
use b2_proto::plan::blocks::Manifest;
use b2_proto::plan::sync::{Direction, Times, UploadMode};
use b2_proto::wire::text::Sha1;

use super::oracle::{Expected, Seen, Sides, allowed, expected, unchanged};
use super::part::PART_LEN_MIN;
use super::tree::Whole;
use super::{DESTINATION, SOURCE, Sync, counts, keeps_all, keeps_newest_only, was_there};
use crate::disk::Disk;
use crate::rows::{Row, RowKind};
use crate::scenarios::check_manifest;
use crate::service::Side;

/// Rows below a prefix by their names behind it, newest first, without manifests.
type ByName = BTreeMap<String, Vec<Row>>;

fn by_name(rows: Vec<Row>, prefix: &str) -> ByName {
    let mut all = ByName::new();
    for row in rows {
        let is_meant = !matches!(row.kind, RowKind::Unfinished | RowKind::Manifest);
        if let (Some(name), true) = (row.name.strip_prefix(prefix), is_meant) {
            all.entry(name.to_owned()).or_default().push(row);
        }
    }
    all
}

/// The visible ones.
fn visible(rows: &ByName) -> BTreeMap<String, Seen> {
    let newest = rows.iter().filter_map(|(name, rows)| Some((name, rows.first()?)));
    let files = newest.filter(|(_, row)| row.kind == RowKind::File);
    let seen = |row: &Row| Seen {
        whole: Whole { modified_ms: row.modified_ms, bytes: row.bytes.to_vec() },
        sha1: row.sha1,
    };
    files.map(|(name, row)| (name.clone(), seen(row))).collect()
}

fn visible_names(side: &Side, now_ms: u64, prefix: &str) -> BTreeSet<String> {
    visible(&by_name(side.bare_rows(now_ms, prefix), prefix)).into_keys().collect()
}

impl Sync {
    fn local(&self, disk: Option<&Disk>) -> BTreeMap<String, Seen> {
        let wholes = self.tree.wholes(disk).into_iter();
        let seen = |whole: Whole| Seen { sha1: Some(Sha1::of(&whole.bytes)), whole };
        wholes.map(|(name, whole)| (name, seen(whole))).collect()
    }

    fn source(&self, side: &Side, now_ms: u64) -> BTreeMap<String, Seen> {
        match self.options.direction {
            Direction::Up => {
                let mut files = self.local(None);
                files.retain(|_, seen| self.is_in_time(&seen.whole));
                files
            }
            Direction::Down | Direction::Copy => {
                visible(&self.taking_part(by_name(side.rows(now_ms, SOURCE), SOURCE)))
            }
        }
    }

    fn destination(&self, side: &Side, disk: &Disk, now_ms: u64) -> BTreeMap<String, Seen> {
        match self.options.direction {
            Direction::Down => self.local(Some(disk)),
            Direction::Up | Direction::Copy => {
                visible(&by_name(side.rows(now_ms, DESTINATION), DESTINATION))
            }
        }
    }

    /// Visible names of the destination.
    pub(super) fn names_at_destination(
        &self,
        side: &Side,
        disk: &Disk,
        now_ms: u64,
    ) -> BTreeSet<String> {
        match self.options.direction {
            Direction::Down => self.tree.names(Some(disk)),
            Direction::Up | Direction::Copy => visible_names(side, now_ms, DESTINATION),
        }
    }

    fn names_at_source(&self, side: &Side, now_ms: u64) -> BTreeSet<String> {
        let mut names = match self.options.direction {
            Direction::Up => self.tree.names(None),
            Direction::Down | Direction::Copy => {
                let rows = by_name(side.bare_rows(now_ms, SOURCE), SOURCE);
                let names = visible(&self.taking_part(rows)).into_keys();
                names.chain(self.out_of_time(side, now_ms)).collect()
            }
        };
        if self.options.delete_excluded {
            let out_of_time = self.out_of_time(side, now_ms);
            names.retain(|name| !out_of_time.contains(name));
        }
        names
    }

    /// The versions of the source that take part, by their times.
    fn taking_part(&self, mut rows: ByName) -> ByName {
        for rows in rows.values_mut() {
            *rows = self.part_of(rows);
        }
        rows.retain(|_, rows| !rows.is_empty());
        rows
    }

    /// Those of one name. A marker below a version that is left out hides nothing.
    fn part_of(&self, rows: &[Row]) -> Vec<Row> {
        let mut there = rows.iter().filter(|row| was_there(&self.options, row.uploaded_ms));
        let counts = |row: &&Row| counts(&self.options, row.uploaded_ms, row.modified_ms);
        let is_whole = there.clone().next().is_some_and(|newest| counts(&newest));
        let part: Vec<Row> = there.by_ref().filter(counts).cloned().collect();
        let is_hidden = part.first().is_some_and(|row| row.kind == RowKind::Hide);
        if is_hidden && !is_whole { Vec::new() } else { part }
    }

    fn is_in_time(&self, file: &Whole) -> bool {
        self.options.times.modified_ms.contains(file.modified_ms.cast_signed())
    }

    /// The same of a file that a walk has found.
    pub(super) fn is_found_in_time(&self, file: &FoundFile) -> bool {
        self.options.times.modified_ms.contains(file.modified_ms.cast_signed())
    }

    /// Names of the source of which nothing takes part, by their times.
    fn out_of_time(&self, side: &Side, now_ms: u64) -> BTreeSet<String> {
        if self.is_to_bucket() {
            let files = self.tree.wholes(None).into_iter();
            return files.filter(|(_, it)| !self.is_in_time(it)).map(|(name, _)| name).collect();
        }
        let rows = by_name(side.bare_rows(now_ms, SOURCE), SOURCE);
        let is_out = |rows: &[Row]| {
            let is_there = rows.iter().any(|row| was_there(&self.options, row.uploaded_ms));
            is_there && self.part_of(rows).is_empty()
        };
        rows.into_iter().filter(|(_, rows)| is_out(rows)).map(|(name, _)| name).collect()
    }

    /// Whether the source shows nothing, and nobody said that this is meant. Names that are hidden
    /// there show where versions are listed.
    fn lacks_source(&self, source: &BTreeMap<String, Seen>, hidden: &BTreeSet<String>) -> bool {
        let is_mistake = match keeps_all(self.options.keep) {
            true => self.is_to_bucket() && self.tree.walk(None).is_empty(),
            false => source.is_empty() && hidden.is_empty(),
        };
        is_mistake && !self.options.allow_empty_source
    }

    /// What a run must come to that begins now and has no trouble.
    pub(super) fn foresee(&self, side: &Side, disk: &Disk, now_ms: u64) -> Expected {
        let Some(sides) = self.sides(side, disk, now_ms) else {
            return unchanged(self.destination(side, disk, now_ms));
        };
        let mut expected = expected(&self.options, &sides);
        if !self.options.delete_excluded {
            expected.untouched.extend(self.out_of_time(side, now_ms));
        }
        expected
    }

    /// What a run must come to that begins now and may remove names that another one has refused.
    pub(super) fn foresee_allowed(
        &self,
        side: &Side,
        disk: &Disk,
        now_ms: u64,
        names: &BTreeSet<String>,
    ) -> Expected {
        // Another folder than that of the run before says nothing.
        let sides = if self.home.is_other() { None } else { self.sides(side, disk, now_ms) };
        let destination = self.destination(side, disk, now_ms);
        allowed((sides.as_ref(), destination), names, &self.expected)
    }

    /// Both sides as they are now, unless the source is taken for a mistake.
    fn sides(&self, side: &Side, disk: &Disk, now_ms: u64) -> Option<Sides> {
        let mut source = self.source(side, now_ms);
        // A name that the source hides is one that it has, so it stays in a bucket.
        let mut hidden = BTreeSet::new();
        let lists_versions = self.options.as_of_ms.is_some()
            || self.options.times != Times::default()
            || (self.options.direction == Direction::Copy && !keeps_all(self.options.keep));
        if !self.is_to_bucket() && (lists_versions || self.options.direction == Direction::Copy) {
            let rows = self.taking_part(by_name(side.bare_rows(now_ms, SOURCE), SOURCE));
            let is_hidden = |name: &String| !source.contains_key(name) && !self.excluded.has(name);
            hidden.extend(rows.into_keys().filter(is_hidden));
        }
        let destination = self.destination(side, disk, now_ms);
        source.retain(|name, _| !self.excluded.has(name));
        if self.lacks_source(&source, &hidden) {
            return None;
        }
        if self.options.direction == Direction::Down {
            // For a local file that is as good as gone.
            hidden.clear();
        }
        let out_of_time = self.out_of_time(side, now_ms);
        let is_out = |name: &&String| {
            let is_place =
                self.options.direction == Direction::Up && self.tree.cover(name).is_some();
            let is_out = self.excluded.has(name) || out_of_time.contains(*name) || is_place;
            is_out && !self.options.delete_excluded
        };
        let left_out: BTreeSet<String> = destination.keys().filter(is_out).cloned().collect();
        let is_closed = |name: &&String| {
            self.options.direction == Direction::Down && self.tree.cover(name).is_some()
        };
        let closed = source.keys().filter(is_closed).cloned().collect();
        Some(Sides { source, destination, left_out, hidden, closed })
    }

    /// Whether a large file that was gone on with is older than what others have uploaded since it
    /// was started, and so is not seen. The next run sends it anew.
    pub(super) fn is_overtaken(&self, side: &Side, now_ms: u64) -> bool {
        if self.strangers.is_empty() || self.options.direction == Direction::Down {
            return false;
        }
        let rows = by_name(side.rows(now_ms, DESTINATION), DESTINATION);
        let is_below = |name: &String, rows: &Vec<Row>| {
            let whole =
                |row: &Row| Whole { modified_ms: row.modified_ms, bytes: row.bytes.to_vec() };
            let want = self.expected.files.get(name);
            let mut is_wanted = rows.iter().map(|row| Some(&whole(row)) == want);
            self.is_strangers(name) && is_wanted.next() == Some(false) && is_wanted.any(|is| is)
        };
        rows.iter().any(|(name, rows)| is_below(name, rows))
    }

    /// The destination has become what it must.
    pub(super) fn check_destination(&self, side: &Side, disk: &Disk, now_ms: u64) {
        let seen = self.destination(side, disk, now_ms);
        let files: BTreeMap<&String, &Whole> =
            seen.iter().map(|(name, seen)| (name, &seen.whole)).collect();
        self.check_manifests(side, now_ms);
        let expected = &self.expected;
        for name in files.keys().copied().chain(expected.files.keys()) {
            let (is, want) = (files.get(name).copied(), expected.files.get(name));
            assert!(is == want, "{name} is {is:?}, not {want:?}");
        }
        let is_cleaned = self.is_to_bucket() || self.options.direction == Direction::Copy;
        if expected.lacks_source || !is_cleaned || !keeps_newest_only(self.options.keep) {
            return;
        }
        for (name, rows) in by_name(side.bare_rows(now_ms, DESTINATION), DESTINATION) {
            let is_touched = !expected.untouched.contains(&name) && !self.excluded.has(&name);
            let is_strange = self.options.direction == Direction::Up
                && PathClass::of(&name) != PathClass::Inside;
            let is_free = is_touched && !is_strange && self.tree.cover(&name).is_none();
            assert!(!is_free || rows.len() == 1, "old versions of {name} are left: {rows:?}");
        }
    }

    /// What a manifest says of a version that is there is true, and whatever the run without faults
    /// has sent by blocks has one.
    fn check_manifests(&self, side: &Side, now_ms: u64) {
        if self.options.upload != UploadMode::Blocks || !self.is_to_bucket() {
            return;
        }
        let rows = side.rows(now_ms, DESTINATION);
        for row in rows.iter().filter(|row| row.kind == RowKind::Manifest) {
            let version = |file_id: &str| {
                rows.iter().find(|it| it.file_id == file_id).map(|it| &it.bytes[..])
            };
            let checked = check_manifest(&row.bytes, version);
            assert!(checked.is_ok(), "{}: {checked:?}", row.name);
        }
        for name in &self.by_blocks {
            let name = format!("{DESTINATION}{name}");
            let newest = rows.iter().find(|row| row.name == name && row.kind == RowKind::File);
            let newest = newest.expect("a file that was sent");
            let is_of_it = |row: &Row| {
                Manifest::read(row.bytes.to_vec()).is_ok_and(|it| it.file_id() == newest.file_id)
            };
            let mut manifests = rows.iter().filter(|row| row.kind == RowKind::Manifest);
            let is_short = newest.bytes.len() as u64 <= PART_LEN_MIN;
            assert!(is_short || manifests.any(is_of_it), "{name} has no manifest");
        }
    }

    /// S1, S2: what was visible before, and is still at the source or unknown there, is visible.
    pub(super) fn check_nothing_is_lost(&self, side: &Side, disk: &Disk, now_ms: u64) {
        let source = self.names_at_source(side, now_ms);
        let now = self.names_at_destination(side, disk, now_ms);
        for name in &self.at_first {
            let is_unknown = self.tree.cover(name).is_some_and(SkipReason::hides_files)
                || (self.is_to_bucket() && self.excluded.is_unread(name));
            let has_changed =
                self.tree.changes.iter().any(|it| it.name == *name) || self.is_strangers(name);
            let is_at_source = source.contains(name) && !self.excluded.has(name) && !has_changed;
            let is_kept = keeps_all(self.options.keep);
            let is_others = !self.is_to_bucket() && has_changed;
            let must_be_there = (is_unknown || is_at_source || is_kept) && !is_others;
            assert!(!must_be_there || now.contains(name), "S1: {name} is lost");
        }
    }
}
