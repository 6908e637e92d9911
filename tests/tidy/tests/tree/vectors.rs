//! A conformance vector that nothing runs proves nothing.

use tidy::source;
use tidy::tree::{files, rust_files};

use crate::none;

/// Files for parts that are not written yet, and which. One that is used must go.
const NOT_YET: [(&str, &str); 3] = [
    ("plan_id.jsonl", "the synthesis planner"),
    ("planner.jsonl", "the synthesis planner"),
    ("planner_defects.jsonl", "the synthesis planner"),
];

#[test]
fn every_vector_file_is_run_by_some_test() {
    let own = "tests/tidy/";
    let rust = rust_files().into_iter().filter(|file| !file.path.starts_with(own));
    let texts: Vec<String> = rust
        .flat_map(|file| source::read(&file.text).texts)
        .map(|(_, text)| text)
        .filter(|text| text.ends_with(".jsonl"))
        .collect();
    let mut found = Vec::new();
    let mut count = 0;
    for file in files() {
        let Some(name) = file.path.strip_prefix("tests/vectors/") else { continue };
        count += 1;
        let is_used = texts.iter().any(|text| text.rsplit('/').next() == Some(name));
        let is_pending = NOT_YET.iter().any(|(pending, _)| *pending == name);
        if is_used == is_pending {
            let state = if is_used { "used, but listed as pending" } else { "used by no test" };
            found.push(format!("{name}: {state}"));
        }
    }
    assert!(count >= NOT_YET.len(), "these are not all vectors");
    none("vector file", &found);
}
