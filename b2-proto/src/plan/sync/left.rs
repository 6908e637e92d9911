//! Names that a plan has left to the next one.

use alloc::vec::Vec;

use crate::wire::text::Sha1;

/// Names that are left to another plan at most; eight bytes are kept of each, 8 MiB of all.
pub const LEFT_NAMES_MAX: usize = 1 << 20;

/// Names whose removal a plan has left to another one, or has refused for its limit, for another
/// one that somebody allows them. That one removes no others: whatever the source lacks then
/// besides has not been counted, nor shown to anybody.
///
/// Eight bytes of the SHA-1 stand for a name. Another one that has the same is as rare as one in
/// 2⁴⁴ names when a million are left, and it goes only if the source has not got it either.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LeftOut {
    /// In order, once all are there.
    marks: Vec<u64>,
    /// Number of the first action of the next plan.
    pub(super) next_id: u64,
    /// What of the totals of the plan that has left them is for them.
    pub(super) held_back: u64,
    /// Names that are not here, since they wait for what came to nothing.
    pub(super) waiting: u64,
}

impl LeftOut {
    pub(super) const fn new() -> Self {
        Self { marks: Vec::new(), next_id: 0, held_back: 0, waiting: 0 }
    }

    /// How many they are.
    pub const fn len(&self) -> usize {
        self.marks.len()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }

    /// How much of what the plan counted as [held back](super::Totals::held_back) are versions of
    /// these names, where it has refused them.
    pub const fn held_back(&self) -> u64 {
        self.held_back
    }

    /// How many names it has not got although the plan has refused them, since the files that were
    /// to have their content have not got it.
    pub const fn waiting(&self) -> u64 {
        self.waiting
    }

    pub(super) fn add(&mut self, path: &str) {
        self.add_mark(mark(path));
    }

    pub(super) fn add_mark(&mut self, mark: u64) {
        self.marks.push(mark);
    }

    /// Takes all, to ask about them.
    pub(super) fn take(&mut self, next_id: u64) -> Self {
        let mut marks = core::mem::take(&mut self.marks);
        marks.sort_unstable();
        let held_back = core::mem::take(&mut self.held_back);
        let waiting = core::mem::take(&mut self.waiting);
        Self { marks, next_id, held_back, waiting }
    }

    /// Whether a name is one of them.
    pub(super) fn has(&self, path: &str) -> bool {
        self.marks.binary_search(&mark(path)).is_ok()
    }
}

/// What stands for a name.
pub(super) fn mark(path: &str) -> u64 {
    let Sha1(digest) = Sha1::of(path.as_bytes());
    digest.first_chunk().copied().map_or(0, u64::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    #[test]
    fn a_name_is_found_among_those_that_were_left() {
        let mut left = LeftOut::new();
        (0..1_000).for_each(|number| left.add(&format!("left/{number}")));
        let left = left.take(7);
        assert_eq!((left.len(), left.next_id), (1_000, 7));
        assert!((0..1_000).all(|number| left.has(&format!("left/{number}"))));
        assert!(!(0..1_000).any(|number| left.has(&format!("other/{number}"))));
    }
}
