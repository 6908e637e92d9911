//! Notices scenarios that do not end: a job that hangs is what the suite is there to find.

use core::time::Duration;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Instant;

use crate::runner::Wire;

/// How long a scenario may take; the longest needs some seconds where nothing else is at work.
const LONGEST: Duration = Duration::from_secs(600);

/// How often that is looked at.
const LOOK: Duration = Duration::from_millis(500);

/// The scenarios that are running, and since when.
type Running = Mutex<BTreeMap<String, Instant>>;

/// Watches until it is dropped.
pub(crate) struct Watch {
    running: Arc<Running>,
}

impl Watch {
    /// A scenario that takes too long ends the program with its name, for there is no way to end
    /// a thread that hangs.
    pub(crate) fn start(driver: &'static str, wire: Wire) -> Self {
        let running = Arc::default();
        let watched = Arc::downgrade(&running);
        std::thread::spawn(move || watch(&watched, driver, wire));
        Self { running }
    }

    pub(crate) fn begin(&self, name: &str) {
        lock(&self.running).insert(name.to_owned(), Instant::now());
    }

    pub(crate) fn end(&self, name: &str) {
        lock(&self.running).remove(name);
    }
}

fn watch(watched: &Weak<Running>, driver: &str, wire: Wire) {
    while let Some(running) = watched.upgrade() {
        let is_stuck = |since: &Instant| since.elapsed() > LONGEST;
        let stuck: Vec<String> = lock(&running)
            .iter()
            .filter(|(_, since)| is_stuck(since))
            .map(|(name, _)| name.clone())
            .collect();
        if !stuck.is_empty() {
            // The exit code tells of the failure also when the names cannot be shown.
            let mut out = std::io::stdout().lock();
            let _ = writeln!(out, "failed: {driver}, {wire:?}: does not end: {stuck:?}");
            let _ = out.flush();
            std::process::exit(1);
        }
        drop(running);
        std::thread::sleep(LOOK);
    }
}

fn lock(running: &Running) -> MutexGuard<'_, BTreeMap<String, Instant>> {
    running.lock().unwrap_or_else(PoisonError::into_inner)
}
