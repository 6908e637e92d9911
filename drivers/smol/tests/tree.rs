//! What the crate depends on.

use std::process::Command;

/// Every crate that is built for a program that uses this one with these features, those of build
/// scripts as well.
fn crates(features: &[&str]) -> Vec<String> {
    let tree = "tree -p b2-smol -e normal,build --prefix none --no-dedupe --locked".split(' ');
    let cargo = Command::new(env!("CARGO")).args(tree).args(features).output();
    let cargo = cargo.expect("cargo runs");
    assert!(cargo.status.success(), "{}", String::from_utf8_lossy(&cargo.stderr));
    let text = String::from_utf8(cargo.stdout).expect("is text");
    let mut names: Vec<String> = text.lines().map(str::to_owned).collect();
    names.sort();
    names.dedup();
    names
}

#[test]
fn there_is_no_tokio() {
    for features in [&[][..], &["--all-features"]] {
        let crates = crates(features);
        for name in ["b2-proto ", "b2-local ", "rustls ", "smol "] {
            assert!(crates.iter().any(|each| each.starts_with(name)), "{name} is missing");
        }
        let tokio: Vec<_> = crates.iter().filter(|name| name.contains("tokio")).collect();
        assert!(tokio.is_empty(), "{features:?}: {tokio:?}");
    }
}

#[test]
fn the_readme_tells_how_many_there_are() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md"));
    let expected = format!("builds {} crates", crates(&[]).len());
    assert!(readme.expect("is there").contains(&expected), "not: {expected}");
}
