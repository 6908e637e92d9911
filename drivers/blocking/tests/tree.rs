//! What the crate depends on.

use std::process::Command;

/// Most crates that are built for a program that uses this one.
const CRATES_MAX: usize = 60;

/// Every crate that is built for a program that uses this one with these features, with its
/// version; those of build scripts as well.
fn crates(features: &[&str]) -> Vec<String> {
    let tree = "tree -p b2-blocking -e normal,build --prefix none --no-dedupe --locked".split(' ');
    let cargo = Command::new(env!("CARGO")).args(tree).args(features).output();
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
    for features in [&[][..], &["--all-features"]] {
        let crates = crates(features);
        for name in ["b2-proto ", "b2-local ", "rustls ", "httparse "] {
            assert!(crates.iter().any(|each| each.starts_with(name)), "{name} is missing");
        }
        let runtimes = ["tokio", "async", "smol", "futures", "hyper", "mio ", "polling "];
        let is_one = |each: &&String| runtimes.iter().any(|name| each.starts_with(name));
        let found: Vec<&String> = crates.iter().filter(is_one).collect();
        assert!(found.is_empty(), "{features:?}: {found:?}");
    }
}

#[test]
fn the_readme_tells_how_many_there_are() {
    let count = crates(&[]).len();
    assert!(count <= CRATES_MAX, "{count}");
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md"));
    let expected = format!("builds {count} crates");
    assert!(readme.expect("is there").contains(&expected), "not: {expected}");
}
