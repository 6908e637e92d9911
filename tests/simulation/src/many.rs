//! Many seeds on all processors.

use core::ops::Range;
use core::panic::AssertUnwindSafe;
use core::sync::atomic::{AtomicU64, Ordering};
use std::panic::catch_unwind;
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::{Report, Tally, run};

/// So many failures are told at most; the run ends when there are more.
const FAILURES_MAX: usize = 20;

/// What many runs were like.
#[derive(Debug, Default)]
pub struct Summary {
    /// Runs that kept all rules.
    pub runs: u64,
    /// The seeds of the others, in order; no more than a few.
    pub failures: Vec<u64>,
    /// Requests sent.
    pub requests: u64,
    /// Virtual milliseconds.
    pub time_ms: u64,
    /// How the jobs ended.
    pub tally: Tally,
}

/// Plays all seeds of a range on so many threads. What a failing run says goes to the panic hook.
pub fn run_many(seeds: Range<u64>, threads: usize) -> Summary {
    let next = AtomicU64::new(seeds.start);
    let summary = Mutex::new(Summary::default());
    thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        return;
                    }
                    let report = catch_unwind(AssertUnwindSafe(|| run(seed)));
                    let mut summary = summary.lock().unwrap_or_else(PoisonError::into_inner);
                    match report {
                        Ok(report) => summary.add(&report),
                        Err(_) => {
                            // At once: the end may be hours away.
                            eprintln!("seed {seed} has failed");
                            summary.failures.push(seed);
                        }
                    }
                    if summary.failures.len() >= FAILURES_MAX {
                        return;
                    }
                }
            });
        }
    });
    let mut summary = summary.into_inner().unwrap_or_else(PoisonError::into_inner);
    summary.failures.sort_unstable();
    summary
}

impl Summary {
    fn add(&mut self, report: &Report) {
        self.runs += 1;
        self.requests += report.requests;
        self.time_ms += report.time_ms;
        self.tally.add(&report.tally);
    }

    /// One line, and a command for each failure that repeats it with its trace.
    pub fn text(&self) -> String {
        let tally = &self.tally;
        let mut text = format!(
            "{} seeds: {} jobs done, {} failed as the faults explain, {} overtaken by a twin, {} \
             begun again after a crash, {} gone on with after a budget was used up; {} requests, \
             {} virtual hours",
            self.runs,
            tally.done,
            tally.failed,
            tally.overtaken,
            tally.begun_again,
            tally.limited,
            self.requests,
            self.time_ms / 3_600_000,
        );
        for seed in &self.failures {
            text += &format!(
                "\nfailed: SIM_TRACE=1 cargo run --release -p simulation -- --seeds {seed}..{}",
                seed + 1
            );
        }
        text
    }
}
