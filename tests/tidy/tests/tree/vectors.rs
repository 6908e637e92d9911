//! A conformance vector that nothing runs proves nothing.

use tidy::source;
use tidy::tree::{files, rust_files};

use crate::none;

const FILES_MIN: usize = 9;

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
        let name = file.path.strip_prefix("tests/vectors/");
        let Some(name) = name.filter(|name| name.ends_with(".jsonl")) else { continue };
        count += 1;
        let is_used = texts.iter().any(|text| text.rsplit('/').next() == Some(name));
        if !is_used {
            found.push(format!("{name}: used by no test"));
        }
    }
    assert!(count >= FILES_MIN, "these are not all vectors");
    none("vector file", &found);
}
