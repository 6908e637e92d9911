//! S12: the buffers of all jobs never have more bytes than the client was given for them.

use std::collections::BTreeMap;

use b2_proto::id::BufferId;

use crate::who::Who;

/// How long each buffer is that is in use.
#[derive(Debug, Default)]
pub(crate) struct Buffers {
    lens: BTreeMap<(Who, BufferId), u64>,
    /// Bytes they may have together.
    pub(crate) len_max: Option<u64>,
}

impl Buffers {
    /// A buffer is filled, which may take so many bytes.
    pub(crate) fn filled(&mut self, who: Who, slot: BufferId, len: u64, of_job: Option<u64>) {
        self.lens.insert((who, slot), len);
        let held: u64 = self.lens.values().sum();
        let is_within = self.len_max.is_none_or(|most| held <= most);
        assert!(
            is_within,
            "S12: {held} bytes in buffers, {:?} are allowed: {self:?}",
            self.len_max
        );
        let own = self.lens.iter().filter(|((each, _), _)| *each == who);
        let own: u64 = own.map(|(_, len)| len).sum();
        assert!(of_job.is_none_or(|most| own <= most), "S12: {own} bytes in buffers of {who:?}");
    }

    /// The source has ended before: the buffer has so many bytes, and the rest is free again.
    pub(crate) fn shortened(&mut self, who: Who, slot: BufferId, len: u64) {
        self.lens.insert((who, slot), len);
    }

    /// It is of no use any more.
    pub(crate) fn released(&mut self, who: Who, slot: BufferId) {
        self.lens.remove(&(who, slot));
    }

    /// A job has ended, and all its buffers go.
    pub(crate) fn ended(&mut self, who: Who) {
        self.lens.retain(|(each, _), _| *each != who);
    }

    /// The client is dead.
    pub(crate) fn die(&mut self) {
        self.lens.clear();
    }
}
