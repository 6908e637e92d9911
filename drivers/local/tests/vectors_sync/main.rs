//! The conformance vectors of the sync planner. Lines that differ because a defect of the
//! reference is fixed are printed with the reason; every other line must be met.

mod item;
mod sync;

use std::collections::BTreeMap;

use b2_proto::plan::sync::{
    AgeBy, Compare, DeleteLimit, Direction, Everything, Keep, Options, Why, Work,
};
use serde_json::{Value, json};

use item::{Item, plan};

/// What came of a line: met, or another result for a reason, or wrong.
enum Outcome {
    Met,
    Differs(&'static str),
    Wrong(String),
}

/// Runs every line of a file through `check`.
#[track_caller]
#[expect(clippy::print_stdout, reason = "which lines differ is for the reader of a test run")]
fn run(file: &str, check: impl Fn(&Value) -> Outcome) {
    let mut differing = BTreeMap::<&str, Vec<String>>::new();
    let (mut met, mut wrong) = (0, Vec::new());
    for line in vectors::text(file).lines() {
        let case: Value = serde_json::from_str(line).expect("a case");
        let id = case["id"].as_str().expect("an id").to_owned();
        match check(&case) {
            Outcome::Met => met += 1,
            Outcome::Differs(why) => differing.entry(why).or_default().push(id),
            Outcome::Wrong(why) => wrong.push(format!("{id}: {why}")),
        }
    }
    println!("{file}: {met} lines as the reference");
    for (why, ids) in &differing {
        println!("  {} lines differ, {why}: {}", ids.len(), ids.join(" "));
    }
    let shown = wrong.iter().take(10).cloned().collect::<Vec<_>>().join("\n");
    assert!(wrong.is_empty(), "{} lines are wrong:\n{shown}", wrong.len());
    assert!(met > if vectors::are_own() { 400 } else { 0 }, "these are not all lines");
}

#[test]
fn plans_are_those_of_the_reference() {
    run("sync.jsonl", sync::check);
}

/// `{"hide": …, "delete": […]}` for the versions of one name.
fn days(case: &Value, by: AgeBy) -> Value {
    let versions = case["versions"].as_array().expect("versions");
    let names = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
    let items = versions.iter().zip(names).map(|(version, id)| Item {
        path: "name".to_owned(),
        id: id.to_owned(),
        ..Item::version(&version[0], &version[1], &version[2], &json!(0))
    });
    let items: Vec<Item> = items.collect();
    assert_eq!(items.len(), versions.len());
    let days = u32::try_from(case["keep_days"].as_u64().expect("days")).expect("few days");
    let options = Options {
        compare: Compare::Name,
        keep: Keep::Days { days, by },
        delete_limit: DeleteLimit::Unlimited,
        allow_empty_source: true,
        ..Options::new(Direction::Up, case["now"].as_i64().expect("now"))
    };
    let is_present = case["source_present"].as_bool().expect("presence");
    let source = is_present.then(|| Item { path: "name".to_owned(), ..Item::default() });
    let planned = plan(options, Everything, source.into_iter().map(Into::into).collect(), items);
    let (mut hide, mut delete) = (false, Vec::new());
    for action in planned.actions {
        hide |= matches!(action.work, Work::Hide(_));
        if let Work::Delete { entry, why } = action.work {
            assert_eq!(why == Why::HideMarker, entry.is_marker());
            delete.push(entry.id.parse::<u64>().expect("an index"));
        }
    }
    delete.sort_unstable();
    json!({"hide": hide, "delete": delete})
}

#[test]
fn versions_are_kept_as_long_as_they_were_visible() {
    run("keepdays.jsonl", |case| {
        let (by_time, by_sight) = (days(case, AgeBy::ModTime), days(case, AgeBy::Visibility));
        if by_time != case["reference"] {
            return Outcome::Wrong(format!("by time {by_time}, not {}", case["reference"]));
        }
        if by_sight != case["by_visibility"] {
            return Outcome::Wrong(format!("by sight {by_sight}, not {}", case["by_visibility"]));
        }
        match (by_time == by_sight, case.get("by_mtime").is_some()) {
            (true, false) => Outcome::Met,
            (false, true) => Outcome::Differs("keep-days by visibility (S4), our default"),
            (same, marked) => Outcome::Wrong(format!("same {same}, but marked {marked}")),
        }
    });
}
