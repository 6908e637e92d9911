//! The lives of the client: it dies at any point, and a new run goes on with what is left.
//!
//! Engine, session, buffers and everything else of the process are gone; the service, what is
//! under way to it, and the disk stay. When the power fails, the disk loses what was not synced.

use b2_proto::machine::engine::Engine;
use b2_proto::machine::session::{Credentials, Session};
use b2_proto::policy::clock::{SKEW_S_MAX, WallClock};
use b2_proto::policy::meter::Budget;
use b2_proto::rng::Rng;
use b2_proto::time::Instant;

use crate::pace::Pace;
use crate::service::{BEGIN_MS, REALM, Side};
use crate::world::{Happening, World};

/// The present life, and when it ends.
#[derive(Debug)]
pub(crate) struct Life {
    /// Counts lives from 0.
    pub(crate) number: u32,
    credentials: Credentials,
    /// How far the client's clock is ahead of the service's, if it has one.
    pub(crate) skew_ms: Option<i64>,
    /// Bytes for all buffers, unless it is what clients have by default.
    pub(crate) buffers_len: Option<u64>,
    /// Bytes in a second, up and down.
    pub(crate) rates: (Option<u64>, Option<u64>),
    /// What each life may ask of the service.
    pub(crate) budget: Option<Budget>,
    seed: u64,
    in_flight: usize,
    /// How many points each life has that does not get to its end by itself, the next one last.
    ends: Vec<u64>,
    points: u64,
}

/// So far the clocks of the service's hosts, and what the driver tells, are apart at most, with the
/// time that an answer is on its way.
const SKEW_SLACK_S: u64 = 45;
/// Longest time until somebody starts the client again.
const PAUSE_MS_MAX: u64 = 120_000;
/// The longest body of an upload here.
const BYTES_UP_MAX: u64 = 60_000;
/// The latest point at which a client dies.
const POINTS_MAX_LOG2: u64 = 12;

impl Life {
    pub(crate) fn new(seed: u64, in_flight: usize, side: &Side) -> Self {
        let host = side.host();
        let credentials = Credentials::new(&host.key_id(), &host.key(), REALM).expect("valid");
        Self {
            number: 0,
            credentials,
            skew_ms: None,
            buffers_len: None,
            rates: (None, None),
            budget: None,
            seed,
            in_flight,
            ends: Vec::new(),
            points: 0,
        }
    }

    /// An engine with a session of its own, as each life begins with one.
    pub(crate) fn engine(&self) -> Engine {
        let seed = self.seed ^ u64::from(self.number) << 32;
        let mut session = Session::new(self.credentials.clone(), seed);
        session.set_wall_clock(self.skew_ms.map(|skew_ms| WallClock {
            at: Instant::from_ms(BEGIN_MS),
            unix_ms: BEGIN_MS.saturating_add_signed(skew_ms),
        }));
        let mut engine = Engine::new(session, self.in_flight);
        if let Some(len) = self.buffers_len {
            engine.set_buffers(len);
        }
        engine.set_budget(self.budget);
        engine
    }

    /// What holds the bytes of a life back that begins now.
    pub(crate) fn pace(&self, now_ms: u64) -> Pace {
        let (up, down) = self.rates;
        Pace::new(now_ms, up, down)
    }

    /// Whether the client's clock can be too wrong for the service's.
    pub(crate) fn is_skewed(&self) -> bool {
        let skew_s = self.skew_ms.unwrap_or(0).unsigned_abs() / 1_000;
        skew_s + SKEW_SLACK_S > SKEW_S_MAX
    }

    /// Lets the client die up to four times. Early points are as likely as late ones.
    pub(crate) fn die_sometimes(&mut self, rng: &mut Rng) {
        let end = |_| {
            let most = 2 << rng.below(POINTS_MAX_LOG2);
            1 + rng.below(most)
        };
        let deaths = 1 + self.seed % 4;
        self.ends = (0..deaths).map(end).collect();
    }

    /// One more point at which the client could die.
    pub(crate) const fn pass_point(&mut self) {
        self.points += 1;
    }

    /// Nothing ends it any more.
    pub(crate) fn lives_on(&mut self) {
        self.ends.clear();
    }

    /// Whether the client is dead.
    pub(crate) fn is_over(&self) -> bool {
        self.ends.last().is_some_and(|end| self.points >= *end)
    }
}

impl World {
    /// Whether the client may ask for no more than it has, or has memory for less than a part.
    pub(crate) fn is_at_limit(&self) -> bool {
        let meter = self.engine.meter();
        let is_up = |limit: Option<u64>, used: u64| limit.is_some_and(|limit| used >= limit);
        let is_used_up = self.life.budget.is_some_and(|budget| {
            is_up(budget.class_a, meter.class_a)
                || is_up(budget.class_b, meter.class_b)
                || is_up(budget.class_c, meter.class_c)
                // What is asked for must fit as a whole.
                || is_up(budget.bytes_up, meter.bytes_up + BYTES_UP_MAX)
                || budget.bytes_down.is_some()
        });
        is_used_up || self.life.buffers_len.is_some_and(|len| len < BYTES_UP_MAX)
    }

    /// After a run whose budget was used up another one goes on that has all it wants; whether
    /// there is something to go on with.
    pub(crate) fn go_on_without_budget(&mut self) -> bool {
        if self.life.budget.is_none() {
            return false;
        }
        let reopened = self.running.reopen_limited();
        (self.life.budget, self.life.buffers_len) = (None, None);
        (self.checks.bill.budget, self.checks.buffers.len_max) = (None, None);
        if reopened.is_empty() {
            return false;
        }
        self.trace.note(self.agenda.now_ms(), format_args!("a run without a budget goes on"));
        self.begin_life(&reopened);
        true
    }

    /// Ends a life and begins the next one.
    pub(crate) fn crash(&mut self) {
        let is_power = self.rng.below(2) == 0;
        self.trace.note(self.agenda.now_ms(), format_args!("the client dies, power: {is_power}"));
        for exchange in self.flights.values_mut().filter(|exchange| !exchange.is_over) {
            exchange.is_over = true;
            self.checks.aborted(exchange);
        }
        self.numbers.clear();
        self.local.clear();
        self.store.buffers.clear();
        if is_power {
            self.disk.lose_power(&mut self.rng);
        }
        self.checks.old_or_new.check(&self.disk, &self.running, &self.store);
        self.life.ends.pop();
        self.begin_life(&self.running.unfinished());
        let pause_ms = self.rng.below(PAUSE_MS_MAX);
        self.sync_dies(pause_ms);
    }

    /// A new process goes on with the sync after a pause.
    pub(crate) fn begin_life_for_sync(&mut self, pause_ms: u64) {
        self.begin_life(&[]);
        self.agenda.put(pause_ms, Happening::BeginSync(self.life.number));
    }

    /// A new process begins these jobs again.
    fn begin_life(&mut self, jobs: &[usize]) {
        self.claims.clear();
        self.checks.die();
        let life = &mut self.life;
        life.number += 1;
        life.points = 0;
        self.engine = life.engine();
        self.pace = life.pace(self.agenda.now_ms());
        self.running.die();
        let pause_ms = self.rng.below(PAUSE_MS_MAX);
        for index in jobs {
            self.agenda.put(pause_ms, Happening::Start(*index));
        }
    }
}
