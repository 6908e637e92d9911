//! What the planner costs alone: time, heap and memory; and what its plans move.
//!
//! `planner` prints all tables, `planner speed`, `memory`, `moved`, `vectors`, `matching` or
//! `blocks` one of them.

use std::alloc::System;
use std::io::{self, Write as _};
use std::process::Command;

use b2_benches::measure::{cpu_ns_per_call, heap_of};
use b2_benches::planner::backup::BACKUPS;
use b2_benches::planner::blocks::{CASES, Version};
use b2_benches::planner::shapes::{SHAPES, Shape};
use b2_benches::planner::vectors::{self, Sum};
use b2_benches::planner::{Form, LIMIT, synthesis};
use b2_benches::process::Usage;
use b2_benches::report::Table;
use b2_proto::limits::PART_LEN_MIN;
use b2_proto::plan::blocks::{BlockSize, Chunker, Manifest, Matcher};
use b2_proto::plan::synthesis::Plan;
use b2_proto::plan::synthesis::least::Weights;
use b2_proto::wire::text::Sha1;
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
    for (name, table) in [
        ("speed", speed as fn() -> io::Result<Table>),
        ("memory", memory),
        ("moved", moved),
        ("vectors", vectors),
        ("matching", matching),
        ("blocks", blocks),
    ] {
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

/// What the files of the conformance vectors move.
fn vectors() -> io::Result<Table> {
    let mut table = Table::new(&["planner", "sent", "fetched", "copied", "calls", "files"]);
    let moved = vectors::moved()?;
    let mut row = |name: &str, sum: Sum, files: String| {
        let figures = [sum.sent, sum.fetched, sum.copied, sum.calls].map(|sum| sum.to_string());
        table.row([vec![name.to_owned()], figures.to_vec(), vec![files]].concat());
    };
    row("reference", moved.reference, (moved.better + moved.equal + moved.worse).to_string());
    let (better, equal, worse) = (moved.better, moved.equal, moved.worse);
    let files = format!("{better} move less, {equal} as much, {worse} more");
    row("least", moved.least, files);
    Ok(table)
}

/// What reading a file to match it takes: a block of it in memory, again and again.
fn matching() -> io::Result<Table> {
    const LEN: u64 = 64 << 20;
    let mut table = Table::new(&["reading a file", "CPU s per GiB", "MB/s on a core"]);
    let base = Version::default().then(1, LEN);
    let mut bytes = Vec::new();
    base.read(|piece| bytes.extend(piece));
    let manifest = Manifest::read(base.manifest()).map_err(io::Error::other)?;
    let size = manifest.size();
    let match_with = |base: Option<Manifest>| {
        let mut matcher = Matcher::new(LEN, PART_LEN_MIN, base);
        bytes.chunks(256 << 10).for_each(|piece| matcher.update(piece));
        matcher.finish().matches.len()
    };
    let rows: [(&str, &dyn Fn() -> usize); 4] = [
        ("SHA-1 alone", &|| usize::from(Sha1::of(&bytes).0[0])),
        ("ends of blocks alone", &|| count_blocks(&bytes, size)),
        ("first version: SHA-1, blocks, manifest", &|| match_with(None)),
        ("next version: the same, and matches", &|| match_with(Some(manifest.clone()))),
    ];
    for (name, work) in rows {
        let ns = cpu_ns_per_call(20 * CPU_NS, || {
            core::hint::black_box(work());
        })?;
        #[expect(clippy::cast_precision_loss, reason = "figures for people")]
        let per_byte = ns / LEN as f64;
        let figures = [per_byte * f64::from(1 << 30) / 1e9, 1e3 / per_byte];
        table.row([name.to_owned(), format!("{:.2}", figures[0]), format!("{:.0}", figures[1])]);
    }
    Ok(table)
}

fn count_blocks(mut bytes: &[u8], size: BlockSize) -> usize {
    let mut chunker = Chunker::new(size);
    let mut count = 0;
    while let Some(end) = chunker.cut(bytes) {
        bytes = &bytes[end..];
        count += 1;
    }
    count
}

/// What uploading by blocks sends, against sending all and against copying what a file begins with.
fn blocks() -> io::Result<Table> {
    let mut table = Table::new(&[
        "file of 1 GiB",
        "sent MB in full",
        "append-only",
        "by blocks, reference: sent",
        "fetched",
        "by blocks, least",
        "fetched",
        "parts, least",
        "manifest KB",
    ]);
    for case in &CASES {
        let [base, next] = (case.versions)();
        let kept = base.manifest();
        let kept_len = kept.len() as u64;
        let manifest = Manifest::read(kept).map_err(io::Error::other)?;
        let matched = next.matched(Some(manifest));
        let intents = matched.intents();
        let reference = synthesis().plan(&intents).map_err(io::Error::other)?.totals();
        let least = synthesis().least_transfer(&intents, &Weights::default());
        let least = least.map_err(io::Error::other)?;
        let (len, totals) = (next.len(), least.totals());
        let appended = len - next.grown_from(&base).unwrap_or(0);
        let moved = [len, appended, reference.sent, reference.fetched, totals.sent, totals.fetched];
        let mut row = vec![case.name.to_owned()];
        row.extend(moved.map(mb));
        row.extend([least.count().to_string(), mb(kept_len * 1_000)]);
        table.row(row);
    }
    Ok(table)
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn mb(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / 1e6)
}
