//! The core reads no clock, no randomness and no environment, does no I/O, starts no threads, and
//! depends on the order of no hash map.

use tidy::source;
use tidy::tree::shipped;

use crate::none;

/// Words of code that the core must not have.
const FORBIDDEN: [&str; 24] = [
    "std::",
    "Instant::now",
    "SystemTime",
    "UNIX_EPOCH",
    "rand",
    "getrandom",
    "thread_rng",
    "RandomState",
    "env!",
    "option_env!",
    "HashMap",
    "HashSet",
    "hash_map",
    "hashbrown",
    "IndexMap",
    "FnvIndexMap",
    "TcpStream",
    "File::",
    "println!",
    "eprintln!",
    "thread",
    "async",
    "static mut",
    "unsafe",
];

#[test]
fn the_core_abstains() {
    let files = shipped("b2-proto/src/");
    assert!(files.len() > 50, "these are not all files of the core");
    let mut found = Vec::new();
    for file in &files {
        for (index, line) in source::read(&file.text).code.lines().enumerate() {
            let words = FORBIDDEN.iter().filter(|word| source::has_word(line, word));
            found.extend(words.map(|word| format!("{}:{}: {word}", file.path, index + 1)));
        }
    }
    none("word the core abstains from", &found);
}

#[test]
fn the_core_is_no_std_with_std_for_its_tests_alone() {
    let lib = shipped("b2-proto/src/lib.rs").remove(0).text;
    assert!(lib.contains("\n#![no_std]\n"));
    let before = lib.split("extern crate std;").next().unwrap_or_default();
    assert!(!lib.contains("extern crate std;") || before.ends_with("#[cfg(test)]\n"));
}
