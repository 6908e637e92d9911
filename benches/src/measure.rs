//! How long things take, and what they allocate.

use std::time::Instant;

/// The middle of `values`; the lower of the two middle ones when their number is even.
///
/// # Panics
/// When there are none.
pub fn median(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[(values.len() - 1) / 2]
}

/// The least of `values`: whatever else the machine does only adds to the time of a short loop.
///
/// # Panics
/// When there are none.
pub fn least(values: &[f64]) -> f64 {
    values.iter().copied().min_by(f64::total_cmp).expect("at least one value")
}

/// Nanoseconds of one call of `work`: the least of `rounds`, each long enough to be timed.
pub fn ns_per_call(rounds: usize, round_ns: f64, mut work: impl FnMut()) -> f64 {
    let mut calls = 1_u32;
    loop {
        let ns = ns_of(calls, &mut work);
        if ns >= round_ns / 4.0 || calls >= 1 << 30 {
            break;
        }
        calls *= 2;
    }
    let samples: Vec<f64> =
        (0..rounds.max(1)).map(|_| ns_of(calls, &mut work) / f64::from(calls)).collect();
    least(&samples)
}

fn ns_of(calls: u32, work: &mut impl FnMut()) -> f64 {
    let start = Instant::now();
    for _ in 0..calls {
        work();
    }
    start.elapsed().as_secs_f64() * 1e9
}

/// What a piece of work took from the heap.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Heap {
    /// How often it asked for memory, growing included.
    pub allocations: usize,
    /// How much it asked for, in bytes.
    pub bytes: usize,
}

/// Counts what `work` takes from `heap`, which must be the program's global allocator.
pub fn heap_of(heap: &stats_alloc::StatsAlloc<std::alloc::System>, work: impl FnOnce()) -> Heap {
    let region = stats_alloc::Region::new(heap);
    work();
    let change = region.change();
    Heap { allocations: change.allocations + change.reallocations, bytes: change.bytes_allocated }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(least(&[3.0, 1.0, 2.0]), 1.0);
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&mut [4.0, 1.0, 2.0, 3.0]), 2.0);
    }

    #[test]
    fn calls_are_timed() {
        let mut calls = 0_u64;
        let ns = ns_per_call(3, 1e4, || calls = core::hint::black_box(calls + 1));
        assert!(ns > 0.0 && calls > 3);
    }
}
