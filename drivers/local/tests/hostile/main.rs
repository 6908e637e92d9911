//! Walks of trees that are made to break them: on a real file system, and as a user who may not see
//! everything.
#![cfg(target_os = "linux")]

mod names;
mod real;
mod rights;
mod special;

use std::fs;
use std::path::Path;

use b2_local::walk::{Entry, FoundFile, LookAhead, Skipped, Walk, WalkOptions};
use b2_proto::plan::sync::Everything;

/// What a walk finds, in all of its ways, which must agree.
fn walk(root: &Path) -> Vec<Entry> {
    let options = WalkOptions::default();
    let of = |look_ahead| -> Vec<Entry> {
        let options = WalkOptions { look_ahead, ..options };
        Walk::filtered(root, options, Everything).expect("walk").collect()
    };
    let entries = of(LookAhead::Never);
    assert_eq!(of(LookAhead::Always), entries);
    assert_eq!(of(LookAhead::WhenSlow), entries);
    entries
}

fn split(entries: Vec<Entry>) -> (Vec<FoundFile>, Vec<Skipped>) {
    let (mut files, mut skipped) = (Vec::new(), Vec::new());
    for entry in entries {
        match entry {
            Entry::File(file) => files.push(file),
            Entry::Skipped(it) => skipped.push(it),
        }
    }
    (files, skipped)
}

fn write(path: impl AsRef<Path>, content: impl AsRef<[u8]>) {
    let path = path.as_ref();
    fs::create_dir_all(path.parent().expect("parent")).expect("folders");
    fs::write(path, content).expect("file");
}
