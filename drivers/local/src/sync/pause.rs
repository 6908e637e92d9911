//! Holding a sync up, from wherever it is watched.

use core::fmt;
use core::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

use super::listeners::{Listeners, Listening};

/// Holds a sync up and lets it go on, as often as somebody likes: while the network is needed for
/// something else, or until what it told is written down. Clones are the same switch.
///
/// A sync that is held up lists, plans, begins and tells nothing more, so it needs no more memory.
/// What is under way goes on to its end. This ends nothing: a [`Stop`](super::Stop), giving the
/// sync up, and an error that is everybody's do, also while it is held up.
#[derive(Clone, Default)]
pub struct Pause(Arc<Switch>);

#[derive(Default)]
struct Switch {
    is_on: AtomicBool,
    listeners: Listeners,
}

impl Pause {
    /// A switch that holds nothing up.
    pub fn new() -> Self {
        Self::default()
    }

    /// Holds the sync up, and returns at once. An event that is told at the moment is the last one.
    pub fn hold(&self) {
        self.0.is_on.store(true, Ordering::SeqCst);
    }

    /// Lets it go on.
    pub fn go_on(&self) {
        if self.0.is_on.swap(false, Ordering::SeqCst) {
            self.0.listeners.call();
        }
    }

    /// Whether it is held up.
    pub fn is_held(&self) -> bool {
        self.0.is_on.load(Ordering::SeqCst)
    }

    /// Calls `then` whenever the sync may go on.
    pub fn listen(&self, then: impl Fn() + Send + Sync + 'static) -> Listening {
        self.0.listeners.add(|| false, then)
    }
}

impl fmt::Debug for Pause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pause").field(&self.is_held()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::sync::atomic::AtomicU32;

    #[test]
    fn whoever_listens_is_called_each_time_it_goes_on() {
        let (pause, count) = (Pause::new(), Arc::new(AtomicU32::new(0)));
        let counted = count.clone();
        let listening = pause.listen(move || {
            counted.fetch_add(1, Ordering::Relaxed);
        });
        let told = || count.load(Ordering::Relaxed);
        pause.go_on();
        assert_eq!((told(), pause.is_held()), (0, false), "it was not held up");
        for times in 1..=2 {
            pause.clone().hold();
            assert_eq!((told(), pause.is_held()), (times - 1, true));
            pause.go_on();
            pause.go_on();
            assert_eq!((told(), pause.is_held()), (times, false));
        }
        drop(listening);
        pause.hold();
        pause.go_on();
        assert_eq!(told(), 2);
    }
}
