//! Something that one task or thread tells another.

use core::sync::atomic::{AtomicBool, Ordering};
use core::task::Waker;
use std::sync::{Mutex, PoisonError};

/// Something that happens once, and whom to wake then.
#[derive(Debug, Default)]
pub(super) struct Signal {
    is_set: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

impl Signal {
    /// It happens.
    pub(super) fn set(&self) {
        let waker = {
            let mut waker = self.waker.lock().unwrap_or_else(PoisonError::into_inner);
            self.is_set.store(true, Ordering::Release);
            waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Whether it has happened; else `waker` is woken when it does.
    pub(super) fn is_set(&self, waker: &Waker) -> bool {
        let mut slot = self.waker.lock().unwrap_or_else(PoisonError::into_inner);
        let is_set = self.is_set.load(Ordering::Acquire);
        if !is_set {
            match &mut *slot {
                Some(known) => known.clone_from(waker),
                None => *slot = Some(waker.clone()),
            }
        }
        is_set
    }

    /// The same for who looks now and then.
    pub(super) fn is_set_now(&self) -> bool {
        self.is_set.load(Ordering::Acquire)
    }
}
