//! What the runs took, as `README.md` has it.

use crate::run::{Outcome, Plan};
use crate::task::Way;
use core::fmt::Write as _;

const HEAD: [&str; 11] = [
    "driver",
    "way",
    "files",
    "kills",
    "after the end",
    "MB wanted",
    "MB passed",
    "again",
    "again a kill, KB",
    "kept, last life",
    "s",
];
const RULE: &str = "| --- | --- |";
const NUMBER: &str = " ---: |";

/// A table in Markdown.
#[must_use]
pub fn table(runs: &[(Plan, Outcome)]) -> String {
    let numbers = NUMBER.repeat(HEAD.len() - 2);
    let mut table = format!("| {} |\n{RULE}{numbers}\n", HEAD.join(" | "));
    for (plan, outcome) in runs {
        let way = match plan.way {
            Way::Up => "up",
            Way::Down => "down",
        };
        let wanted = plan.len * u64::from(outcome.files);
        let share = outcome.again * 1_000 / wanted.max(1);
        // A text always takes more.
        let _ = writeln!(
            table,
            "| b2-{} | {way} | {} | {} | {} | {} | {} | {}.{} % | {} | {} % | {} |",
            plan.driver,
            outcome.files,
            outcome.kills,
            outcome.late_kills,
            wanted / 1_000_000,
            outcome.moved / 1_000_000,
            share / 10,
            share % 10,
            outcome.again / 1_000 / u64::from(outcome.kills.max(1)),
            outcome.kept * 100 / plan.len.max(1),
            outcome.time.as_secs(),
        );
    }
    table
}
