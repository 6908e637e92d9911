//! How far the transfers of a sync are, for whoever shows progress.

use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use b2_proto::machine::{Phase, Progress};

use super::event::Side;

/// What a sync has seen and moved so far. A clone counts the same.
#[derive(Clone, Debug, Default)]
pub struct Moved(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    bytes: AtomicU64,
    source: AtomicU64,
    destination: AtomicU64,
}

impl Moved {
    /// Bytes that all transfers have moved. What is sent again after a failure counts once.
    pub fn bytes(&self) -> u64 {
        self.0.bytes.load(Ordering::Relaxed)
    }

    /// Entries of a side that were compared.
    pub fn compared(&self, side: Side) -> u64 {
        self.count(side).load(Ordering::Relaxed)
    }

    /// A listener for one transfer.
    pub fn listener(&self) -> impl Fn(Progress) + Send + Sync + 'static {
        let (all, last) = (self.0.clone(), Mutex::new(0));
        move |progress: Progress| {
            if progress.phase != Phase::Moving {
                return;
            }
            let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
            if progress.bytes_done >= *last {
                all.bytes.fetch_add(progress.bytes_done - *last, Ordering::Relaxed);
            } else {
                all.bytes.fetch_sub(*last - progress.bytes_done, Ordering::Relaxed);
            }
            *last = progress.bytes_done;
        }
    }

    /// One more entry of a side.
    pub(super) fn see(&self, side: Side) {
        self.count(side).fetch_add(1, Ordering::Relaxed);
    }

    fn count(&self, side: Side) -> &AtomicU64 {
        match side {
            Side::Source => &self.0.source,
            Side::Destination => &self.0.destination,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_again_counts_once() {
        let moved = Moved::default();
        let (one, other) = (moved.listener(), moved.listener());
        let at = |bytes_done| Progress { bytes_done, ..Progress::default() };
        one(at(5));
        other(at(7));
        one(at(2));
        one(at(9));
        one(Progress { phase: Phase::Reading, ..at(100) });
        assert_eq!(moved.clone().bytes(), 16);
    }
}
