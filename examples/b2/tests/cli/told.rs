//! What `sync` tells besides its lines: events, summaries, estimates.

use b2_sim::fault::FaultPlan;
use serde_json::Value;

use crate::world::{World, assert_has};

fn world() -> World {
    let world = World::embedded();
    world.ok("bucket create demo-bucket allPrivate");
    world.write("src/a", "a");
    world.write("src/b", "bc");
    world
}

fn is_documented(word: &str) -> bool {
    const SCHEMA: &str = include_str!("../../EVENTS.md");
    SCHEMA.contains(&format!("`{word}`"))
}

fn events(out: &str) -> Vec<Value> {
    out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[test]
fn events_are_json_line_by_line() {
    let world = world();
    let all = events(&world.ok("sync --events ndjson src b2://demo-bucket"));
    let names: Vec<&str> = all.iter().filter_map(|it| it["event"].as_str()).collect();
    assert_eq!(names.first(), Some(&"started"));
    assert_eq!(names.iter().filter(|it| **it == "begun").count(), 2);
    let done: Vec<_> = all.iter().filter(|it| it["event"] == "done").collect();
    assert_eq!(done.len(), 2);
    assert!(done.iter().all(|it| it["action"] == "upload" && it["isNew"] == true));
    let summary = all.last().expect("a summary");
    assert_eq!(summary["event"], "summary");
    assert_eq!((&summary["isComplete"], &summary["transferred"]), (&true.into(), &2.into()));
    assert_eq!(summary["bytesUp"], 3);
    assert!(summary["transactions"]["classA"].as_u64() >= Some(2), "{summary}");
    let down = events(&world.ok("sync --events ndjson --dry-run b2://demo-bucket dst"));
    let done = down.iter().filter(|it| it["event"] == "done");
    assert!(done.clone().count() == 2 && done.into_iter().all(|it| it["action"] == "download"));
}

#[test]
fn a_failure_is_an_event_and_the_last_line_says_so() {
    let refused = r#"{"op": "b2_upload_file", "nth": 1, "status": 400}"#;
    let world = World::served(&format!("[{refused}]"));
    world.ok("bucket create demo-bucket allPrivate");
    world.write("src/a", "a");
    let said = world.b2("sync --events ndjson src b2://demo-bucket");
    assert_eq!(said.code, 1);
    let all = events(&said.out);
    let failed = all.iter().find(|it| it["event"] == "failed").expect("told");
    assert_eq!((&failed["path"], &failed["error"]["kind"]), (&"a".into(), &"BadRequest".into()));
    assert_eq!(all.last().expect("a summary")["failed"], 1);
}

/// Not without a last line, either, and not with one that nothing has begun.
#[test]
fn a_service_that_says_nothing_ends_the_events() {
    let mut world = World::served("[]");
    assert_eq!(world.b2("account authorize").code, 0);
    world.ok("bucket create demo-bucket allPrivate");
    world.write("src/a", "a");
    world.set("B2_LOGIN_TIMEOUT_S", "1");
    let rules = r#"[{"op": "b2_list_file_versions", "latencyMs": 600000},
                    {"op": "b2_list_file_names", "latencyMs": 600000},
                    {"op": "b2_list_buckets", "latencyMs": 600000}]"#;
    let plan = FaultPlan::parse(0, rules.as_bytes()).expect("faults");
    world.server().host().set_faults(plan);
    let why = "did not answer within 1 seconds. Check B2_ENVIRONMENT and the network";
    let said = world.b2("sync --events ndjson src b2://demo-bucket");
    let all = events(&said.out);
    assert_eq!(all.first().map(|it| &it["event"]), Some(&"started".into()));
    let last = all.last().expect("events");
    assert_eq!((&last["event"], &last["error"]["kind"]), (&"stopped".into(), &"Network".into()));
    assert_has(last["error"]["message"].as_str().expect("a text"), &["http://127.0.0.1:", why]);
    assert_has(&said.failed("sync"), &["ERROR: http://127.0.0.1:", why]);
    // This one is asked for the bucket first.
    let said = world.b2("sync --events ndjson src b2://other-bucket");
    assert_eq!(said.out, "");
    assert_has(&said.failed("sync"), &[why]);
}

