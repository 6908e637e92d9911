//! What the policy costs: virtual time and requests by concurrency and fault rate.

use core::fmt::Write as _;

use b2_proto::rng::Rng;
use b2_sim::fault::{Rule, When};

use crate::faults::Faults;
use crate::report;
use crate::scenarios::{Manner, PutJob};
use crate::service::Side;
use crate::source::{Source, Trouble};
use crate::world::{Happening, World, index};

const SEEDS: u64 = 10;
const PARTS: u64 = 60;
const PART_LEN: u64 = 1_000;

/// The table: an upload of 60 parts of a second each, averaged over ten seeds.
pub fn table() -> String {
    let mut table = String::from(
        "Upload of 60 parts of 1 s and 1,000 bytes each, mean of 10 seeds; per request the chance\n\
         of a fault, of which a third each is a 503, a 429 with Retry-After 2 and a connection\n\
         that breaks. The window is the number of parts sent at a time.\n\n\
         window  faults   time s  requests  bytes sent again  failed\n",
    );
    for window in [1, 4, 16] {
        for permille in [0, 10, 50, 200] {
            let runs: Vec<_> =
                (0..SEEDS).map(|seed| report(upload(seed, window, permille))).collect();
            let time_ms: u64 = runs.iter().map(|run| run.time_ms).sum::<u64>() / SEEDS;
            let requests: u64 = runs.iter().map(|run| run.requests).sum();
            let bytes: u64 = runs.iter().map(|run| run.bytes_up).sum();
            let again = bytes / SEEDS - PARTS * PART_LEN;
            let failed: u64 = runs.iter().map(|run| run.tally.failed).sum();
            let (seconds, tenths) = (time_ms / 1_000, time_ms % 1_000 / 100);
            // Writing to a string never fails.
            let _ = writeln!(
                table,
                "{window:>6}  {:>3}.{} %  {seconds:>4}.{tenths}  {:>6}.{}  {again:>16}  \
                 {failed:>6}",
                permille / 10,
                permille % 10,
                requests / SEEDS,
                requests % SEEDS,
            );
        }
    }
    table
}

fn upload(seed: u64, lanes: u16, permille: u32) -> World {
    let chance = f64::from(permille) / 3_000.0;
    let fault = |rule: Rule| Rule { probability: Some(chance), ..rule };
    let rules = vec![
        Rule { latency_ms: 100, bytes_per_second: Some(PART_LEN), ..Rule::default() },
        fault(Rule { status: Some(503), ..Rule::default() }),
        fault(Rule { status: Some(429), retry_after_s: Some(2), ..Rule::default() }),
        fault(Rule { reset: Some(When::Before), ..Rule::default() }),
    ];
    let faults = Faults::of_rules(seed, rules);
    let side = Side::new(seed, 86_400_000);
    let mut world = World::new(seed, Rng::from_seed(seed), faults, side, 64);
    let job = PutJob {
        name: "golden".to_owned(),
        seed,
        len: PARTS * PART_LEN,
        part_len: PART_LEN,
        lanes,
        is_stream: false,
        open: None,
        knows_sha1: false,
        removes_leftover: false,
        is_twin: false,
        manner: Manner::default(),
    };
    let source = Source::new(seed, index(job.len), Trouble::None);
    let number = world.add_job(Box::new(job), source);
    world.agenda.put(0, Happening::Start(number));
    world
}
