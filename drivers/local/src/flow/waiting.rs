//! Telling a thread that nobody waits for it any more.

use core::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

/// What a future holds while it waits for a thread.
#[derive(Debug, Default)]
pub struct Waiting(Arc<AtomicBool>);

impl Waiting {
    /// Whether the waiting has ended, for the thread to ask.
    pub fn ended(&self) -> impl Fn() -> bool + Send + Sync + use<> {
        let has_ended = self.0.clone();
        move || has_ended.load(Ordering::Relaxed)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
