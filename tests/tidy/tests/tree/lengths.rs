//! One idea a file, one task a function, lines that fit beside each other.

use tidy::functions::functions;
use tidy::source;
use tidy::tree::rust_files;

use crate::none;

/// Most lines of a file, tests and all.
const FILE_LINES_MAX: usize = 600;
/// Most lines of a file without its tests.
const SHIPPED_LINES_MAX: usize = 300;
/// Most lines of a function, from `fn` to the closing brace.
const FUNCTION_LINES_MAX: usize = 70;
/// Most characters in a line.
const COLUMNS_MAX: usize = 100;

/// Most lines of a listed file without its tests.
const LISTED_LINES_MAX: usize = 450;

/// Files that may be longer without their tests, and why. One that is short again must go.
const LONG_FILES: [(&str, &str); 9] = [
    ("b2-proto/src/machine/delivery.rs", "one table of retries: splitting it would hide gaps"),
    ("b2-proto/src/machine/download.rs", "a machine's states and its part of the contract"),
    ("b2-proto/src/machine/engine.rs", "the one loop over all jobs and its bookkeeping"),
    ("b2-proto/src/machine/large.rs", "a machine's states and its part of the contract"),
    ("b2-proto/src/machine/upload.rs", "a machine's states and its part of the contract"),
    ("drivers/sim/src/fault.rs", "the catalogue of faults with what each means"),
    ("drivers/sim/src/service/mod.rs", "the table of operations and the way of a request"),
    ("drivers/sim/src/service/upload.rs", "the checks of an upload in the service's order"),
    ("drivers/sim/src/transport.rs", "the transport and the faults of its one connection"),
];

#[test]
fn files_are_short() {
    let mut found = Vec::new();
    let mut long = Vec::new();
    for file in rust_files() {
        let (all, shipped) = (lines(&file.text), lines(source::without_tests(&file.text)));
        if all > FILE_LINES_MAX || (!file.is_test() && shipped > LISTED_LINES_MAX) {
            found.push(format!("{}: {all} lines", file.path));
        }
        if shipped > SHIPPED_LINES_MAX && !file.is_test() {
            if !LONG_FILES.iter().any(|(path, _)| *path == file.path) {
                found.push(format!("{}: {shipped} lines without its tests", file.path));
            }
            long.push(file.path);
        }
    }
    let gone = LONG_FILES.iter().filter(|(path, _)| !long.iter().any(|each| each == path));
    found.extend(gone.map(|(path, _)| format!("{path}: listed as long, but it is not")));
    none("file of another length than allowed", &found);
}

#[test]
fn functions_are_short() {
    let mut found = Vec::new();
    let mut count = 0;
    for file in rust_files() {
        for function in functions(&file.text) {
            count += 1;
            if function.lines > FUNCTION_LINES_MAX {
                let (name, line, lines) = (function.name, function.line, function.lines);
                found.push(format!("{}:{line}: {name} has {lines} lines", file.path));
            }
        }
    }
    assert!(count > 1_000, "these are not all functions");
    none("function that is too long", &found);
}

#[test]
fn lines_are_short() {
    let mut found = Vec::new();
    for file in rust_files() {
        for (index, line) in file.text.lines().enumerate() {
            // A row of a table cannot be broken.
            let is_row = line.trim_start().trim_start_matches(['/', '!']).starts_with(" |");
            if line.chars().count() > COLUMNS_MAX && !is_row {
                found.push(format!("{}:{}", file.path, index + 1));
            }
        }
    }
    none("line that is too long", &found);
}

fn lines(text: &str) -> usize {
    text.lines().count()
}
