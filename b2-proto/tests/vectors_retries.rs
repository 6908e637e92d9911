//! Attempts, waits, logins and upload URLs against the reference's (`retries.jsonl`).
//!
//! Every case runs through the machines with [`RetryPolicy::EXACT`] and is held against a model of
//! the reference's three layers, which is itself held against the cases. Where the core does
//! better on purpose the model is repaired; those cases are printed with the repair.
//!
//! [`RetryPolicy::EXACT`]: b2_proto::policy::retry::RetryPolicy::EXACT
#![cfg(feature = "alloc")]

use core::cell::RefCell;
use std::collections::BTreeMap;

use serde_json::Value;

mod common;
mod retries;

use common::{Case, Checked, same};
use retries::fixed::{AWAY, CLOSED, IN_USE, LOGIN_FAILED, Model, Said};
use retries::jobs::{self, Run};
use retries::names;

/// Repairs that the cases do not mark as defects of the reference.
const UNMARKED: [&str; 4] = [LOGIN_FAILED, AWAY, CLOSED, IN_USE];

#[test]
fn every_case() {
    let differing = RefCell::new(BTreeMap::<&str, Vec<String>>::new());
    common::run_all("retries.jsonl", "call", |call, case| {
        let Said { steps, error, repairs } = Model::new(case, true).run();
        // Where it goes on then, the reference does not get to.
        let goes_on = repairs.contains(AWAY);
        for repair in repairs {
            if !goes_on && !UNMARKED.contains(&repair) && !is_marked(case, repair) {
                return Err(format!("{repair} is not marked"));
            }
            differing.borrow_mut().entry(repair).or_default().push(case.str("id").to_owned());
        }
        let run = jobs::run(case);
        same_steps(&run.steps, &steps)?;
        same_error(call, &run, error)
    });
    report(&differing.into_inner());
}

/// The model that the core is held against says of all cases what the reference does, as long as
/// it is not repaired.
#[test]
fn the_model_is_the_reference() {
    common::run_all("retries.jsonl", "call", |_, case| {
        let Said { steps, error, repairs } = Model::new(case, false).run();
        same(repairs.is_empty(), true)?;
        same_steps(&steps, &case.list::<Value>("steps"))?;
        same(error, expected_error(case).as_deref())
    });
}

fn is_marked(case: &Case<'_>, defect: &str) -> bool {
    let marks = case.0.get("defect").and_then(Value::as_array);
    marks.is_some_and(|marks| marks.iter().any(|mark| mark == defect))
}

/// The type of the error; of several collected ones, the last.
fn expected_error(case: &Case<'_>) -> Option<String> {
    let result = case.field("result");
    let last = result["inner"].as_array().and_then(|inner| inner.last());
    let name = last.unwrap_or_else(|| &result["error"]);
    name.as_str().map(str::to_owned)
}

fn same_error(call: &str, run: &Run, wanted: Option<&str>) -> Checked {
    let Err(error) = &run.result else { return same(None, wanted) };
    same(Some(names::name_of(call, error)), wanted)?;
    let kinds = names::kinds(call, wanted.unwrap_or_default());
    if !kinds.contains(&error.kind) {
        return Err(format!("{:?} is none of {kinds:?}: {error}", error.kind));
    }
    if error.attempts == 0 || usize::from(error.attempts) > run.steps.len() {
        return Err(format!("{} attempts in {} steps", error.attempts, run.steps.len()));
    }
    Ok(())
}

/// Steps are the same; waits may differ by a millisecond for each second.
fn same_steps(got: &[Value], wanted: &[Value]) -> Checked {
    // A wait of no time is none.
    let wanted: Vec<_> = wanted.iter().filter(|step| wait_s(step) != Some(0.0)).collect();
    let got: Vec<_> = got.iter().filter(|step| wait_s(step) != Some(0.0)).collect();
    let is_same = |(got, wanted): (&&Value, &&Value)| match (wait_s(got), wait_s(wanted)) {
        (Some(got), Some(wanted)) => (got - wanted).abs() <= 0.001 * wanted.max(1.0),
        _ => got == wanted,
    };
    if got.len() == wanted.len() && got.iter().zip(&wanted).all(is_same) {
        return Ok(());
    }
    let line =
        |steps: &[&Value]| steps.iter().map(|step| step.to_string()).collect::<Vec<_>>().join(" ");
    Err(format!("\n  got    {}\n  wanted {}", line(&got), line(&wanted)))
}

fn wait_s(step: &Value) -> Option<f64> {
    if step[0] == "sleep" { step[1].as_f64() } else { None }
}

#[expect(clippy::print_stdout, reason = "the list is for the reader of a test run")]
fn report(differing: &BTreeMap<&str, Vec<String>>) {
    for (repair, ids) in differing {
        println!("  {} differ on purpose ({repair}): {}", ids.len(), ids.join(" "));
    }
}
