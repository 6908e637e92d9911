//! The whole state, and the changes that are the only way to alter it.
//!
//! A request is answered from the state and leaves a list of [`Change`]s behind. A durable store
//! writes these down before the answer is sent; replaying them from nothing gives the state again.

use core::cmp::Reverse;
use core::mem;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::model::{Account, Action, Bucket, Key, Part, Slice, Version};

/// One step of the state. Repeating the last step for an entity changes nothing.
#[derive(Clone, Serialize, Deserialize)]
pub struct Change(pub(crate) Step);

impl core::fmt::Debug for Change {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        // Keys and the account carry secrets.
        f.write_str(match &self.0 {
            Step::Account(_) => "Change(Account)",
            Step::Seq(_) => "Change(Seq)",
            Step::Bucket(_) => "Change(Bucket)",
            Step::BucketGone(_) => "Change(BucketGone)",
            Step::Key(_) => "Change(Key)",
            Step::KeyGone(_) => "Change(KeyGone)",
            Step::Version(_) => "Change(Version)",
            Step::VersionGone(_) => "Change(VersionGone)",
            Step::LifecycleDay(_) => "Change(LifecycleDay)",
            Step::Part { .. } => "Change(Part)",
        })
    }
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) enum Step {
    Account(Account),
    /// The next sequence number, so that numbers of deleted things are not given out again.
    Seq(u64),
    Bucket(Box<Bucket>),
    BucketGone(String),
    Key(Box<Key>),
    KeyGone(String),
    Version(Box<Version>),
    VersionGone(u64),
    /// The day, since the epoch, on which lifecycle rules ran last.
    LifecycleDay(u64),
    Part {
        file: u64,
        part: Box<Part>,
    },
}

/// Place of a version in its bucket: by name bytes, newest first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Slot {
    pub(crate) name: String,
    pub(crate) uploaded_ms: Reverse<u64>,
    pub(crate) seq: Reverse<u64>,
}

impl Slot {
    /// The place before every version of `name`.
    pub(crate) fn first_of(name: &str) -> Self {
        Self { name: name.to_owned(), uploaded_ms: Reverse(u64::MAX), seq: Reverse(u64::MAX) }
    }

    fn of(version: &Version) -> Self {
        Self {
            name: version.name.clone(),
            uploaded_ms: Reverse(version.uploaded_ms),
            seq: Reverse(version.seq),
        }
    }
}

/// The versions of one bucket, in both orders that are asked for.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    pub(crate) slots: BTreeSet<Slot>,
    /// Unfinished large files by start.
    pub(crate) unfinished: BTreeSet<u64>,
}

/// Everything the service knows.
#[derive(Default)]
pub struct State {
    pub(crate) account: Option<Account>,
    pub(crate) next_seq: u64,
    pub(crate) buckets: BTreeMap<String, Bucket>,
    pub(crate) bucket_ids: BTreeMap<String, String>,
    pub(crate) keys: BTreeMap<String, Key>,
    pub(crate) versions: BTreeMap<u64, Version>,
    pub(crate) lifecycle_day: Option<u64>,
    shelves: BTreeMap<String, Shelf>,
    refs: BTreeMap<u64, u64>,
    garbage: Vec<u64>,
    pub(crate) stored_bytes: u64,
}

impl core::fmt::Debug for State {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("State")
            .field("buckets", &self.buckets.len())
            .field("keys", &self.keys.len())
            .field("versions", &self.versions.len())
            .finish_non_exhaustive()
    }
}

impl State {
    /// An empty state, for replaying changes into.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one step.
    pub fn apply(&mut self, change: Change) {
        match change.0 {
            Step::Account(account) => self.account = Some(account),
            Step::Seq(seq) => self.next_seq = self.next_seq.max(seq),
            Step::Bucket(bucket) => {
                self.bucket_ids.insert(bucket.name.clone(), bucket.id.clone());
                self.shelves.entry(bucket.id.clone()).or_default();
                self.buckets.insert(bucket.id.clone(), *bucket);
            }
            Step::BucketGone(id) => {
                if let Some(bucket) = self.buckets.remove(&id) {
                    self.bucket_ids.remove(&bucket.name);
                    self.shelves.remove(&id);
                }
            }
            Step::Key(key) => {
                self.keys.insert(key.id.clone(), *key);
            }
            Step::KeyGone(id) => {
                self.keys.remove(&id);
            }
            Step::Version(version) => self.put_version(*version),
            Step::VersionGone(seq) => self.remove_version(seq),
            Step::LifecycleDay(day) => self.lifecycle_day = Some(day),
            Step::Part { file, part } => self.put_part(file, *part),
        }
    }

