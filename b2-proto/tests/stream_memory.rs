//! What plans take from the heap: little for a list of intents, nothing more for an endless one.
#![cfg(feature = "alloc")]

use std::alloc::System;
use std::sync::Mutex;

use b2_proto::plan::sizes::{SizeOptions, Sizes};
use b2_proto::plan::synthesis::{Intent, Synthesis};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static HEAP: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Only one test counts at a time.
static TURN: Mutex<()> = Mutex::new(());

const KB: u64 = 1_000;

fn synthesis() -> Synthesis {
    Synthesis::new(Sizes::resolve(SizeOptions::default()).expect("sizes"))
}

fn live(region: &Region<'_, System>) -> isize {
    let change = region.change();
    change.bytes_allocated.cast_signed() - change.bytes_deallocated.cast_signed()
}

#[test]
fn ten_million_intents_stream_through_little_memory() {
    let _turn = TURN.lock();
    let taken = core::cell::Cell::new(0_u64);
    let intents = (0..10_000_000).map(|index: u64| {
        taken.set(index + 1);
        let kind = if index.is_multiple_of(3) { Intent::remote } else { Intent::local };
        // Each overlaps a little with the one before.
        kind((index * 90 * KB).saturating_sub(KB), 91 * KB)
    });
    let region = Region::new(HEAP);
    let (mut end, mut parts, mut most) = (0, 0, 0);
    for part in synthesis().stream(intents) {
        let part = part.expect("a part");
        end += part.len();
        parts += 1;
        most = most.max(live(&region));
        // Parts come at the latest when intents for two of them came.
        assert!(taken.get() * 90 * KB <= end + 2 * 105_000 * KB, "part {parts}");
    }
    assert_eq!(end, 10_000_000 * 90 * KB);
    assert_eq!(taken.get(), 10_000_000);
    assert!((8_900..9_100).contains(&parts), "{parts}");
    assert!(most < 128 * 1024, "{most} bytes");
}

#[test]
fn a_plan_takes_few_allocations() {
    let _turn = TURN.lock();
    let intents: Vec<Intent> =
        (0..100_000).map(|index| Intent::local(index * 50 * KB, 50 * KB)).collect();
    let region = Region::new(HEAP);
    let plan = synthesis().plan(&intents).expect("a plan");
    let change = region.change();
    let count = change.allocations + change.reallocations;
    // Lists that double.
    assert!(count < 40, "{count}");
    // For each intent 24 bytes while it is sorted and 24 for its piece.
    assert!(live(&region) < 32 * 2 * 100_000, "{}", live(&region));
    assert_eq!(plan.count(), 50);
}
