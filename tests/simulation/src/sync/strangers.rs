//! Others who upload to the buckets of a sync while it runs.

use super::tree::LocalFile;
use super::{SOURCE, Sync};
use crate::source::bytes_of;
use crate::world::World;

/// An upload of somebody else.
#[derive(Clone, Debug)]
pub(crate) struct Stranger {
    pub(super) at_ms: u64,
    /// The full name in the bucket.
    pub(super) name: String,
    pub(super) file: LocalFile,
}

impl World {
    /// Somebody uploads a file.
    pub(crate) fn upload_by_stranger(&mut self, number: usize) {
        let Some(sync) = &self.sync else { return };
        let Stranger { name, file, .. } = &sync.strangers[number];
        let (now_ms, bytes) = (self.agenda.now_ms(), bytes_of(file.seed, file.len));
        self.side.log_in(now_ms);
        let target = self.side.target(now_ms);
        self.side.put_dated((now_ms, &target), name, &bytes, file.modified_ms);
    }
}

impl Sync {
    /// Whether others have put a file of this name into the bucket that is the source, before the
    /// last look at it was begun. A look tells nothing of the past.
    pub(super) fn is_back(&self, name: &str, now_ms: u64) -> bool {
        let is_past = |ms: i64| ms < now_ms.cast_signed();
        let has_name = |it: &Stranger| it.name.strip_prefix(SOURCE) == Some(name);
        let looks = !self.is_to_bucket() && !self.options.as_of_ms.is_some_and(is_past);
        looks && self.strangers.iter().any(|it| has_name(it) && it.at_ms < self.looked_ms)
    }

    /// Whether others write to this name on either side.
    pub(super) fn is_strangers(&self, name: &str) -> bool {
        self.strangers.iter().any(|it| it.name.split_once('/').is_some_and(|(_, it)| it == name))
    }
}
