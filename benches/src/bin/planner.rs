//! What the planner costs alone: time, heap and memory; and what its plans move.
//!
//! `planner` prints all tables, `planner speed`, `planner memory` or `planner moved` one of them.

use std::alloc::System;
use std::io::{self, Write as _};
use std::process::Command;

use b2_benches::measure::{cpu_ns_per_call, heap_of};
use b2_benches::planner::backup::BACKUPS;
use b2_benches::planner::shapes::{SHAPES, Shape};
use b2_benches::planner::{Form, LIMIT, synthesis};
use b2_benches::process::Usage;
use b2_benches::report::Table;
use b2_proto::plan::synthesis::Plan;
use b2_proto::plan::synthesis::least::Weights;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static HEAP: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const COUNTS: [u64; 5] = [100, 1_000, 10_000, 100_000, 1_000_000];

/// Time on a core that each figure is the average of.
const CPU_NS: u64 = 200_000_000;

fn main() -> io::Result<()> {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let mut out = io::stdout().lock();
    if let [one, shape, form, count] = &wanted[..]
        && one == "--one"
    {
        return writeln!(out, "{}", peak(shape, form, count)?);
    }
    for (name, table) in
        [("speed", speed as fn() -> io::Result<Table>), ("memory", memory), ("moved", moved)]
    {
        if wanted.is_empty() || wanted.iter().any(|each| each == name) {
            writeln!(out, "## {name}\n\n{}", table()?)?;
        }
    }
    Ok(())
}

/// What can be planned in this form.
fn takes(form: Form, shape: &Shape) -> bool {
    let is_limited = shape.parts_max == LIMIT;
    form != Form::Streaming || (shape.is_sorted && !is_limited)
}

fn speed() -> io::Result<Table> {
    let head = ["shape", "form", "intents", "parts", "ns per intent", "allocations"];
    let mut table = Table::new(&head);
    for shape in &SHAPES {
        for (form, name) in Form::ALL {
            for count in COUNTS.into_iter().filter(|_| takes(form, shape)) {
                let intents = (shape.build)(count);
                let mut parts = 0;
                let heap = heap_of(HEAP, || parts = form.plan(&intents, shape.parts_max));
                let ns = cpu_ns_per_call(CPU_NS, || {
                    core::hint::black_box(form.plan(&intents, shape.parts_max));
                })?;
                #[expect(clippy::cast_precision_loss, reason = "figures for people")]
                let each = ns / count as f64;
                table.row([
                    shape.name.to_owned(),
                    name.to_owned(),
                    count.to_string(),
                    parts.to_string(),
                    format!("{each:.1}"),
                    heap.allocations.to_string(),
                ]);
            }
        }
    }
    Ok(table)
}

/// Each in a process of its own, as the most memory of a process never shrinks.
fn memory() -> io::Result<Table> {
    let mut table = Table::new(&["shape", "form", "intents", "KiB at most beside the input"]);
    for shape in &SHAPES {
        for (form, name) in Form::ALL {
            for count in COUNTS.into_iter().filter(|_| takes(form, shape)) {
                let own = std::env::current_exe()?;
                let args = ["--one", shape.name, name, &count.to_string()];
                let output = Command::new(own).args(args).output()?;
                let kib = String::from_utf8_lossy(&output.stdout).trim().to_owned();
                table.row([shape.name.to_owned(), name.to_owned(), count.to_string(), kib]);
            }
        }
    }
    Ok(table)
}

/// KiB that planning needed more than its input.
fn peak(shape: &str, form: &str, count: &str) -> io::Result<u64> {
    let unknown = || io::Error::other("no such shape, form or count");
    let shape = SHAPES.iter().find(|each| each.name == shape).ok_or_else(unknown)?;
    let (form, _) = Form::ALL.into_iter().find(|(_, name)| *name == form).ok_or_else(unknown)?;
    let intents = (shape.build)(count.parse().map_err(io::Error::other)?);
    let before = Usage::own()?.rss_bytes_max;
    core::hint::black_box(form.plan(&intents, shape.parts_max));
    Ok((Usage::own()?.rss_bytes_max - before) / 1024)
}

fn moved() -> io::Result<Table> {
    let mut table = Table::new(&[
        "file",
        "intents",
        "parts",
        "sent MB",
        "fetched MB",
        "parts, least",
        "sent MB, least",
        "fetched MB, least",
        "moved : reference",
    ]);
    for backup in &BACKUPS {
        let intents = (backup.build)();
        let reference = synthesis().plan(&intents).map_err(io::Error::other)?;
        let least = synthesis().least_transfer(&intents, &Weights::default());
        let least = least.map_err(io::Error::other)?;
        let both = |plan: &Plan| plan.totals().sent + plan.totals().fetched;
        #[expect(clippy::cast_precision_loss, reason = "figures for people")]
        let share = both(&least) as f64 / both(&reference) as f64;
        let mut row = vec![backup.name.to_owned(), intents.len().to_string()];
        for plan in [&reference, &least] {
            row.push(plan.count().to_string());
            row.extend([plan.totals().sent, plan.totals().fetched].map(mb));
        }
        row.push(format!("{share:.3}"));
        table.row(row);
    }
    Ok(table)
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn mb(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / 1e6)
}
