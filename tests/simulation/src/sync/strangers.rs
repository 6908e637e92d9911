//! Others who upload to the buckets of a sync while it runs, and hide names of its source.

use super::tree::LocalFile;
use super::{SOURCE, Sync};
use crate::rows::RowKind;
use crate::source::bytes_of;
use crate::world::World;

/// What somebody else does to a name.
#[derive(Clone, Debug)]
pub(crate) struct Stranger {
    pub(super) at_ms: u64,
    /// The full name in the bucket.
    pub(super) name: String,
    /// What is uploaded; nothing where the name is hidden, if it is visible then.
    pub(super) file: Option<LocalFile>,
}

impl World {
    /// Somebody uploads a file, or hides a name.
    pub(crate) fn act_as_stranger(&mut self, number: usize) {
        let Some(sync) = &self.sync else { return };
        let Stranger { name, file, .. } = &sync.strangers[number];
        let now_ms = self.agenda.now_ms();
        self.side.log_in(now_ms);
        let Some(file) = file else {
            let rows = self.side.bare_rows(now_ms, name);
            let newest = rows.iter().find(|it| it.name == *name && it.kind != RowKind::Unfinished);
            if newest.is_some_and(|it| it.kind == RowKind::File) {
                self.side.hide(now_ms, name);
            }
            return;
        };
        let bytes = bytes_of(file.seed, file.len);
        let target = self.side.target(now_ms);
        self.side.put_dated((now_ms, &target), name, &bytes, file.modified_ms);
    }
}

impl Sync {
    /// Whether others have put a file of this name into the bucket that is the source, before the
    /// last look at it was begun. A look tells nothing of the past.
    pub(super) fn is_back(&self, name: &str, now_ms: u64) -> bool {
        let is_past = |ms: i64| ms < now_ms.cast_signed();
        let has_name =
            |it: &Stranger| it.file.is_some() && it.name.strip_prefix(SOURCE) == Some(name);
        let looks = !self.is_to_bucket() && !self.options.as_of_ms.is_some_and(is_past);
        looks && self.strangers.iter().any(|it| has_name(it) && it.at_ms < self.looked_ms)
    }

    /// Whether others hide this name.
    pub(super) fn is_hidden_by_strangers(&self, name: &str) -> bool {
        let mut hiding = self.strangers.iter().filter(|it| it.file.is_none());
        hiding.any(|it| it.name.split_once('/').is_some_and(|(_, it)| it == name))
    }

    /// Whether others write to this name on either side, or hide it.
    pub(super) fn is_strangers(&self, name: &str) -> bool {
        self.strangers.iter().any(|it| it.name.split_once('/').is_some_and(|(_, it)| it == name))
    }
}
