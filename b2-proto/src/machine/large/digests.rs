//! The digests of the parts that the service has.

use crate::wire::text::Sha1;

/// As many digests as the file has parts, in storage that may be longer.
#[derive(Clone, Debug)]
pub struct Digests<D> {
    slots: D,
    count: usize,
}

impl<D: AsRef<[Option<Sha1>]> + AsMut<[Option<Sha1>]>> Digests<D> {
    /// The first `count` of `slots`.
    pub(crate) fn new(slots: D, count: u64) -> Self {
        Self { slots, count: usize::try_from(count).unwrap_or(usize::MAX) }
    }

    /// There are only so many parts.
    pub(crate) fn limit(&mut self, count: u64) {
        self.count = usize::try_from(count).unwrap_or(usize::MAX);
    }

    /// Whether the storage is long enough.
    pub(crate) fn has_room(&self) -> bool {
        self.slots.as_ref().len() >= self.count
    }

    pub(crate) fn is_done(&self, index: u64) -> bool {
        let at = usize::try_from(index).ok();
        at.and_then(|at| self.slots.as_ref().get(at)).is_some_and(Option::is_some)
    }

    /// Forgets what is there, for a file that has no parts yet.
    pub(crate) fn clear(&mut self) {
        self.slots.as_mut().fill(None);
    }

    pub(crate) fn set(&mut self, index: u64, sha1: Sha1) {
        let at = usize::try_from(index).ok();
        if let Some(slot) = at.and_then(|at| self.slots.as_mut().get_mut(at)) {
            *slot = Some(sha1);
        }
    }
}

impl<D: AsRef<[Option<Sha1>]>> AsRef<[Option<Sha1>]> for Digests<D> {
    fn as_ref(&self) -> &[Option<Sha1>] {
        let slots = self.slots.as_ref();
        slots.get(..self.count).unwrap_or(slots)
    }
}
