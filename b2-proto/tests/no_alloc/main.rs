//! What the core takes from the heap, counted: on the bare core nothing (rule 8 of the contract),
//! with `alloc` so little for each request that it cannot matter.

use std::alloc::System;
use std::sync::{Mutex, PoisonError};

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[cfg(not(feature = "alloc"))]
mod bare;
mod canned;
#[cfg(feature = "alloc")]
mod engine;
#[cfg(feature = "alloc")]
mod sync;

#[global_allocator]
static HEAP: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// How often the work is counted.
const ROUNDS: usize = 5;

/// Calls of the allocator while `work` runs: the least of some rounds, because the test harness
/// has a thread of its own that can only add to them.
fn allocations(mut work: impl FnMut()) -> usize {
    // Tests that run side by side would count each other's.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let mut count = || {
        let region = Region::new(HEAP);
        work();
        let change = region.change();
        change.allocations + change.reallocations
    };
    (0..ROUNDS).map(|_| count()).min().unwrap_or(usize::MAX)
}
