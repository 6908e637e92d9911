//! How many bytes the transfers of a sync have moved, for whoever shows progress.

use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use b2_proto::machine::{Phase, Progress};

/// Bytes that all transfers of a sync have moved so far. A clone counts the same.
#[derive(Clone, Debug, Default)]
pub struct Moved(Arc<AtomicU64>);

impl Moved {
    /// How many they are now. What is sent again after a failure counts once.
    pub fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
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
                all.fetch_add(progress.bytes_done - *last, Ordering::Relaxed);
            } else {
                all.fetch_sub(*last - progress.bytes_done, Ordering::Relaxed);
            }
            *last = progress.bytes_done;
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
        assert_eq!(moved.clone().bytes(), 16);
    }
}
