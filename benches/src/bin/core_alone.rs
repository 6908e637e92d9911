//! What the core costs without any I/O: time and heap of each operation, machine and codec.
//!
//! Arguments choose among `operations`, `large`, `engine`, `codecs` and
//! `sync`; all of them otherwise.

use std::alloc::System;
use std::io::{self, Write as _};
use std::time::Instant;

use b2_benches::alone::machines::{EngineRun, JobKind, LargeRun};
use b2_benches::alone::sync::{Change, SyncRun};
use b2_benches::alone::{codecs, operations};
use b2_benches::measure::{Heap, heap_of, least, ns_per_call};
use b2_benches::process::thread_ns;
use b2_benches::report::Table;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static HEAP: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Repetitions of each measurement; the fastest counts.
const ROUNDS: usize = 50;
/// Length of one repetition: less than a turn of the scheduler, so that some are not interrupted.
const ROUND_NS: f64 = 1e6;

/// Name, heading and measurement of a table.
type Section = (&'static str, &'static str, fn() -> Table);

/// The tables, by the names they can be asked for.
const SECTIONS: [Section; 5] = [
    ("operations", "Operations: request written, answer read", operations_table),
    ("large", "A large upload, parts in parallel lanes", large_table),
    ("engine", "The engine, at most 16 requests at once", engine_table),
    ("codecs", "Codecs", codecs_table),
    ("sync", "Sync plans, files on both sides", sync_table),
];

fn main() -> io::Result<()> {
    let wanted: Vec<String> =
        std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let mut out = io::stdout().lock();
    for (name, about, table) in SECTIONS {
        if wanted.is_empty() || wanted.iter().any(|each| each == name) {
            writeln!(out, "## {about}\n\n{}", table())?;
        }
    }
    Ok(())
}

fn operations_table() -> Table {
    let mut table = Table::new(&["operation", "ns", "allocations", "bytes"]);
    for mut case in operations::cases() {
        // The first run lets the buffers grow.
        (case.run)();
        let heap = heap_of(HEAP, &mut case.run);
        let ns = ns_per_call(ROUNDS, ROUND_NS, &mut case.run);
        table.row([case.name.to_owned(), format!("{ns:.0}"), count(heap), bytes(heap)]);
    }
    table
}

fn large_table() -> Table {
    let mut table = Table::new(&["parts", "actions", "ns per action", "allocations in all"]);
    for parts in [100, 1_000, 10_000] {
        let mut actions = 0;
        let samples: Vec<f64> = (0..ROUNDS)
            .map(|_| {
                let mut run = LargeRun::new(parts);
                let start = Instant::now();
                actions = run.run();
                let ns = start.elapsed().as_secs_f64() * 1e9;
                #[expect(clippy::cast_precision_loss, reason = "a few thousand actions")]
                let per_action = ns / actions as f64;
                per_action
            })
            .collect();
        let mut run = LargeRun::new(parts);
        let heap = heap_of(HEAP, || {
            run.run();
        });
        let ns = format!("{:.0}", least(&samples));
        table.row([parts.to_string(), actions.to_string(), ns, count(heap)]);
    }
    table
}

fn engine_table() -> Table {
    let head = ["job", "jobs at once", "requests per job", "ns per job", "allocations", "bytes"];
    let mut table = Table::new(&head);
    for (name, kind) in [
        ("one call", JobKind::Call),
        ("upload of a small file", JobKind::Put),
        ("download of a small file", JobKind::Download),
    ] {
        for jobs in [1_u32, 16, 256] {
            let mut run = EngineRun::new(16);
            let mut batch = || {
                (0..jobs).for_each(|_| run.add(kind));
                run.run();
            };
            batch();
            let heap = heap_of(HEAP, &mut batch);
            let ns = ns_per_call(ROUNDS, ROUND_NS, &mut batch) / f64::from(jobs);
            let before = run.requests();
            (0..jobs).for_each(|_| run.add(kind));
            run.run();
            let requests = (run.requests() - before) / u64::from(jobs);
            let per_job = |total: usize| format!("{:.1}", per(total, jobs));
            table.row([
                name.to_owned(),
                jobs.to_string(),
                requests.to_string(),
                format!("{ns:.0}"),
                per_job(heap.allocations),
                per_job(heap.bytes),
            ]);
        }
    }
    table
}

fn codecs_table() -> Table {
    let mut table = Table::new(&["piece", "bytes", "ns", "MB/s", "allocations"]);
    for mut codec in codecs::codecs() {
        let heap = heap_of(HEAP, &mut codec.case.run);
        let ns = ns_per_call(ROUNDS, ROUND_NS, &mut codec.case.run);
        let rate = 1e3 / ns * per(codec.bytes, 1);
        table.row([
            codec.case.name.to_owned(),
            codec.bytes.to_string(),
            format!("{ns:.0}"),
            format!("{rate:.0}"),
            count(heap),
        ]);
    }
    table
}

/// Repetitions of a measurement of plans; the fastest counts.
const SYNC_ROUNDS: usize = 5;
/// Files that a measurement plans at least, in as many plans as that takes.
const SYNC_FILES_MIN: usize = 1_000_000;

fn sync_table() -> Table {
    let head = ["files", "actions", "ns per file", "allocations in all", "bytes in all"];
    let mut table = Table::new(&head);
    for files in [10_000, 100_000, 1_000_000] {
        for (change, versions) in [
            (Change::None, 1),
            (Change::Percent, 1),
            (Change::All, 1),
            (Change::None, 3),
            (Change::Percent, 3),
            (Change::All, 3),
        ] {
            let run = SyncRun::new(files, versions, change);
            let mut actions = 0;
            let heap = heap_of(HEAP, || actions = run.run());
            let ns = plan_ns(&run, files);
            table.row([
                format!("{files}, {}", run.what()),
                actions.to_string(),
                format!("{ns:.0}"),
                count(heap),
                bytes(heap),
            ]);
        }
    }
    table
}

/// Time of the core for one file. The kernel's count, because so long a loop is interrupted.
fn plan_ns(run: &SyncRun, files: usize) -> f64 {
    let plans = (SYNC_FILES_MIN / files).max(1);
    let samples = (0..SYNC_ROUNDS).map(|_| {
        let before = thread_ns().unwrap_or_default();
        for _ in 0..plans {
            core::hint::black_box(run.run());
        }
        let ns = thread_ns().unwrap_or_default() - before;
        #[expect(clippy::cast_precision_loss, reason = "figures for people")]
        let per_file = ns as f64 / (plans * files) as f64;
        per_file
    });
    least(&samples.collect::<Vec<f64>>())
}

fn count(heap: Heap) -> String {
    heap.allocations.to_string()
}

fn bytes(heap: Heap) -> String {
    heap.bytes.to_string()
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn per(total: usize, jobs: u32) -> f64 {
    total as f64 / f64::from(jobs)
}
