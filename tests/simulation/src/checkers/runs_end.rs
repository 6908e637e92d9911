//! S3: every job ends. Nothing waits for what never comes, and nothing goes on for ever.

use b2_proto::machine::engine::Engine;

use crate::service::BEGIN_MS;

/// No run has more events than this, and none takes longer than a week.
const EVENTS_MAX: u64 = 2_000_000;
const TIME_MS_MAX: u64 = 7 * 24 * 3_600_000;
/// No more actions than these are handed out in one moment.
const ACTIONS_MAX: u64 = 100_000;

/// What has happened so far.
#[derive(Debug, Default)]
pub(crate) struct Ends {
    events: u64,
    /// In the present moment.
    actions: u64,
}

impl Ends {
    /// Something is about to happen, or the time to pass.
    pub(crate) fn happens(&mut self, now_ms: u64) {
        self.events += 1;
        self.actions = 0;
        assert!(self.events < EVENTS_MAX, "S3: no end after {EVENTS_MAX} events");
        assert!(now_ms - BEGIN_MS < TIME_MS_MAX, "S3: no end within a week");
    }

    /// The engine hands out an action.
    pub(crate) fn acts(&mut self, what: &dyn core::fmt::Debug) {
        self.actions += 1;
        assert!(self.actions < ACTIONS_MAX, "S3: no end of actions, now {what:?}");
    }

    /// Nothing happens any more.
    pub(crate) fn over(engine: &Engine, jobs: &dyn core::fmt::Debug) {
        assert!(engine.is_empty(), "S3: a job waits for nothing: {jobs:?}");
    }
}