    /// The changes that build this state from nothing.
    pub fn changes(&self) -> impl Iterator<Item = Change> + '_ {
        let account = self.account.iter().cloned().map(Step::Account);
        let seq = core::iter::once(Step::Seq(self.next_seq));
        let buckets = self.buckets.values().map(|b| Step::Bucket(Box::new(b.clone())));
        let keys = self.keys.values().map(|k| Step::Key(Box::new(k.clone())));
        let versions = self.versions.values().map(|v| Step::Version(Box::new(v.clone())));
        let day = self.lifecycle_day.iter().copied().map(Step::LifecycleDay);
        account.chain(seq).chain(buckets).chain(keys).chain(versions).chain(day).map(Change)
    }

    /// How many entities [`changes`](Self::changes) would write.
    pub fn entities(&self) -> usize {
        self.buckets.len() + self.keys.len() + self.versions.len() + 3
    }

    /// Whether a blob's bytes are part of some version.
    pub fn is_referenced(&self, blob: u64) -> bool {
        self.refs.contains_key(&blob)
    }

    /// Blobs that lost their last reference since the last call.
    pub fn take_garbage(&mut self) -> Vec<u64> {
        let mut garbage = mem::take(&mut self.garbage);
        garbage.retain(|blob| !self.refs.contains_key(blob));
        garbage
    }

    pub(crate) fn shelf(&self, bucket_id: &str) -> Option<&Shelf> {
        self.shelves.get(bucket_id)
    }

    /// The newest version of a name that is not an unfinished large file.
    pub(crate) fn current<'a>(&'a self, bucket_id: &str, name: &'a str) -> Option<&'a Version> {
        self.versions_of(bucket_id, name).find(|version| version.action != Action::Start)
    }

    /// All versions of one name, newest first.
    pub(crate) fn versions_of<'a>(
        &'a self,
        bucket_id: &str,
        name: &'a str,
    ) -> impl Iterator<Item = &'a Version> + 'a {
        self.shelves
            .get(bucket_id)
            .into_iter()
            .flat_map(move |shelf| shelf.slots.range(Slot::first_of(name)..))
            .take_while(move |slot| slot.name == name)
            .filter_map(|slot| self.versions.get(&slot.seq.0))
    }

    fn put_version(&mut self, version: Version) {
        for slice in version.slices.iter().chain(version.parts.values().flat_map(|p| &p.slices)) {
            *self.refs.entry(slice.blob).or_insert(0) += 1;
        }
        self.stored_bytes += stored(&version);
        self.remove_version(version.seq);
        let shelf = self.shelves.entry(version.bucket_id.clone()).or_default();
        shelf.slots.insert(Slot::of(&version));
        if version.action == Action::Start {
            shelf.unfinished.insert(version.seq);
        }
        self.versions.insert(version.seq, version);
    }

    fn remove_version(&mut self, seq: u64) {
        let Some(version) = self.versions.remove(&seq) else { return };
        self.stored_bytes = self.stored_bytes.saturating_sub(stored(&version));
        if let Some(shelf) = self.shelves.get_mut(&version.bucket_id) {
            shelf.slots.remove(&Slot::of(&version));
            shelf.unfinished.remove(&seq);
        }
        self.release(&version.slices);
        for part in version.parts.values() {
            self.release(&part.slices);
        }
    }

    fn put_part(&mut self, file: u64, part: Part) {
        let Some(version) = self.versions.get_mut(&file) else { return };
        for slice in &part.slices {
            *self.refs.entry(slice.blob).or_insert(0) += 1;
        }
        self.stored_bytes += part.len;
        if let Some(old) = version.parts.insert(part.number, part) {
            self.stored_bytes = self.stored_bytes.saturating_sub(old.len);
            self.release(&old.slices);
        }
    }

    fn release(&mut self, slices: &[Slice]) {
        for slice in slices {
            if let Some(count) = self.refs.get_mut(&slice.blob) {
                *count -= 1;
                if *count == 0 {
                    self.refs.remove(&slice.blob);
                    self.garbage.push(slice.blob);
                }
            }
        }
    }
}

fn stored(version: &Version) -> u64 {
    version.len + version.parts.values().map(|part| part.len).sum::<u64>()
}
