//! What the crate depends on.

use std::process::Command;

#[test]
fn the_readme_tells_how_many_crates_there_are() {
    let tree = "tree -p b2-tokio -e normal,build --prefix none --no-dedupe --locked".split(' ');
    let cargo = Command::new(env!("CARGO")).args(tree).output().expect("cargo runs");
    assert!(cargo.status.success(), "{}", String::from_utf8_lossy(&cargo.stderr));
    let text = String::from_utf8(cargo.stdout).expect("is text");
    let mut crates: Vec<&str> = text.lines().collect();
    crates.sort_unstable();
    crates.dedup();
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md"));
    let expected = format!("are {} crates", crates.len());
    assert!(readme.expect("is there").contains(&expected), "not: {expected}");
}
