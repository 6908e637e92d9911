//! The planner's conformance vectors, planned by the reference's rules and with the least transfer.

use std::io;

use b2_proto::plan::sizes::Sizes;
use b2_proto::plan::synthesis::least::Weights;
use b2_proto::plan::synthesis::{Intent, Plan, Synthesis, Totals};
use serde_json::Value;

/// What all vectors move that are a file.
#[derive(Clone, Copy, Debug, Default)]
pub struct Moved {
    /// By the reference's rules.
    pub reference: Sum,
    /// With the least transfer.
    pub least: Sum,
    /// Files of which the least transfer moves fewer bytes.
    pub better: u64,
    /// Files of which it moves as many.
    pub equal: u64,
    /// Files of which it moves more.
    pub worse: u64,
}

/// Bytes and calls of many files.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sum {
    /// Bytes that are sent.
    pub sent: u64,
    /// Bytes that are fetched.
    pub fetched: u64,
    /// Bytes that the service copies.
    pub copied: u64,
    /// Calls: of parts, of their fetches, and two around each large file.
    pub calls: u64,
}

impl Sum {
    fn add(&mut self, plan: &Plan) {
        let Totals { sent, fetched, copied, fetches, .. } = plan.totals();
        self.sent += sent;
        self.fetched += fetched;
        self.copied += copied;
        let frame = if plan.is_large() { 2 } else { 0 };
        self.calls += u64::from(plan.count() + fetches) + frame;
    }
}

/// Plans all of `tests/vectors/planner.jsonl`.
///
/// # Errors
/// A line is no vector.
pub fn moved() -> io::Result<Moved> {
    let mut moved = Moved::default();
    for line in vectors::text("planner.jsonl").lines() {
        let case: Value = serde_json::from_str(line)?;
        let (synthesis, intents) = read(&case).ok_or_else(|| io::Error::other(line.to_owned()))?;
        let reference = synthesis.plan(&intents);
        let least = synthesis.least_transfer(&intents, &Weights::default());
        let (Ok(reference), Ok(least)) = (reference, least) else { continue };
        moved.reference.add(&reference);
        moved.least.add(&least);
        let cost = |plan: &Plan| plan.totals().sent + plan.totals().fetched;
        let count = match cost(&least).cmp(&cost(&reference)) {
            core::cmp::Ordering::Less => &mut moved.better,
            core::cmp::Ordering::Equal => &mut moved.equal,
            core::cmp::Ordering::Greater => &mut moved.worse,
        };
        *count += 1;
    }
    Ok(moved)
}

/// A planner and its input. Some vectors have more parts than the service takes.
fn read(case: &Value) -> Option<(Synthesis, Vec<Intent>)> {
    let number = |key: &str| case[key].as_u64();
    let sizes = Sizes::new(number("m")?, number("R")?, number("M")?).ok()?;
    let synthesis = Synthesis::new(sizes).parts_max(u32::MAX).in_order(case["mode"] == "streaming");
    let intent = |value: &Value| {
        let (offset, len) = (value[1].as_u64()?, value[2].as_u64()?);
        Some(match value[0].as_str()? {
            "L" => Intent::local(offset, len),
            _ => Intent::remote(offset, len),
        })
    };
    let intents = case["in"].as_array()?.iter().map(intent).collect::<Option<_>>()?;
    Some((synthesis, intents))
}
