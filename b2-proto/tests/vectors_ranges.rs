//! Part sizes, parts and ranges against what the reference computes.

mod common;

use b2_proto::plan::parts::PartPlan;
use b2_proto::plan::ranges::{ContentRange, Parallel, chunk_len, streams};
use b2_proto::plan::sizes::{SizeError, SizeOptions, Sizes};

use common::{Case, Checked, same};

#[test]
fn ranges() {
    common::run("ranges.jsonl", |kind, case| match kind {
        "parallel" => parallel(case),
        "streams" => {
            let (pool, per_file) = (case.opt_u64("pool"), case.opt_u64("per_file"));
            same(streams(case.u64("length"), pool, per_file), case.u64("out"))
        }
        "chunk" => same(chunk_len(case.u64("size"), case.opt_u64("write_buffer")), case.u64("out")),
        "choose" => {
            let plan = PartPlan::equal(case.u64("length"), case.u64("min"));
            same(plan.as_ref().map(runs), Some(case.list("sizes")))
        }
        "copy" => {
            let plan = PartPlan::copy(case.u64("length"), case.u64("M"));
            same(runs(&plan), case.list::<(u64, u64)>("sizes"))
        }
        "grow" => grow(case),
        "sizes" => sizes(case),
        "range_header" => range_header(case),
        _ => Err("not a kind of case this test knows".to_owned()),
    });
}

/// Lengths of parts in order, each with how many follow one another.
fn runs(plan: &PartPlan) -> Vec<(u64, u64)> {
    let mut runs: Vec<(u64, u64)> = Vec::new();
    for part in plan.parts() {
        match runs.last_mut() {
            Some((len, count)) if *len == part.len => *count += 1,
            _ => runs.push((part.len, 1)),
        }
    }
    runs
}

fn parallel(case: &Case<'_>) -> Checked {
    let (first, local) = (case.u64("first"), case.u64("local"));
    let split = Parallel::new(first, case.u64("size"), case.u64("streams"));
    let split = split.ok_or("the range ends past 64 bits")?;
    let parts = split.parts();
    let got = parts.map(|part| (part.offset, part.end() - 1, local + (part.offset - first)));
    same(got.collect::<Vec<_>>(), case.list::<(u64, u64, u64)>("parts"))
}

fn grow(case: &Case<'_>) -> Checked {
    let sizes = Sizes::new(case.u64("m"), case.u64("R"), case.u64("M"));
    let end = case.u64("end");
    let grown = sizes.map_err(|error| error.to_string())?.grow(end);
    same(grown.recommended(), case.u64("R_used"))?;
    same(runs(&PartPlan::upload(end, &grown)), case.list::<(u64, u64)>("sizes"))
}

fn sizes(case: &Case<'_>) -> Checked {
    let options = SizeOptions {
        account: case.opt_u64("account"),
        min: case.opt_u64("min"),
        recommended: case.opt_u64("recommended"),
        max: case.opt_u64("max"),
    };
    match Sizes::resolve(options) {
        Ok(sizes) => {
            let got = vec![sizes.min(), sizes.recommended(), sizes.max()];
            if case.0.get("error").is_some() {
                return Err(format!("got {got:?}, wanted an error"));
            }
            same(got, case.list::<u64>("out"))
        }
        Err(error) => {
            let text = match error {
                SizeError::MinAboveRecommended => "min>recommended",
                SizeError::RecommendedAboveMax => "recommended>max",
                SizeError::Zero => return Err(error.to_string()),
            };
            if case.0.get("error").is_none() {
                return Err(format!("got {text}, wanted sizes"));
            }
            same(text, case.str("error"))
        }
    }
}

fn range_header(case: &Case<'_>) -> Checked {
    let got = ContentRange::parse(case.str("s"));
    if case.0.get("error").is_some() {
        return same(got, None);
    }
    let got = got.map(|range| (range.first, range.last, range.total));
    let (first, last, total) = match &case.list::<Option<u64>>("out")[..] {
        [Some(first), Some(last), total] => (*first, *last, *total),
        other => return Err(format!("cannot read {other:?}")),
    };
    same(got, Some((first, last, total)))
}