/// What programs read is written down: every event and every field.
#[test]
fn all_that_is_told_is_documented() {
    let refused = r#"{"op": "b2_upload_file", "nth": 2, "status": 400}"#;
    let world = World::served(&format!("[{refused}]"));
    world.ok("bucket create demo-bucket allPrivate");
    world.write("src/a", "a");
    world.write("src/bad.b2part", "a");
    world.write("src/.a.0.b2part", "a");
    world.write("gone", "a");
    world.ok("file upload --quiet demo-bucket gone gone");
    let mut told = String::new();
    for line in [
        "sync --events ndjson src b2://demo-bucket",
        "sync --events ndjson --delete --max-delete 0 src b2://demo-bucket",
        "sync --events ndjson --delete src b2://demo-bucket",
        "sync --events ndjson --index src/a --compare-versions sha1 src b2://demo-bucket",
        "sync --events ndjson b2://demo-bucket src/a",
    ] {
        told.push_str(&world.b2(line).out);
    }
    let mut names = std::collections::BTreeSet::new();
    for event in events(&told) {
        let fields = event.as_object().expect("an object");
        names.insert(event["event"].as_str().expect("a name").to_owned());
        for (field, value) in fields {
            assert!(field == "event" || is_documented(field), "{field} of {event}");
            if matches!(field.as_str(), "action" | "why" | "side" | "ending") {
                let word = value.as_str().expect("a word");
                assert!(is_documented(word), "{word} as {field} of {event}");
            }
            for inner in value.as_object().into_iter().flatten().map(|(inner, _)| inner) {
                assert!(is_documented(inner), "{inner} of {field} of {event}");
            }
        }
    }
    assert!(names.iter().all(|name| is_documented(name)), "{names:?}");
    for name in ["started", "begun", "done", "failed", "left", "skipped", "index", "summary"] {
        assert!(names.contains(name), "{name} was not told: {told}");
    }
}

/// Also what hardly ever happens.
#[test]
fn all_that_may_be_told_is_documented() {
    const CODE: &str = include_str!("../../src/sync/json.rs");
    let literals = CODE.split('"').skip(1).step_by(2);
    let words: Vec<&str> = literals.filter(|it| *it != "event" && *it != "{:?}").collect();
    assert!(words.contains(&"keptManifest") && words.contains(&"vanished"), "{words:?}");
    for word in words {
        assert!(is_documented(word), "{word}");
    }
}

#[test]
fn a_dry_run_tells_what_it_would_take() {
    let world = world();
    let table = r#"{"classCPer1000": 4, "storagePerGbMonth": 1e9, "currency": "EUR"}"#;
    world.write("prices", table);
    let said = world.b2("sync --dry-run --prices prices src b2://demo-bucket");
    assert_eq!((said.code, said.out.as_str()), (0, "upload a\nupload b\n"));
    assert_has(
        &said.err,
        &[
            "2 files to copy (3 bytes)",
            "Would use besides: 2 calls of class A, 0 of class B, 0 of class C; 3 bytes up, 0 down",
            "Storage of what is new: 3.0000 EUR a month",
        ],
    );
    let wrong = world.b2("sync --prices src/a src b2://demo-bucket");
    assert_has(&wrong.failed("prices"), &["src/a is no table of prices"]);
    let summary = world.b2("sync --summary src b2://demo-bucket");
    assert_has(&summary.err, &["2 files copied (3 bytes)", "Used: "]);
    world.write("src/c", "c");
    let one = world.b2("sync --summary src b2://demo-bucket");
    assert_has(&one.err, &["1 file copied (1 byte), 0 renamed"]);
}

/// What stays because its file came to nothing is no failure of its own.
#[test]
fn a_summary_tells_failures_from_what_they_hold_back() {
    let refused = r#"{"op": "b2_upload_file", "nth": 4, "status": 400}"#;
    let world = World::served(&format!("[{refused}]"));
    world.ok("bucket create demo-bucket allPrivate");
    for content in ["1", "22", "333"] {
        world.write("src/a", content);
        world.ok("sync --replace-newer src b2://demo-bucket");
    }
    world.write("src/a", "4444");
    let said = world.b2("sync --delete --replace-newer --summary src b2://demo-bucket");
    assert_eq!(said.code, 1);
    assert_has(&said.err, &["1 failed, 3 held back, 0 places unknown\n", "(1 failed, 0 copied)"]);
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("nowhere", world.path("src/broken")).expect("link");
        let said = world.b2("sync --replace-newer --summary src b2://demo-bucket");
        assert_eq!(said.code, 1);
        assert_has(&said.err, &["1 file copied", "0 failed, 0 held back, 1 place unknown\n"]);
    }
}
