//! Nothing unfinished, and nothing about the machine the code was written on.

use tidy::source;
use tidy::tree::{files, rust_files};

use crate::none;

#[test]
fn nothing_is_left_to_do() {
    let mut found = Vec::new();
    for file in rust_files() {
        for (index, line) in source::read(&file.text).code.lines().enumerate() {
            let unfinished = ["todo!", "unimplemented!", "dbg!"];
            let words = unfinished.iter().filter(|word| source::has_word(line, word));
            found.extend(words.map(|word| format!("{}:{}: {word}", file.path, index + 1)));
        }
    }
    none("unfinished piece", &found);
}

#[test]
fn nothing_names_the_machine_it_was_written_on() {
    // Put together here, so that this file does not name them.
    let folders = ["work", "root", "home"].map(|name| format!("/{name}/"));
    let mut found = Vec::new();
    for file in files() {
        for (index, line) in file.text.lines().enumerate() {
            if folders.iter().any(|folder| line.contains(folder.as_str())) {
                found.push(format!("{}:{}: {line:.100}", file.path, index + 1));
            }
        }
    }
    none("path of some machine", &found);
}
