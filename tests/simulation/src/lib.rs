//! Deterministic simulation: the engine of the core, the simulated service, a virtual clock, and
//! faults that follow from a seed.
//!
//! [`run`] plays one seed and panics when a rule of the machines' contract, an invariant of the
//! design's section 5 or the outcome of a job is not as it must be. See the README for what is
//! checked and how a failure is repeated.

mod account;
mod checkers;
mod client;
mod clock;
mod customer_key;
mod disk;
mod driver;
mod exchange;
mod faults;
mod feeding;
mod golden;
mod held;
mod jobs;
mod journal;
mod judge;
mod life;
mod many;
mod network;
mod pace;
mod rows;
mod scenarios;
mod service;
mod sink;
mod source;
mod sync;
mod trace;
mod watch;
mod who;
mod world;

pub use golden::table;
pub use jobs::Tally;
pub use many::{Summary, run_many};

/// What a run was like.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Report {
    /// Everything that happened, as a number: equal for two runs of one seed.
    pub trace: u64,
    /// Virtual milliseconds.
    pub time_ms: u64,
    /// Requests sent.
    pub requests: u64,
    /// Bytes of payload in uploads that the last client has sent.
    pub bytes_up: u64,
    /// Lines of the trace.
    pub lines: u64,
    /// How the jobs ended.
    pub tally: Tally,
}

/// Plays one seed.
///
/// # Panics
/// When something is not as it must be.
pub fn run(seed: u64) -> Report {
    report(scenarios::of_seed(seed))
}

fn report(mut world: world::World) -> Report {
    world.run();
    let time_ms = world.agenda.now_ms() - service::BEGIN_MS;
    let tally = world.judge();
    let (trace, lines) = (world.trace.hash(), world.trace.lines());
    let is_clean = world.faults.is_clean;
    assert!(!is_clean || tally.failed == 0, "a failure although no fault was injected");
    let bytes_up = world.engine.meter().bytes_up;
    Report { trace, time_ms, requests: world.requests, bytes_up, lines, tally }
}
