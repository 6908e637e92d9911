//! Thousands of seeds. `SIM_SEEDS` says how many, `SIM_SEED` plays a single one.

use std::{env, thread};

use simulation::{run, run_many};

const SEEDS: u64 = 2_000;

fn number(name: &str) -> Option<u64> {
    let text = env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} must be a number, not {text}")))
}

#[test]
fn every_seed_keeps_the_rules() {
    if let Some(seed) = number("SIM_SEED") {
        println!("{:?}", run(seed));
        return;
    }
    let seeds = number("SIM_SEEDS").unwrap_or(SEEDS);
    let summary = run_many(0..seeds, thread::available_parallelism().map_or(2, usize::from));
    println!("{}", summary.text());
    assert!(summary.failures.is_empty(), "{}", summary.text());
}

#[test]
fn a_seed_gives_the_same_trace_twice() {
    for seed in 0..100 {
        assert_eq!(run(seed), run(seed), "seed {seed}");
    }
}
