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

/// Nanoseconds on a core of one call of `work`, on average over calls of at least `least_ns`
/// together: for work that is longer than a turn of the scheduler (Linux only).
///
/// # Errors
/// When the kernel does not tell.
pub fn cpu_ns_per_call(least_ns: u64, mut work: impl FnMut()) -> std::io::Result<f64> {
    let mut calls = 1_u32;
    loop {
        let start = cpu_ns()?;
        (0..calls).for_each(|_| work());
        let ns = cpu_ns()? - start;
        if ns < least_ns {
            calls *= 2;
        } else {
            #[expect(clippy::cast_precision_loss, reason = "figures for people")]
            return Ok(ns as f64 / f64::from(calls));
        }
    }
}

/// Nanoseconds that this thread has been on a core, as of the last tick of the clock.
fn cpu_ns() -> std::io::Result<u64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let first = text.split_ascii_whitespace().next().unwrap_or_default();
    first.parse().map_err(std::io::Error::other)
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
    fn time_on_a_core_is_counted() {
        let mut calls = 0_u64;
        let work = || (0..1_000).for_each(|_| calls = core::hint::black_box(calls + 1));
        let ns = cpu_ns_per_call(20_000_000, work).expect("the kernel tells");
        assert!(ns > 0.0 && calls >= 1_000);
    }

    #[test]
    fn calls_are_timed() {
        let mut calls = 0_u64;
        let ns = ns_per_call(3, 1e4, || calls = core::hint::black_box(calls + 1));
        assert!(ns > 0.0 && calls > 3);
    }
}
