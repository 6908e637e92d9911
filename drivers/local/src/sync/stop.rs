//! Telling a sync to stop, from wherever it is watched.

use core::fmt;
use core::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

use super::listeners::{Listeners, Listening};

/// Tells a sync to stop. Clones are the same signal, which cannot be taken back.
///
/// Then nothing more is begun, and what waits for the service is given up as if it were cancelled.
/// Folders that have become empty are removed, the index of digests is written, and the run ends
/// with [`Ending::Stopped`](super::Ending::Stopped). Run again, it goes on from there. A sync that
/// is cancelled, or whose future is dropped, ends without a summary; a [`Pause`](super::Pause) only
/// holds it up.
#[derive(Clone, Default)]
pub struct Stop(Arc<Signal>);

#[derive(Default)]
struct Signal {
    is_given: AtomicBool,
    listeners: Listeners,
}

impl Stop {
    /// A signal that has not been given.
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives the signal, and returns at once.
    pub fn stop(&self) {
        if !self.0.is_given.swap(true, Ordering::SeqCst) {
            self.0.listeners.call();
        }
    }

    /// Whether it was given.
    pub fn is_given(&self) -> bool {
        self.0.is_given.load(Ordering::SeqCst)
    }

    /// Calls `then` when the signal is given: at once, if it was.
    pub fn listen(&self, then: impl Fn() + Send + Sync + 'static) -> Listening {
        self.0.listeners.add(|| self.is_given(), then)
    }
}

impl fmt::Debug for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Stop").field(&self.is_given()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::sync::atomic::AtomicU32;

    #[test]
    fn whoever_listens_is_called_once() {
        let (stop, count) = (Stop::new(), Arc::new(AtomicU32::new(0)));
        let listen = |stop: &Stop| {
            let count = count.clone();
            stop.listen(move || {
                count.fetch_add(1, Ordering::Relaxed);
            })
        };
        let (before, gone) = (listen(&stop), listen(&stop.clone()));
        drop(gone);
        assert!(!stop.is_given());
        stop.clone().stop();
        stop.stop();
        assert_eq!(count.load(Ordering::Relaxed), 1);
        let after = listen(&stop);
        assert_eq!((count.load(Ordering::Relaxed), stop.is_given()), (2, true));
        drop((before, after));
    }
}
