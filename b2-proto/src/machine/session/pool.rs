//! Leases nobody holds.

use super::lease::{Lease, LeaseFor};
use crate::time::Instant;

/// Most leases that are kept; the oldest makes room.
#[cfg(feature = "alloc")]
pub(super) const POOL_LEN_MAX: usize = 256;
/// Most leases that are kept; the oldest makes room.
#[cfg(not(feature = "alloc"))]
pub(super) const POOL_LEN_MAX: usize = 2;

/// Leases nobody holds, the one given back last at the end.
#[cfg(feature = "alloc")]
#[derive(Debug, Default)]
pub(crate) struct LeasePool(alloc::vec::Vec<Option<Lease>>);

/// Leases nobody holds, the one given back last at the end.
#[cfg(not(feature = "alloc"))]
#[derive(Debug, Default)]
pub(crate) struct LeasePool([Option<Lease>; POOL_LEN_MAX]);

impl LeasePool {
    /// The lease given back last for `target`; old ones are dropped on the way.
    pub(crate) fn take(&mut self, target: &LeaseFor, now: Instant) -> Option<Lease> {
        self.drop_if(|lease| lease.is_old(now));
        let is_it = |place: &&mut Option<Lease>| is_for(place, target);
        self.0.iter_mut().rev().find(is_it)?.take()
    }

    /// Gives a lease back after a success.
    pub(crate) fn give_back(&mut self, lease: Lease) {
        #[cfg(feature = "alloc")]
        if self.0.len() < POOL_LEN_MAX {
            // What was taken from the pool left empty places in it.
            self.0.retain(Option::is_some);
            return self.0.push(Some(lease));
        }
        // The others move up to the first empty place, or the oldest is pushed out.
        let mut moved = Some(lease);
        for place in self.0.iter_mut().rev() {
            core::mem::swap(place, &mut moved);
            if moved.is_none() {
                break;
            }
        }
    }

    /// Drops all leases of a large file that has ended.
    pub(crate) fn forget(&mut self, target: &LeaseFor) {
        self.drop_if(|lease| lease.target == *target);
    }

    fn drop_if(&mut self, is_over: impl Fn(&Lease) -> bool) {
        for place in &mut self.0 {
            if place.as_ref().is_some_and(&is_over) {
                *place = None;
            }
        }
    }
}

fn is_for(place: &Option<Lease>, target: &LeaseFor) -> bool {
    place.as_ref().is_some_and(|lease| lease.target == *target)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::session::lease::LEASE_AGE_MS_MAX;
    use crate::secret::SecretText;
    use crate::wire::text::Text;

    fn lease(id: &str, url: &str, at_ms: u64) -> Lease {
        Lease {
            target: LeaseFor::Bucket(Text::truncated(id)),
            url: SecretText::new(url).expect("short"),
            token: SecretText::EMPTY,
            taken_at: Instant::from_ms(at_ms),
            epoch: 1,
        }
    }

    #[test]
    fn the_last_one_given_back_comes_first() {
        let mut pool = LeasePool::default();
        let bucket = LeaseFor::Bucket(Text::truncated("bucket"));
        for (id, url) in [("file", "3"), ("bucket", "1"), ("bucket", "2")] {
            pool.give_back(lease(id, url, 0));
        }
        let mut take = || pool.take(&bucket, Instant::from_ms(1)).map(|l| l.url.expose() == "2");
        assert_eq!((take(), take(), take()), (Some(true), Some(false), None));
    }

    #[test]
    fn old_and_forgotten_ones_are_gone() {
        let mut pool = LeasePool::default();
        let target = |id| LeaseFor::Bucket(Text::truncated(id));
        let (bucket, file) = (target("bucket"), target("file"));
        pool.give_back(lease("bucket", "1", 0));
        pool.give_back(lease("file", "2", 0));
        pool.forget(&file);
        assert_eq!(pool.take(&file, Instant::from_ms(1)), None);
        assert_eq!(pool.take(&bucket, Instant::from_ms(LEASE_AGE_MS_MAX)), None);
    }

    #[test]
    fn the_pool_is_bounded() {
        let mut pool = LeasePool::default();
        for at_ms in 0..1_000 {
            pool.give_back(lease("bucket", "x", at_ms));
        }
        assert_eq!(pool.0.iter().flatten().count(), POOL_LEN_MAX);
    }
}
