//! A walk as one side of a sync.

use b2_proto::plan::sync::{self, Input};

use super::{Entry, FoundFile, SkipReason, Skipped};

impl sync::Entry for FoundFile {
    fn path(&self) -> &str {
        &self.name
    }

    fn content_len(&self) -> u64 {
        self.len
    }

    fn modified_ms(&self) -> i64 {
        i64::try_from(self.modified_ms).unwrap_or(i64::MAX)
    }
}

/// What cannot be seen is unknown, so that nothing is deleted for it (S2).
impl From<Entry> for Input<FoundFile> {
    fn from(entry: Entry) -> Self {
        match entry {
            Entry::File(file) => Self::Entry(file),
            Entry::Skipped(it) => it.input(),
        }
    }
}

impl Skipped {
    /// What it is to a plan.
    pub(crate) fn input<E>(self) -> Input<E> {
        if matches!(self.reason, SkipReason::RestUnreadable(_)) {
            Input::RestOfUnknown(self.name)
        } else if self.reason.hides_files() {
            Input::Unknown(self.name)
        } else {
            Input::LeftOut(self.name)
        }
    }
}
