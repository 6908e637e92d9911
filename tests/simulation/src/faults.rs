//! What goes wrong in a run: each seed picks which faults there are and how strong.
//!
//! What the service and the network do is `b2-sim`'s plan; the rest happens at the client's side.

use b2_proto::rng::Rng;
use b2_sim::fault::{FaultPlan, Rule};

/// A chance in thousandths.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) const NEVER: Self = Self(0);

    /// Draws. Draws even when it never happens, so that one fault does not move the others.
    pub(crate) const fn hits(self, rng: &mut Rng) -> bool {
        rng.below(1_000) < self.0
    }
}

/// The faults of one run.
#[derive(Debug)]
pub(crate) struct Faults {
    /// Those of the network and the service.
    pub(crate) plan: FaultPlan,
    /// An answer never comes: the driver's timeout does.
    pub(crate) hang: Chance,
    /// An input is told twice.
    pub(crate) twice: Chance,
    /// An answer to an aborted request is told all the same.
    pub(crate) late: Chance,
    /// The driver's clock has gone back when it tells the time.
    pub(crate) clock_back: Chance,
    /// The client's clock is wrong, by up to a quarter of an hour.
    pub(crate) skew: Chance,
    /// The client may ask only so much of the service, and has little memory.
    pub(crate) limits: Chance,
    /// A source is short or changes.
    pub(crate) source: Chance,
    /// The disk runs full, or a write or a sync fails.
    pub(crate) disk: Chance,
    /// The client dies, or the power fails, and a new run goes on.
    pub(crate) crash: Chance,
    /// A file is replaced while it is downloaded.
    pub(crate) replace: Chance,
    /// A job is cancelled.
    pub(crate) cancel: Chance,
    /// Whether none of these can happen; latency remains.
    pub(crate) is_clean: bool,
}

impl Faults {
    /// The faults of a seed. A quarter of the seeds has none.
    pub(crate) fn of_seed(seed: u64, rng: &mut Rng) -> Self {
        let strength = [0.0, 0.08, 0.2, 0.5][usize::try_from(seed % 4).unwrap_or(0)];
        let is_clean = strength == 0.0;
        let mut own = |most: u64| {
            let (is_on, drawn) = (rng.below(3) == 0, rng.below(most + 1));
            if is_on && !is_clean { Chance(drawn) } else { Chance::NEVER }
        };
        Self {
            hang: own(60),
            twice: own(500),
            late: own(1_000),
            clock_back: own(500),
            skew: own(500),
            limits: own(700),
            source: own(300),
            disk: own(700),
            crash: own(1_000),
            replace: own(1_000),
            cancel: own(300),
            plan: FaultPlan::swarm(seed, strength),
            is_clean,
        }
    }

    /// Only what `rules` say.
    pub(crate) fn of_rules(seed: u64, rules: Vec<Rule>) -> Self {
        Self {
            plan: FaultPlan::new(seed, rules).expect("known operations"),
            hang: Chance::NEVER,
            twice: Chance::NEVER,
            late: Chance::NEVER,
            clock_back: Chance::NEVER,
            skew: Chance::NEVER,
            limits: Chance::NEVER,
            source: Chance::NEVER,
            disk: Chance::NEVER,
            crash: Chance::NEVER,
            replace: Chance::NEVER,
            cancel: Chance::NEVER,
            is_clean: false,
        }
    }
}
