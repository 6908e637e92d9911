//! What the crate depends on.

use std::process::Command;

/// Most crates that are built for a program that uses this one.
const CRATES_MAX: usize = 60;

/// Every crate that is built for a program that uses this one, with its version.
fn crates() -> Vec<String> {
    let tree = ["tree", "-p", "b2-blocking", "-e", "normal", "--prefix", "none", "--no-dedupe"];
    let cargo = Command::new(env!("CARGO")).args(tree).arg("--locked").output();
    let cargo = cargo.expect("cargo runs");
    assert!(cargo.status.success(), "{}", String::from_utf8_lossy(&cargo.stderr));
    let text = String::from_utf8(cargo.stdout).expect("is text");
    let mut crates: Vec<String> = text.lines().map(str::to_owned).collect();
    crates.sort();
    crates.dedup();
    crates
}

#[test]
fn there_is_nothing_asynchronous() {
    let crates = crates();
    for name in ["b2-proto ", "b2-local ", "rustls ", "httparse "] {
        assert!(crates.iter().any(|each| each.starts_with(name)), "{name} is missing");
    }
    let runtimes = ["tokio", "async", "smol", "futures", "hyper", "mio ", "polling "];
    let is_one = |each: &&String| runtimes.iter().any(|name| each.starts_with(name));
    let found: Vec<&String> = crates.iter().filter(is_one).collect();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn the_readme_tells_how_many_there_are() {
    let count = crates().len();
    assert!(count <= CRATES_MAX, "{count}");
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md"));
    let expected = format!("builds {count} crates");
    assert!(readme.expect("is there").contains(&expected), "not: {expected}");
}
