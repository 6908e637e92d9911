//! Giving a transfer up from outside.

use std::sync::{Arc, Mutex, PoisonError};

/// Tells a driver that a transfer is to be given up. Clones are the same signal.
#[derive(Clone, Default)]
pub struct Stop {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    has_happened: bool,
    calls: Vec<Box<dyn FnOnce() + Send>>,
}

impl Stop {
    /// A signal that has not been given.
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives the signal. Later ones have no effect.
    pub fn stop(&self) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.has_happened = true;
        let calls = core::mem::take(&mut inner.calls);
        drop(inner);
        for call in calls {
            call();
        }
    }

    /// Calls `then` when the signal is given: at once, if it was. An asynchronous driver wakes
    /// whoever would drop the future, a blocking one cancels its job.
    pub fn on_stop(&self, then: impl FnOnce() + Send + 'static) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.has_happened {
            drop(inner);
            then();
        } else {
            inner.calls.push(Box::new(then));
        }
    }
}

impl core::fmt::Debug for Stop {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Stop").finish_non_exhaustive()
    }
}
