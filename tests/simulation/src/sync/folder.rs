//! A local folder while a sync is at it, and others are, too.
//!
//! Others write to files of a destination after these were listed, and put another folder in the
//! place of one that is being read.

use b2_local::sync::{Target, Ticket};
use b2_local::walk::{Entry, FoundFile, SkipReason, Skipped};
use b2_proto::error::{Error, ErrorKind};
use b2_proto::name::PathClass;

use super::Sync;
use super::tree::{Change, Tree};
use crate::disk::Disk;
use crate::sink::Sink;
use crate::source::bytes_of;
use crate::world::{World, index};

/// A file of a destination as it was listed.
#[derive(Clone, Debug)]
pub(super) struct Listed {
    name: String,
    /// Its length and when it was modified; nothing if there was none.
    seen: Option<(u64, u64)>,
}

impl Listed {
    /// What a download may replace.
    pub(super) fn of(target: &Target) -> Self {
        let seen = target.replaces.as_ref().map(|seen| (seen.len, seen.modified_ms));
        Self { name: target.name.clone(), seen }
    }

    /// Whether the file is still so; gone is as good.
    fn is_same(&self, tree: &Tree, disk: &Disk) -> bool {
        let now = tree.facts(&self.name, disk);
        now.is_none() || now == self.seen
    }
}

impl World {
    /// The target of a download, which must be in the folder (S13); nothing if it cannot be opened.
    pub(super) fn open(&self, sync: &Sync, target: &Target) -> Option<Sink> {
        let (name, listed) = (&target.name, Listed::of(target));
        assert_eq!(PathClass::of(name), PathClass::Inside, "S13: {name} leads elsewhere");
        assert!(sync.tree.cover(name).is_none(), "S13: {name} is behind a link, or unknown (S2)");
        let is_same = listed.is_same(&sync.tree, &self.disk);
        let is_others = sync.others.contains_key(name);
        assert!(is_same || is_others, "S8: {name} is not to be replaced as it is: {listed:?}");
        let is_free = is_same && !self.is_in_the_way(name);
        is_free.then(|| Sink::new(Tree::on_disk(name)))
    }

    /// Whether a file is where a folder has to be, or the other way round.
    fn is_in_the_way(&self, name: &str) -> bool {
        let is_file = |name: &str| self.disk.read(&Tree::on_disk(name)).is_some();
        let mut outer = name.match_indices('/').map(|(at, _)| name.split_at(at).0);
        let below = Tree::on_disk(&format!("{name}/"));
        outer.any(is_file) || self.disk.files_below(&below).next().is_some()
    }

    /// Whether a download may take the place of its target: a file that was written to since it
    /// was listed is not the one that was to be replaced.
    pub(crate) fn may_replace(&self, number: usize) -> bool {
        let Some(sync) = &self.sync else { return true };
        sync.targets.get(&number).is_none_or(|listed| listed.is_same(&sync.tree, &self.disk))
    }

    /// A download of a sync is about to take the place of its target.
    pub(crate) fn note_time(&mut self, number: usize) {
        let sink = &self.store.sinks[number];
        if let (Some(sync), Some(ms), Some(file)) =
            (&mut self.sync, sink.modified_ms, self.disk.number(&sink.temp))
        {
            sync.tree.times.insert(file, ms);
        }
    }

    /// The next entries of a folder, as it is now, and whether these are the last ones.
    pub(super) fn walk(&mut self, sync: &mut Sync, ticket: Ticket) -> (Vec<Entry>, bool) {
        let is_source = ticket == Ticket::Source;
        let disk = (!is_source).then_some(&self.disk);
        let side = usize::from(is_source);
        let mut rest = sync.tree.walk(disk).split_off(&sync.walked[side]);
        rest.remove(&sync.walked[side]);
        let count = 1 + index(self.rng.below(8));
        let mut is_at_end = rest.len() <= count;
        let mut rest = rest.into_values();
        let mut entries: Vec<Entry> = rest.by_ref().take(count).collect();
        for entry in &entries {
            name_of(entry).clone_into(&mut sync.walked[side]);
            if is_source {
                tell(sync, entry);
            } else if let Entry::File(it) = entry {
                sync.answers.refusals.lists(&it.name, true);
            }
        }
        let is_other = self.faults.source.hits(&mut self.rng);
        let within = entries.last().and_then(folder_of);
        if let (true, Some(folder), Some(next)) = (is_other, within, rest.next())
            && name_of(&next).starts_with(&folder)
        {
            is_at_end = rest.all(|entry| name_of(&entry).starts_with(&folder));
            if is_source {
                sync.removals.unknown_behind(&folder, &sync.walked[side]);
            }
            sync.walked[side] = format!("{folder}{}", char::MAX);
            let reason = SkipReason::RestUnreadable("it is another folder".to_owned());
            let path = super::tree::path(&folder);
            entries.push(Entry::Skipped(Skipped { name: folder, path, reason }));
        }
        if is_at_end {
            sync.walked[side] = char::MAX.to_string();
        }
        (entries, is_at_end)
    }

    pub(super) fn remove(&mut self, sync: &Sync, file: &FoundFile) -> Result<(), Error> {
        let seen = Some((file.len, file.modified_ms));
        let listed = Listed { name: file.name.clone(), seen };
        if !listed.is_same(&sync.tree, &self.disk) {
            return Err(Error::new(ErrorKind::Sink, "it has changed"));
        }
        self.disk.remove(&Tree::on_disk(&file.name));
        Ok(())
    }

    /// Somebody writes to a file of the folder, or removes it.
    pub(crate) fn change(&mut self, number: usize) {
        let Some(sync) = &mut self.sync else { return };
        if sync.is_to_bucket() {
            return sync.tree.change(number);
        }
        let Change { name, file, .. } = sync.tree.changes[number].clone();
        let target = Tree::on_disk(&name);
        let Some(file) = file else {
            sync.others.remove(&name);
            return self.disk.remove(&target);
        };
        let bytes = bytes_of(file.seed, file.len);
        let on_disk = self.disk.put(&target, &bytes);
        sync.tree.times.insert(on_disk, file.modified_ms);
        let is_listed = sync.run.is_some() && name <= sync.walked[0];
        sync.others.remove(&name);
        if is_listed {
            sync.others.insert(name, bytes);
        }
    }
}

impl Sync {
    /// What others have written to the destination since it was listed is there.
    pub(super) fn check_others(&self, disk: &Disk) {
        for (name, bytes) in &self.others {
            let is_there = disk.read(&Tree::on_disk(name)) == Some(bytes);
            assert!(is_there, "S8: {name} was written to after it was listed, and is replaced");
        }
    }
}

fn name_of(entry: &Entry) -> &str {
    let (Entry::File(FoundFile { name, .. }) | Entry::Skipped(Skipped { name, .. })) = entry;
    name
}

/// The folder that a file is in, if it is not the outermost one.
fn folder_of(entry: &Entry) -> Option<String> {
    let Entry::File(file) = entry else { return None };
    file.name.rfind('/').map(|at| file.name[..=at].to_owned())
}

/// What a walk tells of the source.
fn tell(sync: &mut Sync, entry: &Entry) {
    match entry {
        Entry::File(it) if sync.options.delete_excluded && !sync.is_found_in_time(it) => {
            sync.removals.leaves_out(&it.name);
        }
        Entry::File(it) => sync.removals.told(&it.name),
        Entry::Skipped(it) if it.reason.hides_files() => sync.removals.unknown(&it.name),
        Entry::Skipped(it) => sync.removals.passed(&it.name),
    }
}
