//! The core without a heap, which a build of the whole workspace does not have: its own tests, and
//! programs without the standard library.
//!
//! What these commands say goes to the terminal, above all the sizes of the programs.

use std::path::Path;
use std::process::Command;

use tidy::tree::root;

/// Runs a command in the repository.
#[track_caller]
fn run(program: &Path, words: &[&str]) {
    let status = Command::new(program).args(words).current_dir(root()).status();
    let status = status.unwrap_or_else(|error| panic!("{}: {error}", program.display()));
    assert!(status.success(), "{} {}: {status}", program.display(), words.join(" "));
}

#[test]
fn the_core_passes_its_tests() {
    let words = ["test", "-p", "b2-proto", "--no-default-features", "--locked", "--quiet"];
    run(Path::new(env!("CARGO")), &words);
}

/// The system for which the sizes are budgeted.
#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
#[test]
fn the_proofs_link_and_keep_to_their_budgets() {
    run(&root().join("tests/no_std/run"), &[]);
}
