//! Figures that are written down more than once.

use std::fs;

use tidy::tree::root;

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).expect(path)
}

/// The number before the word `crates` in the README of a driver, which a test of that driver
/// compares with its tree.
fn crates(driver: &str) -> String {
    let readme = read(&format!("drivers/{driver}/README.md"));
    let (before, _) = readme.split_once(" crates").expect("a number of crates");
    before.rsplit(' ').next().unwrap_or_default().to_owned()
}

#[test]
fn tables_of_drivers_agree_with_the_drivers() {
    let numbers = ["blocking", "smol", "tokio"].map(crates).join(" | ");
    let row = format!("| crates in all | {numbers} |");
    for path in ["README.md", "examples/backup/README.md"] {
        assert!(read(path).contains(&row), "{path} does not say: {row}");
    }
}
