//! Thousands of seeds. `SIM_SEEDS` says how many, `SIM_SEED` plays a single one.

use core::panic::AssertUnwindSafe;
use core::sync::atomic::{AtomicU64, Ordering};
use std::panic::catch_unwind;
use std::sync::Mutex;
use std::{env, thread};

use simulation::{Report, run};

const SEEDS: u64 = 2_000;
/// So many failures are shown at most.
const SHOWN_MAX: usize = 10;

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
    let next = AtomicU64::new(0);
    let (reports, failures) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
    let workers = thread::available_parallelism().map_or(2, usize::from);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds {
                        return;
                    }
                    match catch_unwind(AssertUnwindSafe(|| run(seed))) {
                        Ok(report) => reports.lock().unwrap().push(report),
                        Err(_) => failures.lock().unwrap().push(seed),
                    }
                }
            });
        }
    });
    let mut failures = failures.into_inner().unwrap();
    failures.sort_unstable();
    summary(&reports.into_inner().unwrap());
    let commands = failures.iter().take(SHOWN_MAX).map(|seed| {
        let test = "cargo test -p simulation --test seeds every_seed -- --nocapture";
        format!("SIM_TRACE=1 SIM_SEED={seed} {test}")
    });
    let commands: Vec<_> = commands.collect();
    assert!(
        failures.is_empty(),
        "{} of {seeds} seeds failed; to repeat:\n{}",
        failures.len(),
        commands.join("\n")
    );
}

#[expect(clippy::print_stdout, reason = "what was run is for the reader of a test run")]
fn summary(reports: &[Report]) {
    let sum = |of: fn(&Report) -> u64| reports.iter().map(of).sum::<u64>();
    println!(
        "{} seeds: {} jobs done, {} failed as the faults explain; {} requests, {} virtual hours",
        reports.len(),
        sum(|report| report.tally.done.into()),
        sum(|report| report.tally.failed.into()),
        sum(|report| report.requests),
        sum(|report| report.time_ms) / 3_600_000,
    );
}

#[test]
fn a_seed_gives_the_same_trace_twice() {
    for seed in 0..60 {
        assert_eq!(run(seed), run(seed), "seed {seed}");
    }
}
