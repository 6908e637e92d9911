//! Who is called when a signal is given.

use core::fmt;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

type Call = Arc<dyn Fn() + Send + Sync>;

/// Those who listen to one signal.
#[derive(Clone, Default)]
pub(super) struct Listeners(Arc<Mutex<Calls>>);

#[derive(Default)]
struct Calls {
    next: u64,
    waiting: BTreeMap<u64, Call>,
}

/// Somebody is called when a signal is given, until this is dropped.
pub struct Listening {
    listeners: Listeners,
    number: u64,
}

impl Listeners {
    /// Has `then` called with everybody else; or once and now, where the signal was given for good.
    pub(super) fn add(
        &self,
        was_given: impl FnOnce() -> bool,
        then: impl Fn() + Send + Sync + 'static,
    ) -> Listening {
        let mut calls = self.calls();
        let number = calls.next;
        calls.next += 1;
        // Looked at under the lock, so that no signal is missed.
        if was_given() {
            drop(calls);
            then();
        } else {
            calls.waiting.insert(number, Arc::new(then));
        }
        Listening { listeners: self.clone(), number }
    }

    /// Calls everybody.
    pub(super) fn call(&self) {
        let waiting: Vec<Call> = self.calls().waiting.values().cloned().collect();
        waiting.iter().for_each(|call| call());
    }

    fn calls(&self) -> MutexGuard<'_, Calls> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let call = self.listeners.calls().waiting.remove(&self.number);
        drop(call);
    }
}

impl fmt::Debug for Listening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listening").finish_non_exhaustive()
    }
}
